"""The season: certain days of the shop's calendar, for everybody."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from purchases import World, gift, gift_proof, refused, stored
from regulars_marketing import decide, parse_programme, reason, sentence, terms, verify_proof

WOMENS_DAY = gift(
    "seasonal",
    amount="100.00",
    currency="UAH",
    minimum="500.00",
    first_day="2026-03-06",
    last_day="2026-03-08",
    level="8 March",
    goods={"categories": ["Tea"]},
)


@pytest.mark.parametrize(
    ("moment", "given"),
    [
        ("2026-03-05T21:59:59", False),
        ("2026-03-05T22:00:00", True),
        ("2026-03-08T21:59:59", True),
        ("2026-03-08T22:00:00", False),
    ],
)
def test_it_is_given_from_midnight_to_midnight_of_the_shop(moment: str, given: bool) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    made = decide([], [stored(WOMENS_DAY)], "tea", now, currency="UAH", zone=ZoneInfo("Europe/Kyiv"))
    assert (made is not None) == given
    if made is not None:
        assert (made.amount, made.currency, made.level) == (100_00, "UAH", "8 March")
        assert made.valid_until == datetime(2026, 3, 8, 22, tzinfo=UTC)
        assert (made.proof.steps, verify_proof(made.proof)) == ((), [])


def test_a_day_without_midnight_begins_when_it_begins() -> None:
    """In Santiago the clock went from 23:59 of 5 September 2026 to 01:00 of the 6th."""
    spring = gift("seasonal", percent=5, first_day="2026-09-01", last_day="2026-09-05", level="Spring")
    at = datetime(2026, 9, 5, 12, tzinfo=UTC)
    made = decide([], [stored(spring)], "tea", at, zone=ZoneInfo("America/Santiago"))
    assert made is not None
    assert made.valid_until == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert verify_proof(made.proof) == []


def test_whoever_has_an_account_gets_it_while_it_lasts(world: World) -> None:
    world.programme(
        gift("seasonal", percent=5, first_day="2026-06-01", last_day="2026-06-02", level="Spring")
    )
    account = world.account("ann")
    given = []
    for day in (1, 2, 3):
        world.compute("ann", now=datetime(2026, 6, day, 12, tzinfo=UTC))
        given.append([*world.offers()])
    assert given == [[account], [account], []]
    assert world.dirty() == {"ann"}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "100.00_₴ off: 8 March."),
        ("uk", "100,00_₴ знижки: 8 March."),
        ("ru", "100,00_₴ скидки: 8 March."),
        ("de", "100,00_₴ Rabatt: 8 March."),
    ],
)
def test_it_is_called_by_its_name(language: str, said: str) -> None:
    proof = gift_proof(WOMENS_DAY, now=datetime(2026, 3, 7, tzinfo=UTC))
    assert sentence(proof, language=language) == said.replace("_", "\u00a0")
    assert reason(proof, language=language) == said.replace("_", "\u00a0")
    assert terms(proof) == "Only on: Tea. For orders of 500.00\u00a0₴ or more."


def test_days_are_read_from_toml_and_json_alike() -> None:
    toml = gift("seasonal", percent=5, first_day=date(2026, 6, 1), last_day=date(2026, 6, 2), level="Spring")
    assert parse_programme(toml.model_dump(mode="json")) == toml


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first_day": "2026-02-30"}, "first_day: is no day of the calendar; write it like 2026-11-27"),
        ({"first_day": datetime(2026, 3, 1, tzinfo=UTC)}, "first_day: is no day of the calendar"),
        ({"last_day": "2026-03-05"}, "last_day is before first_day; give a later day"),
        ({"last_day": "2027-03-08"}, "last_day is more than a year after first_day"),
        ({"level": ""}, "level: is empty; fill it in"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(changes: dict[str, Any], said: str) -> None:
    days = {"first_day": "2026-03-06", "last_day": "2026-03-08", "level": "8 March", "percent": 5}
    assert said in refused("seasonal", **{**days, **changes})
