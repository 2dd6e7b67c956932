"""Metafields of customers and their definitions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._paging import Page, page_of_list
from regulars_sandbox.shopify._state import Record, gid, iso, number

__all__ = ["Metafields"]

_MOST_AT_ONCE = 25
_NAMESPACE = re.compile(r"[A-Za-z0-9_-]{3,255}")
_KEY = re.compile(r"[A-Za-z0-9_-]{2,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WHOLE = re.compile(r"-?\d{1,16}")
_KEYS_ON_SHOW = ("namespace", "key")
Arguments = Mapping[str, Any]
Fault = Callable[[str, str, str], list[Record]]


class Metafields:
    """``metafieldsSet``, ``metafieldsDelete`` and ``metafieldDefinitionCreate``."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._definitions: dict[tuple[str, str], Record] = {}

    @property
    def definitions(self) -> Mapping[tuple[str, str], Record]:
        """The definitions by namespace and key, as they are at any time."""
        return self._definitions

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {
            "metafieldsSet": self._set,
            "metafieldsDelete": self._delete,
            "metafieldDefinitionCreate": self._define,
            "metafieldDefinitions": self._definitions_page,
        }

    def _set(self, call: Call, arguments: Arguments) -> Record:
        """All or nothing: one bad entry and none is written."""
        call.require("write_customers", "metafieldsSet")
        given = arguments["metafields"]
        if len(given) > _MOST_AT_ONCE:
            message = f"Exceeded the maximum metafields input limit of {_MOST_AT_ONCE}."
            error = user_error(["metafields"], message, "LESS_THAN_OR_EQUAL_TO")
            return {"metafields": None, "userErrors": [error]}
        if errors := self.faults_of(given, call):
            return {"metafields": None, "userErrors": errors}
        return {"metafields": self.write_all(given, call), "userErrors": []}

    def faults_of(self, given: Sequence[Arguments], call: Call) -> list[Record]:
        """What keeps metafields from being written."""
        entries = [_entry(entry, call) for entry in given]
        return [error for at, entry in enumerate(entries) for error in self._faults(at, entry)]

    def write_all(self, given: Sequence[Arguments], call: Call) -> list[Record]:
        """Write metafields without a fault."""
        return [self._write(_entry(entry, call)) for entry in given]

    def _faults(self, at: int, entry: Record) -> list[Record]:
        """What keeps an entry from being written, by its place."""

        def fault(name: str, message: str, code: str) -> list[Record]:
            return [user_error(["metafields", str(at), name], message, code, elementIndex=at)]

        if self._owner(entry["ownerId"]) is None:
            return fault("ownerId", "Owner does not exist.", "INVALID")
        if not _NAMESPACE.fullmatch(entry["namespace"]):
            return fault("namespace", "must be 3 to 255 letters, digits, hyphens or underscores", "INVALID")
        if not _KEY.fullmatch(entry["key"]):
            return fault("key", "must be 2 to 64 letters, digits, hyphens or underscores", "INVALID")
        return self._value_faults(entry, fault) or self._stale(entry, fault)

    def _value_faults(self, entry: Record, fault: Fault) -> list[Record]:
        kind = self._kind(entry)
        if not kind:
            return fault("type", "can't be blank", "BLANK")
        if entry.get("type") and entry["type"] != kind:
            return fault("type", f"must be consistent with the definition's type: {kind}", "INVALID_TYPE")
        if not entry["value"]:
            return fault("value", "may not be empty", "BLANK")
        return [] if _readable(kind, entry["value"]) else fault("value", f"is not a {kind}", "INVALID_VALUE")

    def _stale(self, entry: Record, fault: Fault) -> list[Record]:
        """A digest must be the stored one; null says that nothing is stored."""
        if "compareDigest" not in entry:
            return []
        told, stored = entry["compareDigest"], self._stored(entry)
        if told is not None and not _DIGEST.fullmatch(told):
            return fault("compareDigest", "The digest is invalid.", "INVALID_COMPARE_DIGEST")
        if told != (stored["compareDigest"] if stored else None):
            message = "The resource has been updated since it was loaded. Try again with an updated digest."
            return fault("compareDigest", message, "STALE_OBJECT")
        return []

    def _write(self, entry: Record) -> Record:
        owner, now = self._owner(entry["ownerId"]), iso(self._core.now())
        if owner is None:
            raise AssertionError("the entry was checked")
        stored = self._stored(entry)
        fresh = self._core.next_id() if stored is None else int(stored["legacyResourceId"])
        value = entry["value"]
        record = {
            "__typename": "Metafield",
            "id": gid("Metafield", fresh),
            "legacyResourceId": str(fresh),
            "namespace": entry["namespace"],
            "key": entry["key"],
            "type": self._kind(entry),
            "value": value,
            "ownerType": "CUSTOMER",
            "sizeInBytes": len(value.encode("utf-8", "surrogatepass")),
            "compareDigest": hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest(),
            "createdAt": stored["createdAt"] if stored else now,
            "updatedAt": now,
            "owner": lambda: self._core.show_customer(owner),
        }
        self._core.metafields.setdefault(owner.gid, {})[entry["namespace"], entry["key"]] = record
        self._core.touch(owner)
        self._core.emit("CUSTOMERS_UPDATE", owner)
        return record

    def _delete(self, call: Call, arguments: Arguments) -> Record:
        """An entry of the answer is null where nothing was stored."""
        call.require("write_customers", "metafieldsDelete")
        return {
            "deletedMetafields": [self._remove(_entry(each, call)) for each in arguments["metafields"]],
            "userErrors": [],
        }

    def _remove(self, entry: Record) -> Record | None:
        owner = self._owner(entry["ownerId"])
        place = entry["namespace"], entry["key"]
        if owner is None or self._core.metafields.get(owner.gid, {}).pop(place, None) is None:
            return None
        self._core.touch(owner)
        self._core.emit("CUSTOMERS_UPDATE", owner)
        return {"ownerId": owner.gid, **{name: entry[name] for name in _KEYS_ON_SHOW}}

    def _define(self, call: Call, arguments: Arguments) -> Record:
        given = arguments["definition"]
        if given["ownerType"] != "CUSTOMER":
            raise not_modelled(f"metafield definitions of {given['ownerType']}")
        call.require("write_customers", "metafieldDefinitionCreate")
        unseen = [name for name in ("constraints", "validations", "pin") if given.get(name)]
        if unseen:
            raise not_modelled(f"a metafield definition with {unseen[0]}")
        namespace = _reserved(given.get("namespace"), call)
        error = self._definition_fault(given, namespace)
        if error:
            return {"createdDefinition": None, "userErrors": [error]}
        record = _definition(given, namespace, self._core.next_id())
        self._definitions[namespace, given["key"]] = record
        return {"createdDefinition": record, "userErrors": []}

    def _definitions_page(self, call: Call, arguments: Arguments) -> Page:
        for name in ("constraintStatus", "constraintSubtype", "query"):
            if arguments.get(name) is not None:
                raise not_modelled(f"metafieldDefinitions with {name}")
        if arguments["ownerType"] != "CUSTOMER" or arguments.get("pinnedStatus", "ANY") != "ANY":
            raise not_modelled("metafieldDefinitions but of customers, pinned or not")
        call.require("read_customers", "metafieldDefinitions")
        namespace, key = arguments.get("namespace"), arguments.get("key")
        own = None if namespace is None else _reserved(namespace, call)
        rows = [
            record
            for place, record in self._definitions.items()
            if own in {None, place[0]} and key in {None, place[1]}
        ]
        paged = {
            name: arguments.get(name) for name in ("first", "after", "last", "before", "sortKey", "reverse")
        }
        return page_of_list("QueryRoot.metafieldDefinitions", rows, paged)

    def _definition_fault(self, given: Arguments, namespace: str) -> Record | None:
        def fault(name: str, message: str, code: str) -> Record:
            return user_error(["definition", name], message, code)

        if (namespace, given["key"]) in self._definitions:
            return fault("key", "Key is in use for Customer metafields on the namespace.", "TAKEN")
        if not _NAMESPACE.fullmatch(namespace):
            return fault("namespace", "Namespace is invalid.", "INVALID_CHARACTER")
        if not _KEY.fullmatch(given["key"]):
            return fault("key", "Key is invalid.", "INVALID_CHARACTER")
        if given["type"] not in _READERS:
            raise not_modelled(f"metafields of the type {given['type']}")
        if (given.get("access") or {}).get("admin") and not namespace.startswith("app--"):
            message = "Admin access can only be specified for app-owned metafield definitions."
            return fault("access", message, "ADMIN_ACCESS_INPUT_NOT_ALLOWED")
        return None

    def _kind(self, entry: Record) -> str:
        """The type in force: the definition's, the given one, or that of what is stored."""
        definition = self._definitions.get((entry["namespace"], entry["key"]))
        stored = self._stored(entry)
        if definition:
            return str(definition["type"])
        return entry.get("type") or (str(stored["type"]) if stored else "")

    def _owner(self, text: str) -> Any:
        kind = text.removeprefix("gid://shopify/").partition("/")[0]
        if kind != "Customer" and number(text, kind) is not None:
            raise not_modelled(f"metafields of {kind}")
        return self._core.customers.get(number(text, "Customer"))

    def _stored(self, entry: Record) -> Record | None:
        place = entry["namespace"], entry["key"]
        return self._core.metafields.get(entry["ownerId"], {}).get(place)


