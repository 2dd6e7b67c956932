"""The wholesale ladder: for companies, by their largest order or what they buy in a year."""

from datetime import timedelta
from typing import Any

import pytest

from purchases import NOW, World, fact, gift, gift_proof, proof_of, refused, stored
from regulars_marketing import Known, Proof, decide, next_step, reason, sentence, verify_proof
from regulars_marketing._proof import sealed
from regulars_store import tables

TIERS = [
    {"threshold": "10000.00", "percent": "12", "level": "Dealer"},
    {"threshold": "50000.00", "percent": "20", "level": "Distributor"},
]
NBSP = "\u00a0"


def ladder(counts: str = "year", **changes: Any) -> Any:
    return gift("wholesale", **{"currency": "UAH", "tiers": TIERS, "counts": counts, **changes})


def company(year: int | None = None, largest: int | None = None, currency: str = "UAH") -> Known:
    return Known(company=True, currency=currency, spent_365d=year, largest_order=largest)


@pytest.mark.parametrize(
    ("counts", "sum_", "percent", "missing"),
    [
        ("year", 9_999_99, 0, 1),
        ("year", 10_000_00, 1200, 40_000_00),
        ("largest_order", 49_999_99, 1200, 1),
        ("largest_order", 50_000_00, 2000, None),
        ("largest_order", None, 0, 10_000_00),
    ],
)
def test_the_sum_is_held_against_the_ladder(
    counts: str, sum_: int | None, percent: int, missing: int | None
) -> None:
    known = company(year=sum_) if counts == "year" else company(largest=sum_)
    proof = gift_proof(ladder(counts), known)
    assert (proof.percent, proof.counted, verify_proof(proof)) == (percent, sum_ or 0, [])
    assert (proof.next_step and proof.next_step.missing) == missing


def test_only_companies_have_it() -> None:
    assert decide([fact(90_000_00)], [stored(ladder())], "tea", NOW) is None


def test_sums_of_another_currency_hold_it_back() -> None:
    for known, facts, currencies in (
        (company(5, currency="EUR"), [], ("EUR",)),
        (company(None), [fact(1, currency="EUR"), fact(1, currency="USD"), fact(1)], ("EUR", "USD")),
        (company(None), [fact(1)], ("UAH",)),
    ):
        made = decide(facts, [stored(ladder())], "tea", NOW, known=known)
        assert made is not None
        assert (made.percent, made.proof.no_rate, verify_proof(made.proof)) == (0, currencies, [])
        assert (made.held or "").startswith(f"No rate from {currencies[0]} to UAH")


def test_a_cent_more_in_the_proof_is_caught_also_under_a_new_checksum() -> None:
    proof = gift_proof(ladder(), company(year=10_000_00))
    for changes in (
        {"counted": 10_000_01},
        {"percent": 1201},
        {"next_step": None},
        {"facts": proof_of(fact(1)).facts},
    ):
        assert verify_proof(sealed(proof.model_copy(update=changes))[0])


def test_a_refund_after_the_upgrade_takes_the_level_back_and_so_does_the_year_s_end(world: World) -> None:
    world.programme(ladder())
    world.person("firm", kind="company")
    account = world.account("firm")
    world.order(account, 30_000_00, placed_at=NOW - timedelta(days=200))
    order = world.order(account, 20_000_00, placed_at=NOW - timedelta(days=20))

    def level(days: int = 0) -> tuple[str, int]:
        world.compute("firm", now=NOW + timedelta(days=days))
        row = world.offers()[account]
        assert verify_proof(Proof.model_validate(row.proof)) == []
        return row.level, row.proof["counted"]

    assert level() == ("Distributor", 50_000_00)
    world.refund(order, 1)
    assert level() == ("Dealer", 49_999_99)
    assert level(days=170) == ("Dealer", 19_999_99)
    assert level(days=350) == ("", 0)


def test_a_person_who_is_no_company_and_an_account_that_nobody_vouches_for_get_none(world: World) -> None:
    world.programme(ladder())
    for person, kind in (("ann", "person"), ("firm", "company")):
        world.person(person, kind=kind)
        world.order(world.account(person), 30_000_00)
    world.compute("ann", "firm")
    assert {row.person_id for row in world.offers().values()} == {"firm"}
    world.change(tables.shop, 1, options={})
    world.compute("ann", "firm")
    assert world.offers() == {}


@pytest.mark.parametrize(
    ("language", "year", "largest", "more"),
    [
        (
            "en",
            "12 %, because you bought for 10,000.00_₴ within a year.",
            "12 %, because you placed an order of 10,000.00_₴.",
            "An order of 50,000.00_₴ gives 20 %.",
        ),
        (
            "uk",
            "12 %, бо за рік ви купили на 10_000,00_₴.",
            "12 %, бо ви зробили замовлення на 10_000,00_₴.",
            "Замовлення на 50_000,00_₴ дає 20 %.",
        ),
        (
            "ru",
            "12 %, потому что за год вы купили на 10_000,00_₴.",
            "12 %, потому что вы сделали заказ на 10_000,00_₴.",
            "Заказ на 50_000,00_₴ даёт 20 %.",
        ),
        (
            "de",
            "12 %, weil Sie binnen eines Jahres für 10.000,00_₴ eingekauft haben.",
            "12 %, weil Sie für 10.000,00_₴ bestellt haben.",
            "Eine Bestellung über 50.000,00_₴ bringt 20 %.",
        ),
    ],
)
def test_the_shopper_reads_what_was_counted_and_what_gives_more(
    language: str, year: str, largest: str, more: str
) -> None:
    by_year = gift_proof(ladder(), company(year=10_000_00))
    by_order = gift_proof(ladder("largest_order"), company(largest=10_000_00))
    assert sentence(by_year, language=language) == year.replace("_", NBSP)
    assert sentence(by_order, language=language) == largest.replace("_", NBSP)
    assert next_step(by_order, language=language) == more.replace("_", NBSP)


def test_staff_read_of_the_sum() -> None:
    assert (
        reason(gift_proof(ladder(), company())) == f"No discount yet: bought for 0.00{NBSP}₴ within a year."
    )
    proof = gift_proof(ladder("largest_order"), company(largest=10_000_00))
    assert reason(proof) == f"12 %: the largest order came to 10,000.00{NBSP}₴."


def test_what_is_wrong_is_named_with_its_place() -> None:
    assert "counts: is not known" in refused("wholesale", currency="UAH", tiers=TIERS, counts="orders")
    overlapping = [TIERS[0], {**TIERS[1], "threshold": "9000.00"}]
    said = refused("wholesale", currency="UAH", tiers=overlapping)
    assert said == "Programme wholesale: tier 2 starts no higher than tier 1; sort them upwards"
