from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from regulars_mapping import (
    BirthDate,
    Contact,
    Decision,
    DecisionKind,
    GuardRules,
    IdentityKey,
    KeyKind,
    Link,
    Rule,
    account_fields,
    anchor_of,
    blocked,
    components,
    key_digest,
    keys_of,
    keys_with_implied,
    links_of,
    person_id_of,
    weak_keys_of,
)


class Account(NamedTuple):
    id: str
    given_name: str = ""
    family_name: str = ""
    spelling: str = ""
    phone_e164: str = ""

    @property
    def email_folded(self) -> str:
        """Each has a spelling of its own where none is told."""
        return self.spelling or f"anna.koval+{self.id}@gmail.com"


PHONE = IdentityKey(KeyKind.PHONE, "+380671234567")
EMAIL = IdentityKey(KeyKind.EMAIL, "anna@example.com")
ALIAS = IdentityKey(KeyKind.EMAIL_ALIAS, "annakoval@gmail.com")


def with_value(key: IdentityKey, value: str) -> IdentityKey:
    return key._replace(value=value)


def pairs(links: list[Link]) -> list[tuple[str, str]]:
    return [(link.a, link.b) for link in links]


def test_an_older_customer_has_a_smaller_anchor_and_a_guest_comes_last():
    ids = ["2:1", "1:guest-0a", "1:100", "1:99", "1:9", "1:gid_7", "1:012"]
    assert sorted(ids, key=anchor_of) == ["1:9", "1:99", "1:100", "1:012", "1:gid_7", "1:guest-0a", "2:1"]


def test_accounts_of_different_spelling_have_different_anchors():
    ids = ["1:1", "1:01", "1:001", "1:0011", "1:11", "1:~1", "11:1", "1:0"]
    assert len({anchor_of(id_) for id_ in ids}) == len(ids)


def test_a_person_id_is_sixteen_characters_that_cannot_be_misread_and_never_changes():
    assert person_id_of("1:42") == person_id_of("1:42") != person_id_of("1:43")
    assert len(person_id_of("1:42")) == 16
    assert set("".join(person_id_of(f"1:{n}") for n in range(500))) == set("0123456789abcdefghjkmnpqrstvwxyz")


def test_keys_are_the_folded_email_and_the_number():
    fields = account_fields(Contact(email="ANNA@Example.com", phone="067 123 45 67"), country="UA")
    assert keys_of(fields) == (EMAIL, PHONE)


def test_an_account_without_valid_email_and_phone_holds_no_key():
    assert keys_of(account_fields(Contact(email="deleted@site.invalid", phone="12"), country="UA")) == ()


def test_neither_a_key_nor_a_link_shows_its_value():
    (link,) = links_of(EMAIL, [Account("1:1"), Account("1:2")])
    for shown in (repr(EMAIL), str(EMAIL), repr(link), key_digest(EMAIL)):
        assert "anna" not in shown


@pytest.mark.parametrize(("holders", "expected"), [(20, False), (21, True)])
@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_key_with_more_than_twenty_accounts_is_blocked(kind, holders, expected):
    assert blocked(kind, ["anna@example.com"] * holders) is expected


@pytest.mark.parametrize(("emails", "expected"), [(5, False), (6, True)])
def test_a_phone_with_more_than_five_emails_is_blocked(emails, expected):
    held = [f"person{number}@example.com" for number in range(emails)]
    assert blocked(KeyKind.PHONE, [*held, *held, "", ""]) is expected
    assert blocked(KeyKind.EMAIL, held) is False


def test_the_thresholds_are_settings():
    assert blocked(KeyKind.PHONE, ["a@example.com", "b@example.com"], rules=GuardRules(emails_a_phone=1))


def test_a_shared_email_links_whatever_the_names():
    holders = [
        Account("1:guest-b"),
        Account("1:2", "Anna", "Koval"),
        Account("2:1", given_name="Oleh"),
    ]
    links = links_of(EMAIL, holders)
    assert pairs(links) == [("1:2", "1:guest-b"), ("1:2", "2:1"), ("1:guest-b", "2:1")]
    assert {(link.rule, link.evidence) for link in links} == {(Rule.EMAIL, key_digest(EMAIL))}


def test_a_shared_phone_links_only_compatible_names_pair_by_pair():
    holders = [
        Account("1:1", "Anna", "Koval"),
        Account("1:2", "Anna-Maria", "Koval"),
        Account("1:3", "Maria", "Koval"),
        Account("1:4"),
    ]
    assert pairs(links_of(PHONE, holders)) == [("1:1", "1:2"), ("1:2", "1:3")]


def test_a_mailbox_that_several_read_links_nobody():
    key = IdentityKey(KeyKind.EMAIL, "info@example.com")
    holders = [
        Account("1:1", "Anna", "Koval"),
        Account("1:2", "Oleh", "Bondar"),
        Account("1:3", "Anna", "Koval"),
    ]
    assert links_of(key, holders) == []
    assert links_of(with_value(key, "sales+web@example.com"), holders) == []
    assert len(links_of(with_value(key, "salesman@example.com"), holders)) == 3


