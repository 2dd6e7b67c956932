"""What the law has Shopify tell an app: a customer asks for their data, is to be forgotten, a shop left."""

from __future__ import annotations

from typing import Any

from regulars_sandbox.shopify._core import Core

__all__ = ["compliance_payload"]

_SHOP_ID = 954_889


def compliance_payload(core: Core, topic: str, customer: int | None, request: int) -> dict[str, Any]:
    """The body of such a webhook.  Of a customer who is gone only the number is known."""
    said: dict[str, Any] = {"shop_id": _SHOP_ID, "shop_domain": core.settings.domain}
    if customer is None:
        return said
    row = core.customers.get(customer)
    known = {"email": row.state.email, "phone": row.state.phone} if row else {}
    said["customer"] = {"id": customer} | {name: value for name, value in known.items() if value}
    orders = sorted(each.id for each in core.orders_of(customer))
    if topic == "customers/data_request":
        return said | {"orders_requested": orders, "data_request": {"id": request}}
    return said | {"orders_to_redact": orders}
