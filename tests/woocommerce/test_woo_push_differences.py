"""Only what differs travels, and whatever somebody edited by hand is seen."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from regulars_connectors import AccountOffer, Found, Operation, Outcome, PushResult, TargetDocument, Verb
from regulars_mapping import MisconfiguredError
from regulars_sandbox import ApiKey
from regulars_woocommerce import WooCommerceConnector
from regulars_woocommerce._documents import SCOPE, coupon_document
from woocommerce.conftest import Opener, Watched, a_customer, a_shop

UNTIL = datetime(2027, 1, 31, 21, 59, 59, tzinfo=UTC)
MANAGER = ApiKey("ck_manager", "cs_manager", role="shop_manager")
CROWD = 120


def offer(number: int = 1, **changes: Any) -> AccountOffer:
    values: dict[str, Any] = {
        "account": str(number),
        "registered": True,
        "email": f"person{number}@example.com",
        "percent": Decimal(7),
        "level": "Silver",
        "code": f"reg-{number:04d}",
        "sentence": "7 % on everything.",
        "next_step": "660 ₴ more gives 10 %.",
        "valid_until": UNTIL,
        "orders": 1,
    }
    return AccountOffer(**{**values, **changes})


def desired(connector: WooCommerceConnector, kind: str, *offers: AccountOffer) -> list[TargetDocument]:
    (mechanism,) = connector.mechanisms(frozenset())
    return [one for given in offers for one in mechanism.documents(given) if one.target.kind == kind]


def created(connector: WooCommerceConnector, wanted: Sequence[TargetDocument]) -> list[Found]:
    """These targets, once they are there."""
    for start in range(0, len(wanted), 100):
        part = wanted[start : start + 100]
        results = connector.push([Operation(one.target.key, Verb.CREATE, *_of(one)) for one in part])
        assert {result.outcome for result in results} == {Outcome.DONE}
    return list(connector.read_back([one.target for one in wanted]))


def changed(
    connector: WooCommerceConnector, wanted: Sequence[TargetDocument], there: Sequence[Found]
) -> list[PushResult]:
    """The results of updates from how the targets read."""
    return list(
        connector.push(
            [
                Operation(one.target.key, Verb.UPDATE, *_of(one), found.remote_id, found.document)
                for one, found in zip(wanted, there, strict=True)
            ]
        )
    )


def _of(one: TargetDocument) -> tuple[Any, Any]:
    return one.target, one.document


def sent(watched: Watched) -> list[dict[str, Any]]:
    """What the last batch said of each object."""
    bodies = [json.loads(one.body) for one in watched.seen if one.method == "POST"]
    return [part for name in ("create", "update") for part in bodies[-1].get(name, [])]


@pytest.fixture
def watched() -> Watched:
    return Watched(a_shop(customers=tuple(a_customer(number) for number in range(1, CROWD + 1))))


@pytest.fixture
def connector(opened: Opener, watched: Watched) -> WooCommerceConnector:
    return opened(watched)


@pytest.mark.parametrize(
    ("changes", "travels"),
    [
        ({"percent": Decimal("12.5")}, {"amount": "12.50"}),
        ({"email": "moved@example.com"}, {"email_restrictions": ["moved@example.com"]}),
        ({"valid_until": None}, {"date_expires": ""}),
        ({"orders": None}, {"usage_limit": 0, "usage_limit_per_user": 0}),
        ({"account": "2"}, {"meta_data": [{"key": "_regulars", "value": "2"}]}),
    ],
)
def test_of_a_changed_coupon_only_what_differs_travels(
    connector: WooCommerceConnector, watched: Watched, changes: dict[str, Any], travels: dict[str, Any]
) -> None:
    there = created(connector, desired(connector, "coupon", offer()))
    wanted = desired(connector, "coupon", offer(**changes))
    (result,) = changed(connector, wanted, there)
    assert result.outcome is Outcome.DONE
    assert sent(watched) == [{"id": int(there[0].remote_id or 0), **travels}]
    assert connector.read_back([wanted[0].target])[0].document == wanted[0].document


def test_of_a_changed_label_only_what_differs_travels_and_null_deletes(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    there = created(connector, desired(connector, "label", offer()))
    wanted = desired(connector, "label", offer(percent=Decimal(10), next_step="", valid_until=None))
    (result,) = changed(connector, wanted, there)
    assert result.outcome is Outcome.DONE
    (part,) = sent(watched)
    assert {meta["key"]: meta["value"] for meta in part["meta_data"]} == {
        "regulars_discount": "10.00",
        "regulars_next_step": None,
        "regulars_valid_until": None,
    }
    assert connector.read_back([wanted[0].target])[0].document == wanted[0].document


def test_a_label_that_is_taken_away_goes_whole(connector: WooCommerceConnector, watched: Watched) -> None:
    (wanted,) = desired(connector, "label", offer())
    created(connector, [wanted])
    connector.push([Operation("op", Verb.DELETE, wanted.target, None, "1", {"regulars_level": "Silver"})])
    assert connector.read_back([wanted.target])[0].document is None
    assert len(sent(watched)[0]["meta_data"]) == 7


EDITED: dict[str, tuple[Any, Any]] = {
    "amount": ("50", "50.00"),
    "discount_type": ("fixed_cart", "fixed_cart"),
    "date_expires": ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
    "email_restrictions": (["friend@example.com"], ["friend@example.com"]),
    "individual_use": (False, False),
    "description": ("Summer", "Summer"),
    "usage_limit": (9, 9),
    "usage_limit_per_user": (0, 0),
    "product_ids": ([7, 3], [3, 7]),
    "excluded_product_ids": ([3], [3]),
    "product_categories": ([4], [4]),
    "excluded_product_categories": ([4], [4]),
    "exclude_sale_items": (True, True),
    "free_shipping": (True, True),
    "minimum_amount": ("100", "100.00"),
    "maximum_amount": ("0.50", "0.50"),
    "limit_usage_to_x_items": (2, 2),
}


@pytest.mark.parametrize("field", EDITED)
def test_a_field_of_a_coupon_that_somebody_edited_is_seen_and_put_right_alone(
    connector: WooCommerceConnector, watched: Watched, field: str
) -> None:
    (wanted,) = desired(connector, "coupon", offer())
    (made,) = created(connector, [wanted])
    value, reads = EDITED[field]
    connector._client.write("PUT", f"coupons/{made.remote_id}", {field: value})
    (found,) = connector.read_back([replace(wanted.target, remote_id=str(made.remote_id))])
    assert found.document == {**wanted.document, field: reads}
    (result,) = changed(connector, [wanted], [found])
    assert result.outcome is Outcome.DONE
    (part,) = sent(watched)
    assert part.keys() == {"id", field}
    assert connector.read_back([wanted.target])[0].document == wanted.document


def test_every_field_that_binds_a_coupon_is_among_those_edited() -> None:
    assert SCOPE.keys() <= EDITED.keys()


def test_a_mark_that_somebody_took_off_makes_the_coupon_nobody_s(connector: WooCommerceConnector) -> None:
    (wanted,) = desired(connector, "coupon", offer())
    (made,) = created(connector, [wanted])
    metas = [{"key": "_regulars", "value": None}]
    connector._client.write("PUT", f"coupons/{made.remote_id}", {"meta_data": metas})
    assert connector.read_back([wanted.target])[0].ours is False


@pytest.mark.parametrize(
    "said",
    [{}, dict.fromkeys(SCOPE), {"minimum_amount": "", "maximum_amount": "0", "product_ids": "x"}],
)
def test_what_binds_nothing_is_no_part_of_a_document_however_the_shop_says_it(said: dict[str, Any]) -> None:
    assert not coupon_document({"id": 5, "code": "x", **said}).keys() & SCOPE.keys()


def test_an_update_of_which_nobody_knows_how_it_read_sends_everything_and_clears_what_binds(
    connector: WooCommerceConnector,
) -> None:
    (wanted,) = desired(connector, "coupon", offer())
    (made,) = created(connector, [wanted])
    edits = {field: value for field, (value, _) in EDITED.items()}
    connector._client.write("PUT", f"coupons/{made.remote_id}", edits)
    connector.push([Operation("op", Verb.UPDATE, *_of(wanted), made.remote_id)])
    assert connector.read_back([wanted.target])[0].document == wanted.document


LABELS = ("level", "discount", "sentence", "next_step", "code", "valid_until")


@pytest.mark.parametrize("value", ["by hand", None])
@pytest.mark.parametrize("name", LABELS)
def test_a_label_that_somebody_edited_or_took_away_is_seen_and_put_right_alone(
    connector: WooCommerceConnector, watched: Watched, name: str, value: str | None
) -> None:
    (wanted,) = desired(connector, "label", offer())
    created(connector, [wanted])
    key = f"regulars_{name}"
    connector._client.write("PUT", "customers/1", {"meta_data": [{"key": key, "value": value}]})
    (found,) = connector.read_back([wanted.target])
    edited = {**wanted.document, key: value}
    assert found.document == {name: text for name, text in edited.items() if text is not None}
    (result,) = changed(connector, [wanted], [found])
    assert result.outcome is Outcome.DONE
    assert [[meta["key"] for meta in part["meta_data"]] for part in sent(watched)] == [[key]]
    assert connector.read_back([wanted.target])[0].document == wanted.document


def test_what_somebody_changes_between_the_look_and_the_write_asks_for_another_look(
    connector: WooCommerceConnector,
) -> None:
    (wanted,) = desired(connector, "coupon", offer())
    (found,) = created(connector, [wanted])
    connector._client.write("PUT", f"coupons/{found.remote_id}", {"usage_limit": 9})
    (result,) = changed(connector, desired(connector, "coupon", offer(percent=Decimal(9))), [found])
    assert (result.outcome, result.reason) == (Outcome.EXISTS, "somebody changed it meanwhile (usage_limit)")


def test_a_hundred_changed_coupons_are_one_batch_and_one_look(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    numbers = range(1, 101)
    there = created(connector, desired(connector, "coupon", *map(offer, range(1, CROWD + 1))))[:100]
    wanted = desired(connector, "coupon", *(offer(number, percent=Decimal(9)) for number in numbers))
    watched.seen.clear()
    targets = [
        replace(one.target, remote_id=str(found.remote_id)) for one, found in zip(wanted, there, strict=True)
    ]
    read = connector.read_back(targets)
    assert {result.outcome for result in changed(connector, wanted, read)} == {Outcome.DONE}
    assert [request.method for request in watched.seen] == ["GET", "POST"]


def test_no_write_to_customers_says_anything_but_metadata_so_that_nobody_is_mailed(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    there = created(connector, desired(connector, "label", offer(1), offer(2)))
    wanted = desired(connector, "label", offer(1, email="moved@example.com"), offer(2, level="Gold"))
    changed(connector, wanted, there)
    connector.push([Operation(one.target.key, Verb.DELETE, one.target, None) for one in wanted])
    connector.check()
    written = [
        json.loads(one.body) for one in watched.seen if one.method != "GET" and "customers" in one.target
    ]
    assert len(written) == 3
    for batch in written:
        assert batch.keys() == {"update"}
        for part in batch["update"]:
            assert part.keys() == {"id", "meta_data"}
            assert all(meta["key"].startswith("regulars_") for meta in part["meta_data"])


ZONES = (
    "Europe/Kyiv",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "UTC",
)
DAYS = ("2026-10-25", "2026-11-01", "2027-03-14", "2027-03-28", "2027-04-04", "2026-12-31")
"""The days on which clocks of these zones change, and the last of a year."""


@pytest.mark.parametrize("zone", ZONES)
def test_an_end_reads_back_to_the_second_whatever_the_shop_s_zone(opened: Opener, zone: str) -> None:
    connector = opened(a_shop(zone=zone, customers=(a_customer(1),)))
    starts = [datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)) for day in DAYS]
    ends = [moment.replace(hour=23, minute=59, second=59) for moment in starts]
    # Every half hour of the night in which an hour is missing or comes twice.
    nights = [one.astimezone(UTC) + timedelta(minutes=30 * at) for one in starts for at in range(9)]
    moments = sorted({moment.astimezone(UTC) for moment in (*ends, *nights)})
    offers = [offer(number, valid_until=moment) for number, moment in enumerate(moments, start=1)]
    wanted = desired(connector, "coupon", *offers)
    found = created(connector, wanted)
    assert [one.document for one in found] == [one.document for one in wanted]
    assert [one.document["date_expires"] for one in wanted] == [
        f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments
    ]


def test_the_label_says_the_end_as_the_coupon_does(connector: WooCommerceConnector) -> None:
    odd = UNTIL.astimezone(ZoneInfo("Asia/Kathmandu")).replace(microsecond=999_999)
    for until, said in ((odd, "2027-01-31T21:59:59Z"), (None, None)):
        (label,) = desired(connector, "label", offer(valid_until=until))
        (coupon,) = desired(connector, "coupon", offer(valid_until=until))
        assert label.document.get("regulars_valid_until") == said
        assert coupon.document["date_expires"] == (said or "")


@pytest.fixture
def managed(opened: Opener, watched: Watched) -> WooCommerceConnector:
    """A connector with the key of a shop manager."""
    watched.add_key(MANAGER)
    return opened.connector(opened.served(watched), key=MANAGER)


def test_check_says_that_labels_need_the_key_of_an_administrator(
    connector: WooCommerceConnector, managed: WooCommerceConnector
) -> None:
    report = managed.check()
    (warning,) = [one for one in report.findings if one.subject == "labels"]
    assert "administrator" in warning.remedy
    assert report.usable
    assert report.capabilities == frozenset({"labels-hidden"})
    assert [one.name for one in managed.mechanisms(report.capabilities or frozenset())] == [
        "coupons without labels"
    ]
    assert connector.check().capabilities == frozenset()


def test_with_our_plug_in_there_a_key_that_sees_no_labels_gives_coupons_all_the_same(
    managed: WooCommerceConnector, watched: Watched
) -> None:
    watched.shop.site.companion = True
    capabilities = managed.check().capabilities
    assert capabilities == {"companion-plugin", "companion-terms", "labels-hidden"}
    assert [one.name for one in managed.mechanisms(capabilities)] == ["coupons without labels"]


def test_a_label_that_cannot_be_seen_is_neither_taken_for_written_nor_for_absent(
    connector: WooCommerceConnector, managed: WooCommerceConnector
) -> None:
    (wanted,) = desired(connector, "label", offer())
    for verb, document in ((Verb.CREATE, wanted.document), (Verb.DELETE, None)):
        (result,) = managed.push([Operation("op", verb, wanted.target, document)])
        assert result.outcome is Outcome.REFUSED
        assert "administrator" in result.reason
    with pytest.raises(MisconfiguredError, match="administrator"):
        managed.read_back([wanted.target])
