"""Reviews on their way into the mapped rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from regulars_mapping import Review, fold_email
from regulars_store._bulk import update_rows, upsert
from regulars_store._shops import Shop
from regulars_store._tables import review
from regulars_store._versions import Track


def land_reviews(connection: Connection, shop: Shop, tracks: Sequence[Track]) -> None:
    """Write the reviews whose newest version arrived, and which of them are gone."""
    rows, fates = [], []
    for track in tracks:
        newest = track.newest
        if isinstance(newest, Review):
            rows.append(_row(shop, newest, gone=track.gone))
        elif track.stored:
            fates.append({"id": f"{shop.id}:{track.external_id}", "gone": track.gone})
    upsert(connection, review, rows)
    update_rows(connection, review, fates)


def _row(shop: Shop, found: Review, *, gone: bool) -> dict[str, Any]:
    return {
        "id": f"{shop.id}:{found.external_id}",
        "shop_id": shop.id,
        "external_id": found.external_id,
        "product_id": f"{shop.id}:{found.product_id}",
        "email_folded": fold_email(found.contact.email),
        "stars": found.stars,
        "published": found.published,
        "bought": found.bought,
        "written_at": found.written_at,
        "gone": gone,
    }
