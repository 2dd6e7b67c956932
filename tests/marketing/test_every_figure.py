"""Every whole number and moment of a proof of every kind, off by one under a new checksum, is caught.

But for those from which nothing else in the proof follows: they are named here, and caught where the agent
holds offers against the saved programmes and the payloads.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from purchases import NOW, amounts, fact, gift, stored, tiers, welcome
from regulars_marketing import Fact, Known, Programme, Proof, decide, verify_proof
from regulars_marketing._counted import Counted, View, year_start
from regulars_marketing._proof import sealed
from regulars_marketing._tier_standing import TierStanding

KYIV = ZoneInfo("Europe/Kyiv")
DAY = timedelta(days=1)
ADDING = {"adds": True, "cap": 30}
_SEASON = {"first_day": "2026-05-30", "last_day": "2026-06-05", "level": "June"}
_END = "2026-07-01T00:00:00Z"
_SINCE = year_start(NOW.date(), KYIV)


def proof(*programmes: Programme, known: Known | None = None, facts: tuple[Fact, ...] = ()) -> Proof:
    made = decide(
        facts,
        [stored(each) for each in programmes],
        "tea",
        NOW,
        currency="UAH",
        known=known or Known(),
        welcome=True,
        zone=KYIV,
    )
    assert made is not None
    whole = Proof.model_validate(made.document)
    assert verify_proof(whole) == []
    assert whole.percent or whole.amount
    return whole


def in_year(*facts: Fact, told: tuple[tuple[str, int], ...] = ()) -> Known:
    """What is known of who bought this within the year."""
    return Known(counted=(Counted(View("UAH", _SINCE), facts, told),))


def wholesale(**changes: Any) -> Programme:
    ladder = tiers().model_dump(include={"currency", "tiers"})
    return gift("wholesale", **{**ladder, **changes})


_BEGUN = NOW - 100 * DAY
_UAH = Fact("UAH", orders=3, goods=12_000_00, refunded=1_000_00, net=11_000_00, first_order_at=_BEGUN)
_EUR = Fact("EUR", orders=2, goods=21_00, refunded=1_00, net=20_00, first_order_at=_BEGUN)
_TOLD = (("EUR", 900_00),)
_COMPANY = Known(company=True, currency="UAH", spent_365d=11_000_00, largest_order=6_000_00)
_LOST = Known(
    standings=(TierStanding("regulars", "Gold", 20_000_00, NOW - 99 * DAY, NOW - 9 * DAY, "person"),)
)
_AWAY = (fact(1, last=NOW - 60 * DAY),)
PROOFS: Mapping[str, Proof] = {
    "tier": proof(tiers(minimum="50.00", orders=9), facts=(_UAH,)),
    "tier of amounts": proof(amounts(valid_until=_END), facts=(_UAH,)),
    "tier in two currencies": proof(
        tiers(), facts=(_EUR, _UAH), known=Known(counted=(Counted(View("UAH", None), (), _TOLD),))
    ),
    "tier of a year": proof(tiers(counts="year"), facts=(_UAH,), known=in_year(_EUR, _UAH, told=_TOLD)),
    "tier without room for more": proof(tiers(), facts=(_UAH,), known=Known(room=(("regulars", 5_000_00),))),
    "tier that is kept": proof(tiers(downgrade="after", keeps_days=30), facts=(_UAH,), known=_LOST),
    "tier that is kept for good": proof(
        tiers(downgrade="never", valid_until=_END), facts=(_UAH,), known=_LOST
    ),
    "welcome": proof(welcome(currency="UAH", minimum="50.00")),
    "welcome of an amount": proof(welcome(currency="UAH", amount="50.00", valid_until=_END)),
    "birthday": proof(gift("birthday", percent="10", before=2), known=Known(birth_date="--06-03")),
    "birthday of a wide window": proof(
        gift("birthday", percent="10", before=60, after=60, valid_until=_END),
        known=Known(birth_date="--04-20"),
    ),
    "winback": proof(
        gift("winback", percent="15", times="2.5", least_days=40),
        known=Known(rhythm_days=17),
        facts=_AWAY,
    ),
    "winback of one order": proof(gift("winback", percent="15", fallback_days=50), facts=_AWAY),
    "seasonal": proof(gift("seasonal", currency="UAH", amount="9.00", **_SEASON)),
    "personal": proof(
        gift(
            "personal", percent=20, account="1:7", why="Sorry", orders=2, valid_until="2026-07-01T00:00:00Z"
        ),
        known=Known(by_hand=frozenset({"personal"})),
    ),
    "wholesale": proof(wholesale(valid_until=_END), known=_COMPANY),
    "wholesale by the largest order": proof(wholesale(counts="largest_order"), known=_COMPANY),
    "sum": proof(
        tiers(**ADDING),
        gift("birthday", percent="10", adds=True, cap="21.5"),
        gift("seasonal", percent="6", adds=True, cap=40, **_SEASON),
        facts=(_UAH,),
        known=Known(birth_date="--06-03"),
    ),
}

_VERSION = {"programme.version"}
_TIERS = {*_VERSION, "facts.0.orders", "programme.tiers.0.percent"}
_TWO = {*_TIERS, "facts.1.orders"}
FREE: Mapping[str, set[str]] = {
    # Which version it is names the one in the store that the whole programme is held against; by that one are
    # told a smallest order, a number of orders, and what a tier gives that is neither reached, next nor kept:
    # nothing else is reckoned from these. How many orders there were is counted in the payloads.
    "tier": {*_TIERS, "programme.minimum", "programme.orders"},
    "tier of amounts": {*_VERSION, "facts.0.orders", "programme.tiers.0.amount"},
    "tier without room for more": {*_VERSION, "facts.0.orders", "programme.tiers.2.percent"},
    "tier in two currencies": _TWO,
    "tier of a year": _TWO,
    "tier that is kept": _TIERS,
    "tier that is kept for good": _TIERS,
    "welcome": {*_VERSION, "programme.minimum"},
    # The end that the owner wrote is stated once, where no days may come before it.
    "welcome of an amount": {*_VERSION, "programme.valid_until"},
    "birthday": {*_VERSION, "programme.orders"},
    # That end, where the days are over before it.
    "birthday of a wide window": {*_VERSION, "programme.orders", "programme.until"},
    # Of the two ways to reckon when somebody is away one was gone, and the terms of the other play no part.
    "winback": {*_VERSION, "programme.orders", "programme.fallback_days"},
    "winback of one order": {*_VERSION, "programme.orders", "programme.times", "programme.least_days"},
    # A season ends with its last day, whenever it began.
    "seasonal": {*_VERSION, "programme.first_day"},
    "personal": {*_VERSION, "programme.orders"},
    "wholesale": {*_VERSION, "programme.tiers.0.percent", "programme.valid_until"},
    "wholesale by the largest order": {*_VERSION, "programme.tiers.2.percent"},
    # The same of each part; and only the smallest cap bears on a sum, that of the birthday, which leads.
    "sum": {
        *(*_VERSION, "programme.orders", "added.0.cap", "added.1.cap", "added.1.programme.first_day"),
        *(f"added.0.{each}" for each in _TIERS),
        "added.1.programme.version",
    },
}
"""By kind the places that nothing else in the proof follows from."""


def figures(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all whole numbers and moments in a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from figures(value, (*path, key))
    is_number = isinstance(node, int) and not isinstance(node, bool)
    if is_number or (node is not None and path[-1:] in {("until",), ("valid_until",)}):
        yield path


def _more(value: Any, by: int) -> Any:
    """One more, or a second later."""
    if isinstance(value, int):
        return value + by
    return (datetime.fromisoformat(value) + timedelta(seconds=by)).isoformat()


def planted(whole: Proof, path: tuple[Any, ...], by: int) -> Proof:
    document = whole.document()
    node: Any = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = _more(node[path[-1]], by)
    forged = Proof.model_validate(document)
    added = tuple(sealed(each)[0] for each in forged.added)
    return sealed(forged.model_copy(update={"added": added}))[0]


@pytest.mark.parametrize("kind", [*PROOFS])
def test_a_figure_off_by_one_is_caught_unless_only_the_saved_version_tells_it(kind: str) -> None:
    whole = PROOFS[kind]
    found = {
        ".".join(map(str, path))
        for path in figures(whole.document())
        for by in (-1, 1)
        if not verify_proof(planted(whole, path, by))
    }
    assert found == FREE[kind]
