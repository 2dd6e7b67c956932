"""Shops date orders as they like: what is dated to the first or last days that there are holds nobody up."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from golden_world import DEFINITIONS, Golden
from purchases import NOBODY, NOW, fact, gift, gift_proof
from regulars_marketing._proof import ProofWinback
from regulars_marketing._segment_explain import explain_segment
from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._window import winback_window
from regulars_store import Store, tables
from segment_world import CATALOGUE, EVALUATION

KYIV = ZoneInfo("Europe/Kyiv")
WINBACK = gift("winback", percent="15", least_days=20, fallback_days=100, days=10)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""In Kyiv, two hours ahead, there is no such day any more."""
FIRST = datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC)
EDGES = (LAST, LAST - timedelta(days=1), LAST - timedelta(days=364), FIRST, FIRST + timedelta(days=364))


def test_every_programme_copes_with_an_order_of_such_a_day(store: Store) -> None:
    town = Golden(store, [kind for kind in DEFINITIONS if kind != "seasonal"])
    town.change(tables.shop, 1, zone="America/New_York")
    for person, edge in [*zip("abcde", EDGES, strict=True), ("neighbour", NOW - timedelta(days=30))]:
        for account in town.settle(person).values():
            town.order(account, 1_900_00, placed_at=edge)
            back = town.refund(town.order(account, 100_00, placed_at=edge), 50_00)
            town.change(tables.refund, back, refunded_at=edge)
    given = town.given(*"abcde", "neighbour", now=NOW)
    assert ["year=7" in given[person] for person in "abcde"] == [True, True, True, False, False]
    assert all("tier=7" in each for each in given.values())


@pytest.mark.parametrize("last", [LAST, LAST - timedelta(days=1), LAST - timedelta(days=110), FIRST])
def test_a_win_back_s_days_end_with_the_calendar(last: datetime) -> None:
    proof = gift_proof(WINBACK, NOBODY, fact(1, last=NOW - timedelta(days=100)))
    assert isinstance(proof.programme, ProofWinback)
    window = winback_window([fact(1, last=last)], None, proof.programme, KYIV)
    assert window is not None and not window.holds(NOW.date())
    assert window.begins <= window.ends <= date.max and len(window.steps) == 3


def test_a_segment_explains_somebody_with_an_order_of_such_a_day() -> None:
    bought: dict[str, Any] = {"last_order_at": LAST, "orders": 1}
    said = explain_segment(parse_segment("last_order_date < -90d", CATALOGUE), bought, EVALUATION)
    assert said.because[0].value == "9999-12-31"
