"""Registered customers on their way into the mapped rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from regulars_mapping import Customer
from regulars_store._account_rows import address_row, known_accounts, profile_row, write_addresses
from regulars_store._bulk import update_rows, upsert
from regulars_store._consents import land_consents
from regulars_store._landing_marks import Marks
from regulars_store._shops import Shop
from regulars_store._tables import account
from regulars_store._versions import Track


def land_customers(connection: Connection, shop: Shop, tracks: Sequence[Track], marks: Marks) -> None:
    """Write the accounts whose newest version arrived, which of them are gone, and their addresses.

    A customer's own payload takes the place of what orders had told of them.
    """
    if not tracks:
        return
    known = known_accounts(connection, [f"{shop.id}:{track.external_id}" for track in tracks])
    rows, fates = [], []
    for track in tracks:
        newest, version = track.newest, track.newest_version
        if isinstance(newest, Customer) and version is not None:
            rows.append(profile_row(shop, newest, version, gone=track.gone))
        else:
            fates += _fate(known.get(f"{shop.id}:{track.external_id}"), track)
    for row in rows + fates:
        marks.account_changed(known.get(row["id"]), row)
    upsert(connection, account, rows)
    update_rows(connection, account, fates)
    land_consents(connection, shop, tracks)
    write_addresses(
        connection,
        (
            address_row(f"{shop.id}:{track.external_id}", each)
            for track in tracks
            for _, customer in track.seen
            if isinstance(customer, Customer)
            for each in customer.addresses
        ),
    )


def _fate(known: Mapping[str, Any] | None, track: Track) -> list[dict[str, Any]]:
    """Whether an account whose attributes stay is gone. One that orders told of stays gone without them."""
    if known is None:
        return []
    told_by_orders = known["version_of"] is not None
    gone = track.gone or (told_by_orders and known["gone"])
    return [{"id": known["id"], "gone": gone}] if gone != known["gone"] else []
