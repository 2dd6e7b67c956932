"""Taking a person out of the rows that people and the machinery wrote about them.

What counts stays: that there was an edit, a talk, a decision, a coupon, when, and by whom. What it said of
the person goes.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from regulars_mapping import person_id_of
from regulars_store import _tables as tables
from regulars_store._bulk import among, delete_where
from regulars_store._erasure_words import plain, swap_emails
from regulars_store._push_strays import PROFILE
from regulars_store._tables import (
    account,
    address,
    dirty,
    identity_decision,
    identity_suggestion,
    interaction,
    metadata,
    offer,
    ownership_proof,
    property_definition,
    push_operation,
    push_state,
    record_edit,
    reminder,
    stop_list_entry,
)

IMPERSONAL_FIELDS = frozenset({"kind", "archived"})
"""Fields of the record whose edits stay: they say nothing by which anybody could be known."""

_NAMING: Mapping[Table, tuple[str, ...]] = {
    tables.identity_decision: ("account_a", "account_b"),
    tables.record_edit: ("account_id",),
    tables.interaction: ("account_id",),
    tables.reminder: ("account_id",),
    tables.stop_list_entry: ("account_id",),
    tables.consent: ("account_id",),
    tables.sending: ("account_id",),
    tables.frequency_bound: ("account_id",),
    tables.demand: ("account_id",),
    tables.exposure: ("account_id",),
    tables.tier_standing: ("account_id",),
    tables.grant: ("account_id",),
    tables.push_state: ("account_id",),
    tables.push_operation: ("account_id",),
}
"""The columns that name an account."""


def rename_accounts(connection: Connection, renamed: Mapping[str, str]) -> None:
    """Have everything that people wrote, and all that was given, name accounts by their new ids."""
    for table, columns in _NAMING.items():
        for name in columns:
            column = table.c[name]
            for old, new in sorted(renamed.items()):
                connection.execute(update(table).where(column == old).values({name: new}))


def empty_by_hand(
    connection: Connection, accounts: Collection[str], *, token: str, who: str, now: datetime
) -> None:
    """Empty what people wrote about these accounts, and have nothing due about them any more: ``who`` has
    dealt with it. ``token`` stands where a text has to."""
    _empty_edits(connection, accounts)
    about = {table: among(connection, table.c.account_id, accounts) for table in _TEXTS}
    for table, texts in _TEXTS.items():
        connection.execute(update(table).where(about[table]).values(dict.fromkeys(texts, "")))
    connection.execute(update(stop_list_entry).where(about[stop_list_entry]).values(reason=token))
    birthdays = reminder.c.cause.like("birthday:%")
    connection.execute(delete(reminder).where(about[reminder], birthdays))
    due = update(reminder).where(about[reminder], reminder.c.done_at.is_(None))
    connection.execute(due.values(done_at=now, done_by=who))
    delete_where(connection, ownership_proof.c.account_id, ownership_proof, accounts)
    # Under every id that a person of some of these accounts can have had.
    rated = {person_id_of(each) for each in accounts}
    delete_where(connection, tables.rating.c.person_id, tables.rating, rated)
    for column in (identity_suggestion.c.account_a, identity_suggestion.c.account_b):
        delete_where(connection, column, identity_suggestion, accounts)
    _empty_profiles(connection, accounts)
    _empty_reasons(connection, accounts, token=token)


_TEXTS: Mapping[Table, tuple[str, ...]] = {
    interaction: ("text",),
    reminder: ("text",),
    stop_list_entry: ("why",),
}


def _empty_edits(connection: Connection, accounts: Collection[str]) -> None:
    personal = select(property_definition.c.key).where(property_definition.c.personal.is_(False))
    kept = IMPERSONAL_FIELDS | {f"property:{key}" for key in connection.scalars(personal)}
    mine = among(connection, record_edit.c.account_id, accounts)
    gone = update(record_edit).where(mine, record_edit.c.field.not_in(sorted(kept)))
    connection.execute(gone.values(value=None, folded=""))
    connection.execute(update(record_edit).where(mine).values(why=""))
    by_hand = update(account).where(among(connection, account.c.id, accounts))
    connection.execute(by_hand.values(card_number="", birth_date=""))


def _empty_profiles(connection: Connection, accounts: Collection[str]) -> None:
    """What was written into the accounts in the shops: it is not ours to keep, nor to look up any more."""
    standing = among(connection, push_state.c.account_id, accounts), push_state.c.target_kind == PROFILE
    connection.execute(delete(push_state).where(*standing))
    mine = among(connection, push_operation.c.account_id, accounts), push_operation.c.target_kind == PROFILE
    for name in ("before", "document"):
        told = update(push_operation).where(*mine, push_operation.c[name].is_not(None))
        connection.execute(told.values({name: {}}))
    underway = push_operation.c.state.in_(("planned", "sent", "drifted"))
    connection.execute(update(push_operation).where(*mine, underway).values(state="superseded"))


def _empty_reasons(connection: Connection, accounts: Collection[str], *, token: str) -> None:
    """Of whole acts: decisions of one share their time, author and reason."""
    act = (identity_decision.c.at, identity_decision.c.who, identity_decision.c.why)
    naming = (among(connection, identity_decision.c[name], accounts) for name in ("account_a", "account_b"))
    acts = connection.execute(select(*act).where(or_(*naming)).distinct()).all()
    for at, who, why in acts:
        if not who.startswith("shop "):
            same = tuple_(*act) == tuple_(at, who, why)
            connection.execute(update(identity_decision).where(same).values(why=token))


def reword_readmissions(connection: Connection, discreet: Callable[[str], str]) -> None:
    """Have the reasons why anybody was let back say ``discreet`` of what they say."""
    known = select(tables.audit.c.id, tables.audit.c.detail).where(tables.audit.c.action == "person readmit")
    for id_, detail in connection.execute(known).all():
        why = discreet(str(detail.get("why", "")))
        if why != detail.get("why"):
            changed = update(tables.audit).where(tables.audit.c.id == id_)
            connection.execute(changed.values(detail={**detail, "why": why}))


def drop_accounts(connection: Connection, accounts: Collection[str]) -> None:
    """Delete accounts that stand for nobody any more. They must be resolved as gone, and own no order."""
    delete_where(connection, address.c.account_id, address, accounts)
    delete_where(connection, offer.c.id, offer, accounts)
    delete_where(connection, account.c.id, account, accounts)
    forget_marks(connection, accounts)


def drop_addresses_holding(
    connection: Connection, accounts: Collection[str], needles: Collection[str]
) -> None:
    """Delete those addresses of these accounts in which any of these words stands."""
    words = _Words(dict.fromkeys(needles, ""))
    mine = among(connection, address.c.account_id, accounts)
    rows = [dict(row) for row in connection.execute(select(address).where(mine)).mappings()]
    texts = ({name: each for name, each in row.items() if isinstance(each, str)} for row in rows)
    holding = [row["id"] for row, told in zip(rows, texts, strict=True) if words.replaced(told) != told]
    delete_where(connection, address.c.id, address, holding)


def forget_marks(connection: Connection, keys: Collection[str]) -> None:
    """Drop the marks of accounts and persons that are no more: nobody would ever look for them."""
    delete_where(connection, dirty.c.key, dirty, keys)


_NOBODYS = frozenset(
    {
        "lease",
        "alembic_version",
        "suppression",
        "erased_account",
        "shop",
        "programme",
        "observation",
        "segment",
        "currency_rate",
        "rating_scale",
        "status_hook",
        "programme_budget",
        "product_cost",
    }
)
"""Tables in which nothing is ever about a person. Of an observation the payload alone is, and its ids stand
in the heads."""


_DERIVED = frozenset(
    {
        *("account", "address", "identity_key", "identity_link", "person", "person_fact", "offer"),
        *(
            "person_profile",
            "segment_member",
            "grant_use",
            "order",
            "order_line",
            "order_status_change",
            "refund",
            "refund_line",
            "review",
        ),
        *("product", "product_category", "observation", "observation_head", "dead_letter"),
    }
)


def search(connection: Connection, needles: Collection[str], *, derived: bool = True) -> dict[str, int]:
    """In which columns of text or JSON any of these stands, and in how many rows: ``table.column`` -> rows.
    Without ``derived`` only in what people and the machinery wrote.

    Small and capital letters are one, and an e-mail stands only where no longer one does. Payloads are
    compressed and not looked into.
    """
    words = _Words(dict.fromkeys(needles, ""))
    found: dict[str, int] = {}
    for table in metadata.sorted_tables:
        searched = derived or table.name not in _DERIVED
        columns = _texts(table) if searched and _holds_any(connection, table, needles) else []
        for column in columns:
            holding = _holding(connection, table, column, needles)
            rows = sum(words.replaced(value) != value for _, value in holding)
            if rows:
                found[f"{table.name}.{column.name}"] = rows
    return found


def replace_everywhere(
    connection: Connection, words: Mapping[str, str], *, marks: Mapping[str, str] | None = None
) -> int:
    """Replace these words in every text and JSON column that people and the machinery wrote into; in how many
    values. What is derived from payloads is not touched: it would come back with them.

    A word that stands in ``marks`` becomes what it gives where it is a part of a longer text, and anywhere in
    what people wrote down of others. Longest first, so that one word inside another does no harm. Small and
    capital letters are one. Keys stay: they are made again, or go, with what they are made of.
    """
    usual = _Words(words, marks or {})
    noted = _Words({**words, **(marks or {})})
    count = 0
    for table in metadata.sorted_tables:
        if table.name in _DERIVED or not _holds_any(connection, table, words):
            continue
        for column in (column for column in _texts(table) if not column.primary_key):
            one = noted if column.name in _NOTES.get(table, ()) else usual
            for key, value in _holding(connection, table, column, list(words)):
                changed = one.replaced(value)
                if changed != value:
                    same = [part == given for part, given in zip(table.primary_key, key, strict=True)]
                    connection.execute(update(table).where(*same).values({column.name: changed}))
                    count += 1
    return count


_NOTES: Mapping[Table, tuple[str, ...]] = {
    **_TEXTS,
    stop_list_entry: ("why", "reason"),
    identity_decision: ("why",),
    record_edit: ("why",),
}
"""What people write down in the records of others."""


class _Words:
    """Words with what stands in their place, made ready to be looked for in many values."""

    def __init__(self, words: Mapping[str, str], marks: Mapping[str, str] | None = None) -> None:
        inside = {**words, **(marks or {})}
        self._whole = {word.lower(): mask for word, mask in words.items()}
        self._emails: dict[str, str] = {}
        self._others: list[tuple[re.Pattern[str], str]] = []
        for word in sorted(words, key=lambda word: (-len(word), word)):
            if swap_emails(word, {word: ""}.get) == "":
                self._emails[word.lower()] = inside[word]
            else:
                self._others.append((re.compile(re.escape(word), re.IGNORECASE), inside[word]))

    def replaced(self, value: Any) -> Any:
        """A text, or a document's texts and keys, with these words replaced."""
        if isinstance(value, str):
            return self._in_text(value)
        if isinstance(value, Mapping):
            return {self.replaced(key): self.replaced(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.replaced(each) for each in value]
        return value

    def _in_text(self, text: str) -> str:
        whole = self._whole.get(text.strip().lower())
        if whole is not None:
            return whole
        text = self._once(text)
        # What nobody sees may stand between the letters.
        bare = plain(text)
        changed = self._once(bare)
        return text if changed == bare else changed

    def _once(self, text: str) -> str:
        text = swap_emails(text, lambda spelled: self._emails.get(spelled.lower()))
        for pattern, mask in self._others:
            text = pattern.sub(mask, text)
        return text


def _texts(table: Table) -> list[Column[Any]]:
    if table.name in _NOBODYS:
        return []
    return [column for column in table.c if isinstance(column.type, Text | JSON)]


def _holds_any(connection: Connection, table: Table, needles: Collection[str]) -> bool:
    """Whether any text of the table holds one of these, by going through it once."""
    columns = _texts(table)
    if not needles or not columns:
        return False
    whole: ColumnElement[str] = literal("", Text)
    for column in columns:
        whole = whole + func.coalesce(cast(column, Text), "") + "\n"
    query = select(literal(1)).select_from(table).where(_one_of(connection, whole, needles)).limit(1)
    return connection.scalar(query) is not None


def _one_of(
    connection: Connection, text: ColumnElement[str], needles: Collection[str]
) -> ColumnElement[bool]:
    position = func.strpos if connection.dialect.name == "postgresql" else func.instr
    small = func.lower(text)
    return or_(*(position(small, needle) > 0 for needle in sorted({needle.lower() for needle in needles})))


def _holding(
    connection: Connection, table: Table, column: Column[Any], needles: Collection[str]
) -> list[tuple[tuple[Any, ...], Any]]:
    """The rows whose value holds one of these: (primary key, value)."""
    if not needles:
        return []
    holds = _one_of(connection, cast(column, Text), needles)
    keys = list(table.primary_key)
    rows = connection.execute(select(*keys, column).where(holds)).all()
    return [(tuple(row[: len(keys)]), row[len(keys)]) for row in rows]
