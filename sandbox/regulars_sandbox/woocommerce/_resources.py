"""The resources of a shop together, and which of their methods answers which endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from regulars_sandbox.woocommerce._batches import Batches
from regulars_sandbox.woocommerce._core import Call, Core, Reply
from regulars_sandbox.woocommerce._coupon_use import CouponUse
from regulars_sandbox.woocommerce._coupons import Coupons
from regulars_sandbox.woocommerce._customers import Customers
from regulars_sandbox.woocommerce._order_writing import OrderWriting
from regulars_sandbox.woocommerce._orders import Orders
from regulars_sandbox.woocommerce._products import Products
from regulars_sandbox.woocommerce._refunds import Refunds
from regulars_sandbox.woocommerce._reviews import Reviews
from regulars_sandbox.woocommerce._schema import ArgumentSpec, routes
from regulars_sandbox.woocommerce._webhooks import Webhooks

__all__ = ["Resources"]

Handler = Callable[[Call], Reply]
_ID = r"/(?P<id>[\d]+)"
_V3 = "/wc/v3"


class Resources:
    """Everything the REST API of one shop is about."""

    def __init__(self, core: Core) -> None:
        use = CouponUse(core)
        self.customers, self.orders = Customers(core), Orders(core)
        self.refunds = Refunds(core, self.orders)
        self.coupons, self.products, self.webhooks = Coupons(core, use), Products(core), Webhooks(core)
        self.reviews = Reviews(core)
        self.writing = OrderWriting(
            core, orders=self.orders, refunds=self.refunds, customers=self.customers, coupons=use
        )

    def handlers(self) -> Mapping[tuple[str, str], Handler]:
        """(method, route template) → what answers it."""
        customers, orders, coupons, webhooks = self.customers, self.orders, self.coupons, self.webhooks
        refunds = f"{_V3}/orders/(?P<order_id>[\\d]+)/refunds"
        return {
            **_crud("customers", customers.page, customers.create, customers),
            **_crud("coupons", coupons.page, coupons.create, coupons),
            **_crud("webhooks", webhooks.page, webhooks.create, webhooks),
            ("GET", f"{_V3}/customers/(?P<customer_id>[\\d]+)/downloads"): customers.downloads,
            ("GET", f"{_V3}/reports/customers/totals"): customers.totals,
            ("GET", f"{_V3}/orders"): orders.page,
            ("POST", f"{_V3}/orders"): self.writing.create,
            ("GET", f"{_V3}/orders{_ID}"): orders.read,
            ("DELETE", f"{_V3}/orders{_ID}"): orders.delete,
            **{(method, f"{_V3}/orders{_ID}"): self.writing.update for method in ("POST", "PUT", "PATCH")},
            ("GET", refunds): self.refunds.list_of_order,
            ("POST", refunds): self.refunds.create,
            ("GET", f"{refunds}{_ID}"): self.refunds.read,
            ("DELETE", f"{refunds}{_ID}"): self.refunds.delete,
            ("GET", f"{_V3}/refunds"): self.refunds.list_all,
            ("GET", f"{_V3}/products"): self.products.page,
            ("GET", f"{_V3}/products{_ID}"): self.products.read,
            ("GET", f"{_V3}/products/reviews"): self.reviews.page,
            ("GET", f"{_V3}/products/reviews{_ID}"): self.reviews.read,
            **_batch("customers", customers.create, customers),
            **_batch("coupons", coupons.create, coupons),
            **_batch("orders", self.writing.create, _OrderVerbs(self)),
        }

    def readers(self) -> Mapping[str, Handler]:
        """What shows one object to a webhook, by the first word of its topic."""
        return {"customer": self.customers.read, "order": self.orders.read, "coupon": self.coupons.read}


class _OrderVerbs:
    """The writes of orders, which two classes share."""

    def __init__(self, resources: Resources) -> None:
        self.read, self.delete = resources.orders.read, resources.orders.delete
        self.update = resources.writing.update


def _crud(name: str, list_: Handler, create: Handler, one: _One) -> dict[tuple[str, str], Handler]:
    base = f"{_V3}/{name}"
    return {
        ("GET", base): list_,
        ("POST", base): create,
        ("GET", f"{base}{_ID}"): one.read,
        ("DELETE", f"{base}{_ID}"): one.delete,
        **{(method, f"{base}{_ID}"): one.update for method in ("POST", "PUT", "PATCH")},
    }


def _batch(name: str, create: Handler, one: _One) -> dict[tuple[str, str], Handler]:
    base = f"{_V3}/{name}"
    specs = {"create": _arguments("POST", base), "update": _arguments("PUT", f"{base}{_ID}"), "delete": {}}
    verbs = {"create": create, "update": one.update, "delete": one.delete}
    batches = Batches(specs, verbs)
    return {(method, f"{base}/batch"): batches.run for method in ("POST", "PUT", "PATCH")}


def _arguments(method: str, template: str) -> Mapping[str, ArgumentSpec]:
    return next(endpoint.arguments for endpoint in routes()[method] if endpoint.template == template)


_One = Customers | Coupons | Webhooks | _OrderVerbs
