"""The rows that an identity outcome stands for, and the statements that write them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Table, bindparam, delete

from regulars_mapping import Components, IdentityKey, Link, Rule, anchor_of, displayed, name_skeleton
from regulars_store._bulk import update_rows, upsert
from regulars_store._identity_queries import AccountRow
from regulars_store._tables_derived import account, identity_key, identity_link, person

Values = dict[str, Any]


def key_row(key: IdentityKey, account_id: str) -> Values:
    """A row of identity_key."""
    return {"kind": key.kind.value, "value": key.value, "account_id": account_id}


def link_rows(outcome: Components) -> list[Values]:
    """The rows of identity_link. The evidence has a digest where a key's value would be."""
    taken = [_link_row(link, taken=True) for link in outcome.taken]
    return taken + [_link_row(link, taken=False) for link in outcome.barred]


def _link_row(link: Link, *, taken: bool) -> Values:
    word = "decided_at" if link.rule is Rule.MUST_LINK else "key_digest"
    return {
        "account_a": link.a,
        "account_b": link.b,
        "rule": link.rule.value,
        "evidence": {word: link.evidence},
        "taken": taken,
    }


def person_row(person_id: str, accounts: Sequence[AccountRow], *, vouched: Collection[int]) -> Values:
    """A row of person from all its accounts; the owner vouches for the e-mails of the shops ``vouched``."""
    shown = displayed([_vouched(row) if _is_vouched(row, vouched) else row for row in accounts])
    return {
        "id": person_id,
        "anchor": min((row.id for row in accounts), key=anchor_of),
        "given_name": shown.given_name,
        "family_name": shown.family_name,
        "name_folded": shown.name_folded,
        "name_skeleton": name_skeleton(shown.name_folded),
        "email": shown.email,
        "phone": shown.phone,
        "sources": shown.sources,
        "accounts": len(accounts),
    }


def _is_vouched(row: AccountRow, vouched: Collection[int]) -> bool:
    return bool(vouched) and row.registered and anchor_of(row.id)[0] in vouched


def _vouched(row: AccountRow) -> AccountRow:
    return row._replace(email_verified=True)


def replace_rows(
    connection: Connection, table: Table, stored: Iterable[Values], wanted: Iterable[Values]
) -> None:
    """Make the rows ``stored`` into the rows ``wanted``, writing only what differs."""
    names = [column.name for column in table.primary_key]
    before = {tuple(row[name] for name in names): row for row in stored}
    after = {tuple(row[name] for name in names): row for row in wanted}
    if stale := sorted(before.keys() - after.keys()):
        bound = [f"b_{name}" for name in names]
        connection.execute(_DELETE[table], [dict(zip(bound, key, strict=True)) for key in stale])
    upsert(connection, table, [row for key, row in after.items() if before.get(key) != row])


def move_accounts(connection: Connection, moves: Iterable[tuple[str, str | None, str | None]]) -> None:
    """Write each account's cluster and person: (account, cluster, person)."""
    rows = [{"id": id_, "cluster_id": cluster, "person_id": who} for id_, cluster, who in moves]
    update_rows(connection, account, rows)


def _delete_statement(table: Table) -> Delete:
    return delete(table).where(*(column == bindparam(f"b_{column.name}") for column in table.primary_key))


_DELETE = {table: _delete_statement(table) for table in (identity_key, identity_link, person)}
