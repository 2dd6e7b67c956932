"""``/products``, to read."""

from __future__ import annotations

from regulars_sandbox.woocommerce._core import Call, Core, Reply, links, refuse_arguments, shown
from regulars_sandbox.woocommerce._errors import not_modelled, rest_error
from regulars_sandbox.woocommerce._listing import BY_DATE, answer, narrowed, ordered, remembered
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["Products"]

_COLLECTION = "/wc/v3/products"
_UNSEEN = (
    *("parent", "parent_exclude", "brand", "slug", "type", "sku", "featured", "category", "tag", "search"),
    *("shipping_class", "attribute", "attribute_term", "tax_class", "on_sale", "min_price", "max_price"),
    *("include_meta", "exclude_meta", "stock_status", "search_sku", "search_name_or_sku", "search_fields"),
    *("include_status", "exclude_status", "include_types", "exclude_types", "downloadable", "virtual"),
    "pos_products_only",
)


class Products:
    """Reads of products."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def page(self, call: Call) -> Reply:
        """GET /products of any status."""
        refuse_arguments(call, _UNSEEN)
        if call.get("status", "any") != "any":
            raise not_modelled("status of /wc/v3/products")
        table = self._core.products
        rows = remembered(
            call, table, lambda: ordered(call, narrowed(call, self._core, list(table)), by=BY_DATE)
        )
        return answer(call, rows, lambda row: self.show(call, row, listed=True))

    def read(self, call: Call) -> Reply:
        """GET /products/<id>."""
        row = self._core.products.get(call.number())
        if row is None:
            raise rest_error(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
        return Reply(self.show(call, row))

    def show(self, call: Call, row: Row, *, listed: bool = False) -> Record:
        """The product as answers carry it."""
        record = dict(row.record)
        record["permalink"] = f"{call.home}/product/{record['slug']}/"
        return shown(call, record, links(call, f"{_COLLECTION}/{row.id}", _COLLECTION), listed=listed)
