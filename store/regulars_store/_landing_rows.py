"""Objects that are one row each on their way into the mapped rows."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table

from regulars_mapping import CanonicalObject
from regulars_store._bulk import update_rows, upsert
from regulars_store._shops import Shop
from regulars_store._versions import Track

Row = dict[str, Any]
_Found = TypeVar("_Found", bound=CanonicalObject)


def land_rows(
    connection: Connection,
    shop: Shop,
    tracks: Sequence[Track],
    *,
    table: Table,
    of: type[_Found],
    columns: Callable[[Shop, _Found], Row],
) -> None:
    """Write the objects whose newest version arrived, and which of those that stand in the table are gone.

    ``columns`` gives the columns of their own; the ids, the shop and ``gone`` are every table's.
    """
    rows, fates = [], []
    for track in tracks:
        key: Row = {"id": f"{shop.id}:{track.external_id}", "gone": track.gone}
        if isinstance(track.newest, of):
            own = {"shop_id": shop.id, "external_id": track.external_id}
            rows.append(key | own | columns(shop, track.newest))
        elif track.stored:
            fates.append(key)
    upsert(connection, table, rows)
    update_rows(connection, table, fates)