def test_the_mailbox_behind_a_spelling_is_a_weaker_key():
    fields = account_fields(Contact(email="Anna.Koval+tea@googlemail.com"), country="UA")
    assert keys_of(fields) == (IdentityKey(KeyKind.EMAIL, "anna.koval+tea@googlemail.com"),)
    assert weak_keys_of(fields) == (ALIAS,)
    assert weak_keys_of(account_fields(Contact(email="anna.koval@example.com"), country="UA")) == ()
    assert weak_keys_of(account_fields(Contact(), country="UA")) == ()


def test_a_weaker_key_links_only_compatible_names():
    holders = [
        Account("1:1", "Anna", "Koval"),
        Account("1:2", "Anya", "Koval"),
        Account("1:3", "Petro", "Koval"),
        Account("1:4"),
    ]
    links = links_of(ALIAS, holders)
    assert pairs(links) == [("1:1", "1:2")]
    assert links[0].rule is Rule.EMAIL_ALIAS


def test_an_alias_links_different_spellings_and_no_role_mailbox():
    anna = [
        Account(f"1:{number}", "Anna", "Koval", spelling) for number, spelling in enumerate("aab", start=1)
    ]
    assert pairs(links_of(ALIAS, anna)) == [("1:1", "1:3"), ("1:2", "1:3")]
    assert links_of(with_value(ALIAS, "customer.service@yandex.ru"), anna) == []


def test_an_email_that_is_the_mailbox_s_one_spelling_implies_its_alias():
    fields = account_fields(Contact(email="annakoval@gmail.com"), country="UA")
    assert fields.email_alias == ""
    assert keys_with_implied(keys_of(fields)) == (*keys_of(fields), ALIAS)
    assert keys_with_implied((EMAIL, PHONE)) == (EMAIL, PHONE)


@pytest.mark.parametrize("key", [PHONE, ALIAS])
def test_birth_dates_that_contradict_each_other_bar_a_weak_link(key):
    father, son = Account("1:1", "Ivan", "Koval"), Account("1:2", "Ivan", "Koval")
    born = {"1:1": BirthDate(3, 8, 1960), "1:2": BirthDate(3, 8, 1990)}
    assert links_of(key, [father, son], born=born) == []
    assert len(links_of(key, [father, son], born={"1:1": BirthDate(3, 8), "1:2": BirthDate(3, 8, 1990)})) == 1
    assert len(links_of(key, [father, son], born={"1:1": BirthDate(3, 8)})) == 1
    assert len(links_of(EMAIL, [father, son], born=born)) == 1


@pytest.mark.parametrize(
    ("changed", "linked"),
    [
        ({}, False),
        ({"given_name": "Hanna"}, True),
        ({"id": "1:2"}, True),
        ({"phone_e164": ""}, True),
        ({"phone_e164": "+380671234567"}, True),
        ({"given_name": "Anya", "family_name": "Koval"}, True),
        ({"family_name": "Koval", "given_name": ""}, True),
        ({"given_name": "test", "family_name": "test"}, True),
    ],
)
def test_an_email_links_nobody_of_another_name_and_another_phone_in_another_shop(changed, linked):
    anna = Account("1:1", "Anna", "Koval", phone_e164="+380671234567")
    oleh = Account("2:1", "Oleh", "Bondar", phone_e164="+380509876543")._replace(**changed)
    assert bool(links_of(EMAIL, [anna, oleh])) is linked
    assert bool(links_of(EMAIL, [oleh, anna])) is linked


@pytest.mark.parametrize("key", [PHONE, ALIAS])
def test_a_man_and_a_woman_of_one_initial_are_not_linked(key):
    assert links_of(key, [Account("1:1", "О.", "Петров"), Account("1:2", "О.", "Петрова")]) == []


@pytest.mark.parametrize("rule", [Rule.PHONE, Rule.EMAIL_ALIAS])
def test_a_weak_rule_comes_after_the_same_email(rule):
    assert list(Rule).index(Rule.MUST_LINK) < list(Rule).index(Rule.EMAIL) < list(Rule).index(rule)


def test_a_human_decision_holds_against_every_contradiction():
    decision = Decision(1, DecisionKind.MUST_LINK, "1:1", "1:2", datetime(2026, 3, 1, tzinfo=UTC))
    found = components(["1:1", "1:2"], [], [decision])
    assert len(set(found.person_of.values())) == 1


def test_a_guest_and_a_registration_with_one_email_in_other_letters_are_one_person():
    guest = account_fields(Contact(email="ANNA@Example.com"), country="UA")
    registered = account_fields(Contact(email="anna@example.com", given_name="Anna"), country="UA")
    (key,) = set(keys_of(guest)) & set(keys_of(registered))
    found = components(["1:7", "1:guest-a"], links_of(key, [Account("1:7"), Account("1:guest-a")]))
    assert found.person_of == {"1:7": person_id_of("1:7"), "1:guest-a": person_id_of("1:7")}


def test_two_people_who_share_a_phone_stay_two():
    holders = [
        Account("1:1", "Anna", "Koval"),
        Account("1:2", "Oleh", "Koval"),
    ]
    found = components(["1:1", "1:2"], links_of(PHONE, holders))
    assert len(set(found.person_of.values())) == len(set(found.cluster_of.values())) == 2


def test_the_same_person_with_another_address_is_known_by_phone_and_name():
    holders = [
        Account("1:1", "Anna", "Koval"),
        Account("1:2", "anna", "KOVAL"),
    ]
    found = components(["1:1", "1:2"], links_of(PHONE, holders))
    assert set(found.person_of.values()) == {person_id_of("1:1")}