def _entry(given: Arguments, call: Call) -> Record:
    return {**given, "namespace": _reserved(given.get("namespace"), call)}


def _reserved(namespace: str | None, call: Call) -> str:
    """No namespace, and one that begins with $app, is the app's own."""
    own = f"app--{call.caller.app_id}"
    if not namespace or namespace == "$app":
        return own
    return f"{own}--{namespace[5:]}" if namespace.startswith("$app:") else namespace


def _definition(given: Arguments, namespace: str, fresh: int) -> Record:
    access, wanted = given.get("access") or {}, given.get("capabilities") or {}
    enabled = bool((wanted.get("adminFilterable") or {}).get("enabled"))
    own = namespace.startswith("app--")
    return {
        "__typename": "MetafieldDefinition",
        "id": gid("MetafieldDefinition", fresh),
        "namespace": namespace,
        "key": given["key"],
        "name": given["name"],
        "description": given.get("description"),
        "ownerType": "CUSTOMER",
        "type": given["type"],
        "access": {
            "admin": access.get("admin") or ("MERCHANT_READ" if own else "PUBLIC_READ_WRITE"),
            "storefront": access.get("storefront") or "NONE",
            "customerAccount": access.get("customerAccount") or "NONE",
        },
        "capabilities": {"adminFilterable": {"enabled": enabled, "eligible": True}},
    }


def _readable(kind: str, value: str) -> bool:
    reader = _READERS.get(kind)
    if reader is None:
        raise not_modelled(f"metafields of the type {kind}")
    try:
        return bool(reader(value))
    except (ValueError, InvalidOperation):
        return False


def _json(value: str) -> bool:
    json.loads(value)
    return True


_READERS: Mapping[str, Callable[[str], object]] = {
    "single_line_text_field": lambda value: "\n" not in value,
    "multi_line_text_field": bool,
    "number_integer": _WHOLE.fullmatch,
    "number_decimal": lambda value: Decimal(value).is_finite(),
    "boolean": lambda value: value in {"true", "false"},
    "date": date.fromisoformat,
    "date_time": datetime.fromisoformat,
    "json": _json,
}
