"""What ``person show`` says of a person's reviews."""

from typing import Any

import pytest
from rich.console import Console

from regulars_agent import PersonCard
from regulars_cli._people import print_card

PERSON = {"id": "p1", "given_name": "Olena", "family_name": "Bondar", "email": "o@example.com", "phone": ""}


def shown(stars: list[int | None]) -> str:
    nothing: dict[str, Any] = dict.fromkeys(
        ("accounts", "links", "orders", "refunds", "addresses", "facts", "offers", "grants"), ()
    )
    out = Console(record=True, width=200)
    print_card(out, PersonCard(person=PERSON, reviews=[{"stars": one} for one in stars], **nothing))
    return out.export_text()


@pytest.mark.parametrize("stars", [[], [None]])
def test_nothing_is_said_where_no_stars_were_given(stars: list[int | None]) -> None:
    assert "stars" not in shown(stars)


def test_the_average_and_the_number_of_the_stars_are_said() -> None:
    assert "gave 4.5 of 5 stars in 2 reviews" in shown([5, None, 4])
