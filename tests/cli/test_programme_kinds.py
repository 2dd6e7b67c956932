"""What `programme enable` and `list` say of each kind, in a line."""

from typing import Any

import pytest

from purchases import gift
from regulars_cli._marketing import _rules

TIERS = [{"threshold": "1000.00", "percent": 12, "level": "Dealer"}]
DAYS = {"valid_from": "2030-01-01T00:00:00+02:00", "valid_until": "2030-06-01T00:00:00Z"}
LATE = {"account": "1:7", "why": "A late parcel", "valid_until": "2030-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (
            "birthday",
            {"percent": 10, "before": 3},
            ["from 3 days before the birthday to 7 days after it: 10 %  Birthday", "It works for 1 order."],
        ),
        (
            "winback",
            {"percent": 15, "times": 2.5, "orders": None},
            [
                (
                    "for 30 days, once away for 2.5 x their usual time between orders (at least 30 days; 180 "
                    "where there is none): 15 %  Welcome back"
                )
            ],
        ),
        (
            "seasonal",
            {
                "amount": "50.00",
                "currency": "UAH",
                "first_day": "2026-11-27",
                "last_day": "2026-11-30",
                "level": "Black Friday",
                "audience": "amount_spent > 5",
                "holdout": 10,
            },
            [
                "from 2026-11-27 to 2026-11-30: 50.00 UAH off  Black Friday",
                "for whom this describes: amount_spent > 5",
                "10 % are held out",
            ],
        ),
        (
            "personal",
            {"percent": 20, **LATE},
            ["to the person with account 1:7, A late parcel: 20 %  Personal", "until 2030-01-01 00:00 UTC"],
        ),
        (
            "wholesale",
            {"currency": "UAH", "tiers": TIERS, "shops": ["main", "tea"], **DAYS},
            [
                "from 1,000.00 UAH a year, for companies: 12 %  Dealer",
                "in the shops main, tea only",
                "from 2029-12-31 22:00 UTC until 2030-06-01 00:00 UTC",
            ],
        ),
    ],
)
def test_each_kind_is_told_in_the_owner_s_words(kind: str, fields: dict[str, Any], said: list[str]) -> None:
    assert list(_rules(gift(kind, **fields))) == said
