"""Reading one person's record, and finding persons; for the CLI and the site."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    func,
    or_,
    select,
    tuple_,
    union,
)

from regulars_store._grants import spellings
from regulars_store._tables_derived import (
    account,
    address,
    identity_link,
    offer,
    order,
    order_line,
    person,
    person_fact,
    refund,
    review,
)
from regulars_store._tables_inputs import grant
from regulars_store._tables_marketing import person_profile
from regulars_store._tables_record import record_edit

Row = Mapping[str, Any]
_SHORTEST_EMAIL_START = 3
# What shops that hide their older orders declare beyond those that they show.
_DECLARED = [person_profile.c[name] for name in ("currency", "opening_balance", "opening_orders", "held")]
_LAST_CHARACTER = "\U0010ffff"


def person_record(connection: Connection, person_id: str) -> dict[str, Any] | None:
    """All rows of a person by table, orders with their lines newest first; None where there is none.

    The id of any of the person's accounts is accepted too: it is an alias of its person of today.
    """
    current = connection.scalar(select(account.c.person_id).where(account.c.id == person_id)) or person_id
    beside = select(person, *_DECLARED).outerjoin(person_profile, person_profile.c.person_id == person.c.id)
    row = connection.execute(beside.where(person.c.id == current)).mappings().first()
    if row is None:
        return None
    found = dict(row)
    declared = {column.name: found.pop(column.name) for column in _DECLARED}
    accounts = _rows(connection, select(account).where(account.c.person_id == current).order_by(account.c.id))
    mine = select(account.c.id).where(account.c.person_id == current)
    orders = _rows(
        connection,
        select(order).where(order.c.account_id.in_(mine)).order_by(order.c.placed_at.desc(), order.c.id),
    )
    _add_lines(connection, orders)
    return {
        "person": found,
        "accounts": accounts,
        "links": _of(connection, identity_link, identity_link.c.account_a.in_(mine)),
        "orders": orders,
        "refunds": _refunds(connection, mine),
        "reviews": _reviews(connection, current),
        "addresses": _addresses(connection, mine),
        "facts": _of(connection, person_fact, person_fact.c.person_id == current),
        "declared": None if declared["opening_orders"] is None else declared,
        "offers": _of(connection, offer, offer.c.person_id == current),
    }


def find_persons(
    connection: Connection,
    text: str,
    *,
    phones: Sequence[str] = (),
    numbers: Sequence[str] = (),
    sounds: Sequence[Sequence[str]] = (),
    limit: int = 20,
) -> Sequence[Mapping[str, Any]]:
    """Persons whom the folded ``text`` may mean, each once: the closest first, then by name.

    First those with just that e-mail, phone, card or order number, code, id or account's id, in a shop or
    ever by hand; then those whose folded name holds it or whose e-mail begins with it (3 characters or more);
    then those whose name sounds so. ``phones`` and ``numbers`` are the E.164 forms and the order numbers that
    the text may be, ``sounds`` what ``skeleton_starts`` says of it. Empty text finds nobody.
    """
    if not text:
        return []
    found: dict[str, dict[str, Any]] = {}
    spelled = _spelled(connection, text)
    for matches in (_just(text, phones, numbers), spelled, _sounding(connection, sounds)):
        left = limit - len(found)
        if left > 0 and matches is not None:
            query = select(person).where(person.c.id.in_(matches), person.c.id.not_in(found))
            rows = _rows(connection, query.order_by(person.c.name_folded, person.c.id).limit(left))
            found.update((row["id"], row) for row in rows)
    return list(found.values())


def _just(text: str, phones: Sequence[str], numbers: Sequence[str]) -> CompoundSelect[str]:
    by_account = select(account.c.person_id).where(
        or_(account.c.email_folded == text, account.c.phone_e164.in_(phones), account.c.id == text),
        account.c.person_id.is_not(None),
    )
    by_order = (
        select(account.c.person_id)
        .join(order, order.c.account_id == account.c.id)
        .where(order.c.number.in_(numbers), account.c.person_id.is_not(None))
    )
    written = {text, text.replace(" ", "").replace("-", ""), *phones} - {""}
    by_hand = (
        select(account.c.person_id)
        .join(record_edit, record_edit.c.account_id == account.c.id)
        .where(record_edit.c.folded.in_(sorted(written)), account.c.person_id.is_not(None))
    )
    by_code = (
        select(account.c.person_id)
        .join(grant, grant.c.account_id == account.c.id)
        .where(grant.c.code.in_(spellings(text)), account.c.person_id.is_not(None))
    )
    by_id = select(person.c.id).where(person.c.id == text)
    return union(by_account, by_order, by_hand, by_code, by_id)


def _spelled(connection: Connection, text: str) -> CompoundSelect[str]:
    by_name = select(person.c.id).where(_position(connection, person.c.name_folded, text) > 0)
    if len(text) < _SHORTEST_EMAIL_START:
        return union(by_name)
    # A range, which the index of e-mails answers; nothing that begins with the text sorts after the bound.
    begins = (account.c.email_folded >= text, account.c.email_folded <= text + _LAST_CHARACTER)
    return union(by_name, select(account.c.person_id).where(*begins, account.c.person_id.is_not(None)))


def _sounding(connection: Connection, sounds: Sequence[Sequence[str]]) -> Select[str] | None:
    if not sounds:
        return None
    names = person.c.name_skeleton
    words = (or_(*(_position(connection, names, start) > 0 for start in starts)) for starts in sounds)
    return select(person.c.id).where(*words)


def _position(connection: Connection, column: ColumnElement[str], text: str) -> ColumnElement[int]:
    return (func.instr if connection.dialect.name == "sqlite" else func.strpos)(column, text)


def _rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _of(connection: Connection, table: Table, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
    return _rows(connection, select(table).where(condition).order_by(*table.primary_key.columns))


def _refunds(connection: Connection, mine: Select[Any]) -> list[dict[str, Any]]:
    orders = select(order.c.id).where(order.c.account_id.in_(mine))
    query = select(refund).where(refund.c.order_id.in_(orders), refund.c.gone.is_(False))
    return _rows(connection, query.order_by(refund.c.refunded_at.desc(), refund.c.id))


def _reviews(connection: Connection, person_id: str) -> list[dict[str, Any]]:
    """What was written in a shop under the e-mail of an account there; nobody checked that it was theirs."""
    mine = select(account.c.shop_id, account.c.email_folded).where(
        account.c.person_id == person_id, account.c.email_folded != ""
    )
    same = tuple_(review.c.shop_id, review.c.email_folded).in_(mine)
    query = select(review).where(same, review.c.gone.is_(False))
    return _rows(connection, query.order_by(review.c.written_at.desc(), review.c.id))


def _addresses(connection: Connection, mine: Select[Any]) -> list[dict[str, Any]]:
    """Addresses with how often and when orders were delivered to them, most used first."""
    uses = (
        select(
            order.c.delivery_address_id.label("id"),
            func.count().label("deliveries"),
            func.max(order.c.placed_at).label("last_used_at"),
        )
        .where(order.c.account_id.in_(mine), order.c.gone.is_(False))
        .group_by(order.c.delivery_address_id)
        .subquery()
    )
    query = (
        select(address, func.coalesce(uses.c.deliveries, 0).label("deliveries"), uses.c.last_used_at)
        .outerjoin(uses, uses.c.id == address.c.id)
        .where(address.c.account_id.in_(mine))
        .order_by(func.coalesce(uses.c.deliveries, 0).desc(), address.c.id)
    )
    return _rows(connection, query)


def _add_lines(connection: Connection, orders: list[dict[str, Any]]) -> None:
    lines: dict[str, list[dict[str, Any]]] = {row["id"]: [] for row in orders}
    ids = list(lines)
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        query = select(order_line).where(order_line.c.order_id.in_(chunk)).order_by(order_line.c.id)
        for row in _rows(connection, query):
            lines[row["order_id"]].append(row)
    for row in orders:
        row["lines"] = lines[row["id"]]
