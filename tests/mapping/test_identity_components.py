import random
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_world import NOW, TIGHT, World, journals, smallest, truth, worlds
from regulars_mapping import (
    Components,
    Decision,
    DecisionKind,
    Link,
    Rule,
    blocked,
    born_of,
    components,
    keys_of,
    links_of,
    person_id_of,
    standing,
    weak_keys_of,
)

MUST, CANNOT, REVOKE = DecisionKind.MUST_LINK, DecisionKind.CANNOT_LINK, DecisionKind.REVOKE


class _Holder:
    def __init__(self, id_, one):
        self.id, self.given_name, self.family_name = id_, one.given_name, one.family_name
        self.email_folded, self.birth_date = one.email_folded, one.birth_date
        self.phone_e164 = one.phone_e164


def links_in(world: World) -> list[Link]:
    holders: dict = {}
    for id_, one in world.items():
        for key in (*keys_of(one), *weak_keys_of(one)) if one else ():
            holders.setdefault(key, []).append(_Holder(id_, one))
    return [
        link
        for key, some in holders.items()
        if not blocked(key.kind, [one.email_folded for one in some], rules=TIGHT)
        for link in links_of(key, some, born=born_of(some))
    ]


def judge(world: World, journal: list[Decision]) -> Components:
    return components([id_ for id_, one in world.items() if one], links_in(world), journal)


def sayings(*said: tuple) -> list[Decision]:
    return [
        Decision(number, kind, *rest[:2], NOW + timedelta(days=number), *rest[2:])
        for number, (kind, *rest) in enumerate(said, start=1)
    ]


def email(a: str, b: str, evidence: str = "e") -> Link:
    return Link(a, b, Rule.EMAIL, evidence)


EVERYDAY = settings(max_examples=200, deadline=None)
"""The slow test at the end of these tries five times as many."""


@EVERYDAY
@given(worlds, journals())
def test_the_answer_is_that_of_the_rules_by_the_letter(world, journal):
    expected, found = truth(world, journal), judge(world, journal)
    assert found.cluster_of == {id_: smallest(members) for id_, members in expected.clusters.items()}
    assert found.person_of == {
        id_: person_id_of(smallest(members)) for id_, members in expected.persons.items()
    }
    fates = {(link.a, link.b, link.rule.value): True for link in found.taken}
    fates |= {(link.a, link.b, link.rule.value): False for link in found.barred}
    assert fates == expected.links


@EVERYDAY
@given(worlds, journals(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(world, journal, chance: random.Random):
    ids, links, said = [id_ for id_, one in world.items() if one], links_in(world), list(journal)
    expected = components(ids, links, said)
    for things in (ids, links, said):
        chance.shuffle(things)
    assert components(ids, links, said) == expected


@EVERYDAY
@given(worlds, journals(), st.data())
def test_a_decision_that_was_taken_back_was_never_said(world, journal, data):
    if not journal:
        return
    undone = data.draw(st.sampled_from(journal))
    undo = Decision(len(journal) + 1, REVOKE, undone.a, undone.b, NOW, undone.id)
    never = [one for one in journal if one is not undone]
    assert judge(world, [*journal, undo]) == judge(world, never)


@EVERYDAY
@given(worlds, journals())
def test_nobody_is_one_with_whom_a_human_keeps_apart(world, journal):
    found = judge(world, journal)
    for decision in standing(journal, found.person_of):
        if decision.kind is CANNOT:
            assert found.person_of[decision.a] != found.person_of[decision.b]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("told", "drawn"),
    [
        (test_the_answer_is_that_of_the_rules_by_the_letter, ()),
        (test_the_order_of_arrival_does_not_matter, (st.randoms(use_true_random=False),)),
        (test_a_decision_that_was_taken_back_was_never_said, (st.data(),)),
        (test_nobody_is_one_with_whom_a_human_keeps_apart, ()),
    ],
)
def test_so_it_is_in_many_more_worlds(told, drawn):
    often = settings(EVERYDAY, max_examples=1_000)
    often(given(worlds, journals(), *drawn)(told.hypothesis.inner_test))()


def test_the_newest_word_about_a_pair_stands():
    said = sayings((MUST, "1:1", "1:2"), (CANNOT, "1:2", "1:1"))
    assert [one.kind for one in standing(said, {"1:1", "1:2"})] == [CANNOT]


def test_the_later_row_decides_between_words_of_one_moment():
    said = [Decision(1, CANNOT, "1:1", "1:2", NOW), Decision(2, MUST, "1:1", "1:2", NOW)]
    assert [one.kind for one in standing(said, {"1:1", "1:2"})] == [MUST]


def test_taking_back_the_newest_word_lets_the_one_before_stand():
    said = sayings((MUST, "1:1", "1:2"), (CANNOT, "1:1", "1:2"), (REVOKE, "1:1", "1:2", 2))
    assert [one.id for one in standing(said, {"1:1", "1:2"})] == [1]


def test_a_taking_back_can_be_taken_back():
    said = sayings((MUST, "1:1", "1:2"), (REVOKE, "1:1", "1:2", 1), (REVOKE, "1:1", "1:2", 2))
    assert [one.id for one in standing(said, {"1:1", "1:2"})] == [1]


def test_a_taking_back_counts_although_the_clock_went_back():
    said = [
        Decision(1, MUST, "1:1", "1:2", NOW),
        Decision(2, REVOKE, "1:1", "1:2", NOW - timedelta(hours=1), 1),
    ]
    assert standing(said, {"1:1", "1:2"}) == []


def test_a_word_about_an_account_that_is_gone_sleeps():
    said = sayings((MUST, "1:1", "1:2"))
    assert components(["1:1"], [], said).person_of == {"1:1": person_id_of("1:1")}
    assert set(components(["1:1", "1:2"], [], said).person_of.values()) == {person_id_of("1:1")}


def test_a_chain_whose_ends_are_apart_breaks_at_its_weakest_link():
    strong, weak = email("1:1", "1:2"), Link("1:2", "1:3", Rule.PHONE, "a")
    found = components(["1:1", "1:2", "1:3"], [weak, strong], sayings((CANNOT, "1:1", "1:3")))
    assert (found.taken, found.barred) == ((strong,), (weak,))
    assert set(found.cluster_of.values()) == {"1:1"}


def test_a_human_outweighs_evidence_and_the_newer_human_the_older():
    said = sayings((MUST, "1:2", "1:3"), (MUST, "1:1", "1:2"), (CANNOT, "1:1", "1:3"))
    found = components(["1:1", "1:2", "1:3"], [email("1:2", "1:3")], said)
    assert found.person_of["1:1"] == found.person_of["1:2"] != found.person_of["1:3"]
    assert {link.rule for link in found.barred} == {Rule.MUST_LINK, Rule.EMAIL}


def test_a_split_leaves_the_id_with_the_smallest_anchor():
    links = [email("1:1", "1:2"), email("1:2", "1:3")]
    before = components(["1:1", "1:2", "1:3"], links)
    after = components(["1:1", "1:2", "1:3"], links, sayings((CANNOT, "1:1", "1:3")))
    assert set(before.person_of.values()) == {person_id_of("1:1")}
    assert after.person_of == {
        "1:1": person_id_of("1:1"),
        "1:2": person_id_of("1:1"),
        "1:3": person_id_of("1:3"),
    }


def test_a_long_chain_of_links_is_no_burden():
    ids = [f"1:{number}" for number in range(1, 20_001)]
    links = [email(a, b) for a, b in pairwise(ids)]
    assert set(components(ids, reversed(links)).cluster_of.values()) == {"1:1"}
