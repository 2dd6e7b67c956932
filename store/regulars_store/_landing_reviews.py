"""Reviews on their way into the mapped rows."""

from collections.abc import Sequence

from sqlalchemy import Connection

from regulars_mapping import Review, fold_email
from regulars_store._landing_rows import Row, land_rows
from regulars_store._shops import Shop
from regulars_store._tables import review
from regulars_store._versions import Track


def land_reviews(connection: Connection, shop: Shop, tracks: Sequence[Track]) -> None:
    """Write the reviews whose newest version arrived, and which of them are gone."""
    land_rows(connection, shop, tracks, table=review, of=Review, columns=_columns)


def _columns(shop: Shop, found: Review) -> Row:
    return {
        "product_id": f"{shop.id}:{found.product_id}",
        "email_folded": fold_email(found.contact.email),
        "stars": found.stars,
        "published": found.published,
        "bought": found.bought,
        "written_at": found.written_at,
    }
