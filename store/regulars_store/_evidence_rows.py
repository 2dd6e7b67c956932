"""Every row that is a person's, table by table, read in a stream; and why the other tables hold none."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, false, or_, select

from regulars_mapping import person_id_of
from regulars_store import _tables as tables
from regulars_store._bulk import among
from regulars_store._evidence_scope import EvidenceScope, decided

Row = dict[str, Any]
Mine = Callable[[Connection, EvidenceScope], ColumnElement[bool]]
_AT_ONCE = 200
_PAYLOADS_AT_ONCE = 10


def evidence_rows(connection: Connection, table: str, scope: EvidenceScope) -> Iterator[Row]:
    """The rows of a table that are this person's, in the order of their keys; payloads are left out.

    A stream in the transaction of the caller. Raises KeyError for a table that is not in EVIDENCE_TABLES.
    """
    if table == tables.audit.name:
        return _audit(connection, scope)
    found = tables.metadata.tables[table]
    columns = [column for column in found.columns if column is not tables.observation.c.payload]
    query = select(*columns).where(_MINE[found](connection, scope))
    return _stream(connection, query.order_by(*_order(found)), _AT_ONCE)


def evidence_payloads(connection: Connection, scope: EvidenceScope) -> Iterator[bytes]:
    """The payloads as JSON, in the order of the rows of ``observation``."""
    found = tables.observation
    query = select(found.c.payload).where(_MINE[found](connection, scope)).order_by(*_order(found))
    return (zlib.decompress(row["payload"]) for row in _stream(connection, query, _PAYLOADS_AT_ONCE))


def _stream(connection: Connection, query: Select[Any], at_once: int) -> Iterator[Row]:
    options = {"yield_per": at_once}
    return (dict(row) for row in connection.execute(query, execution_options=options).mappings())


def _order(table: Table) -> list[ColumnElement[Any]]:
    if table is tables.observation:
        return [table.c[name] for name in ("shop_id", "kind", "external_id", "sequence")]
    return list(table.primary_key.columns)


def _account(table: Table, *names: str) -> Mine:
    """Rows that name an account of the person's in one of these columns."""
    columns = [table.c[name] for name in names or ("account_id",)]

    def mine(connection: Connection, scope: EvidenceScope) -> ColumnElement[bool]:
        return or_(*(among(connection, column, scope.accounts) for column in columns))

    return mine


def _object(table: Table) -> Mine:
    """Rows about an object of the person's in a shop."""

    def mine(connection: Connection, scope: EvidenceScope) -> ColumnElement[bool]:
        columns = table.c
        of_shops = (
            and_(
                columns.shop_id == shop_id, columns.kind == kind, among(connection, columns.external_id, ids)
            )
            for (shop_id, kind), ids in scope.objects.items()
        )
        return or_(false(), *of_shops)

    return mine


def _among_orders(column: ColumnElement[Any]) -> Mine:
    return lambda connection, scope: column.in_(_orders(connection, scope))


def _orders(connection: Connection, scope: EvidenceScope) -> Select[Any]:
    return select(tables.order.c.id).where(among(connection, tables.order.c.account_id, scope.accounts))


def _refunded(connection: Connection, scope: EvidenceScope) -> ColumnElement[bool]:
    refunds = select(tables.refund.c.id).where(tables.refund.c.order_id.in_(_orders(connection, scope)))
    return tables.refund_line.c.refund_id.in_(refunds)


def _erased(connection: Connection, scope: EvidenceScope) -> ColumnElement[bool]:
    of_them = _account(tables.erased_account)(connection, scope)
    return tables.erasure.c.token.in_(select(tables.erased_account.c.token).where(of_them))


