"""``offer show`` and ``offer verify``."""

from datetime import UTC, datetime

from rich.console import Console

from command_line import CommandLine
from regulars_agent import proofs
from regulars_cli._offers import _print, _print_check
from regulars_marketing._proof import Step


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


def test_an_offer_is_shown_with_its_reason_its_steps_and_what_the_check_says() -> None:
    steps = [{"name": "tier", "left": 120_000, "right": 100_000, "result": 1}]
    offer = proofs.ShownOffer(
        account="1:57",
        shop="tea",
        programme="regulars",
        version=2,
        level="Bronze",
        reason="3 %: bought for 1,200.00 ₴ in all shops.",
        terms="",
        next_step="3,800.00 ₴ more: 5 %.",
        scope="person",
        valid_until=datetime(2026, 12, 31, 21, 59, tzinfo=UTC),
        held=None,
        proof={"steps": steps},
    )
    out = Console(record=True, width=200)
    _print(out, proofs.ShownOffers("P", [offer], proofs.ProofCheck(persons=1, offers=1)))
    assert out.export_text().splitlines() == [
        "1:57 in tea: 3 %: bought for 1,200.00 ₴ in all shops.",
        "  programme regulars, version 2, by the person's purchases, until 2026-12-31 21:59 UTC",
        "  tier: 120000, 100000 = 1",
        "  3,800.00 ₴ more: 5 %.",
        "1 offers of 1 persons checked: all agree.",
    ]


def test_of_a_sum_of_programmes_the_arithmetic_of_each_is_shown() -> None:
    tiers = [Step("net", 130_000, 10_000, 120_000), Step("tier", 120_000, 100_000, 1)]
    offer = proofs.ShownOffer(
        account="1:57",
        shop="tea",
        programme="regulars",
        version=2,
        level="Silver",
        reason="12 %: 5 % as Silver and 10 % for your birthday.",
        terms="",
        next_step="",
        scope="person",
        valid_until=None,
        held=None,
        proof={"percent": 1_200, "steps": []},
        parts=[
            proofs.ShownPart("regulars", 2, "Silver", 550, 1_200, tiers),
            proofs.ShownPart("birthday", 1, "", 1_000, 2_000, [Step("day", 603, 2026, 20260603)]),
        ],
    )
    out = Console(record=True, width=200)
    _print(out, proofs.ShownOffers("P", [offer], proofs.ProofCheck(persons=1, offers=1)))
    assert out.export_text().splitlines()[2:-1] == [
        "  part regulars, version 2: 5.5 % as Silver",
        "    net: 130000, 10000 = 120000",
        "    tier: 120000, 100000 = 1",
        "  part birthday, version 1: 10 %",
        "    day: 603, 2026 = 20260603",
        "  sum: 5.5 % + 10 % = 15.5 %, at most 12 %, so 12 %",
    ]


def test_where_there_is_nothing_to_check_the_commands_say_so(regulars: CommandLine) -> None:
    regulars.begin()
    assert regulars.done("offer", "verify").out == "0 offers of 0 persons checked: nothing to check.\n"
    document = regulars.done("offer", "verify", "--all", "--json").json
    assert document == {"persons": 0, "offers": 0, "waiting": 0, "wrong": 0, "disagreements": []}
    unknown = regulars("offer", "show", "nobody@example.com")
    assert unknown.code == 1
    assert "There is no person" in unknown.err
    assert regulars("offer", "verify", "1:1", "--all").code == 2
