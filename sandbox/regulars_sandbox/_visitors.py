"""People whom somebody wants to find in a shop: they register when it opens, and some of them buy."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import dataclass
from email.utils import parseaddr

from regulars_sandbox.shopify import ShopifyShop
from regulars_sandbox.woocommerce import WooCommerceShop

__all__ = ["Visitor", "let_in", "parsed_visitor"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody by name and e-mail; never a real person's."""

    first_name: str
    last_name: str
    email: str


def parsed_visitor(text: str) -> Visitor:
    """Somebody given as ``Anna Kovalenko <anna@example.com>``. Raises ArgumentTypeError for anything else."""
    name, email = parseaddr(text)
    first_name, _, last_name = name.partition(" ")
    if not first_name or "@" not in email:
        raise ArgumentTypeError("give a name and an e-mail: Anna Kovalenko <anna@example.com>")
    return Visitor(first_name, last_name.strip(), email)


def let_in(shop: WooCommerceShop | ShopifyShop, visitor: Visitor, *, product: int | None = None) -> None:
    """Let somebody register, and buy one piece of a product where one is named.

    Raises ValueError where the e-mail is taken.
    """
    first_name, last_name = visitor.first_name, visitor.last_name
    billing = {"first_name": first_name, "last_name": last_name, "email": visitor.email}
    if isinstance(shop, ShopifyShop):
        customer = shop.register(visitor.email, first_name=first_name, last_name=last_name)
    else:
        customer = shop.register(visitor.email, billing=billing)
    if product is not None:
        shop.place_order(items=[(product, 1)], customer_id=customer, billing=billing)
