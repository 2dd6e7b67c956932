"""Resolving change by change, held against the rules by the letter and against resolving from scratch."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from identity_scene import CANNOT, MUST, Scene, steps
from identity_world import IDS, Attributes, attributes, pairs
from regulars_mapping import STANDARD_GUARD, person_id_of
from regulars_store import Store, _identity_reach, dirty_marks, resolve, resolve_all, tables
from regulars_store._identity_queries import AccountRow

PHONE = "+380671234567"
on_sqlite = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
on_postgres = settings(on_sqlite, max_examples=25)


def anna(email: str = "", phone: str = "") -> Attributes:
    return Attributes(email, phone, "Anna", "Koval")


@on_sqlite
@given(steps, st.integers(1, 5))
def test_on_sqlite_resolving_changes_gives_what_the_rules_give(sqlite_store, history, at_most):
    Scene(sqlite_store).play(history, at_most=at_most).check()


@on_postgres
@given(steps, st.integers(1, 5))
def test_on_postgres_resolving_changes_gives_what_the_rules_give(postgres_store, history, at_most):
    Scene(postgres_store).play(history, at_most=at_most).check()


@settings(on_sqlite, max_examples=60)
@given(steps)
def test_on_sqlite_resolving_from_scratch_gives_the_same_rows(sqlite_store, history):
    from_scratch_is_the_same(Scene(sqlite_store), history)


@on_postgres
@given(steps)
def test_on_postgres_resolving_from_scratch_gives_the_same_rows(postgres_store, history):
    from_scratch_is_the_same(Scene(postgres_store), history)


def from_scratch_is_the_same(scene: Scene, history: list) -> None:
    before = scene.play(history).rows()
    resolve_all(scene.store, chunk=3, guard=scene.guard)
    assert scene.rows() == before
    scene.play([], at_most=100)
    assert scene.rows() == before


@settings(on_sqlite, max_examples=60)
@given(
    st.dictionaries(st.sampled_from(IDS), attributes, min_size=2),
    st.lists(
        st.tuples(st.just("say"), st.sampled_from([MUST, CANNOT]), pairs, st.integers(0, 3)), max_size=4
    ),
    st.lists(st.tuples(st.sampled_from(IDS), attributes), max_size=5),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_does_not_matter(sqlite_store, world, said, older, chance):
    puts = [("put", id_, one) for id_, one in world.items()]
    expected = evidence_of(Scene(sqlite_store).play([*puts, *said], at_most=100))
    chance.shuffle(puts)
    before = [("put", id_, one) for id_, one in older if id_ in world]
    scene = Scene(sqlite_store).play(before, at_most=2).play(puts, at_most=chance.randint(1, 4))
    assert evidence_of(scene.play(said, at_most=1)) == expected


def evidence_of(scene: Scene) -> dict[str, list]:
    """All rows but the displayed fields, which are those of the newest version."""
    return {name: rows for name, rows in scene.rows().items() if name != "person"}


@settings(on_sqlite, max_examples=60)
@given(steps, st.sampled_from([MUST, CANNOT]), pairs, st.integers(0, 3))
def test_what_was_taken_back_was_never_said(sqlite_store, history, kind, pair, day):
    scene = Scene(sqlite_store).play([("put", id_, anna()) for id_ in pair]).play(history)
    before = scene.rows()
    scene.play([("say", kind, pair, day)]).check()
    assert scene.play([("undo", len(scene.said) - 1)]).rows() == before


@settings(on_sqlite, max_examples=60)
@given(steps, steps)
def test_every_person_whose_accounts_changed_is_marked_for_its_facts(sqlite_store, history, more):
    scene = Scene(sqlite_store).play(history)
    before = scene.members()
    with scene.store.write() as connection:
        connection.execute(tables.dirty.delete())
    after = scene.play(more).members()
    with scene.store.read() as connection:
        marked = {mark.key for mark in dirty_marks(connection, "facts", limit=1_000)}
    assert {who for who in before.keys() | after.keys() if before.get(who) != after.get(who)} <= marked


def test_a_guest_and_a_registration_with_one_email_are_one_person(store: Store):
    scene = Scene(store, guard=STANDARD_GUARD)
    scene.play([("put", "1:guest-a", anna("anna@example.com"))])
    assert scene.rows()["account"] == [("1:guest-a", "1:guest-a", person_id_of("1:guest-a"))]
    scene.play([("put", "1:7", anna("anna@example.com"))])
    assert scene.persons() == {frozenset({"1:7", "1:guest-a"})}
    (shown,) = scene.rows()["person"]
    assert (shown[0], shown[1]) == (person_id_of("1:7"), "1:7")


def test_the_former_person_is_marked_too(store: Store):
    scene = Scene(store).play([("put", "1:guest-a", anna("anna@example.com"))])
    scene.put("1:7", anna("anna@example.com"))
    with store.write() as connection:
        found = resolve(connection, ["1:7"])
    assert found.persons == {person_id_of("1:guest-a"), person_id_of("1:7")}


def test_a_family_on_one_phone_stays_two_people(store: Store):
    scene = Scene(store).play(
        [
            ("put", "1:7", anna("anna@example.com", PHONE)),
            ("put", "1:8", Attributes("oleh@example.net", PHONE, "Oleh", "Koval")),
        ]
    )
    assert scene.persons() == {frozenset({"1:7"}), frozenset({"1:8"})}


def test_an_account_that_is_gone_has_no_person_and_no_keys_and_can_come_back(store: Store):
    one = anna("anna@example.com", PHONE)
    scene = Scene(store).play([("put", "1:7", one), ("put", "1:8", one), ("lose", "1:7")])
    assert scene.rows()["account"] == [("1:7", None, None), ("1:8", "1:8", person_id_of("1:8"))]
    assert [row[0] for row in scene.rows()["person"]] == [person_id_of("1:8")]
    assert scene.rows()["identity_link"] == []
    scene.play([("put", "1:7", one)])
    assert scene.persons() == {frozenset({"1:7", "1:8"})}


def test_a_blocked_key_links_again_when_its_holders_leave(store: Store):
    crowd = [("put", f"1:{n}", anna(f"person{n}@example.com", PHONE)) for n in range(1, 7)]
    scene = Scene(store, guard=STANDARD_GUARD).play(crowd)
    assert len(scene.persons()) == 6
    scene.play([("put", "1:3", anna("person3@example.com"))])
    assert scene.persons() == {frozenset({"1:3"}), frozenset({"1:1", "1:2", "1:4", "1:5", "1:6"})}
    scene.play([("put", "1:3", anna("person3@example.com", PHONE))])
    assert len(scene.persons()) == 6


def test_an_email_of_another_account_can_block_a_phone(store: Store):
    crowd = [("put", f"1:{n}", anna(f"person{n}@example.com", PHONE)) for n in range(1, 6)]
    scene = Scene(store, guard=STANDARD_GUARD).play(
        [*crowd, ("put", "1:6", anna("person1@example.com", PHONE))]
    )
    assert len(scene.persons()) == 1
    scene.play([("put", "1:6", anna("person6@example.com", PHONE))])
    assert len(scene.persons()) == 6


def test_a_change_that_is_not_resolved_yet_neither_helps_nor_harms(store: Store):
    scene = Scene(store)
    scene.play([("put", "1:1", anna("a@example.com")), ("put", "1:2", anna("a@example.com"))])
    scene.put("1:2", Attributes("b@example.com"))
    scene.put("1:3", anna("a@example.com"))
    with store.write() as connection:
        resolve(connection, ["1:3"], guard=scene.guard)
    assert scene.persons() == {frozenset({"1:1", "1:2", "1:3"})}
    scene.play([]).check()


def test_an_unknown_account_is_passed_over(store: Store):
    Scene(store)
    with store.write() as connection:
        assert resolve(connection, ["1:404"]).persons == frozenset()


def test_resolving_again_writes_nothing(sqlite_store: Store):
    one = anna("anna@example.com", PHONE)
    scene = Scene(sqlite_store).play([("put", "1:7", one), ("put", "1:8", one), ("put", "1:9", one)])
    with sqlite_store.write() as connection:
        dbapi = connection.connection.dbapi_connection
        connection.execute(tables.dirty.delete())
        before = dbapi.total_changes
        found = resolve(connection, ["1:7", "1:8"], guard=scene.guard)
        marks = connection.scalars(select(tables.dirty.c.key)).all()
        assert dbapi.total_changes - before == len(marks) == 1
    assert found.persons == {person_id_of("1:7")}


def bridge_leaves() -> list:
    """1:2 joins 1:1, and 1:3 is barred from them; then 1:1 goes and nothing bars 1:3 any more."""
    return [
        ("put", "1:1", anna("anna@example.com")),
        ("put", "1:2", anna("anna@example.com", PHONE)),
        ("put", "1:3", anna("other@example.com", PHONE)),
        ("say", CANNOT, ("1:1", "1:3"), 0),
        ("resolve", 100),
        ("lose", "1:1"),
    ]


def crowd_thins() -> list:
    """Three e-mails on a phone are too many by the tests' guard; two are not."""
    crowd = [("put", f"1:{n}", anna(f"person{n}@example.com", PHONE)) for n in (1, 2, 3)]
    return [*crowd, ("resolve", 100), ("put", "1:3", anna("person3@example.com"))]


