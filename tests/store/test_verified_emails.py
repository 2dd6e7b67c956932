"""Whether a platform verified an account's address, from the landing to what must be decided anew."""

from collections.abc import Callable
from itertools import permutations

import pytest
from sqlalchemy import update

from offer_rows import give_offer
from regulars_mapping import Kind
from regulars_store import Store, account_offering, checks_emails, resolve, tables
from shop_objects import Counter, contact, customer, day, open_counter, order

VICTIM = contact("victim")
OFFERS = "offers:1"


def _resolved(counter: Counter) -> None:
    with counter.store.write() as connection:
        resolve(connection, counter.marks("identity"))
    counter.forget_marks()


@pytest.mark.parametrize("said", [True, False, None])
def test_an_account_keeps_what_the_platform_says_of_its_address(counter: Counter, said: bool | None) -> None:
    counter.land(customer("7", email_verified=said))
    assert counter.row(tables.account)["email_verified"] is said


def test_of_buyers_without_a_profile_nobody_says_it(counter: Counter) -> None:
    counter.land(order("1"), order("2", customer_id="7"))
    assert [row["email_verified"] for row in counter.rows(tables.account)] == [None, None]


def test_a_profile_that_lands_after_its_order_brings_it(counter: Counter) -> None:
    who = contact("customer7")
    counter.land(order("2", customer_id="7", contact=who))
    _resolved(counter)
    counter.land(customer("7", contact=who, email_verified=True))
    account = counter.row(tables.account)
    assert account["email_verified"] is True
    assert (counter.marks("facts"), counter.marks(OFFERS)) == ({account["person_id"]}, {account["person_id"]})


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True), (None, True), (True, None)])
def test_a_change_of_it_marks_the_person_for_computing_and_planning(
    counter: Counter, before: bool | None, after: bool | None
) -> None:
    counter.land(customer("7", email_verified=before))
    _resolved(counter)
    person = counter.row(tables.account)["person_id"]
    counter.land(customer("7", 1, email_verified=after))
    assert counter.row(tables.account)["email_verified"] is after
    assert (counter.marks("facts"), counter.marks(OFFERS)) == ({person}, {person})


def test_a_change_of_it_together_with_the_address_marks_the_person_too(counter: Counter) -> None:
    counter.land(customer("7", email_verified=True))
    _resolved(counter)
    person = counter.row(tables.account)["person_id"]
    counter.land(customer("7", 1, contact=VICTIM, email_verified=False))
    assert counter.marks("identity") == {"1:7"}
    assert counter.marks(OFFERS) == counter.marks("facts") == {person}


def test_what_leaves_it_as_it_is_plans_for_nobody(counter: Counter) -> None:
    counter.land(customer("7", email_verified=True))
    _resolved(counter)
    counter.land(customer("7", 1, email_verified=True, role="wholesale"))
    assert counter.marks(OFFERS) == set()


def test_of_a_customer_without_a_person_yet_it_only_waits_to_be_resolved(counter: Counter) -> None:
    counter.land(customer("7", email_verified=True))
    counter.land(customer("7", 1, email_verified=False))
    assert (counter.marks("identity"), counter.marks("facts"), counter.marks(OFFERS)) == (
        {"1:7"},
        set(),
        set(),
    )


def test_an_older_version_that_arrives_late_changes_nothing(counter: Counter) -> None:
    counter.land(customer("7", 5, email_verified=False))
    _resolved(counter)
    counter.land(customer("7", 3, email_verified=True))
    assert counter.row(tables.account)["email_verified"] is False
    assert counter.marks(OFFERS) == set()


def test_the_newest_version_says_it_whatever_arrives_last(store: Store) -> None:
    versions = [customer("7", 1, email_verified=True), customer("7", 2), order("1", customer_id="7")]
    found = set()
    for number, arrival in enumerate(permutations(versions)):
        counter = open_counter(store, name=f"shop{number}")
        for each in arrival:
            counter.land(each)
        found.add(counter.rows(tables.account, shop_id=counter.shop.id)[0]["email_verified"])
    assert found == {None}


def test_the_digest_covers_it(counter: Counter) -> None:
    counter.land(customer("7"))
    before = counter.parts()
    with counter.store.write() as connection:
        connection.execute(update(tables.account).values(email_verified=True))
    assert {name for name, part in counter.parts().items() if part != before[name]} == {"account"}


def test_the_digest_covers_whose_purchases_count(counter: Counter) -> None:
    counter.land(customer("7"))
    _resolved(counter)
    give_offer(counter.store, "1:7")
    before = counter.parts()
    with counter.store.write() as connection:
        connection.execute(update(tables.offer).values(scope="person"))
    assert {name for name, part in counter.parts().items() if part != before[name]} == {"offer"}


def test_a_customer_who_comes_back_is_as_verified_as_before(counter: Counter) -> None:
    counter.land(customer("7", email_verified=True))
    counter.bury(Kind.CUSTOMER, "7", now=day(3))
    assert counter.row(tables.account)["email_verified"] is True
    counter.land(customer("7", email_verified=True), via="read", now=day(4))
    account = counter.row(tables.account)
    assert (account["gone"], account["email_verified"]) == (False, True)


@pytest.fixture
def thief(counter: Counter) -> Callable[[str], int | None]:
    """A victim bought a lot, a thief registered with their address: what an account is shown (hundredths)."""
    counter.land(customer("1", contact=VICTIM), customer("2", contact=VICTIM), order("10", customer_id="1"))
    _resolved(counter)
    assert len({row["person_id"] for row in counter.rows(tables.account)}) == 1
    give_offer(counter.store, "1:1", 1_000)

    def shown(external_id: str) -> int | None:
        with counter.store.read() as connection:
            found = account_offering(connection, counter.shop.id, external_id)
        return None if found is None else found.percent

    return shown


def test_whoever_registers_with_a_stranger_s_address_is_shown_nothing_of_theirs(
    counter: Counter, thief: Callable[[str], int | None]
) -> None:
    assert (thief("1"), thief("2")) == (1_000, None)
    give_offer(counter.store, "1:2", 0)
    assert (thief("1"), thief("2")) == (1_000, 0)


def test_an_address_that_is_not_verified_any_more_hides_what_the_person_earned_at_once(
    counter: Counter, thief: Callable[[str], int | None]
) -> None:
    give_offer(counter.store, "1:2", 1_000, scope="person")
    assert thief("2") is None
    counter.land(customer("2", 1, contact=VICTIM, email_verified=True))
    assert thief("2") == 1_000
    counter.land(customer("2", 2, contact=VICTIM, email_verified=False))
    assert thief("2") is None


@pytest.mark.parametrize(
    ("options", "checks"),
    [
        ({}, False),
        ({"checks_emails": "yes"}, True),
        ({"checks_emails": "no"}, False),
        ({"checks_emails": "YES"}, False),
        ({"checks_emails": True}, False),
        ({"checks_emails": None}, False),
    ],
)
def test_a_shop_checks_e_mails_only_where_the_owner_said_just_that(
    options: dict[str, object], checks: bool
) -> None:
    assert checks_emails(options) is checks
