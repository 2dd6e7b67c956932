"""What was written by hand into records, on its way to the shops: who waits for it, what it is, what stands.

A profile's row in the books holds the fields that somebody wrote by hand, as Regulars last left them in the
shop. Every function that writes runs inside the caller's transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, delete, exists, or_, select

from regulars_mapping import Edit, Edits, ownership, standing_edits
from regulars_store._bulk import among, upsert
from regulars_store._dirty import mark_dirty, mark_dirty_among
from regulars_store._ownership_proof import is_proven
from regulars_store._proven_parts import proven_parts
from regulars_store._push_strays import PROFILE
from regulars_store._record_by_hand import edits_about
from regulars_store._record_merged import merged_into_persons
from regulars_store._tables_derived import account
from regulars_store._tables_inputs import push_state
from regulars_store._tables_record import record_edit

_LIVE = account.c.registered & ~account.c.gone
_EDITED = exists().where(record_edit.c.account_id == account.c.id)
_PUSHED = exists().where(push_state.c.account_id == account.c.id, push_state.c.target_kind == PROFILE)


@dataclass(frozen=True, slots=True, repr=False)
class WrittenEdit:
    """A standing edit of a person, and who wrote it."""

    edit: Edit
    who: str


@dataclass(frozen=True, slots=True, repr=False)
class EditedAccount:
    """A live registered account of a shop, what was ``written`` by hand about its person, by field, what of
    that was written about the account ``itself``, or about one that is ``proven`` to be the same human's
    (itself too), and what of it stands in the shop as Regulars left it, the last time at ``stood_at``.
    ``owned`` says whether its ownership is known."""

    id: str
    external_id: str
    person_id: str
    owned: bool
    written: Mapping[str, WrittenEdit]
    itself: Mapping[str, WrittenEdit]
    proven: Mapping[str, WrittenEdit]
    standing: Mapping[str, str]
    stood_at: datetime | None


def profiles_stage(shop_id: int) -> str:
    """Under which persons are marked of whom something written by hand may have to travel to a shop."""
    return f"profiles:{shop_id}"


def mark_profiles(connection: Connection, person_ids: Iterable[str], *, shop_id: int | None = None) -> None:
    """Mark those of these persons about whom anything was ever written by hand, in every shop where they are
    registered, or in one. One short statement where nobody ever wrote anything."""
    if not connection.scalar(select(exists().where(record_edit.c.id.is_not(None)))):
        return
    wanted = list(person_ids)
    mine = among(connection, account.c.person_id, wanted)
    heirs = set(merged_into_persons(connection, wanted).values())
    writing = or_(_EDITED, among(connection, account.c.id, heirs)) if heirs else _EDITED
    edited = connection.scalars(select(account.c.person_id).where(mine, writing).distinct()).all()
    about = or_(among(connection, account.c.person_id, [one for one in edited if one]), mine & _PUSHED)
    query = select(account.c.shop_id, account.c.person_id).where(_LIVE, about).distinct()
    by_shop: dict[int, list[str]] = {}
    for row in connection.execute(query):
        by_shop.setdefault(row.shop_id, []).append(row.person_id)
    for found, persons in sorted(by_shop.items()):
        if shop_id in (None, found):
            mark_dirty(connection, profiles_stage(found), persons)


def mark_landed_profiles(connection: Connection, shop_id: int, external_ids: Collection[str]) -> None:
    """Mark the persons of those customers who just landed otherwise, and in whom something written by hand
    stands: somebody may have changed it there."""
    query = (
        select(account.c.person_id)
        .join_from(push_state, account, account.c.id == push_state.c.account_id)
        .where(
            push_state.c.shop_id == shop_id,
            push_state.c.target_kind == PROFILE,
            among(connection, push_state.c.target_key, external_ids),
            account.c.person_id.is_not(None),
        )
    )
    mark_dirty(connection, profiles_stage(shop_id), sorted(set(connection.scalars(query))))


def mark_every_profile(connection: Connection, shop_id: int, *, field: str | None = None) -> None:
    """Mark everybody registered in a shop about whom something was written by hand, or this field."""
    other = account.alias()
    writing = select(other.c.person_id).join_from(record_edit, other, other.c.id == record_edit.c.account_id)
    if field is not None:
        writing = writing.where(record_edit.c.field == field)
    here = select(account.c.person_id).where(
        account.c.shop_id == shop_id, _LIVE, account.c.person_id.is_not(None)
    )
    _mark(connection, shop_id, here.where(account.c.person_id.in_(writing)))
    if field is None:
        _mark(connection, shop_id, here.where(_PUSHED))


def _mark(connection: Connection, shop_id: int, persons: Select[tuple[str]]) -> None:
    mark_dirty_among(connection, profiles_stage(shop_id), persons)


def edited_accounts(
    connection: Connection, shop_id: int, person_ids: Sequence[str], *, vouched: bool
) -> list[EditedAccount]:
    """These persons' live registered accounts in a shop, by id; ``vouched``: the shop checks its e-mails."""
    written = _Written.read(connection, person_ids)
    columns = (account.c.id, account.c.external_id, account.c.person_id, account.c.email_verified)
    query = (
        select(*columns, is_proven().label("proven"))
        .where(account.c.shop_id == shop_id, _LIVE, among(connection, account.c.person_id, person_ids))
        .order_by(account.c.id)
    )
    rows = connection.execute(query).all()
    pushed = _standing(connection, shop_id, [row.id for row in rows])
    return [
        EditedAccount(
            row.id,
            row.external_id,
            row.person_id,
            ownership(
                email_verified=row.email_verified, checks_emails=vouched, confirmed_by_mail=row.proven
            ).known,
            written.about(row.person_id),
            written.about_itself(row.id, row.person_id),
            written.proven(row.id, row.person_id),
            *pushed.get(row.id, ({}, None)),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Written:
    """What counts of what was written by hand, by person, by account and by part of a person
    (`proven_parts`), and by whom and of whom it was. ``doubtful`` are persons of several parts: of what is
    written about one of these, and about no account in particular, nobody said which part it is about."""

    persons: Mapping[str, Edits]
    accounts: Mapping[str, Edits]
    parts: Mapping[str, Edits]
    doubtful: frozenset[str]
    journal: Mapping[int, tuple[str, bool]]

    @classmethod
    def read(cls, connection: Connection, person_ids: Sequence[str]) -> "_Written":
        members = _members(connection, person_ids)
        edits = edits_about(connection, [one for some in members.values() for one in some])
        persons = {
            who: standing_edits(edit for one in some for edit in edits.get(one, ()))
            for who, some in members.items()
        }
        accounts = {
            one: standing_edits(edit for edit in some if edit.account == one) for one, some in edits.items()
        }
        parts, doubtful = _by_part(connection, members, edits)
        found = [*persons.values(), *accounts.values(), *parts.values()]
        counting = sorted({edit.id for some in found for edit in some.values()})
        return cls(persons, accounts, parts, doubtful, _journal(connection, counting))

    def about(self, person_id: str) -> dict[str, WrittenEdit]:
        found = self.persons.get(person_id, {})
        return {field: WrittenEdit(edit, self.journal[edit.id][0]) for field, edit in found.items()}

    def about_itself(self, account_id: str, person_id: str) -> dict[str, WrittenEdit]:
        """What the person's record says, as far as the same was written about the account itself."""
        said = self._agreeing(self.accounts.get(account_id, {}), person_id)
        return {field: one for field, one in said.items() if self.journal[one.edit.id][1]}

    def proven(self, account_id: str, person_id: str) -> dict[str, WrittenEdit]:
        """The same of what was written about any that is proven to be the same human's."""
        said = self._agreeing(self.parts.get(account_id, {}), person_id)
        if person_id not in self.doubtful:
            return said
        return {field: one for field, one in said.items() if self.journal[one.edit.id][1]}

    def _agreeing(self, edits: Edits, person_id: str) -> dict[str, WrittenEdit]:
        counts = self.persons.get(person_id, {})
        return {
            field: WrittenEdit(edit, self.journal[edit.id][0])
            for field, edit in edits.items()
            if field in counts and counts[field].value == edit.value
        }


def _by_part(
    connection: Connection, members: Mapping[str, Sequence[str]], edits: Mapping[str, Sequence[Edit]]
) -> tuple[dict[str, Edits], frozenset[str]]:
    """By account what counts of what was written about those that are proven to be the same human's, and the
    persons of whom not all are."""
    edited = [one for some in members.values() if not edits.keys().isdisjoint(some) for one in some]
    part_of = proven_parts(connection, edited)
    together: dict[str, list[Edit]] = {}
    for one, some in edits.items():
        together.setdefault(part_of.get(one, one), []).extend(some)
    standing = {part: standing_edits(some) for part, some in together.items()}
    doubtful = (who for who, some in members.items() if len({part_of.get(one) for one in some}) > 1)
    return {one: standing[part] for one, part in part_of.items() if part in standing}, frozenset(doubtful)


def _members(connection: Connection, person_ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    query = select(account.c.person_id, account.c.id).where(
        among(connection, account.c.person_id, person_ids)
    )
    for who, one in connection.execute(query):
        found.setdefault(who, []).append(one)
    return found


def _journal(connection: Connection, edits: Sequence[int]) -> dict[int, tuple[str, bool]]:
    found: dict[int, tuple[str, bool]] = {}
    for start in range(0, len(edits), 500):
        query = select(record_edit.c.id, record_edit.c.who, record_edit.c.named)
        rows = connection.execute(query.where(record_edit.c.id.in_(edits[start : start + 500])))
        found |= {row.id: (row.who, row.named) for row in rows}
    return found


def _standing(
    connection: Connection, shop_id: int, accounts: Sequence[str]
) -> dict[str, tuple[Mapping[str, str], datetime]]:
    query = select(push_state.c.account_id, push_state.c.document, push_state.c.confirmed_at).where(
        push_state.c.shop_id == shop_id,
        push_state.c.target_kind == PROFILE,
        among(connection, push_state.c.account_id, accounts),
    )
    return {row.account_id: (row.document, row.confirmed_at) for row in connection.execute(query)}


def keep_profiles(
    connection: Connection,
    shop_id: int,
    standing: Sequence[tuple[EditedAccount, Mapping[str, str]]],
    *,
    now: datetime,
) -> None:
    """Keep which fields of these accounts stand in the shop as somebody wrote them by hand. Those left out
    are the shop's own again: nothing is written there."""
    rows = [
        {
            "shop_id": shop_id,
            "target_kind": PROFILE,
            "target_key": one.external_id,
            "account_id": one.id,
            "document": dict(fields),
            "remote_id": one.external_id,
            "confirmed_at": now,
        }
        for one, fields in standing
        if fields
    ]
    upsert(connection, push_state, rows)
    _forget(connection, shop_id, [one.id for one, fields in standing if not fields])


def _forget(connection: Connection, shop_id: int, accounts: Collection[str]) -> None:
    if accounts:
        which = (push_state.c.shop_id == shop_id, push_state.c.target_kind == PROFILE)
        connection.execute(
            delete(push_state).where(*which, among(connection, push_state.c.account_id, accounts))
        )


def forget_gone_profiles(connection: Connection, shop_id: int) -> None:
    """Forget what stood in customers of a shop who are gone there."""
    live = exists().where(account.c.id == push_state.c.account_id, _LIVE)
    which = (push_state.c.shop_id == shop_id, push_state.c.target_kind == PROFILE, ~live)
    connection.execute(delete(push_state).where(*which))
