"""From stored offers to what a connector is asked for: codes, documents, grants."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from purchases import fact, proof_of
from regulars_agent._offers import (
    CODE_ALPHABET,
    account_offer,
    choose_mechanism,
    code_of,
    desired_documents,
    grant_changes,
    language_of,
    new_code,
)
from regulars_connectors import Mechanism
from regulars_store import GrantRow, OfferedAccount, Shop
from regulars_woocommerce import WooCommerceConnector

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
        level="Silver",
        valid_until=None,
        proof=proof_of(fact(1_200_000)).model_dump(mode="json"),
        programme_key="regulars",
        programme_version=3,
    )


def held(state: str, percent: int) -> dict[str, GrantRow]:
    return {state: GrantRow(f"g-{state}", "1:7", "reg-code", percent, state)}


@pytest.fixture
def coupons() -> Mechanism:
    return WooCommerceConnector.mechanisms(WooCommerceConnector.__new__(WooCommerceConnector), frozenset())[0]


def test_codes_are_typed_easily_and_never_the_same() -> None:
    codes = {new_code() for _ in range(2_000)}
    assert len(codes) == 2_000
    assert {len(code) for code in codes} == {16}
    assert set("".join(code.removeprefix("reg-") for code in codes)) == set(CODE_ALPHABET)
    assert not set(CODE_ALPHABET) & set("01ilo")


def test_an_account_keeps_its_code_whatever_became_of_the_grant() -> None:
    assert code_of(held("given", 500)) == code_of(held("planned", 700)) == "reg-code"
    assert code_of({}) != code_of({})


def test_an_offer_is_said_in_the_words_of_the_contract() -> None:
    said = account_offer(offered(), "reg-code", language="en")
    assert (said.account, said.percent, said.level, said.code) == ("7", Decimal("7.00"), "Silver", "reg-code")
    assert "7" in said.sentence
    assert "olena" not in repr(said)


def test_no_discount_and_no_use_for_one_ask_for_nothing(coupons: Mechanism) -> None:
    assert desired_documents(offered(0), "reg-code", coupons, language="en") == ()
    guest = replace(offered(), registered=False)
    assert desired_documents(guest, "reg-code", coupons, language="en") == ()
    documents = desired_documents(offered(), "reg-code", coupons, language="en")
    assert [document.target.kind for document in documents] == ["coupon", "label"]


def test_the_first_mechanism_is_the_cheapest(coupons: Mechanism) -> None:
    assert choose_mechanism([coupons]) is coupons


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
        (held("given", 700), 0, {}, []),
        (held("given", 500), 1, {}, []),
        (held("planned", 700), 0, {}, []),
        (held("planned", 500), 0, {"g-planned": 700}, []),
        (held("given", 700) | held("planned", 900), 0, {}, ["g-planned"]),
        (held("given", 500) | held("planned", 900), 0, {"g-planned": 700}, []),
    ],
)
def test_grants_follow_the_percent(
    grants: dict[str, GrantRow], new: int, changed: dict[str, int], dropped: list[str]
) -> None:
    changes = grant_changes([(offered(), "reg-code")], {"1:7": grants}, shop=SHOP, now=NOW)
    assert (len(changes.new), changes.changed, changes.dropped) == (new, changed, dropped)
