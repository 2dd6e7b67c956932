"""A proof as it is stored is made without one: byte for byte what the proof itself would be stored as."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from purchases import NOW, amounts, gift, stored, tiers, welcome
from regulars_marketing import Fact, Known, Programme, decide, verify_proof
from regulars_marketing import _draft as draft
from regulars_marketing._counted import Counted, View, year_start
from regulars_marketing._offer_rows import OfferRow
from regulars_marketing._proof import sealed
from regulars_marketing._tier_standing import TierStanding
from regulars_store import tables

KYIV = ZoneInfo("Europe/Kyiv")
DAY = timedelta(days=1)
_LADDER = tiers().model_dump(include={"currency", "tiers"})
_ADDING = {"adds": True, "cap": 30}
_GOODS = {"products": ["tea-1"], "except_categories": ["Чай «Зелений» \u2028"], "reduced": True}
ALL: tuple[Programme, ...] = (
    tiers(**_ADDING),
    tiers(key="goods", goods=_GOODS, minimum="50.00", orders=9),
    amounts(key="sums", valid_until="2026-07-01T00:00:00.250000+03:00"),
    tiers(key="year", counts="year", downgrade="after", keeps_days=30),
    tiers(key="kept", downgrade="never", adds=True, cap=12),
    welcome(),
    gift("birthday", percent="10", before=60, after=60, valid_until="2026-07-01T00:00:00Z"),
    gift("winback", percent="8.25", adds=True, cap="21.5"),
    gift("seasonal", amount="9.00", currency="UAH", first_day="2026-05-30", last_day="2026-06-05", level="X"),
    gift(
        "personal", percent=20, account="1:7", why='"Sorry" – пробач 🍵', valid_until="2026-07-01T00:00:00Z"
    ),
    gift("wholesale", **_LADDER),
    gift("wholesale", key="year-grades", counts="year", **_LADDER),
)
_SUMS = st.integers(-1_000, 30_000_00)


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    goods, refunded = draw(_SUMS), draw(st.integers(0, 9_000_00))
    begun = NOW - DAY * draw(st.integers(0, 900))
    currency = draw(st.sampled_from(["EUR", "UAH", "USD"]))
    return Fact(currency, draw(st.integers(1, 9)), goods, refunded, goods - refunded, begun, begun)


_BOUGHT = st.lists(facts(), max_size=3, unique_by=lambda each: each.currency).map(tuple)


@st.composite
def knowns(draw: st.DrawFn) -> Known:
    told = (("EUR", draw(_SUMS)),)
    views = (View("UAH", None), View("UAH", year_start(NOW.date(), KYIV)))
    level, lost = draw(st.sampled_from(["Gold", "Silver"])), NOW - DAY * draw(st.integers(0, 60))
    stood = (
        TierStanding(key, level, 20_000_00, NOW - 99 * DAY, lost, "person")
        for key in draw(st.sets(st.sampled_from(["year", "kept"])))
    )
    return Known(
        birth_date=draw(st.sampled_from(["", "--06-03", "1988-02-29"])),
        rhythm_days=draw(st.sampled_from([None, 17])),
        by_hand=draw(st.sampled_from([frozenset[str](), frozenset({"personal"})])),
        company=draw(st.booleans()),
        currency="UAH",
        largest_order=draw(st.none() | _SUMS),
        spent_365d=draw(st.none() | _SUMS),
        counted=tuple(Counted(view, draw(_BOUGHT) if view.since else (), told) for view in views),
        standings=tuple(stood),
    )


def assert_as_the_proof_itself(
    programmes: tuple[Programme, ...], bought: tuple[Fact, ...], **of: Any
) -> None:
    every = [stored(each) for each in programmes]
    made = decide(bought, every, "tea", NOW, currency="UAH", zone=KYIV, **of)
    if made is None:
        return
    proof, document = sealed(made.proof)
    assert made.sealed == orjson.dumps(document).decode()
    assert (made.proof, made.document) == (proof, document)
    assert (made.level, made.percent, made.amount or 0) == (proof.level, proof.percent, proof.amount)
    assert verify_proof(proof) == []


@settings(max_examples=60)
@given(st.sets(st.sampled_from(range(len(ALL))), min_size=1), _BOUGHT, knowns(), st.booleans())
@example(set(range(len(ALL))), (), Known(birth_date="--06-03"), True)
def test_the_stored_proof_is_that_of_the_proof_itself_to_the_byte(
    which: set[int], bought: tuple[Fact, ...], known: Known, welcoming: bool
) -> None:
    some = tuple(ALL[at] for at in sorted(which))
    assert_as_the_proof_itself(some, bought, known=known, welcome=welcoming)
    assert_as_the_proof_itself(some[:1], bought, known=known, welcome=welcoming, scope="account")


def test_many_programmes_one_after_the_other_are_each_told_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More than are remembered, and each freed before the next is made."""
    monkeypatch.setattr(draft, "_MOST", 3)
    for version in range(1, 40):
        made = decide((), [stored(welcome(), version=version)], "tea", NOW, welcome=True)
        assert made is not None
        assert made.proof.programme.version == version


def test_an_offers_row_has_the_columns_of_the_table() -> None:
    assert set(OfferRow._fields) == set(tables.offer.columns.keys())
