"""Webhook subscriptions, and the notifications that wait to be sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from regulars_sandbox.shopify._access import Caller
from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._paging import Page, page_of_list
from regulars_sandbox.shopify._state import Record, Row, gid, iso, number
from regulars_sandbox.woocommerce._deliveries import Message

__all__ = ["Notice", "Webhooks"]

_KIND = "WebhookSubscription"
_FAILURES_BORNE = 8
_BY_LAW = 0
# Topic of the schema: its name on the wire and the scope it needs.
_TOPICS = {
    "CUSTOMERS_CREATE": ("customers/create", "read_customers"),
    "CUSTOMERS_UPDATE": ("customers/update", "read_customers"),
    "CUSTOMERS_DELETE": ("customers/delete", "read_customers"),
    "CUSTOMERS_MERGE": ("customers/merge", "read_customer_merge"),
    "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE": (
        "customers_email_marketing_consent/update",
        "read_customers",
    ),
    "CUSTOMERS_MARKETING_CONSENT_UPDATE": ("customers_marketing_consent/update", "read_customers"),
    "CUSTOMER_TAGS_ADDED": ("customer.tags_added", "read_customers"),
    "CUSTOMER_TAGS_REMOVED": ("customer.tags_removed", "read_customers"),
    "CUSTOMER_JOINED_SEGMENT": ("customer.joined_segment", "read_customers"),
    "CUSTOMER_LEFT_SEGMENT": ("customer.left_segment", "read_customers"),
    "SEGMENTS_CREATE": ("segments/create", "read_customers"),
    "SEGMENTS_UPDATE": ("segments/update", "read_customers"),
    "SEGMENTS_DELETE": ("segments/delete", "read_customers"),
    "DISCOUNTS_CREATE": ("discounts/create", "read_discounts"),
    "DISCOUNTS_UPDATE": ("discounts/update", "read_discounts"),
    "DISCOUNTS_DELETE": ("discounts/delete", "read_discounts"),
    "ORDERS_CREATE": ("orders/create", "read_orders"),
    "ORDERS_UPDATED": ("orders/updated", "read_orders"),
    "ORDERS_PAID": ("orders/paid", "read_orders"),
    "ORDERS_FULFILLED": ("orders/fulfilled", "read_orders"),
    "ORDERS_CANCELLED": ("orders/cancelled", "read_orders"),
    "ORDERS_DELETE": ("orders/delete", "read_orders"),
    "REFUNDS_CREATE": ("refunds/create", "read_orders"),
    "PRODUCTS_CREATE": ("products/create", "read_products"),
    "PRODUCTS_UPDATE": ("products/update", "read_products"),
    "PRODUCTS_DELETE": ("products/delete", "read_products"),
}
_UNSEEN = ("filter", "metafieldNamespaces", "metafields", "callbackUrl", "name")
Arguments = Mapping[str, Any]


@dataclass(slots=True)
class _Subscription:
    id: int
    caller: Caller
    record: Record
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification on its way: the same message, with the same ids, however often it is tried."""

    subscription: int
    topic: str
    resource: str
    message: Message = field(repr=False)


