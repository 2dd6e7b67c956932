"""What became of each decision, and why a key that two share does not link them."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_world import IDS, NOW, TIGHT, attributes, journals
from regulars_mapping import (
    BirthDate,
    Decision,
    DecisionKind,
    DecisionState,
    Hindrance,
    IdentityKey,
    KeyKind,
    blocked,
    blocking,
    fates,
    hindrance,
    links_of,
    standing,
)

MUST, CANNOT, REVOKE = DecisionKind.MUST_LINK, DecisionKind.CANNOT_LINK, DecisionKind.REVOKE
EMAIL, PHONE = IdentityKey(KeyKind.EMAIL, "anna@example.com"), IdentityKey(KeyKind.PHONE, "+380671234567")


@dataclass(frozen=True)
class Holder:
    id: str
    given_name: str = ""
    family_name: str = ""
    phone_e164: str = ""

    @property
    def email_folded(self) -> str:
        return f"anna.koval+{self.id}@gmail.com"


@settings(max_examples=500, deadline=None)
@given(journals(), st.sets(st.sampled_from(IDS)))
def test_what_stands_by_its_fate_is_what_stands(journal: list[Decision], active: set[str]) -> None:
    told = fates(journal, active)
    assert told.keys() == {one.id for one in journal}
    stands = {
        one.id for one in journal if one.kind is not REVOKE and told[one.id].state == DecisionState.STANDS
    }
    assert stands == {one.id for one in standing(journal, active)}


def test_a_fate_names_the_decision_that_brought_it() -> None:
    journal = [
        Decision(1, MUST, "1:1", "1:2", NOW),
        Decision(2, CANNOT, "1:2", "1:1", NOW + timedelta(days=1)),
        Decision(3, MUST, "1:1", "1:3", NOW),
        Decision(4, REVOKE, "1:1", "1:3", NOW, 3),
        Decision(5, MUST, "1:1", "1:9", NOW),
    ]
    told = fates(journal, {"1:1", "1:2", "1:3"})
    assert [(told[number].state.value, told[number].by) for number in range(1, 6)] == [
        ("superseded", 2),
        ("stands", None),
        ("revoked", 4),
        ("stands", None),
        ("sleeps", None),
    ]


@given(attributes, attributes, st.sampled_from(list(KeyKind)), st.sampled_from(["1:2", "2:2"]))
def test_a_pair_has_a_hindrance_exactly_where_it_has_no_link(
    a: object, b: object, kind: KeyKind, second: str
) -> None:
    key = IdentityKey(kind, "info@example.com" if a == b else "anna@example.com")
    one, other = (
        Holder(id_, each.given_name, each.family_name, each.phone_e164)
        for id_, each in (("1:1", a), (second, b))
    )
    assert (hindrance(key, one, other) is None) == bool(links_of(key, [one, other]))


@given(st.sampled_from(list(KeyKind)), st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=6))
def test_a_key_has_a_guard_s_reason_exactly_where_it_is_blocked(kind: KeyKind, emails: list[str]) -> None:
    assert (blocking(IdentityKey(kind, "x"), emails, rules=TIGHT) is None) != blocked(
        kind, emails, rules=TIGHT
    )


@pytest.mark.parametrize(
    ("key", "a", "b", "why"),
    [
        (PHONE, ("Anna", "Koval"), ("Oleh", "Bondar"), Hindrance.NAMES_DIFFER),
        (PHONE, ("Anna", "Koval"), ("", ""), Hindrance.NAME_MISSING),
        (IdentityKey(KeyKind.EMAIL, "info@example.com"), ("", ""), ("", ""), Hindrance.ROLE_MAILBOX),
        (EMAIL, ("Anna", "Koval"), ("Oleh", "Bondar"), None),
        (PHONE, ("Anna", "Koval"), ("Anya", "Koval"), None),
        (PHONE, ("Anna", "Koval"), ("A.", "Koval"), Hindrance.NAME_MISSING),
    ],
)
def test_the_hindrance_is_named(
    key: IdentityKey, a: tuple[str, str], b: tuple[str, str], why: object
) -> None:
    assert hindrance(key, Holder("1:1", *a), Holder("1:2", *b)) == why


def test_birth_dates_that_contradict_hinder_a_phone_and_no_email() -> None:
    one, other = Holder("1:1", "Anna", "Koval"), Holder("1:2", "Anna", "Koval")
    born = (BirthDate(5, 17, 1990), BirthDate(5, 17, 1991))
    assert hindrance(PHONE, one, other, born=born) is Hindrance.BIRTH_DATES_DIFFER
    assert hindrance(EMAIL, one, other, born=born) is None


def test_what_has_too_many_holders_says_which_of_both() -> None:
    many = [f"p{number}@example.com" for number in range(6)]
    assert blocking(PHONE, many) is Hindrance.TOO_MANY_EMAILS
    assert blocking(PHONE, [""] * 21) is Hindrance.TOO_MANY_ACCOUNTS
    assert blocking(EMAIL, many) is None
