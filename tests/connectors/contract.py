"""The contract of a connector as tests: subclass ``ConnectorContract`` beside a platform's double and give it
the fixtures it names. A third party's connector is held to the same."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from connectors.erasing import TOKEN, addresses_in, is_rightly_erased, sow
from regulars_connectors import (
    AccountOffer,
    Connector,
    Infrastructure,
    Mask,
    Operation,
    Outcome,
    Page,
    RawRecord,
    Scan,
    Target,
    TargetDocument,
    Verb,
    Window,
)
from regulars_mapping import (
    CanonicalObject,
    Customer,
    Goods,
    Kind,
    Money,
    Order,
    PermanentError,
    Product,
    Refund,
    Review,
    SkipError,
)

MODELS: dict[Kind, type[CanonicalObject]] = {
    Kind.CUSTOMER: Customer,
    Kind.ORDER: Order,
    Kind.REFUND: Refund,
    Kind.PRODUCT: Product,
    Kind.REVIEW: Review,
}
UNKNOWN_ID = "987654321"


class ConnectorContract:
    """What every connector keeps. The shop behind ``connector`` holds more than a page of orders and of
    customers, some products and refunds; ``offers`` and ``crowd`` are for accounts registered there."""

    @pytest.fixture
    def connector(self) -> Connector:
        """A connector to a filled shop."""
        raise NotImplementedError

    @pytest.fixture
    def offers(self) -> Sequence[AccountOffer]:
        """Offers for at least two registered accounts."""
        raise NotImplementedError

    @pytest.fixture
    def crowd(self) -> Sequence[AccountOffer]:
        """Offers with every text for more registered accounts than a batch takes."""
        raise NotImplementedError

    @pytest.fixture
    def narrowed(self, offers: Sequence[AccountOffer]) -> Sequence[AccountOffer]:
        """The first offer as a sum, on some goods, in big orders; each serves what ``buys`` buys."""
        raise NotImplementedError

    @pytest.fixture
    def writes(self) -> Callable[[], int]:
        """How many requests that write have reached the shop so far."""
        raise NotImplementedError

    @pytest.fixture
    def buys(self) -> Callable[[AccountOffer], bool]:
        """Lets an offer's account place an order with its code; False where the shop refuses the code."""
        raise NotImplementedError

    def test_it_says_what_it_is(self, connector: Connector) -> None:
        assert connector.platform.islower()
        assert connector.credential_names
        assert {Kind.CUSTOMER, Kind.ORDER} <= set(connector.kinds)
        limits = connector.limits
        assert min(limits.page_size, limits.read_batch, limits.push_batch) >= 1
        assert limits.settle.total_seconds() > 0

    def test_a_good_shop_passes_the_check(self, connector: Connector) -> None:
        report = connector.check()
        assert report.usable
        assert all(finding.message for finding in report.findings)

    def test_history_covers_what_the_shop_says_it_holds(self, connector: Connector) -> None:
        totals = {total.kind: total.count for total in connector.totals()}
        for kind in connector.kinds:
            found = ids(pages(connector, kind), kind)
            listed = [external_id for batch in connector.list_ids(kind) for external_id in batch]
            assert len(found) == len(listed) == totals[kind]
            assert set(found) == set(listed)
            assert len(set(listed)) == len(listed)

    def test_cursors_are_plain_data_and_end(self, connector: Connector) -> None:
        for kind in connector.kinds:
            found = pages(connector, kind)
            assert found[-1].cursor is None
            assert all(page.resume is None for page in found)
            for page in found[:-1]:
                assert page.cursor is not None
                assert all(isinstance(value, str | int) for value in page.cursor.values())
                assert orjson.loads(orjson.dumps(page.cursor)) == page.cursor

    def test_history_goes_on_from_every_kept_cursor(self, connector: Connector) -> None:
        for kind in connector.kinds:
            whole = pages(connector, kind)
            for at, page in enumerate(whole[:-1], 1):
                kept = orjson.loads(orjson.dumps(page.cursor))
                rest = list(connector.pages(kind, Scan.HISTORY, cursor=kept))
                assert set(ids(rest, kind)) >= set(ids(whole[at:], kind)) - set(ids(whole[:at], kind))

    def test_orders_come_newest_first_and_customers_oldest_first(self, connector: Connector) -> None:
        orders = models(connector, records(pages(connector, Kind.ORDER), Kind.ORDER))
        placed = [order.placed_at for order in orders if isinstance(order, Order)]
        assert placed == sorted(placed, reverse=True)
        customers = models(connector, records(pages(connector, Kind.CUSTOMER), Kind.CUSTOMER))
        since = [one.registered_at for one in customers if isinstance(one, Customer) and one.registered_at]
        assert since == sorted(since)

    def test_what_is_countable_is_counted_listed_and_paged_alike_in_every_window(
        self, connector: Connector
    ) -> None:
        assert connector.countable <= set(connector.kinds)
        assert 1 <= connector.readers <= 2
        for kind in connector.countable:
            times = {
                one.external_id: one.placed_at
                for one in models(connector, records(pages(connector, kind), kind))
                if isinstance(one, Order)
            }
            moments = sorted(set(times.values()))
            middle, late = moments[len(moments) // 2], moments[-2]
            windows = (Window(None, middle), Window(middle, late), Window(late), Window(middle, middle))
            for window in windows:
                expected = {
                    number
                    for number, time in times.items()
                    if (window.start is None or time >= window.start)
                    and (window.end is None or time < window.end)
                }
                found = list(connector.pages(kind, Scan.HISTORY, window=window))
                assert set(ids(found, kind)) == expected
                listed = [number for batch in connector.list_ids(kind, window) for number in batch]
                assert sorted(listed) == sorted(expected)
                assert connector.count(kind, window) == len(expected)
            assert connector.count(kind) == len(times)
            assert connector.oldest(kind) in {None, moments[0]}

    def test_what_a_page_of_countables_has_reached_nothing_above_it_is_still_to_come(
        self, connector: Connector
    ) -> None:
        for kind in connector.countable:
            found = pages(connector, kind)
            for at, page in enumerate(found):
                later = models(connector, records(found[at + 1 :], kind))
                placed = [one.placed_at for one in later if isinstance(one, Order)]
                assert page.reached is None or all(time <= page.reached for time in placed)

    def test_an_email_is_verified_or_not_only_where_the_platform_says_so(self, connector: Connector) -> None:
        customers = models(connector, records(pages(connector, Kind.CUSTOMER), Kind.CUSTOMER))
        for one in customers:
            assert isinstance(one, Customer)
            assert connector.keeps_consents or not one.consents
            assert (one.email_verified is not None) == (connector.verifies_emails and one.contact.email != "")

    def test_refunds_come_with_their_orders(self, connector: Connector) -> None:
        found = pages(connector, Kind.ORDER)
        orders = models(connector, records(found, Kind.ORDER))
        stated = {number for one in orders if isinstance(one, Order) for number in one.refund_ids or ()}
        assert stated
        assert stated <= set(ids(found, Kind.REFUND))

    def test_records_are_whole_digested_and_silent(self, connector: Connector) -> None:
        for kind in connector.kinds:
            for record in everything(pages(connector, kind)):
                assert len(record.digest) == 16
                assert record.payload
                assert "@" not in repr(record)
                assert record.changed_at is None or record.changed_at.tzinfo is not None
                assert orjson.dumps(record.payload)

    def test_an_unchanged_object_has_the_same_digest(self, connector: Connector) -> None:
        for kind in connector.kinds:
            before, after = everything(pages(connector, kind)), everything(pages(connector, kind))
            assert [one.digest for one in before] == [one.digest for one in after]

    def test_translating_is_pure_and_keeps_the_id(self, connector: Connector) -> None:
        for kind in connector.kinds:
            for record in everything(pages(connector, kind)):
                try:
                    found = connector.translate(record)
                except SkipError:
                    continue
                assert isinstance(found, MODELS[record.kind])
                assert found.external_id == record.external_id
                assert connector.translate(record) == found

    def test_an_erased_person_s_objects_keep_all_that_counts_and_nothing_else(
        self, connector: Connector
    ) -> None:
        for kind in connector.kinds:
            found = everything(pages(connector, kind))
            addresses = [one for each in found for one in addresses_in(connector, each.kind, each.payload)]
            mask = Mask.of(TOKEN, addresses)
            for record in found[::7]:
                assert connector.digest(record.kind, record.payload) == record.digest
                payload = orjson.loads(orjson.dumps(record.payload))
                if record.kind is not Kind.PRODUCT:
                    sow(payload, "olena7seed")
                erased = is_rightly_erased(connector, record.kind, payload, mask)
                left = orjson.dumps(erased).decode().casefold()
                if record.kind is not Kind.PRODUCT:
                    assert "olena" not in left
                    assert "@example" not in left

    def test_the_shop_says_what_it_keeps_itself(self, connector: Connector) -> None:
        for kind in {*connector.kinds, Kind.REFUND} - {Kind.PRODUCT}:
            assert connector.holds(kind).endswith(".")
        assert connector.holds(Kind.PRODUCT) == ""

    def test_reading_gives_the_same_objects_and_names_the_gone(self, connector: Connector) -> None:
        for kind in connector.kinds:
            listed = {one.external_id: one for one in records(pages(connector, kind), kind)}
            wanted = list(listed)[:3]
            reading = connector.read(kind, [*wanted, UNKNOWN_ID])
            assert reading.gone == {UNKNOWN_ID}
            read = {one.external_id: one.digest for one in reading.records if one.kind is kind}
            assert read == {external_id: listed[external_id].digest for external_id in wanted}

    def test_changes_end_and_resume_with_nothing_new(self, connector: Connector) -> None:
        for kind in connector.kinds:
            known = records(pages(connector, kind), kind)
            times = [one.registered_at for one in models(connector, known) if isinstance(one, Customer)]
            since = min(time for time in [*times, *(one.changed_at for one in known)] if time is not None)
            found = list(connector.pages(kind, Scan.CHANGES, cursor=connector.changes_cursor(kind, since)))
            assert set(ids(found, kind)) == {one.external_id for one in known}
            assert found[-1].cursor is None
            assert all(page.resume is None for page in found[:-1])
            resume = found[-1].resume
            assert resume is not None
            again = list(connector.pages(kind, Scan.CHANGES, cursor=orjson.loads(orjson.dumps(resume))))
            assert len(again) <= 2
            assert {one.digest for one in everything(again)} <= {one.digest for one in everything(found)}
            assert again[-1].resume is not None

    def test_documents_are_pure(self, connector: Connector, offers: Sequence[AccountOffer]) -> None:
        for mechanism in connector.mechanisms(frozenset({"companion-plugin"})):
            assert mechanism.name
            for offer in filter(mechanism.serves, offers):
                assert list(mechanism.documents(offer)) == list(mechanism.documents(offer))
                once = replace(offer, orders=1)
                if mechanism.serves(once):
                    assert list(mechanism.documents(once)) == list(mechanism.documents(once))
                    assert list(mechanism.documents(once)) != list(mechanism.documents(offer))

    def test_what_is_written_reads_back_equal_and_can_be_taken_away(
        self, connector: Connector, offers: Sequence[AccountOffer]
    ) -> None:
        for kind, wanted in desired(connector, offers).items():
            results = connector.push(operations(wanted, Verb.CREATE))
            assert [result.operation_id for result in results] == [str(at) for at in range(len(wanted))]
            assert {result.outcome for result in results} == {Outcome.DONE}
            targets = [one.target for one in wanted]
            found = connector.read_back(targets)
            assert [one.target for one in found] == targets
            assert [one.document for one in found] == [one.document for one in wanted]
            assert all(one.ours for one in found)
            marked = {one.target for batch in connector.marked(kind) for one in batch}
            assert marked == set(targets)
            again = connector.push(operations(wanted, Verb.CREATE))
            assert {result.outcome for result in again} <= {Outcome.EXISTS, Outcome.DONE}
            deleted = connector.push(operations(wanted, Verb.DELETE))
            assert {result.outcome for result in deleted} == {Outcome.DONE}
            assert [one.document for one in connector.read_back(targets)] == [None] * len(targets)

    def test_an_update_from_how_the_target_read_leaves_it_as_it_is_wanted(
        self, connector: Connector, offers: Sequence[AccountOffer]
    ) -> None:
        """Only what differs travels, and nothing of it is lost."""
        first = [replace(offer, valid_until=datetime(2027, 1, 31, 22, tzinfo=UTC)) for offer in offers]
        brought(connector, first, Verb.CREATE)
        later = desired(connector, [replace(each, level="Gold", next_step="") for each in offers])
        for wanted in later.values():
            found = connector.read_back([one.target for one in wanted])
            updates = [
                replace(one, remote_id=there.remote_id, before=there.document)
                for one, there in zip(operations(wanted, Verb.UPDATE), found, strict=True)
            ]
            assert {result.outcome for result in connector.push(updates)} == {Outcome.DONE}
            read = connector.read_back([one.target for one in wanted])
            assert [one.document for one in read] == [one.document for one in wanted]

    def test_a_profile_reads_back_as_it_was_written_and_its_other_fields_stay(
        self, connector: Connector, offers: Sequence[AccountOffer]
    ) -> None:
        wanted = {
            "given_name": "Ольга & Co",
            "family_name": "",
            "phone": "+380671234567",
            "property:roast": "dark",
        }
        fields = tuple(sorted(name for name in wanted if connector.profile_takes(name, frozenset())))
        assert not connector.profile_takes("birth_date", frozenset())
        assert not connector.profile_takes("property:", frozenset())
        if not fields:
            return
        target = Target("profile", offers[0].account, fields=fields)
        (before,) = connector.read_back([target])
        for document in ({name: wanted[name] for name in fields}, before.document):
            operation = Operation("op", Verb.UPDATE, target, document, target.key)
            assert [one.outcome for one in connector.push([operation])] == [Outcome.DONE]
            assert connector.read_back([target])[0].document == document
        assert connector.read_back([replace(target, key=UNKNOWN_ID)])[0].document is None
        assert connector.profile_calls(0) == 0

    def test_every_mechanism_has_a_name_and_says_why_it(self, connector: Connector) -> None:
        ways = connector.mechanisms(frozenset())
        assert all(one.name and one.why for one in ways)
        assert len({one.name for one in ways}) == len(ways)

    def test_an_offer_for_one_order_serves_one_order(
        self, connector: Connector, offers: Sequence[AccountOffer], buys: Callable[[AccountOffer], bool]
    ) -> None:
        """And as many as the shopper likes once it is made an offer without a limit; and back."""
        limited = [replace(offers[0], orders=1)]
        brought(connector, limited, Verb.CREATE)
        assert [buys(offers[0]), buys(offers[0])] == [True, False]
        brought(connector, offers[:1], Verb.UPDATE)
        assert [buys(offers[0]), buys(offers[0])] == [True, True]
        brought(connector, limited, Verb.UPDATE)
        assert not buys(offers[0])

    def test_a_sum_and_goods_read_back_equal_change_are_cleared_and_bind(
        self,
        connector: Connector,
        offers: Sequence[AccountOffer],
        narrowed: Sequence[AccountOffer],
        buys: Callable[[AccountOffer], bool],
    ) -> None:
        """The purchase is one that ``narrowed`` serve; then comes an offer that does not."""
        plain, verb = offers[0], Verb.CREATE
        for offer in [*narrowed, plain, *reversed(narrowed), plain]:
            brought(connector, [offer], verb)
            verb = Verb.UPDATE
            assert buys(offer)
        never = replace(plain, minimum=Money(10**9, "UAH"))
        brought(connector, [never], Verb.UPDATE)
        assert not buys(never)

    def test_an_offer_that_gives_nothing_or_another_shop_s_money_is_not_served(
        self, connector: Connector, offers: Sequence[AccountOffer]
    ) -> None:
        bare = replace(offers[0], percent=Decimal(0))
        wrong = [
            bare,
            *(replace(bare, amount=Money(minor, "UAH")) for minor in (0, -1, 10**15)),
            *(replace(bare, amount=Money(100, currency)) for currency in ("EUR", "XXX1")),
            replace(offers[0], minimum=Money(100, "EUR")),
            replace(offers[0], goods=Goods(products=("no number",))),
        ]
        for mechanism in connector.mechanisms(frozenset({"companion-plugin", "companion-terms"})):
            assert [mechanism.serves(offer) for offer in wrong] == [False] * len(wrong)

    def test_every_product_s_categories_have_a_number_each(self, connector: Connector) -> None:
        found = models(connector, records(pages(connector, Kind.PRODUCT), Kind.PRODUCT))
        products = [one for one in found if isinstance(one, Product)]
        assert any(all(one.category_ids) for one in products if one.categories)
        assert all(len(one.category_ids) == len(one.categories) for one in products)

    def test_writing_takes_as_many_calls_as_were_foretold(
        self, connector: Connector, crowd: Sequence[AccountOffer], writes: Callable[[], int]
    ) -> None:
        calls = connector.mechanisms(frozenset())[-1].calls
        size = connector.limits.push_batch
        assert len(crowd) > size
        assert calls({}) == 0
        for number in (1, 5, 6, size, size + 1):
            wanted = desired(connector, crowd[:number])
            foretold = calls({kind: len(documents) for kind, documents in wanted.items()})
            for verb in (Verb.CREATE, Verb.DELETE):
                before = writes()
                for documents in wanted.values():
                    in_batches(connector, documents, verb)
                assert writes() - before == foretold

    def test_ensuring_dry_changes_nothing(self, connector: Connector) -> None:
        wanted = Infrastructure("https://hub.example.com/hook", SecretStr("s3cret"))
        first = list(connector.ensure(wanted, dry_run=True))
        assert first == list(connector.ensure(wanted, dry_run=True))

    def test_webhooks_are_taken_away_at_their_own_address_alone(self, connector: Connector) -> None:
        wanted, others = (
            Infrastructure(f"https://{host}.example.com/hook", SecretStr("s3cret")) for host in ("hub", "crm")
        )
        made = [connector.ensure(each, dry_run=False) for each in (wanted, others)]
        planned = connector.remove_webhooks(wanted.webhook_url, dry_run=True)
        assert 0 < len(planned) <= len(made[0])
        assert connector.remove_webhooks(wanted.webhook_url, dry_run=False) == planned
        assert connector.remove_webhooks(wanted.webhook_url, dry_run=False) == []
        assert connector.ensure(others, dry_run=True) == []
        assert len(connector.ensure(wanted, dry_run=True)) == len(planned)

    def test_a_forged_webhook_is_refused(self, connector: Connector) -> None:
        with pytest.raises(PermanentError):
            connector.verify_webhook({"Content-Type": "application/json"}, b'{"id":1}', [SecretStr("x")])

    def test_closing_twice_is_harmless(self, connector: Connector) -> None:
        connector.close()
        connector.close()
        assert connector.platform


def pages(connector: Connector, kind: Kind) -> list[Page]:
    return list(connector.pages(kind, Scan.HISTORY))


def everything(found: Sequence[Page]) -> list[RawRecord]:
    return [record for page in found for record in page.records]


def records(found: Sequence[Page], kind: Kind) -> list[RawRecord]:
    """The records of a kind, each once, as they came first."""
    once: dict[str, RawRecord] = {}
    for record in everything(found):
        if record.kind is kind:
            once.setdefault(record.external_id, record)
    return list(once.values())


def ids(found: Sequence[Page], kind: Kind) -> list[str]:
    return [record.external_id for record in records(found, kind)]


def models(connector: Connector, found: Sequence[RawRecord]) -> list[CanonicalObject]:
    return [connector.translate(record) for record in found]


def desired(connector: Connector, offers: Sequence[AccountOffer]) -> dict[str, list[TargetDocument]]:
    """The documents of the last mechanism, by target kind."""
    mechanism = connector.mechanisms(frozenset())[-1]
    found: dict[str, list[TargetDocument]] = {}
    for offer in offers:
        assert mechanism.serves(offer)
        for one in mechanism.documents(offer):
            found.setdefault(one.target.kind, []).append(one)
    return found


def operations(wanted: Sequence[TargetDocument], verb: Verb) -> list[Operation]:
    def document(one: TargetDocument) -> Any:
        return None if verb is Verb.DELETE else one.document

    return [Operation(str(at), verb, one.target, document(one)) for at, one in enumerate(wanted)]


def brought(connector: Connector, offers: Sequence[AccountOffer], verb: Verb) -> None:
    """Push these offers' documents; the shop then reads so, by key and by our mark."""
    for kind, wanted in desired(connector, offers).items():
        in_batches(connector, wanted, verb)
        found = connector.read_back([one.target for one in wanted])
        assert [one.document for one in found] == [one.document for one in wanted]
        marked = {one.target: one.document for batch in connector.marked(kind) for one in batch}
        assert marked == {one.target: one.document for one in wanted}


def in_batches(connector: Connector, wanted: Sequence[TargetDocument], verb: Verb) -> None:
    size = connector.limits.push_batch
    for start in range(0, len(wanted), size):
        results = connector.push(operations(wanted[start : start + size], verb))
        assert {result.outcome for result in results} == {Outcome.DONE}
