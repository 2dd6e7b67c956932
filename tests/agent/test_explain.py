"""Why two accounts are one person's or two: the path, what guards and decisions did, and ownership."""

from typing import Any

import pytest

from identity_scene import Scene
from identity_world import Attributes
from regulars_agent import (
    Explanation,
    Workspace,
    derive,
    explain_persons,
    keep_apart,
    merge_persons,
    split_person,
)
from regulars_mapping import STANDARD_GUARD, SkipError

SAID: dict[str, Any] = {"who": "Olha", "why": "told us at the till"}
PHONE = "+380671234567"


class World:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.scene = Scene(workspace.store, guard=STANDARD_GUARD)

    def put(self, id_: str, *, email: str = "", phone: str = "", name: tuple[str, str] = ("", "")) -> None:
        self.scene.put(id_, Attributes(email, phone, *name))

    def explain(self, one: str, other: str) -> Explanation:
        derive(self.workspace)
        return explain_persons(self.workspace, one, other)


@pytest.fixture
def world(empty_workspace: Workspace) -> World:
    return World(empty_workspace)


def steps(found: Explanation) -> list[tuple[str, str, str, str, bool]]:
    return [(each.a, each.b, each.rule, each.evidence, each.taken) for each in found.path]


def test_the_path_goes_over_others_with_what_each_step_rests_on(world: World) -> None:
    world.put("1:1", email="anna@example.com")
    world.put("1:2", email="anna@example.com", phone=PHONE, name=("Anna", "Koval"))
    world.put("2:1", phone=PHONE, name=("Anya", "Koval"))
    found = world.explain("1:1", "2:1")
    assert found.one_person
    assert steps(found) == [
        ("1:1", "1:2", "email", "anna@example.com", True),
        ("1:2", "2:1", "phone", PHONE, True),
    ]
    assert (found.a.account, found.b.account, found.a.person) == ("1:1", "2:1", found.b.person)
    assert found.rules
    assert [account.id for account in found.a.accounts] == ["1:1", "1:2", "2:1"]


def test_a_decision_on_the_path_is_named_with_author_and_number(world: World) -> None:
    world.put("1:1")
    world.put("1:2")
    derive(world.workspace)
    (number,) = merge_persons(world.workspace, ["1:1", "1:2"], **SAID).decisions
    found = world.explain("1:2", "1:1")
    assert steps(found) == [("1:1", "1:2", "must_link", "Olha: told us at the till", True)]
    assert found.path[0].decision == number
    assert [(act.kind, act.lines[0].effect) for act in found.decisions] == [
        ("must_link", "holds the two together")
    ]


def test_a_blocked_key_is_told_with_its_counts(world: World) -> None:
    for number in range(1, 7):
        world.put(f"1:{number}", email=f"p{number}@example.com", phone=PHONE, name=("Anna", "Koval"))
    found = world.explain("1:1", "1:2")
    assert not found.one_person and found.path == ()
    (key,) = found.keys
    assert (key.kind, key.value, key.hindrance) == ("phone", PHONE, "too_many_emails")
    assert (key.holders, key.emails, key.most_emails) == (6, 6, 5)


def test_too_many_accounts_block_any_key(world: World) -> None:
    for number in range(1, 22):
        world.put(f"1:{number}", email="shop.till@example.com")
    (key,) = world.explain("1:1", "1:2").keys
    assert (key.hindrance, key.holders, key.most_holders) == ("too_many_accounts", 21, 20)


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ([("Anna", "Koval"), ("Oleh", "Bondar")], "names_differ"),
        ([("Anna", "Koval"), ("", "")], "name_missing"),
    ],
)
def test_a_shared_phone_that_is_no_link_says_why(world: World, names: Any, why: str) -> None:
    for number, name in enumerate(names, start=1):
        world.put(f"1:{number}", phone=PHONE, name=name)
    (key,) = world.explain("1:1", "1:2").keys
    assert key.hindrance == why


def test_a_role_mailbox_is_nobody_s(world: World) -> None:
    world.put("1:1", email="info@example.com")
    world.put("1:2", email="info@example.com")
    (key,) = world.explain("1:1", "1:2").keys
    assert key.hindrance == "role_mailbox"


def test_a_barred_link_is_on_the_path_and_the_decision_that_bars_it_is_told(world: World) -> None:
    for number in ("1:1", "1:2", "1:3"):
        world.put(number, email="anna@example.com")
    derive(world.workspace)
    split_person(world.workspace, "1:1", ["1:3"], **SAID)
    found = world.explain("1:1", "1:3")
    assert not found.one_person
    assert steps(found) == [("1:1", "1:3", "email", "anna@example.com", False)]
    assert found.keys[0].hindrance is None
    (act,) = found.decisions
    assert (act.who, act.kind, len(act.lines)) == ("Olha", "cannot_link", 2)
    assert {line.effect for line in act.lines} == {"keeps apart what evidence connects"}


def test_two_who_share_nothing_are_said_to_and_a_decision_between_them_is_told(world: World) -> None:
    world.put("1:1")
    world.put("1:2")
    derive(world.workspace)
    keep_apart(world.workspace, "1:1", "1:2", **SAID)
    found = world.explain("1:1", "1:2")
    assert (found.one_person, found.path, found.keys) == (False, (), ())
    assert [line.effect for act in found.decisions for line in act.lines] == [
        "nothing would join the two now"
    ]


def test_the_same_account_twice_needs_no_path(world: World) -> None:
    world.put("1:1", email="anna@example.com")
    found = world.explain("1:1", "anna@example.com")
    assert found.one_person and (found.path, found.keys) == ((), ())


def test_each_account_says_how_its_ownership_is_known(world: World) -> None:
    world.put("1:1", email="anna@example.com")
    world.put("1:guest-a", email="anna@example.com")
    found = world.explain("1:1", "1:guest-a")
    assert {each.id: each.ownership for each in found.a.accounts} == {"1:1": "unknown", "1:guest-a": None}


def test_nobody_is_not_explained(world: World) -> None:
    world.put("1:1")
    with pytest.raises(SkipError, match="person find"):
        world.explain("1:1", "1:77")