_MINE: Mapping[Table, Mine] = {
    tables.person: lambda _, scope: tables.person.c.id == scope.person,
    tables.account: _account(tables.account, "id"),
    tables.address: _account(tables.address),
    tables.identity_key: _account(tables.identity_key),
    tables.identity_link: _account(tables.identity_link, "account_a", "account_b"),
    tables.identity_decision: lambda connection, scope: decided(connection, scope.accounts),
    tables.identity_suggestion: _account(tables.identity_suggestion, "account_a", "account_b"),
    tables.record_edit: _account(tables.record_edit),
    tables.interaction: _account(tables.interaction),
    tables.reminder: _account(tables.reminder),
    tables.stop_list_entry: _account(tables.stop_list_entry),
    tables.ownership_proof: _account(tables.ownership_proof),
    tables.order: _account(tables.order),
    tables.order_line: _among_orders(tables.order_line.c.order_id),
    tables.order_status_change: _among_orders(tables.order_status_change.c.order_id),
    tables.status_delivery: _among_orders(tables.status_delivery.c.order_id),
    tables.refund: _among_orders(tables.refund.c.order_id),
    tables.refund_line: _refunded,
    tables.review: lambda connection, scope: among(connection, tables.review.c.email_folded, scope.emails),
    tables.person_fact: lambda _, scope: tables.person_fact.c.person_id == scope.person,
    tables.person_profile: lambda _, scope: tables.person_profile.c.person_id == scope.person,
    # Under every id that a person of some of their accounts can have had.
    tables.rating: lambda connection, scope: among(
        connection, tables.rating.c.person_id, {scope.person, *map(person_id_of, scope.accounts)}
    ),
    tables.segment_member: lambda _, scope: tables.segment_member.c.person_id == scope.person,
    tables.consent: lambda connection, scope: or_(
        among(connection, tables.consent.c.account_id, scope.accounts),
        # Said before anybody had that address.
        and_(
            tables.consent.c.account_id == "",
            among(connection, tables.consent.c.address_folded, scope.emails),
        ),
    ),
    tables.sending: _account(tables.sending),
    tables.frequency_bound: _account(tables.frequency_bound),
    tables.exposure: _account(tables.exposure),
    tables.tier_standing: _account(tables.tier_standing),
    tables.offer: lambda connection, scope: or_(
        tables.offer.c.person_id == scope.person, among(connection, tables.offer.c.id, scope.accounts)
    ),
    tables.grant: _account(tables.grant),
    tables.grant_use: lambda connection, scope: or_(
        _among_orders(tables.grant_use.c.order_id)(connection, scope),
        tables.grant_use.c.grant_id.in_(
            select(tables.grant.c.id).where(among(connection, tables.grant.c.account_id, scope.accounts))
        ),
    ),
    tables.push_state: _account(tables.push_state),
    tables.push_operation: _account(tables.push_operation),
    tables.observation: _object(tables.observation),
    tables.observation_head: _object(tables.observation_head),
    tables.tombstone: _object(tables.tombstone),
    tables.dead_letter: _object(tables.dead_letter),
    tables.demand: _account(tables.demand),
    tables.erased_account: _account(tables.erased_account),
    tables.erasure: _erased,
}

EVIDENCE_TABLES: tuple[str, ...] = (*(table.name for table in _MINE), tables.audit.name)
"""The tables whose rows are evidence, in the order of the file."""

EVIDENCE_LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "shop": "the owner's shops; those of the person's accounts are named at the head",
        "checkpoint": "how far a shop was read",
        "product": "the shops' goods",
        "product_category": "the shops' goods",
        "programme": "the owner's rules of discounts; what one gave is told in each offer's proof",
        "segment": "the owner's groups; whose the person is stands in segment_member",
        "currency_rate": "what currencies were worth",
        "programme_budget": "how much of its budget a programme has issued; to whom is in exposure",
        "product_cost": "what the owner pays for the shops' goods",
        "rating_scale": "where customers stand in number; what one was rated is in rating",
        "status_hook": "whom the owner has told of order status changes",
        "plan": "how many writes to a shop were planned together; the writes are in push_operation",
        "property_definition": "the owner's own fields; what was written into them is in record_edit",
        "record_rule": "what the owner calls a complete record",
        "suppression": "digests under a key outside the store, by which nobody can be named",
        "dirty": "what is to be computed again; empty when nothing is due",
        "notice": "what a shop said has changed, by its id, until it is read",
        "lease": "which worker is at work",
        "sync_run": "when which command ran, and how much it brought",
        "alembic_version": "the version of the tables",
    }
)
"""The tables that hold nothing of a person's, and what they hold instead."""


def _audit(connection: Connection, scope: EvidenceScope) -> Iterator[Row]:
    """What was done about the person: entries name accounts, decisions or suggestions in their details."""
    suggested = _MINE[tables.identity_suggestion](connection, scope)
    suggestions = connection.scalars(select(tables.identity_suggestion.c.id).where(suggested))
    named = {scope.person, *scope.accounts, *suggestions} - {""}
    query = select(tables.audit).order_by(tables.audit.c.id)
    return (row for row in _stream(connection, query, _AT_ONCE) if _is_about(row, named, scope.decisions))


def _is_about(row: Row, named: set[str], decisions: frozenset[int]) -> bool:
    detail = row["detail"]
    numbers = detail.get("decisions", [detail.get("decision")]) if isinstance(detail, dict) else []
    if not decisions.isdisjoint(each for each in numbers if isinstance(each, int)):
        return True
    return row["subject"] in named or _names(detail, named)


def _names(value: Any, named: set[str]) -> bool:
    if isinstance(value, str):
        return value in named
    if isinstance(value, dict):
        return any(_names(each, named) for each in value.values())
    return isinstance(value, list) and any(_names(each, named) for each in value)
