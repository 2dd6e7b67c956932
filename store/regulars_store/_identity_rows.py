"""The rows that an identity outcome stands for, plain as the driver takes them, and writing what differs."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table

from regulars_mapping import (
    Components,
    IdentityKey,
    Link,
    Rule,
    anchor_of,
    displayed,
    name_skeleton,
    person_id_of,
    rule_version,
)
from regulars_store._driver import Plain, change, json_text, put, remove
from regulars_store._identity_queries import LINK_NAMES, PERSON_NAMES, AccountRow
from regulars_store._record_by_hand import NOTHING_SAID, Said
from regulars_store._tables_derived import account, identity_key, identity_link, person

KEY_NAMES = tuple(identity_key.c.keys())

_person_values: Callable[[Mapping[str, Any]], Plain] = itemgetter(*PERSON_NAMES)


def key_row(key: IdentityKey, account_id: str) -> Plain:
    """A row of identity_key."""
    return key.kind.value, key.value, account_id


def link_rows(outcome: Components) -> list[Plain]:
    """The rows of identity_link."""
    taken = [link_row(link, taken=True) for link in outcome.taken]
    return taken + [link_row(link, taken=False) for link in outcome.barred]


def link_row(link: Link, *, taken: bool) -> Plain:
    """A row of identity_link. The evidence has a digest where a key's value would be."""
    word = "decided_at" if link.rule is Rule.MUST_LINK else "key_digest"
    return link.a, link.b, link.rule.value, json_text({word: link.evidence}), taken, rule_version()


def person_row(
    accounts: Sequence[AccountRow], *, vouched: Collection[int], said: Said = NOTHING_SAID
) -> Plain:
    """A row of person from all its accounts and what is ``said`` of them by hand; the owner vouches for the
    e-mails of the shops ``vouched``."""
    anchor = accounts[0].id
    if len(accounts) > 1:
        anchor = min((row.id for row in accounts), key=anchor_of)
    if vouched:
        accounts = [_vouched(row) if _is_vouched(row, vouched) else row for row in accounts]
    shown = said.recorded(displayed(accounts), (row.id for row in accounts))
    return _person_values(
        {
            "id": person_id_of(anchor),
            "anchor": anchor,
            "given_name": shown.given_name,
            "family_name": shown.family_name,
            "name_folded": shown.name_folded,
            "name_skeleton": name_skeleton(shown.name_folded),
            "email": shown.email,
            "phone": shown.phone,
            "sources": json_text(shown.sources),
            "birth_date": shown.birth_date,
            "gender": shown.gender,
            "language": shown.language,
            "kind": shown.kind,
            "status": shown.status.value,
            "missing": json_text(shown.missing),
            "preferred_channel": shown.preferred_channel,
            "preferred_hour": shown.preferred_hour,
            "manager": shown.manager,
            "accounts": len(accounts),
        }
    )


def _is_vouched(row: AccountRow, vouched: Collection[int]) -> bool:
    return bool(row.registered) and anchor_of(row.id)[0] in vouched


def _vouched(row: AccountRow) -> AccountRow:
    return row._replace(email_verified=True)


def replace_rows(
    connection: Connection, table: Table, stored: Iterable[Plain], wanted: Iterable[Plain]
) -> None:
    """Make the rows ``stored`` into the rows ``wanted``, writing only what differs."""
    names, width = _NAMES[table], _KEY_WIDTHS[table]
    before = {row[:width]: row for row in stored}
    after = {row[:width]: row for row in wanted}
    remove(connection, table, sorted(before.keys() - after.keys()))
    changed = [row for key, row in after.items() if before.get(key) != row]
    put(connection, table, names, sorted(changed))


def move_accounts(connection: Connection, moves: Sequence[Plain], *, by: str = "id") -> None:
    """Write each account's cluster and person: (cluster, person, the account's ``by``)."""
    change(connection, account, ("cluster_id", "person_id"), by, moves)


_NAMES = {identity_key: KEY_NAMES, identity_link: LINK_NAMES, person: PERSON_NAMES}
_KEY_WIDTHS = {table: len(table.primary_key) for table in _NAMES}
