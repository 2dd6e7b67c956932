"""Rows of accounts and their addresses, made from profiles and from what buyers wrote at checkouts."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Connection, select

from regulars_mapping import (
    AccountFields,
    Address,
    Customer,
    DeclaredTotal,
    account_fields,
    address_digest,
)
from regulars_store._bulk import among, keep_greatest
from regulars_store._observed import EPOCH
from regulars_store._shops import Shop
from regulars_store._tables import account, address
from regulars_store._versions import Version

Row = dict[str, Any]

NO_ORDER = ""
"""``account.version_of`` of an account that only superseded versions of orders name."""

_FIELDS = tuple(AccountFields.__slots__)
_ADDRESS_FIELDS = tuple(column.name for column in address.c if column.name not in {"id", "account_id"})
_field_values = attrgetter(*_FIELDS)
_address_values = attrgetter(*_ADDRESS_FIELDS)
_spelling = itemgetter(*_ADDRESS_FIELDS)
_KNOWN = ("id", "shop_id", "version_of", "version_at", "gone", "person_id", "email_verified", *_FIELDS)


def known_accounts(connection: Connection, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Those accounts that have a row, by id."""
    if not ids:
        return {}
    query = select(*(account.c[name] for name in _KNOWN)).where(among(connection, account.c.id, ids))
    return {row.id: row._asdict() for row in connection.execute(query)}


def profile_row(shop: Shop, customer: Customer, version: Version, *, gone: bool) -> Row:
    """The account of a registered customer."""
    return {
        "id": f"{shop.id}:{customer.external_id}",
        "shop_id": shop.id,
        "external_id": customer.external_id,
        "registered": True,
        "role": customer.role,
        "email_verified": customer.email_verified,
        "labels": customer.labels,
        "tags": list(customer.tags),
        **_declared(customer.declared),
        "registered_at": customer.registered_at,
        "version_at": version.version_at,
        "version_sequence": version.sequence,
        "version_of": None,
        "gone": gone,
        **fields_of(account_fields(customer.contact, country=shop.country or "")),
    }


def _declared(total: DeclaredTotal | None) -> Row:
    if total is None:
        return {"declared_spent": None, "declared_orders": None, "declared_currency": ""}
    return {
        "declared_spent": total.spent,
        "declared_orders": total.orders,
        "declared_currency": total.currency,
    }


def checkout_row(account_id: str, fields: Mapping[str, str], version_at: datetime, version_of: str) -> Row:
    """An account known from orders only: a guest, or a registered customer who has not landed."""
    shop_id, external_id = account_id.split(":", 1)
    return {
        "id": account_id,
        "shop_id": int(shop_id),
        "external_id": external_id,
        "registered": not external_id.startswith("guest-"),
        "role": "",
        "email_verified": None,
        "labels": {},
        "tags": [],
        **_declared(None),
        "registered_at": None,
        "version_at": version_at,
        "version_sequence": 0,
        "version_of": version_of,
        "gone": version_of == NO_ORDER,
        **fields,
    }


def blank_row(account_id: str) -> Row:
    """An account that no counting order names any more: it keeps its id and its addresses, and is gone."""
    return checkout_row(account_id, dict.fromkeys(_FIELDS, ""), EPOCH, NO_ORDER)


def fields_of(fields: AccountFields) -> dict[str, str]:
    """The fields by name, as columns."""
    return dict(zip(_FIELDS, _field_values(fields), strict=True))


def address_row(account_id: str, found: Address) -> Row:
    """An address of an account; spellings of one address share the id."""
    values = dict(zip(_ADDRESS_FIELDS, _address_values(found), strict=True))
    return {"id": f"{account_id}:{address_digest(found)}", "account_id": account_id, **values}


def write_addresses(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add addresses. Of several spellings of one the greatest stays, so that arrival makes no difference."""
    greatest: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        other = greatest.setdefault(row["id"], row)
        # PostgreSQL's "C" and SQLite compare the bytes of UTF-8: in the order of code points, as Python does.
        if other is not row and _spelling(other) < _spelling(row):
            greatest[row["id"]] = row
    keep_greatest(connection, address, greatest.values(), by=_ADDRESS_FIELDS)