class Webhooks:
    """``webhookSubscriptionCreate``, ``webhookSubscriptionDelete``, ``webhookSubscriptions``; the queue."""

    def __init__(self, core: Core, version: str) -> None:
        self._core, self._version = core, version
        self._subscriptions: dict[int, _Subscription] = {}
        self.waiting: list[Notice] = []
        core.listeners.append(self._hear)
        core.tellers.append(self._hear_of)

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {
            "webhookSubscriptionCreate": self._create,
            "webhookSubscriptionDelete": self._delete,
            "webhookSubscriptions": self._list,
        }

    def tried(self, notice: Notice, *, success: bool) -> None:
        """Count a delivery: a failed one waits for the next try; eight in a row end the subscription."""
        if notice.subscription == _BY_LAW and not success:
            self.waiting.append(notice)
        subscription = self._subscriptions.get(notice.subscription)
        if subscription is None:
            return
        subscription.failures = 0 if success else subscription.failures + 1
        if subscription.failures >= _FAILURES_BORNE:
            del self._subscriptions[subscription.id]
        elif not success:
            self.waiting.append(notice)

    def comply(self, secret: str, uri: str, topic: str, payload: Mapping[str, object]) -> None:
        """Tell an app, at the address in its settings, what the law demands: no subscription is needed."""
        message = self._message(secret, uri, topic, payload, str(uuid.uuid4()))
        self.waiting.append(Notice(_BY_LAW, topic, "", message))

    def merged(self, kept: Row[Any], gone: Row[Any]) -> None:
        """Tell of two customers who became one."""
        prefix = "admin_graphql_api_customer"
        payload = {f"{prefix}_kept_id": kept.gid, f"{prefix}_deleted_id": gone.gid, "status": "completed"}
        self._queue("CUSTOMERS_MERGE", kept.gid, payload)

    def _create(self, call: Call, arguments: Arguments) -> Record:
        topic, given = arguments["topic"], arguments["webhookSubscription"]
        if topic not in _TOPICS:
            raise not_modelled(f"the webhook topic {topic}")
        call.require(_TOPICS[topic][1], "webhookSubscriptionCreate")
        unseen = [name for name in _UNSEEN if given.get(name)]
        if unseen or given.get("format") == "XML":
            raise not_modelled(f"webhooks with {unseen[0] if unseen else 'XML'}")
        error = self._fault(call, topic, given.get("uri") or "")
        if error:
            return {"webhookSubscription": None, "userErrors": [error]}
        fresh, now = self._core.next_id(), iso(self._core.now())
        record = {
            "__typename": _KIND,
            "id": gid(_KIND, fresh),
            "legacyResourceId": str(fresh),
            "topic": topic,
            "uri": given["uri"],
            "format": "JSON",
            "includeFields": list(given.get("includeFields") or ()),
            "metafieldNamespaces": [],
            "filter": None,
            "name": None,
            "apiVersion": {"handle": self._version, "displayName": self._version, "supported": True},
            "createdAt": now,
            "updatedAt": now,
        }
        self._subscriptions[fresh] = _Subscription(fresh, call.caller, record)
        return {"webhookSubscription": record, "userErrors": []}

    def _fault(self, call: Call, topic: str, uri: str) -> Record | None:
        place = ["webhookSubscription", "uri"]
        where = urlsplit(uri)
        if where.scheme not in {"http", "https"}:
            if where.scheme:
                raise not_modelled(f"webhooks to {where.scheme}")
            return user_error(place, "Address is invalid")
        mine = self._of(call)
        if any(each.record["topic"] == topic and each.record["uri"] == uri for each in mine):
            return user_error(place, "Address for this topic has already been taken")
        return None

    def _delete(self, call: Call, arguments: Arguments) -> Record:
        found = number(arguments["id"], _KIND)
        if found not in {each.id for each in self._of(call)}:
            error = user_error(["id"], "Webhook subscription does not exist")
            return {"deletedWebhookSubscriptionId": None, "userErrors": [error]}
        del self._subscriptions[found]
        return {"deletedWebhookSubscriptionId": arguments["id"], "userErrors": []}

    def _list(self, call: Call, arguments: Arguments) -> Page:
        """An app sees its own subscriptions only."""
        for name in ("callbackUrl", "format"):
            if arguments.get(name) is not None:
                raise not_modelled(f"webhookSubscriptions with {name}")
        topics, uri = arguments.get("topics"), arguments.get("uri")
        rows = [
            each.record
            for each in self._of(call)
            if (not topics or each.record["topic"] in topics) and (uri is None or each.record["uri"] == uri)
        ]
        plain = {**arguments, "sortKey": "ID"}
        return page_of_list("QueryRoot.webhookSubscriptions", rows, plain)

    def _of(self, call: Call) -> list[_Subscription]:
        return [each for each in self._subscriptions.values() if each.caller.app_id == call.caller.app_id]

    def _hear(self, topic: str, row: Row[Any]) -> None:
        # What a payload carries beyond the id is no truth: a receiver reads the object anew.
        payload = {"id": row.id, "admin_graphql_api_id": row.gid}
        if not topic.endswith("_DELETE"):
            payload["updated_at"] = iso(row.updated)
        self._queue(topic, row.gid, payload)

    def _hear_of(self, topic: str, customer: str, more: Mapping[str, object]) -> None:
        payload = {"customerId": customer, **more, "occurredAt": iso(self._core.now())}
        self._queue(topic, customer, payload)

    def _queue(self, topic: str, resource: str, payload: Mapping[str, object]) -> None:
        event = str(uuid.uuid4())
        for each in self._subscriptions.values():
            if each.record["topic"] == topic:
                where = each.caller.secret, each.record["uri"]
                message = self._message(*where, _TOPICS[topic][0], payload, event)
                self.waiting.append(Notice(each.id, topic, resource, message))

    def _message(
        self, secret: str, uri: str, topic: str, payload: Mapping[str, object], event: str
    ) -> Message:
        body = json.dumps(payload).encode()
        mac = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        headers = {
            "User-Agent": "Shopify-Captain-Hook",
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(mac).decode(),
            "X-Shopify-Shop-Domain": self._core.settings.domain,
            "X-Shopify-API-Version": self._version,
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": event,
            "X-Shopify-Triggered-At": iso(self._core.now()),
        }
        return Message(uri, headers, body)
