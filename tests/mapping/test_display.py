"""Which account's name, e-mail and phone are shown for a person."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import Contact, Displayed, _display, account_fields, displayed

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Account:
    """An account of a person, as the store has it."""

    id: str
    registered: bool
    email_verified: bool | None
    version_at: datetime
    given_name: str
    family_name: str
    name_folded: str
    email: str
    email_folded: str
    phone: str
    phone_e164: str


def _account(
    number: int,
    name: str = "",
    email: str = "",
    phone: str = "",
    *,
    day: int = 0,
    guest: bool = False,
    verified: bool | None = None,
) -> Account:
    given_name, _, family_name = name.partition(" ")
    contact = Contact(email=email, phone=phone, given_name=given_name, family_name=family_name)
    fields = account_fields(contact, country="UA")
    return Account(
        id=f"1:{number}",
        registered=not guest,
        email_verified=verified,
        version_at=START + timedelta(days=day),
        given_name=fields.given_name,
        family_name=fields.family_name,
        name_folded=fields.name_folded,
        email=fields.email,
        email_folded=fields.email_folded,
        phone=fields.phone,
        phone_e164=fields.phone_e164,
    )


def _source(account: int, rule: str) -> dict[str, str]:
    return {"account": f"1:{account}", "rule": rule}


def test_who_registers_in_somebodys_name_later_does_not_take_over_what_is_shown() -> None:
    known = _account(1, "Olga Kim", "olga@example.com", verified=True)
    stranger = _account(2, "Mallory Thief", "olga@example.com", "067 123 45 67", day=9)
    shown = displayed([stranger, known])
    assert (shown.given_name, shown.family_name) == ("Olga", "Kim")
    assert shown.sources["name"] == _source(1, "verified")
    assert shown.phone == "+380671234567", "what only the other has is shown with its source"


def test_a_single_account_is_shown_with_its_source() -> None:
    shown = displayed([_account(1, "Олена Коваленко", "Olena@example.com", "067 123 45 67")])
    assert shown == Displayed(
        given_name="Олена",
        family_name="Коваленко",
        name_folded="олена коваленко",
        email="Olena@example.com",
        phone="+380671234567",
        sources=dict.fromkeys(("name", "email", "phone"), _source(1, "only")),
    )


def test_nobody_s_fields_are_empty_and_have_no_source() -> None:
    assert displayed([]) == Displayed("", "", "", "", "", {})
    assert displayed([_account(1)]) == Displayed("", "", "", "", "", {})


def test_a_registered_profile_beats_a_newer_guest() -> None:
    shown = displayed([_account(1, "Olena Kovalenko"), _account(2, "О. Коваленко", day=9, guest=True)])
    assert shown.given_name == "Olena"
    assert shown.sources["name"] == _source(1, "registered")


def test_a_newer_version_beats_an_older_one() -> None:
    shown = displayed([_account(1, email="old@example.com"), _account(2, email="new@example.com", day=1)])
    assert shown.email == "new@example.com"
    assert shown.sources["email"] == _source(2, "newest")


def test_among_versions_of_one_moment_the_most_frequent_value_is_shown() -> None:
    accounts = [
        _account(n, email=email)
        for n, email in enumerate(["a@x.example.com", "b@example.com", "B@example.com"])
    ]
    shown = displayed(accounts)
    assert shown.email == "b@example.com"
    assert shown.sources["email"] == _source(1, "frequent")


def test_a_valid_value_beats_an_invalid_one_of_a_better_source() -> None:
    shown = displayed(
        [
            _account(1, "Олена", "deleted@site.invalid", "12"),
            _account(2, "Olena Kovalenko", "olena@example.com", "067 123 45 67", guest=True),
        ]
    )
    assert (shown.family_name, shown.email, shown.phone) == (
        "Kovalenko",
        "olena@example.com",
        "+380671234567",
    )
    assert shown.sources == dict.fromkeys(("name", "email", "phone"), _source(2, "valid"))


def test_an_invalid_value_is_shown_where_there_is_no_other() -> None:
    shown = displayed([_account(1, "Олена", "olena at example", "12")])
    assert (shown.given_name, shown.email, shown.phone) == ("Олена", "olena at example", "12")


def test_the_halves_of_a_name_come_from_one_account() -> None:
    shown = displayed([_account(1, "Олена", day=5), _account(2, " Коваленко", day=7), _account(3, "Ann Lee")])
    assert (shown.given_name, shown.family_name) == ("Ann", "Lee")


def test_each_field_has_its_own_source() -> None:
    shown = displayed(
        [_account(1, "Олена Коваленко", day=1), _account(2, email="olena@example.com", guest=True)]
    )
    assert shown.sources == {"name": _source(1, "only"), "email": _source(2, "only")}


def test_equal_accounts_are_settled_by_their_anchors() -> None:
    accounts = [_account(number, f"Олена К{number}", f"n{number}@example.com") for number in (10, 9, 100)]
    shown = {repr(displayed(order).sources) for order in permutations(accounts)}
    assert shown == {repr(displayed(accounts).sources)}
    assert displayed(accounts).email == "n9@example.com"


accounts = st.builds(
    _account,
    st.integers(1, 99),
    st.sampled_from(["", "Олена", "Олена Коваленко", "Olena Kovalenko", "О. Коваленко"]),
    st.sampled_from(["", "a@example.com", "A@example.com", "b@example.com", "none"]),
    st.sampled_from(["", "067 123 45 67", "+380671234567", "12"]),
    day=st.integers(0, 2),
    guest=st.booleans(),
)


@given(st.lists(accounts, max_size=6, unique_by=lambda one: one.id), st.randoms())
def test_the_order_of_the_accounts_makes_no_difference(given_accounts: list[Account], random: object) -> None:
    shuffled = list(given_accounts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis's Random
    assert displayed(shuffled) == displayed(given_accounts)


def test_what_is_shown_does_not_show_itself_in_logs() -> None:
    assert repr(displayed([_account(1, "Олена Коваленко", "olena@example.com")])) == "Displayed(...)"


_PAIR = st.builds(
    _account,
    st.just(1),
    st.sampled_from(["", "Olena", "Olena Koval", "Anna Melnyk"]),
    st.sampled_from(["", "no address", "a@example.com", "b@example.com"]),
    st.sampled_from(["", "12", "+380671234567", "+380671234568"]),
    day=st.integers(0, 1),
    guest=st.booleans(),
    verified=st.sampled_from([None, False, True]),
)


@given(_PAIR, _PAIR)
def test_two_accounts_are_settled_by_the_rules_of_the_policy(a: Account, b: Account) -> None:
    pair = [a, replace(b, id="1:2")]
    for field, rules in _display.POLICY.items():
        left = [one for one in pair if _display._value(one, field)]
        decided = "only"
        for word, rule in rules:
            kept = rule(left, field) if len(left) > 1 else left
            left, decided = (kept, word) if len(kept) < len(left) else (left, decided)
        source = {"account": left[0].id, "rule": decided} if left else None
        assert displayed(pair[::-1]).sources.get(field) == source