@pytest.mark.parametrize("history", [bridge_leaves(), crowd_thins()])
def test_the_histories_that_faults_fail_on_hold_without_them(sqlite_store, history):
    Scene(sqlite_store).play(history, at_most=100).check()


def test_the_check_sees_a_resolver_that_closes_over_persons_instead_of_clusters(sqlite_store, monkeypatch):
    load = _identity_reach.accounts_in_clusters

    def same_persons(connection, clusters) -> list[AccountRow]:
        rows = load(connection, clusters)
        persons = {row.person_id for row in rows if row.id in clusters}
        return [row for row in rows if row.person_id in persons]

    monkeypatch.setattr(_identity_reach, "accounts_in_clusters", same_persons)
    with pytest.raises(AssertionError):
        Scene(sqlite_store).play(bridge_leaves(), at_most=100).check()


def test_the_check_sees_a_resolver_that_forgets_who_held_a_key_before(sqlite_store, monkeypatch):
    monkeypatch.setattr(
        _identity_reach, "touched_keys", lambda before, after: {k for ks in after.values() for k in ks}
    )
    with pytest.raises(AssertionError):
        Scene(sqlite_store).play(crowd_thins(), at_most=100).check()


def test_a_human_joins_parts_and_joins_them_again(store: Store):
    scene = Scene(store).play([("put", "1:1", anna("a@example.com")), ("put", "1:2", anna("a@example.com"))])
    scene.play([("say", CANNOT, ("1:1", "1:2"), 0)])
    assert len(scene.persons()) == 2
    scene.play([("say", MUST, ("1:2", "1:1"), 1)])
    assert len(scene.persons()) == 1
    scene.play([("undo", 1)])
    assert len(scene.persons()) == 2
    scene.play([("undo", 0)])
    assert len(scene.persons()) == 1
    scene.check()
