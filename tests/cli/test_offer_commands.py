"""``offer show`` and ``offer verify``."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from command_line import CommandLine
from purchases import NOBODY, NOW, born, fact, gift, stored, tiers
from regulars_agent import proofs
from regulars_cli._offers import _print, _print_check
from regulars_marketing import Fact, Known, Programme, Proof, decide
from regulars_marketing._counted import Counted, View


def test_what_disagrees_is_named_with_its_place_and_counted() -> None:
    found = proofs.ProofCheck(waiting=2)
    wrong = [
        proofs.Disagreement("1:57", "P", "order 1:10004", "goods", "600001", "600000"),
        proofs.Disagreement("1:57", "P", "proof", "the checksum is not that of the proof"),
    ]
    found.take(3, wrong)
    out = Console(record=True, width=200)
    _print_check(out, found)
    assert out.export_text().splitlines() == [
        "Account 1:57, order 1:10004: goods is 600001, but should be 600000",
        "Account 1:57, proof: the checksum is not that of the proof",
        "3 offers of 1 persons checked: 1 disagree with what the shops sent.",
        "2 persons left out: changes of theirs wait to be computed. Run: regulars compute",
    ]


def shown(proof: Proof, **changes: Any) -> list[str]:
    """What `offer show` prints of an offer with this proof."""
    offer = proofs.ShownOffer(
        account="1:57",
        shop="tea",
        programme=proof.programme.key,
        version=2,
        level=proof.level,
        reason="A reason.",
        terms="",
        next_step="A next step.",
        scope="person",
        **{"valid_until": None, "held": None, "proof": proof.document(), **changes},
    )
    out = Console(record=True, width=200)
    _print(out, proofs.ShownOffers("P", [offer], proofs.ProofCheck(persons=1, offers=1)))
    return out.export_text().splitlines()


def decided(facts: Sequence[Fact], *programmes: Programme, known: Known = NOBODY) -> Proof:
    made = decide(facts, [*map(stored, programmes)], "tea", NOW, currency="UAH", known=known)
    assert made is not None
    return made.proof


def test_an_offer_is_shown_with_its_reason_and_its_arithmetic_in_money() -> None:
    facts = [fact(5_060_00, refunded=140_00), fact(1_980_00, currency="EUR", orders=2)]
    counted = Counted(View("UAH", None), (), (("EUR", 95_436_00),))
    lines = shown(
        decided(facts, tiers(), known=Known(counted=(counted,))),
        valid_until=datetime(2026, 12, 31, 21, 59, tzinfo=UTC),
        held="Why it is kept.",
    )
    assert lines == [
        "1:57 in tea: A reason.",
        "  programme regulars, version 2, by the person's purchases, until 2026-12-31 21:59 UTC",
        "  bought 1,980.00 EUR at 48.2 on average = 95,436.00 UAH",
        "  bought 5,200.00 UAH, 140.00 given back: 5,060.00 UAH",
        "  together 100,496.00 UAH",
        "  100,496.00 >= 5,000.00: Bronze",
        "  100,496.00 >= 10,000.00: Silver",
        "  100,496.00 >= 20,000.00: Gold",
        "  A next step.",
        "  Why it is kept.",
        "1 offers of 1 persons checked: all agree.",
    ]
    lacking = shown(decided([fact(90_00, currency="EUR")], tiers()))
    assert lacking[2] == "  bought 90.00 EUR, for which a rate to UAH is missing"
    assert shown(decided([fact(6_000_00)], tiers()))[4:6] == [
        "  6,000.00 < 10,000.00: not Silver",
        "  6,000.00 < 20,000.00: not Gold",
    ]
    assert shown(decided([], tiers()))[2] == "  nothing bought"


def test_days_are_shown_as_days() -> None:
    birthday = gift("birthday", percent=10, before=3, after=4)
    assert shown(decided([], birthday, known=born("1990-06-03")))[2:-2] == [
        "  born on 06-03: in 2026 that is 2026-06-03",
        "  from 2026-05-31, 3 days before",
        "  up to and including 2026-06-07, 4 days after",
    ]
    away = [fact(10_00, orders=3, last=NOW - timedelta(days=60))]
    winback = gift("winback", percent=15, times="2.5", days=14)
    assert shown(decided(away, winback, known=Known(rhythm_days=23)))[2:-2] == [
        "  usually 23 days between orders, x 2.5 = 58 days",
        "  no fewer than 30 days: 58 days",
        "  from 2026-05-30, 58 days after the last order of 2026-04-02",
        "  up to and including 2026-06-12, 14 days in all",
    ]
    june = gift("seasonal", percent=5, level="June", first_day="2026-06-01", last_day="2026-06-30")
    assert shown(decided([], june))[2] == "  from 2026-06-01 up to and including 2026-06-30"


def test_of_a_sum_of_programmes_the_arithmetic_of_each_is_shown() -> None:
    regulars = tiers(adds=True, cap=12)
    birthday = gift("birthday", percent=10, adds=True, cap=20)
    lines = shown(decided([fact(6_000_00)], regulars, birthday, known=born("1990-06-03")))
    assert [line for line in lines if line.startswith(("  part", "  sum"))] == [
        "  part birthday, version 1: 10 % as Birthday",
        "  part regulars, version 1: 5 % as Bronze",
        "  sum: 10 % + 5 % = 15 %, at most 12 %, so 12 %",
    ]
    assert "    bought 6,000.00 UAH" in lines
    assert "    born on 06-03: in 2026 that is 2026-06-03" in lines


def test_where_there_is_nothing_to_check_the_commands_say_so(regulars: CommandLine) -> None:
    regulars.begin()
    assert regulars.done("offer", "verify").out == "0 offers of 0 persons checked: nothing to check.\n"
    document = regulars.done("offer", "verify", "--all", "--json").json
    assert document == {"persons": 0, "offers": 0, "waiting": 0, "wrong": 0, "disagreements": []}
    unknown = regulars("offer", "show", "nobody@example.com")
    assert unknown.code == 1
    assert "There is no person" in unknown.err
    assert regulars("offer", "verify", "1:1", "--all").code == 2
    assert "0 persons computed" in regulars.done("compute", "--all").out
    assert "There is no person" in regulars("compute", "nobody@example.com").err
    assert regulars("compute", "1:1", "--all").code == 2
