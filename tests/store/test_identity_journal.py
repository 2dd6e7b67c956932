"""The journal of decisions: acts of several, a shop's word, and times that never go back."""

from datetime import timedelta

import pytest

import regulars_store as store
from identity_scene import CANNOT, MUST, Scene
from identity_world import NOW, Attributes
from regulars_mapping import PermanentError
from regulars_store import Store

SAID = {"who": "Olha", "why": "w"}
NOBODY = Attributes()


@pytest.fixture
def scene(store: Store) -> Scene:
    made = Scene(store)
    for id_ in ("1:2", "1:9", "1:10", "2:1"):
        made.put(id_, NOBODY)
    return made.play([])


def test_several_decided_at_once_are_one_act_in_their_order(scene: Scene) -> None:
    pairs = [("1:2", "1:9"), ("1:2", "1:10"), ("2:1", "1:9")]
    with scene.store.write() as connection:
        numbers = store.decide_all(connection, MUST, pairs, **SAID, now=NOW)
        store.decide(
            connection, kind=CANNOT, account_a="1:9", account_b="1:10", **SAID, now=NOW + timedelta(1)
        )
        assert numbers == sorted(numbers)
        act = store.decisions_of_act(connection, store.decision_numbered(connection, numbers[1]))
        assert [(one.decision.id, (one.decision.a, one.decision.b)) for one in act] == list(
            zip(numbers, pairs, strict=True)
        )
        revokes = store.revoke_all(connection, [one.decision for one in act], **SAID, now=NOW)
        assert len(store.decisions_of_act(connection, store.decision_numbered(connection, revokes[0]))) == 3
        assert [one.decision.id for one in store.journal_about(connection, ["2:1"])] == [
            numbers[2],
            revokes[2],
        ]


@pytest.mark.parametrize(
    ("kind", "pair", "words"),
    [
        (MUST, ("1:2", "1:2"), "name two"),
        (MUST, ("1:2", "1:77"), "1:77"),
        ("revoke", ("1:2", "1:9"), "number"),
    ],
)
def test_a_bad_pair_leaves_nothing_of_the_whole_act(
    scene: Scene, kind: str, pair: tuple[str, str], words: str
) -> None:
    with scene.store.write() as connection:
        with pytest.raises(PermanentError, match=words):
            store.decide_all(connection, kind, [("1:2", "1:10"), pair], **SAID, now=NOW)
        assert store.journal_about(connection, ["1:2"]) == []


def test_the_time_of_an_act_is_behind_all_that_it_answers(scene: Scene) -> None:
    with scene.store.write() as connection:
        assert store.time_of_act(connection, ["1:2"], now=NOW) == NOW
        future = NOW + timedelta(days=3)
        store.decide(connection, kind=MUST, account_a="1:2", account_b="1:9", **SAID, now=future)
        at = store.time_of_act(connection, ["1:2"], now=NOW)
        assert future < at < future + timedelta(seconds=1)


def merged(scene: Scene, kept: str, gone: str) -> int | None:
    with scene.store.write() as connection:
        return store.shop_merged(connection, shop="tea", kept=kept, gone=gone, why="w", now=NOW)


def test_a_shop_says_of_a_pair_once_that_it_merged_it(scene: Scene) -> None:
    assert merged(scene, "1:2", "1:9") is not None
    assert merged(scene, "1:2", "1:9") is None
    assert merged(scene, "1:2", "1:77") is None, "who never landed left nothing"
    assert merged(scene, "1:9", "1:9") is None


def test_an_account_that_a_shop_merged_leads_to_the_one_that_is_left_of_several_merges(scene: Scene) -> None:
    merged(scene, "1:2", "1:9")
    merged(scene, "1:10", "1:2")
    for gone in ("1:9", "1:2"):
        scene.lose(gone)
    scene.play([])
    with scene.store.read() as connection:
        assert store.merged_into(connection, "1:9") == "1:10"
        assert store.merged_into(connection, "2:1") is None


def test_merges_in_a_circle_and_human_words_lead_nowhere(scene: Scene) -> None:
    merged(scene, "1:2", "1:9")
    merged(scene, "1:9", "1:2")
    scene.say(MUST, ("1:10", "2:1"))
    for gone in ("1:9", "1:2", "2:1"):
        scene.lose(gone)
    scene.play([])
    with scene.store.read() as connection:
        assert store.merged_into(connection, "1:9") is None
        assert store.merged_into(connection, "2:1") is None


def test_a_merge_that_was_taken_back_leads_nowhere(scene: Scene) -> None:
    number = merged(scene, "1:2", "1:9")
    scene.lose("1:9")
    assert number is not None
    with scene.store.write() as connection:
        store.revoke(connection, number, **SAID, now=NOW)
        assert store.merged_into(connection, "1:9") is None
