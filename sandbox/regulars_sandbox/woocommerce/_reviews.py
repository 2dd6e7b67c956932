"""``/products/reviews``, to read.  No recording shows them: they follow WooCommerce's own description."""

from __future__ import annotations

from regulars_sandbox.woocommerce._clock import gmt_text, local_text
from regulars_sandbox.woocommerce._core import Call, Core, Reply, links, refuse_arguments, shown
from regulars_sandbox.woocommerce._errors import rest_error
from regulars_sandbox.woocommerce._listing import answer, narrowed, ordered, remembered
from regulars_sandbox.woocommerce._render import avatar
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["Reviews"]

_COLLECTION = "/wc/v3/products/reviews"
_UNSEEN = ("search", "reviewer", "reviewer_exclude", "reviewer_email", "product")
_LISTED = frozenset({"approved", "hold"})
_BY = {"id": lambda row: row.id, "date": lambda row: row.created, "date_gmt": lambda row: row.created}


class Reviews:
    """Reads of what shoppers wrote about products; they have a date of their writing only."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def page(self, call: Call) -> Reply:
        """GET /products/reviews: default status approved; all is what waits too, but no spam and no trash."""
        refuse_arguments(call, _UNSEEN)
        rows = remembered(call, self._core.reviews, lambda: self._chosen(call))
        return answer(call, rows, lambda row: self.show(call, row, listed=True))

    def read(self, call: Call) -> Reply:
        """GET /products/reviews/<id>, whatever its status."""
        row = self._core.reviews.get(call.number())
        if row is None:
            raise rest_error(404, "woocommerce_rest_review_invalid_id", "Invalid review ID.")
        return Reply(self.show(call, row))

    def write(self, product: Row, *, email: str, name: str, rating: int, text: str, verified: bool) -> Row:
        """Somebody writes a review, which is published at once."""
        core = self._core
        now, zone, number = core.now(), core.settings.zone, core.reviews.highest + 1
        record: Record = {
            "id": number,
            "date_created": local_text(now, zone),
            "date_created_gmt": gmt_text(now),
            "product_id": product.id,
            "product_name": product.record["name"],
            "status": "approved",
            "reviewer": name,
            "reviewer_email": email,
            "review": f"<p>{text}</p>\n",
            "rating": rating,
            "verified": verified,
            "reviewer_avatar_urls": {"96": avatar(email)},
        }
        row = Row(number, created=now, modified=None, record=record, status="approved", owner=product.id)
        return core.reviews.put(row)

    def show(self, call: Call, row: Row, *, listed: bool = False) -> Record:
        """The review as answers carry it."""
        product = self._core.products.get(row.owner)
        slug = product.record["slug"] if product else ""
        record = {**row.record, "product_permalink": f"{call.home}/product/{slug}/"}
        return shown(call, record, links(call, f"{_COLLECTION}/{row.id}", _COLLECTION), listed=listed)

    def _chosen(self, call: Call) -> list[Row]:
        status = call.get("status", "approved")
        wanted = _LISTED if status == "all" else {status}
        rows = [row for row in self._core.reviews if row.status in wanted]
        return ordered(call, narrowed(call, self._core, rows), by=_BY)
