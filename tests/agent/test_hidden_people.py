"""A Shopify app without the approval for protected customer data sees nobody. What was known is not lost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from regulars_agent import Outcome, Workspace, check_shop
from regulars_connectors import Severity
from regulars_mapping import MisconfiguredError
from shopify_world import Boutique, a_boutique

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def opening(empty_workspace: Workspace) -> Iterator[Callable[..., Boutique]]:
    with ExitStack() as stack:

        def opened(people: int = 8, *, hides: bool = False) -> Boutique:
            made = stack.enter_context(a_boutique(empty_workspace))
            made.shop.hides_people = hides
            for number in range(people):
                made.shop.register(f"person{number}@example.com", first_name="Olena", phone="")
            return made

        yield opened


def known(boutique: Boutique) -> list[str]:
    return sorted(email for (email,) in boutique.rows("account", "email") if email)


def said(boutique: Boutique) -> list[str]:
    report = check_shop(boutique.workspace, "boutique")
    return [one.subject for one in report.findings if one.severity is Severity.WARNING]


def test_without_the_approval_everything_else_is_read_and_the_check_says_so(
    opening: Callable[..., Boutique],
) -> None:
    made = opening(hides=True)
    order = made.buy(customer=made.shop.customer_by_email("person1@example.com"))
    assert made.backfill()
    assert (known(made), made.here("order")) == ([], {order})
    assert len(made.here("account")) == 8
    assert "protected data" in said(made)
    # Nobody is taken for anybody.
    assert len(made.rows("person", "id")) == 8


def test_who_is_shown_since_the_approval_is_recognized_though_nothing_else_changed(
    opening: Callable[..., Boutique],
) -> None:
    made = opening(hides=True)
    made.buy()
    assert "protected data" in said(made)
    made.tick()
    # Others who change later are the newest changes that are known.
    made.clock.forward(hours=1)
    first = made.shop.customer_by_email("person0@example.com")
    made.shop.edit_customer(first, last_name="Koval")
    made.buy(customer=first)
    made.sync()
    assert known(made) == []
    made.clock.forward(hours=1)
    made.shop.hides_people = False
    assert "protected data" not in said(made)
    assert {each.outcome for each in made.tick(hours=5)} == {Outcome.DONE}
    assert known(made) == ["guest@example.com", *(f"person{number}@example.com" for number in range(8))]
    made.pane.asked.clear()
    said(made)
    made.tick(hours=7)
    assert "CustomersHistory" not in made.pane.asked


def test_an_approval_that_ends_makes_nobody_a_stranger(opening: Callable[..., Boutique]) -> None:
    made = opening()
    made.buy()
    assert made.backfill()

    def here() -> tuple[object, ...]:
        return known(made), made.rows("person", "id"), made.rows("observation", "external_id", "digest")

    before = here()
    made.shop.hides_people = True
    anna = made.shop.customer_by_email("person1@example.com")
    made.shop.edit_customer(anna, last_name="Koval")
    made.shop.edit_order(int(*made.here("order")), note="by the door")
    with pytest.raises(MisconfiguredError, match="boutique: the shop hides"):
        made.sync()
    (visited,) = [each for each in made.tick(hours=7) if each.outcome is Outcome.FAILED]
    assert "shop check boutique" in visited.problem
    assert here() == before
    made.shop.hides_people = False
    made.sync()
    assert ("Koval",) in made.rows("account", "family_name")


def test_guests_are_kept_as_well(opening: Callable[..., Boutique]) -> None:
    made = opening()
    order = made.buy()
    assert made.backfill()
    made.shop.hides_people = True
    made.shop.edit_order(int(order), note="by the door")
    with pytest.raises(MisconfiguredError, match="the shop hides"):
        made.sync()
    assert "guest@example.com" in known(made)


@pytest.mark.parametrize("others", [0, 7])
def test_who_lost_name_and_contacts_alone_has_lost_them(
    opening: Callable[..., Boutique], others: int
) -> None:
    made = opening(people=others + 1)
    assert made.backfill()
    number = made.shop.customer_by_email("person0@example.com")
    made.pane.asked.clear()
    made.shop._customer(number).state.email = made.shop._customer(number).state.first_name = ""
    made.shop._core.touch(made.shop._customer(number))
    made.sync()
    assert "person0@example.com" not in known(made)
    assert len(known(made)) == others
    assert made.pane.asked["CustomersById"] == bool(others)
