"""What the machinery needs in a shop: webhooks at our address, and definitions of our metafields.

Shopify signs webhooks with the app's own secret; there is none to be given. It deletes a subscription whose
deliveries fail for some hours, so that this is run again and again.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from regulars_connectors import Infrastructure
from regulars_mapping import MisconfiguredError, PermanentError
from regulars_shopify._client import Node, ShopifyClient, part
from regulars_shopify._labels import NAMESPACE, TYPES

TOPICS: Final = (
    "CUSTOMERS_CREATE",
    "CUSTOMERS_UPDATE",
    "CUSTOMERS_DELETE",
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "ORDERS_DELETE",
    "REFUNDS_CREATE",
    "PRODUCTS_CREATE",
    "PRODUCTS_UPDATE",
    "PRODUCTS_DELETE",
)
_MERGES: Final = "CUSTOMERS_MERGE"
_MERGE_SCOPE: Final = "read_customer_merge"
# No more than what the notice needs: names and addresses stay in the shop until they are read.
_FIELDS: Final = ("id", "order_id", "admin_graphql_api_id", "updated_at")
_NAMES: Final[Mapping[str, str]] = {
    "level": "Regulars: level",
    "discount": "Regulars: discount, %",
    "sentence": "Regulars: why",
    "next_step": "Regulars: next step",
    "code": "Regulars: code",
}


def ensure(client: ShopifyClient, infrastructure: Infrastructure, *, dry_run: bool) -> list[str]:
    """A webhook for each topic at our address and a definition of each label; what was (or would be) done."""
    done = []
    for words, make in [*_webhooks(client, infrastructure.webhook_url), *_definitions(client)]:
        if not dry_run:
            make()
        done.append(words)
    return done


def remove_webhooks(client: ShopifyClient, url: str, *, dry_run: bool) -> list[str]:
    """No webhook of this app at this address any more; what was (or would be) done."""
    done = []
    for node in [node for node in _all(client, "webhooks", {}) if part(node, "uri") == url]:
        if not dry_run:
            # One that is gone by now is what was wanted.
            client.write("webhook_delete", {"id": part(node, "id")})
        done.append(f"remove the webhook {part(node, 'topic')}")
    return done


_Steps = Iterator[tuple[str, Callable[[], None]]]


def _webhooks(client: ShopifyClient, url: str) -> _Steps:
    present = {part(node, "topic") for node in _all(client, "webhooks", {}) if part(node, "uri") == url}
    wanted = (*TOPICS, _MERGES) if _MERGE_SCOPE in client.scopes() else TOPICS
    for topic in wanted:
        if topic not in present:
            subscription: Node = {"uri": url, "format": "JSON"}
            if topic != _MERGES:
                subscription["includeFields"] = list(_FIELDS)
            variables = {"topic": topic, "subscription": subscription}
            yield f"create the webhook {topic}", _writer(client, "webhook_create", variables, topic)


def _definitions(client: ShopifyClient) -> _Steps:
    present = {part(node, "key") for node in _all(client, "metafield_definitions", {"ns": NAMESPACE})}
    for key, type_ in TYPES.items():
        if key not in present:
            definition = {
                "namespace": NAMESPACE,
                "key": key,
                "name": _NAMES[key],
                "type": type_,
                "ownerType": "CUSTOMER",
                "access": {"storefront": "PUBLIC_READ", "customerAccount": "READ"},
            }
            write = _writer(client, "metafield_definition_create", {"definition": definition}, key)
            yield f"define the customer metafield {NAMESPACE}.{key}", write


def _writer(
    client: ShopifyClient, document: str, variables: Mapping[str, Any], what: str
) -> Callable[[], None]:
    def write() -> None:
        errors = client.write(document, variables).get("userErrors") or []
        # Somebody was faster: that is what was wanted.
        if any(part(error, "code") != "TAKEN" for error in errors):
            raise MisconfiguredError(
                f"Shopify did not take {what}. A webhook's address must be https and reachable from outside; "
                "a metafield of that name may have another type already."
            )

    return write


def _all(client: ShopifyClient, document: str, variables: Mapping[str, str]) -> Iterator[Node]:
    after: str | None = None
    while True:
        listing = client.listing(document, {**variables, **({"after": after} if after else {})})
        yield from listing.nodes
        if listing.after is None:
            return
        if listing.after == after:
            raise PermanentError(f"Shopify answers the same page again and again ({document}).")
        after = listing.after
