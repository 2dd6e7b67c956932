"""What people do in a shop without its API: register, change their data, leave."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from regulars_sandbox._history import ShopAddress, ShopProduct
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._discounts import Discounts
from regulars_sandbox.shopify._phones import e164
from regulars_sandbox.shopify._sales import Account, Goods, Sale, Variant
from regulars_sandbox.shopify._state import Row
from regulars_sandbox.shopify._webhooks import Webhooks

__all__ = ["People", "address_of"]

Parts = Mapping[str, str]


class People:
    """The shop's customers.  Every method is thread-safe and moves dates and webhooks.

    Unknown ids raise :class:`LookupError` naming the id, refused deeds :class:`ValueError` with the reason.
    Addresses are given by the fields of :class:`~regulars_sandbox.ShopAddress`.
    """

    def __init__(self, core: Core, discounts: Discounts, webhooks: Webhooks, lock: threading.RLock) -> None:
        self._core, self._discounts, self._webhooks, self._lock = core, discounts, webhooks, lock
        self._emails: dict[str, int] = {}
        self._phones: dict[str, int] = {}

    def register(
        self,
        email: str = "",
        *,
        first_name: str = "",
        last_name: str = "",
        phone: str = "",
        address: Parts | None = None,
        accepts_marketing: bool = False,
    ) -> int:
        """A person opens an account by e-mail, phone or both; returns its id.  Past orders stay a guest's."""
        with self._lock:
            account = Account(first_name, last_name, email, self._known_phone(phone), state="ENABLED")
            if address:
                account.addresses.append(address_of(address))
            if accepts_marketing:
                account.email_consent, account.email_consent_at = "SUBSCRIBED", self._core.now()
                account.email_opt_in = "SINGLE_OPT_IN"
            self._check_contacts(account, 0)
            now = self._core.now()
            row = Row("Customer", self._core.next_id(), created=now, updated=now, state=account)
            self._enter(row)
            self._core.emit("CUSTOMERS_CREATE", row)
            return row.id

    def edit_customer(
        self,
        customer_id: int,
        *,
        email: str | None = None,
        phone: str | None = None,
        address: Parts | None = None,
        **names: str,
    ) -> None:
        """The person changes ``first_name``, ``last_name``, ``note``, contacts, the default address."""
        with self._lock:
            row = self._customer(customer_id)
            account = row.state
            changed = Account(
                email=account.email if email is None else email,
                phone=account.phone if phone is None else self._known_phone(phone),
            )
            self._check_contacts(changed, customer_id)
            self._leave(row)
            account.email, account.phone = changed.email, changed.phone
            for name in ("first_name", "last_name", "note"):
                setattr(account, name, names.get(name, getattr(account, name)))
            if address is not None:
                account.addresses[:1] = [address_of(address)]
            self._enter(row)
            self._changed(row)

    def rewrite(
        self,
        customer_id: int,
        *,
        email: str | None = None,
        phone: str | None = None,
        locale: str | None = None,
        **names: str,
    ) -> None:
        """An app changes names, contacts and ``locale``; None leaves them, an empty contact goes."""
        with self._lock:
            row = self._customer(customer_id)
            if locale is not None:
                row.state.locale = locale
            self.edit_customer(customer_id, email=email, phone=phone, address=None, **names)

    def add_address(self, customer_id: int, address: Parts) -> None:
        """The person adds an address that is not the default one."""
        with self._lock:
            row = self._customer(customer_id)
            row.state.addresses.append(address_of(address))
            self._changed(row)

    def subscribe(self, customer_id: int, *, subscribed: bool = True) -> None:
        """The person signs up for e-mails, or out of them."""
        with self._lock:
            row = self._customer(customer_id)
            if not row.state.email:
                raise ValueError("The customer has no email to subscribe.")
            row.state.email_consent = "SUBSCRIBED" if subscribed else "UNSUBSCRIBED"
            row.state.email_consent_at = self._core.now()
            row.state.email_opt_in = "SINGLE_OPT_IN"
            self._changed(row)
            self._core.emit("CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE", row)

    def delete_customer(self, customer_id: int) -> None:
        """Staff delete an account, which a shop lets them do only while it has no orders."""
        with self._lock:
            row = self._customer(customer_id)
            if self._core.orders_of(customer_id):
                raise ValueError(
                    "A customer with orders can't be deleted: use erase_customer or merge_customers."
                )
            self._remove(row)

    def erase_customer(self, customer_id: int) -> None:
        """Privacy erasure: the account goes, its orders stay without a person and are bumped."""
        with self._lock:
            row = self._customer(customer_id)
            for order in self._core.orders_of(customer_id):
                order.state.redacted = True
                order.email = ""
                self._core.hand_over(order, 0)
                self._core.touch(order)
                self._core.emit("ORDERS_UPDATED", order)
            self._remove(row)

    def merge_customers(self, kept_id: int, gone_id: int, *, touch_orders: bool = False) -> None:
        """Staff make two accounts one: orders, tags, addresses and what is missing go to the one kept."""
        with self._lock:
            kept, gone = self._customer(kept_id), self._customer(gone_id)
            if kept is gone:
                raise ValueError("A customer can't be merged with itself.")
            for order in self._core.orders_of(gone_id):
                self._core.hand_over(order, kept_id)
                if touch_orders:
                    self._core.touch(order)
                    self._core.emit("ORDERS_UPDATED", order)
            self._leave(kept)
            self._remove(gone)
            _take_over(kept.state, gone.state)
            kept.tags = sorted({tag.lower(): tag for tag in [*gone.tags, *kept.tags]}.values(), key=str.lower)
            self._enter(kept)
            self._changed(kept)
            self._webhooks.merged(kept, gone)

    def customer_by_email(self, email: str) -> int | None:
        """The id of the account with this e-mail in any letter case."""
        with self._lock:
            return self._emails.get(email.lower())

    def add_product(
        self, name: str, price: int, *, sku: str = "", variants: Mapping[str, int] | None = None
    ) -> int:
        """Staff put a product on sale at ``price`` minor units; ``variants`` are prices by title.

        Returns the product's id, which is also that of its first variant.
        """
        with self._lock:
            row = self._new_product(name, price, sku, variants or {"Default Title": price})
            self._core.emit("PRODUCTS_CREATE", row)
            return row.id

    def delete_product(self, product_id: int) -> None:
        """Staff delete a product: lines of past orders keep its name and lose the way to it."""
        with self._lock:
            row = self._core.products.get(product_id)
            if row is None:
                raise LookupError(f"product {product_id}")
            self._core.remove_product(row)
            self._core.emit("PRODUCTS_DELETE", row)

    def _new_product(self, name: str, price: int, sku: str, prices: Mapping[str, int]) -> Row[Goods]:
        fresh, moment, now = self._core.next_id(), self._core.moment(), self._core.now()
        numbers = [fresh, *(self._core.next_id() for _ in list(prices)[1:])]
        made = tuple(
            Variant(each, title, f"{sku}-{at}" if sku and at else sku, cost)
            for at, (each, (title, cost)) in enumerate(zip(numbers, prices.items(), strict=True))
        )
        product = ShopProduct(fresh, name, sku, price, moment, moment)
        row = Row("Product", fresh, created=now, updated=now, state=Goods(product, made))
        self._core.add_product(row)
        return row

    def _known_phone(self, phone: str) -> str:
        found = e164(phone, self._core.settings.country) if phone else ""
        if phone and not found:
            raise ValueError("Phone is invalid.")
        return found

    def _check_contacts(self, account: Account, mine: int) -> None:
        """E-mail and phone are each one account's."""
        if not (account.email or account.phone or account.first_name or account.last_name):
            raise ValueError("A name, phone number, or email address must be present.")
        if account.email and self._emails.get(account.email.lower(), mine) != mine:
            raise ValueError("Email has already been taken.")
        if account.phone and self._phones.get(account.phone, mine) != mine:
            raise ValueError("Phone has already been taken.")

    def _enter(self, row: Row[Account]) -> None:
        account = row.state
        row.email = account.email.lower()
        if account.email:
            self._emails[row.email] = row.id
        if account.phone:
            self._phones[account.phone] = row.id
        self._core.customers.put(row)

    def _leave(self, row: Row[Account]) -> None:
        self._emails.pop(row.email, None)
        self._phones.pop(row.state.phone, None)

    def _remove(self, row: Row[Account]) -> None:
        self._leave(row)
        self._discounts.forget_customer(row.id)
        self._core.metafields.pop(row.gid, None)
        self._core.customers.remove(row)
        self._core.emit("CUSTOMERS_DELETE", row)

    def _changed(self, row: Row[Account]) -> None:
        self._core.touch(row)
        self._core.emit("CUSTOMERS_UPDATE", row)

    def _customer(self, number: int) -> Row[Account]:
        row = self._core.customers.get(number)
        if row is None:
            raise LookupError(f"customer {number}")
        return row

    def _order(self, number: int) -> Row[Sale]:
        row = self._core.orders.get(number)
        if row is None:
            raise LookupError(f"order {number}")
        return row


def address_of(parts: Parts) -> ShopAddress:
    """An address from its fields' names."""
    return ShopAddress(**parts)


def _take_over(kept: Account, gone: Account) -> None:
    """What the kept account lacks; one that signed out stays signed out."""
    kept.first_name, kept.last_name = kept.first_name or gone.first_name, kept.last_name or gone.last_name
    kept.email, kept.phone = kept.email or gone.email, kept.phone or gone.phone
    kept.note = "\n".join(filter(None, (kept.note, gone.note)))
    kept.addresses += [address for address in gone.addresses if address not in kept.addresses]
