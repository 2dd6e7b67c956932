"""The fields of a customer that people write by hand in Regulars: names, contacts, language, and the owner's
own fields as metafields."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from regulars_connectors import Document, Found, Operation, Target
from regulars_shopify._client import Node, gid_of, part

PROFILE: Final = "profile"
NAMESPACE: Final = "regulars_record"
"""Apart from the labels' namespace, whose metafields are asked for by tens."""
METAFIELDS_READ: Final = 250
"""Most of the owner's own fields that come with a customer; the documents say the same."""
PROFILES_A_CALL: Final = 25
_TYPE: Final = "multi_line_text_field"
_PROPERTY: Final = "property:"
_OWN: Final = MappingProxyType(
    {
        "given_name": "firstName",
        "family_name": "lastName",
        "email": "email",
        "phone": "phone",
        "language": "locale",
    }
)
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{2,64}")


def takes(name: str) -> bool:
    """Whether customers have this field."""
    return name in _OWN or (
        name.startswith(_PROPERTY) and _KEY.fullmatch(name.removeprefix(_PROPERTY)) is not None
    )


def change(operation: Operation) -> Node:
    """What to send so that a customer reads as the operation's document: what differs from how it reads, but
    for the owner's own fields that shall be empty."""
    sent = _differing(operation)
    customer: Node = {"id": gid_of("Customer", operation.target.key)}
    customer |= {_OWN[name]: value for name, value in sent.items() if name in _OWN}
    fields = [
        {"namespace": NAMESPACE, "key": name.removeprefix(_PROPERTY), "type": _TYPE, "value": value}
        for name, value in sent.items()
        if name.startswith(_PROPERTY) and value
    ]
    return {**customer, "metafields": fields} if fields else customer


def away(operation: Operation) -> list[Node]:
    """The owner's own fields that shall be empty: a metafield cannot be."""
    return [
        {
            "ownerId": gid_of("Customer", operation.target.key),
            "namespace": NAMESPACE,
            "key": name.removeprefix(_PROPERTY),
        }
        for name, value in _differing(operation).items()
        if name.startswith(_PROPERTY) and not value
    ]


def found(target: Target, node: Any) -> Found:
    """How a customer reads; None without one. There is no mark on it: what is meant is the customer's."""
    document = None if node is None else _document(target, node)
    return Found(target, document, target.key if node is not None else None, ours=document is not None)


def _document(target: Target, node: Any) -> Document:
    nodes = part(part(node, "metafields"), "nodes")
    metafields = {
        part(one, "key"): _text(one, "value")
        for one in (nodes if isinstance(nodes, list) else [])
        if part(one, "namespace") == NAMESPACE
    }
    own = {
        "given_name": _text(node, "firstName"),
        "family_name": _text(node, "lastName"),
        "email": _text(part(node, "defaultEmailAddress"), "emailAddress"),
        "phone": _text(part(node, "defaultPhoneNumber"), "phoneNumber"),
        "language": _text(node, "locale"),
    }
    return {
        name: own[name] if name in own else metafields.get(name.removeprefix(_PROPERTY), "")
        for name in target.fields
    }


def _differing(operation: Operation) -> Mapping[str, Any]:
    before = operation.before or {}
    document = operation.document or {}
    return {
        name: value
        for name, value in document.items()
        if operation.before is None or value != before.get(name)
    }


def _text(value: Any, key: str) -> str:
    text = part(value, key)
    return text if isinstance(text, str) else ""
