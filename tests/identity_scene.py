"""A store in which a small world changes step by step, and the comparison with the plainest answer."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select

from identity_world import IDS, NOW, TIGHT, Attributes, World, attributes, pairs, smallest, truth
from regulars_mapping import DecisionKind, GuardRules, person_id_of
from regulars_store import (
    Store,
    clear_dirty,
    decide,
    dirty_marks,
    mark_dirty,
    resolve,
    revoke,
    tables,
    upsert,
)
from regulars_store._identity_queries import every_decision

MUST, CANNOT = DecisionKind.MUST_LINK, DecisionKind.CANNOT_LINK
_WRITTEN = (
    tables.dirty,
    tables.person_profile,
    tables.rating,
    tables.identity_link,
    tables.identity_key,
    tables.identity_decision,
    tables.person,
    tables.account,
)

Step = tuple[Any, ...]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(IDS), attributes),
        st.tuples(st.just("put"), st.sampled_from(IDS), attributes),
        st.tuples(st.just("lose"), st.sampled_from(IDS)),
        st.tuples(st.just("say"), st.sampled_from([MUST, CANNOT]), pairs, st.integers(0, 3)),
        st.tuples(st.just("undo"), st.integers(0, 5)),
        st.tuples(st.just("resolve"), st.integers(1, 4)),
    ),
    max_size=24,
)


def account_row(id_: str, one: Attributes, *, seconds: int = 0, gone: bool = False) -> dict[str, Any]:
    """A row of account for a test."""
    shop, external_id = id_.split(":")
    return {
        "id": id_,
        "shop_id": int(shop),
        "external_id": external_id,
        "registered": external_id.isdigit(),
        "email": one.email_folded.upper(),
        "email_folded": one.email_folded,
        "email_alias": one.email_alias,
        "birth_date": one.birth_date,
        "phone": one.phone_e164,
        "phone_e164": one.phone_e164,
        "given_name": one.given_name,
        "family_name": one.family_name,
        "name_folded": f"{one.given_name} {one.family_name}".strip().casefold(),
        "company": "",
        "country": "",
        "role": "",
        "labels": {},
        "version_at": NOW + timedelta(seconds=seconds),
        "version_sequence": 1,
        "gone": gone,
    }


def add_test_shops(connection: Connection) -> None:
    """Two shops, with the ids 1 and 2."""
    for rank in (1, 2):
        row = {"id": rank, "name": f"shop{rank}", "platform": "test", "url": "https://example.com"}
        connection.execute(insert(tables.shop).values(**row, capabilities={}, options={}, added_at=NOW))


class Scene:
    """One world in a store. Every change marks its accounts dirty, as landing does."""

    def __init__(self, store: Store, *, guard: GuardRules = TIGHT) -> None:
        self.store = store
        self.guard = guard
        self.world: World = {}
        self.said: list[int] = []
        self.seconds = 0
        self.forget_all()

    def forget_all(self) -> None:
        with self.store.write() as connection:
            for table in _WRITTEN:
                connection.execute(delete(table))
            if connection.scalar(select(tables.shop.c.id).limit(1)) is None:
                add_test_shops(connection)

    def play(self, history: list[Step], *, at_most: int = 4) -> "Scene":
        """Take the steps, then resolve whatever is left."""
        for verb, *words in history:
            getattr(self, verb)(*words)
        while self.resolve(at_most):
            pass
        return self

    def put(self, id_: str, one: Attributes, *, gone: bool = False) -> None:
        self.world[id_] = None if gone else one
        self.seconds += 1
        with self.store.write() as connection:
            upsert(connection, tables.account, [account_row(id_, one, seconds=self.seconds, gone=gone)])
            mark_dirty(connection, "identity", [id_])

    def lose(self, id_: str) -> None:
        if self.world.get(id_) is not None:
            self.put(id_, self.world[id_], gone=True)

    def say(self, kind: DecisionKind, pair: tuple[str, str], day: int = 0) -> None:
        if pair[0] in self.world and pair[1] in self.world:
            now = NOW + timedelta(days=day)
            with self.store.write() as connection:
                self.said.append(
                    decide(
                        connection, kind=kind, account_a=pair[0], account_b=pair[1], who="t", why="t", now=now
                    )
                )

    def undo(self, number: int) -> None:
        if number < len(self.said):
            with self.store.write() as connection:
                self.said.append(revoke(connection, self.said[number], who="t", why="t", now=NOW))

    def resolve(self, at_most: int) -> int:
        """Resolve the first dirty accounts; returns how many."""
        with self.store.write() as connection:
            marks = dirty_marks(connection, "identity", limit=at_most)
            resolve(connection, [mark.key for mark in marks], guard=self.guard)
            clear_dirty(connection, "identity", marks)
        return len(marks)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """The resolver's rows, sorted."""
        account = tables.account.c
        queries = {
            "account": select(account.id, account.cluster_id, account.person_id).order_by(account.id),
            **{
                table.name: select(table).order_by(*table.primary_key)
                for table in (tables.identity_key, tables.identity_link, tables.person)
            },
        }
        with self.store.read() as connection:
            return {
                name: [tuple(row) for row in connection.execute(query)] for name, query in queries.items()
            }

    def members(self) -> dict[str, set[str]]:
        """The accounts of each person."""
        found: dict[str, set[str]] = {}
        for id_, _, who in self.rows()["account"]:
            if who is not None:
                found.setdefault(who, set()).add(id_)
        return found

    def persons(self) -> set[frozenset[str]]:
        """The persons as sets of accounts."""
        return {frozenset(ids) for ids in self.members().values()}

    def check(self) -> None:
        """Assert that the rows are what the rules give for the world and the journal as they are."""
        with self.store.read() as connection:
            expected = truth(self.world, every_decision(connection), self.guard)
        found = self.rows()
        assert found["account"] == sorted(self._expected_account(id_, expected) for id_ in self.world)
        assert found["identity_key"] == sorted(self._expected_keys())
        assert {row[:3]: row[4] for row in found["identity_link"]} == expected.links
        assert [(row[0], row[1], row[-1]) for row in found["person"]] == sorted(
            (person_id_of(smallest(ids)), smallest(ids), len(ids)) for ids in set(expected.persons.values())
        )

    def _expected_account(self, id_: str, expected: Any) -> tuple[str, str | None, str | None]:
        if self.world[id_] is None:
            return id_, None, None
        return id_, smallest(expected.clusters[id_]), person_id_of(smallest(expected.persons[id_]))

    def _expected_keys(self) -> list[tuple[str, str, str]]:
        held = [(id_, one) for id_, one in self.world.items() if one is not None]
        rows = [("email", one.email_folded, id_) for id_, one in held]
        rows += [("phone", one.phone_e164, id_) for id_, one in held]
        rows += [("email_alias", one.email_alias, id_) for id_, one in held]
        return [row for row in rows if row[1]]
