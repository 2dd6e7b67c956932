"""Bulk operations at Shopify: started once, asked after, given up."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from regulars_connectors import UnansweredError
from regulars_mapping import PermanentError, RegularsError
from regulars_shopify._client import Node, Reply, ShopifyClient, gid_of, is_number, number_of, part
from regulars_shopify._refusals import DeniedError
from regulars_shopify._times import parsed

_TYPE: Final = "BulkOperation"
_UNDERWAY: Final = frozenset({"CREATED", "RUNNING"})
_NO_ROOM: Final = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})
_FRESH: Final = timedelta(hours=6)
"""How old an operation underway may be to be taken for one of ours that was lost sight of."""


class Fate(StrEnum):
    """What has become of an operation: UNDERWAY, READY (its file can be fetched), EMPTY (it found nothing),
    FAILED (another one may do better), or REFUSED (none will)."""

    UNDERWAY = "underway"
    READY = "ready"
    EMPTY = "empty"
    FAILED = "failed"
    REFUSED = "refused"


class Room(StrEnum):
    """Why no operation was started: all places are TAKEN for now, the answer is UNKNOWN, or it is REFUSED."""

    TAKEN = "taken"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Status:
    """How an operation stands. ``objects`` have been found so far, ``roots`` of them are no parts of others;
    ``size`` is its file's in bytes. None is what Shopify does not say."""

    fate: Fate
    objects: int | None = None
    roots: int | None = None
    size: int | None = None
    url: str = field(default="", repr=False)


def start(client: ShopifyClient, text: str) -> str | Room:
    """The number of an operation with this document: one underway already, else a new one."""
    try:
        underway = _underway(client, text)
        if underway:
            return underway
        result = client.write("bulk_run", {"query": text})
    except UnansweredError:
        # It is found among those underway the next time, if there is one.
        return Room.UNKNOWN
    except (PermanentError, DeniedError):
        return Room.REFUSED
    number = number_of(part(result.get("bulkOperation"), "id"))
    if number:
        return number
    errors = result.get("userErrors")
    codes = {part(error, "code") for error in errors} if isinstance(errors, list) else set()
    return Room.TAKEN if codes & _NO_ROOM else Room.REFUSED


def _underway(client: ShopifyClient, text: str) -> str:
    reply = client.ask("bulk_latest")
    listed = part(reply.data.get("bulkOperations"), "nodes")
    for node in listed if isinstance(listed, list) else ():
        if part(node, "status") in _UNDERWAY and _is_ours(node, text) and _is_fresh(node, reply):
            return number_of(node.get("id"))
    return ""


def _is_ours(node: Node, text: str) -> bool:
    told = node.get("query")
    return isinstance(told, str) and told.split() == text.split()


def _is_fresh(node: Node, reply: Reply) -> bool:
    created = parsed(node.get("createdAt"))
    return created is not None and (reply.time is None or reply.time - created < _FRESH)


def status(client: ShopifyClient, number: str) -> Status:
    """How the operation stands now. One that Shopify does not know (any more) has failed."""
    try:
        node = client.ask("bulk_status", {"id": gid_of(_TYPE, number)}).data.get("bulkOperation")
    except PermanentError:
        return Status(Fate.FAILED)
    objects = _count(part(node, "objectCount"))
    url = part(node, "url")
    match part(node, "status"):
        case "CREATED" | "RUNNING" | "CANCELING":
            return Status(Fate.UNDERWAY, objects)
        case "COMPLETED" if isinstance(url, str) and url:
            roots, size = _count(part(node, "rootObjectCount")), _count(part(node, "fileSize"))
            return Status(Fate.READY, objects, roots, size, url)
        case "COMPLETED" if objects == 0:
            return Status(Fate.EMPTY, objects)
        case "FAILED" if part(node, "errorCode") == "ACCESS_DENIED":
            return Status(Fate.REFUSED, objects)
        case _:
            # The file of what came before a failure is of no use: an object's parts may be those not in it.
            return Status(Fate.FAILED, objects)


def cancel(client: ShopifyClient, number: str) -> None:
    """Give its place to others. Whether Shopify heeds it is of no account."""
    try:
        client.write("bulk_cancel", {"id": gid_of(_TYPE, number)})
    except RegularsError:
        return


def _count(value: Any) -> int | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if is_number(text) else None
