"""``rating explain`` and ``rating list``."""

from datetime import UTC, datetime

from rich.console import Console

from command_line import CommandLine
from regulars_agent import RatingCard
from regulars_cli._ratings import _print
from regulars_marketing import ExplainedFactor, ExplainedRating, RatingChange

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_an_explanation_names_each_factor_with_its_points_and_how_it_came_to_be() -> None:
    factors = (
        ExplainedFactor("money", 38, 40, "bought for 900.00 UAH, more than 90 of 100 customers"),
        ExplainedFactor("refusals", -8, -15, "refused 1 order to be paid on delivery"),
    )
    changes = (RatingChange(NOW, 30, "d", ("refusals 0 → -8: orders refused 0 → 1",)),)
    out = Console(record=True, width=200)
    _print(out, RatingCard(ExplainedRating("p1", 30, "d", factors, changes), ""))
    assert out.export_text().splitlines() == [
        "30 of 100, grade D  p1",
        "   +38 of 40       money: bought for 900.00 UAH, more than 90 of 100 customers",
        "    -8 down to -15 refusals: refused 1 order to be paid on delivery",
        "  2026-11-22 30 D: refusals 0 → -8: orders refused 0 → 1",
    ]


def test_where_nobody_is_rated_the_commands_say_so(regulars: CommandLine) -> None:
    regulars.begin()
    assert regulars.done("rating", "list").out == "0 A, 0 B, 0 C, 0 D, 0 E; 0 not rated yet\n"
    document = regulars.done("rating", "list", "--grade", "a", "--json").json
    assert document == {"grades": dict.fromkeys("abcde", 0), "unrated": 0, "persons": []}
    unknown = regulars("rating", "explain", "nobody@example.com")
    assert unknown.code == 1
    assert "There is no person" in unknown.err
