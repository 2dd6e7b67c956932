"""From stored offers to what a connector is asked for: codes, documents, grants."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from purchases import amounts, fact, proof_of, tiers, welcome
from regulars_agent._offers import (
    CODE_ALPHABET,
    Desired,
    account_offer,
    choose_mechanism,
    code_of,
    desired_documents,
    grant_changes,
    language_of,
    new_code,
    ways_of,
)
from regulars_connectors import Mechanism
from regulars_mapping import Goods, Money
from regulars_store import Gift, GrantRow, OfferedAccount, Shop
from regulars_woocommerce._documents import mechanisms

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SHOP = Shop(1, "tea", "woocommerce", "https://shop.example.com", None, "UAH", "UA", (), {}, NOW)


def offered(percent: int = 700) -> OfferedAccount:
    return OfferedAccount(
        id="1:7",
        external_id="7",
        registered=True,
        email_folded="olena@example.com",
        person_id="p7",
        percent=percent,
        amount=None,
        currency=None,
        level="Silver",
        valid_until=None,
        proof=proof_of(fact(1_200_000)).model_dump(mode="json"),
        programme_key="regulars",
        programme_version=3,
    )


def held(
    state: str, percent: int, *, code: str = "reg-code", limit: str = "", **terms: int
) -> dict[str, GrantRow]:
    return {state: GrantRow(f"g-{state}", "1:7", code, Gift(percent), state, limit, terms)}


def ways(*capabilities: str) -> Sequence[Mechanism]:
    """The ways into a WooCommerce shop of these capabilities."""
    return mechanisms(frozenset(capabilities), currency="UAH")


def welcomed() -> OfferedAccount:
    return replace(offered(), proof=proof_of(programme=welcome()).model_dump(mode="json"))


def test_codes_are_typed_easily_and_never_the_same() -> None:
    codes = {new_code() for _ in range(2_000)}
    assert len(codes) == 2_000
    assert {len(code) for code in codes} == {16}
    assert set("".join(code.removeprefix("reg-") for code in codes)) == set(CODE_ALPHABET)
    assert not set(CODE_ALPHABET) & set("01ilo")


def test_an_account_keeps_its_code_whatever_became_of_the_grant() -> None:
    for grants in (held("given", 500), held("planned", 700)):
        assert code_of(grants, limit="") == "reg-code"
    for limit in ("welcome", "orders of regulars"):
        assert code_of(held("given", 500, limit=limit), limit=limit) == "reg-code"
    assert code_of({}, limit="") != code_of({}, limit="")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("welcome", ""),
        ("", "welcome"),
        ("orders of regulars", ""),
        ("", "orders of regulars"),
        ("orders of regulars", "orders of others"),
        ("welcome", "orders of regulars"),
    ],
)
def test_codes_of_different_limits_are_never_the_same(before: str, now: str) -> None:
    assert code_of(held("given", 500, limit=before), limit=now) != "reg-code"


def test_the_limit_of_an_offer_is_that_of_its_programme() -> None:
    assert offered().limit == ""
    assert welcomed().limit == "welcome"
    limited = proof_of(fact(1_200_000), programme=tiers(orders=3)).model_dump(mode="json")
    assert replace(offered(), proof=limited).limit == "orders of regulars"


def test_of_two_codes_the_one_of_the_offer_s_limit_is_kept() -> None:
    both = held("given", 700, code="reg-once", limit="welcome") | held("planned", 300)
    assert (code_of(both, limit="welcome"), code_of(both, limit="")) == ("reg-once", "reg-code")


def test_an_offer_is_said_in_the_words_of_the_contract() -> None:
    said = account_offer(offered(), "reg-code", Goods(), language="en")
    assert (said.account, said.percent, said.level, said.code) == ("7", Decimal("7.00"), "Silver", "reg-code")
    assert "7" in said.sentence
    assert "olena" not in repr(said)


def test_a_welcome_is_for_one_order_only() -> None:
    assert account_offer(welcomed(), "reg-code", Goods(), language="en").orders == 1
    assert account_offer(offered(), "reg-code", Goods(), language="en").orders is None


def test_an_amount_and_its_terms_are_said_in_the_words_of_the_contract() -> None:
    rules = amounts(goods={"categories": ["Coffee"]}, minimum="500.00", orders=3)
    proof = proof_of(fact(1_200_000), programme=rules).model_dump(mode="json")
    given = replace(offered(0), amount=100_00, currency="UAH", proof=proof)
    said = account_offer(given, "reg-code", Goods(categories=("15",)), language="en")
    assert (said.percent, said.amount) == (0, Money(100_00, "UAH"))
    assert (said.goods, said.minimum, said.orders) == (Goods(categories=("15",)), Money(500_00, "UAH"), 3)
    assert said.sentence.startswith("100.00\u00a0₴ off as Silver, because you bought for ")
    assert said.sentence.endswith(
        " Only on: Coffee. For orders of 500.00\u00a0₴ or more. It works for 3 orders."
    )


def test_goods_that_the_shop_does_not_have_are_never_everything() -> None:
    assert desired_documents(offered(), "reg-code", ways(), goods=None, language="en") == Desired()


def test_no_discount_and_no_use_for_one_ask_for_nothing() -> None:
    for capabilities in ([], ["companion-plugin"]):
        for nobody in (offered(0), replace(offered(), registered=False)):
            assert (
                desired_documents(nobody, "reg-code", ways(*capabilities), goods=Goods(), language="en")
                == Desired()
            )


@pytest.mark.parametrize(
    ("capabilities", "once", "name", "kinds"),
    [
        ([], False, "coupons", ["coupon", "label"]),
        ([], True, "coupons", ["coupon", "label"]),
        (["companion-plugin"], False, "companion", ["label"]),
        (["companion-plugin"], True, "coupons", ["coupon", "label"]),
        (["labels-hidden"], False, "coupons without labels", ["coupon"]),
        (["companion-plugin", "labels-hidden"], False, "coupons without labels", ["coupon"]),
    ],
)
def test_each_offer_is_given_by_the_cheapest_mechanism_that_serves_it(
    capabilities: list[str], *, once: bool, name: str, kinds: list[str]
) -> None:
    given = welcomed() if once else offered()
    desired = desired_documents(given, "reg-code", ways(*capabilities), goods=Goods(), language="en")
    assert desired.mechanism is not None
    assert desired.mechanism.name == name
    assert [document.target.kind for document in desired.documents] == kinds


def test_an_offer_that_no_mechanism_serves_is_given_by_none() -> None:
    nowhere = replace(welcomed(), email_folded="")
    wanted = account_offer(nowhere, "reg-code", Goods(), language="en")
    assert choose_mechanism(ways("companion-plugin"), wanted) is None
    assert choose_mechanism([], wanted) is None


def test_the_ways_into_a_shop_are_told_by_their_names() -> None:
    assert ways_of(ways()) == "coupons"
    assert ways_of(ways("companion-plugin")) == "companion, coupons"


def test_the_language_is_an_option_of_the_shop() -> None:
    assert language_of(SHOP) == "en"
    assert language_of(replace(SHOP, options={"language": "uk"})) == "uk"


def test_a_new_offer_is_a_new_planned_grant() -> None:
    changes = grant_changes([(offered(), "reg-code")], {}, shop=SHOP, now=NOW)
    ((row,), changed, dropped) = (changes.new, changes.changed, changes.dropped)
    assert (row["account_id"], row["code"], row["percent"], row["state"]) == (
        "1:7",
        "reg-code",
        700,
        "planned",
    )
    assert (row["programme_key"], row["programme_version"], row["given_at"]) == ("regulars", 3, NOW)
    assert (changed, dropped) == ({}, [])


@pytest.mark.parametrize(
    ("grants", "new", "changed", "dropped"),
    [
        (held("given", 700), 0, [], []),
        (held("given", 500), 1, [], []),
        (held("planned", 700), 0, [], []),
        (held("planned", 500), 0, ["g-planned"], []),
        (held("given", 700) | held("planned", 900), 0, [], ["g-planned"]),
        (held("given", 500) | held("planned", 900), 0, ["g-planned"], []),
        (held("given", 700, code="reg-once"), 1, [], []),
        (held("given", 700) | held("planned", 700, code="reg-once"), 0, [], ["g-planned"]),
        (held("given", 500) | held("planned", 700, code="reg-once"), 1, [], ["g-planned"]),
    ],
)
def test_grants_follow_the_percent_and_the_code(
    grants: dict[str, GrantRow], new: int, changed: list[str], dropped: list[str]
) -> None:
    changes = grant_changes([(offered(), "reg-code")], {"1:7": grants}, shop=SHOP, now=NOW)
    assert (len(changes.new), list(changes.changed), changes.dropped) == (new, changed, dropped)


def test_new_terms_are_a_new_grant_until_the_shop_reads_as_they_say() -> None:
    """Which it does at once where they come to the same there: then the given one is of these terms now."""
    before = {"1:7": held("given", 700, orders=3)}
    changes = grant_changes([(offered(), "reg-code")], before, shop=SHOP, now=NOW)
    assert (len(changes.new), changes.changed) == (1, {})
    changes = grant_changes([(offered(), "reg-code")], before, settled={"1:7"}, shop=SHOP, now=NOW)
    assert (len(changes.new), list(changes.changed)) == (0, ["g-given"])


def test_a_planned_grant_follows_terms_and_amounts() -> None:
    given = replace(offered(0), amount=100_00, currency="UAH")
    for before in (held("planned", 700), held("planned", 0, orders=3)):
        changes = grant_changes([(given, "reg-code")], {"1:7": before}, shop=SHOP, now=NOW)
        assert changes.changed == {"g-planned": given}
    new = grant_changes([(given, "reg-code")], {}, shop=SHOP, now=NOW).new[0]
    assert (new["percent"], new["amount"], new["currency"]) == (0, 100_00, "UAH")
