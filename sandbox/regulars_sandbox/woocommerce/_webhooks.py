"""``/webhooks``: who wants to be told, and what waits to be told."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from regulars_sandbox.woocommerce._core import Call, Core, Reply, links, refuse_arguments, shown
from regulars_sandbox.woocommerce._errors import not_modelled, rest_error
from regulars_sandbox.woocommerce._listing import BY_DATE, answer, ordered, remembered
from regulars_sandbox.woocommerce._render import dates
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["Subscription", "Webhooks"]

_COLLECTION = "/wc/v3/webhooks"
_FAILURES_BORNE = 6
_HOOKS = {
    "customer.created": ("user_register", "woocommerce_created_customer", "woocommerce_new_customer"),
    "customer.updated": ("profile_update", "woocommerce_update_customer"),
    "customer.deleted": ("delete_user",),
    "order.created": ("woocommerce_new_order",),
    "order.updated": ("woocommerce_update_order", "woocommerce_order_refunded"),
    "order.deleted": ("wp_trash_post", "woocommerce_trash_order"),
    "order.restored": ("untrashed_post", "woocommerce_untrash_order"),
    "coupon.created": ("woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"),
    "coupon.updated": ("woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"),
    "coupon.deleted": ("wp_trash_post",),
    # Of these WooCommerce's code tells, no recording: a topic is any event of any resource, hooks or none.
    "customer.restored": (),
    "coupon.restored": ("untrashed_post",),
    "product.created": (
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ),
    "product.updated": (
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ),
    "product.deleted": ("wp_trash_post",),
    "product.restored": ("untrashed_post",),
}
_SECRET_LENGTH = 50
_SECRET_LETTERS = string.ascii_letters + string.digits + "!@#$%^*()-_[]{}~+=,.;:/?|"


@dataclass(slots=True)
class Subscription:
    """What the shop keeps of a webhook and never tells: its secret and the failures in a row."""

    secret: str = field(repr=False)
    failures: int = 0


class Webhooks:
    """The webhooks of a shop and the queue of what they will carry.

    Nothing ever waits for a product's topic: products of a double do not change, not even their stock.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.subscriptions: dict[int, Subscription] = {}
        # An ordered set: several changes of one object before a delivery become one delivery.
        self.waiting: dict[tuple[int, int], None] = {}
        self.pings: list[int] = []
        self._last = 0
        core.listeners.append(self._hear)

    def page(self, call: Call) -> Reply:
        """GET /webhooks."""
        refuse_arguments(call, ("search", "after", "before", "exclude", "include"))
        status, table = call.get("status", "all"), self._core.webhooks
        rows = remembered(
            call,
            table,
            lambda: ordered(call, [row for row in table if status in {"all", row.status}], by=BY_DATE),
        )
        return answer(call, rows, lambda row: self.show(call, row, listed=True))

    def read(self, call: Call) -> Reply:
        """GET /webhooks/<id>: without the secret, without the count of failures."""
        return Reply(self.show(call, self._row(call)))

    def create(self, call: Call) -> Reply:
        """POST /webhooks: always active whatever ``status`` says; a ping goes out at once."""
        given, now = call.arguments, self._core.now()
        topic, url = given["topic"], given["delivery_url"]
        _check(topic, url)
        self._last = max(self._last, self._core.webhooks.highest) + 1
        number = self._last
        resource, _, event = topic.partition(".")
        named = self._core.moment().strftime("Webhook created on %b %d, %Y @ %I:%M %p")
        record: Record = {
            "id": number,
            "name": given.get("name") or named,
            "status": "active",
            "topic": topic,
            "resource": resource,
            "event": event,
            "hooks": list(_HOOKS[topic]),
            "delivery_url": url,
            **dates(now, None, self._core.settings),
        }
        row = Row(number, created=now, modified=None, record=record, status="active")
        self.subscriptions[number] = Subscription(given.get("secret") or _generated_secret())
        self._core.webhooks.put(row)
        self.pings.append(number)
        location = {"Location": f"{call.home}/wp-json{_COLLECTION}/{number}"}
        return Reply(self.show(call, row), status=201, headers=location)

    def update(self, call: Call) -> Reply:
        """PUT /webhooks/<id>: a new URL is pinged; becoming active again keeps the failures counted."""
        row, given = self._row(call), call.arguments
        refuse_arguments(call, ("topic",))
        record, url = row.own(), given.get("delivery_url")
        if url is not None and url != record["delivery_url"]:
            _check(record["topic"], url)
            record["delivery_url"] = url
            self.pings.append(row.id)
        if given.get("name") is not None:
            record["name"] = given["name"]
        if given.get("secret"):
            self.subscriptions[row.id].secret = given["secret"]
        if given.get("status") is not None:
            record["status"] = row.status = given["status"]
        self._core.touch(self._core.webhooks, row)
        return Reply(self.show(call, row))

    def delete(self, call: Call) -> Reply:
        """DELETE /webhooks/<id>?force=true."""
        if not call.get("force"):
            raise not_modelled("deleting a webhook without force")
        row = self._row(call)
        gone = self.show(call, row)
        self._core.webhooks.remove(row)
        del self.subscriptions[row.id]
        self.waiting = {key: None for key in self.waiting if key[0] != row.id}
        return Reply(gone)

    def show(self, call: Call, row: Row, *, listed: bool = False) -> Record:
        """The webhook as answers carry it."""
        return shown(call, row.record, links(call, f"{_COLLECTION}/{row.id}", _COLLECTION), listed=listed)

    def delivered(self, number: int, *, success: bool) -> None:
        """Count a delivery: six failures in a row are borne and pinged after, the seventh disables."""
        row, subscription = self._core.webhooks.get(number), self.subscriptions.get(number)
        if row is None or subscription is None:
            return
        if success:
            subscription.failures = 0
        elif subscription.failures >= _FAILURES_BORNE:
            row.own()["status"] = row.status = "disabled"
            self._core.touch(self._core.webhooks, row)
        else:
            subscription.failures += 1
            self._core.touch(self._core.webhooks, row)
            self.pings.append(number)

    def load(self, records: Iterable[tuple[Row, str]]) -> None:
        """Take over webhooks with their secrets."""
        for row, secret in records:
            self._core.webhooks.put(row)
            self.subscriptions[row.id] = Subscription(secret)

    def _hear(self, topic: str, number: int) -> None:
        for row in self._core.webhooks:
            if row.status == "active" and row.record["topic"] == topic:
                self.waiting[row.id, number] = None

    def _row(self, call: Call) -> Row:
        row = self._core.webhooks.get(call.number())
        if row is None:
            raise not_modelled("a webhook that does not exist")
        return row


def _check(topic: Any, url: Any) -> None:
    if topic not in _HOOKS:
        if isinstance(topic, str) and topic.startswith("action."):
            raise not_modelled(f"the webhook topic {topic}")
        message = "Webhook topic is required and must be valid."
        raise rest_error(400, "woocommerce_rest_shop_webhook_invalid_topic", message)
    if urlsplit(str(url)).scheme not in {"http", "https"}:
        message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise rest_error(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", message)


def _generated_secret() -> str:
    return "".join(secrets.choice(_SECRET_LETTERS) for _ in range(_SECRET_LENGTH))
