"""The fields of a customer that people write by hand in Regulars: names, the phone, the e-mail, and the
owner's own fields as metadata."""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from types import MappingProxyType
from typing import Any, Final

from regulars_connectors import Document, Found, Target
from regulars_woocommerce._client import Item
from regulars_woocommerce._labels import PREFIX

PROFILE: Final = "profile"
_PROPERTY: Final = "property:"
_OWN: Final = MappingProxyType({"given_name": "first_name", "family_name": "last_name", "email": "email"})
# The shop answers 200 to a key that begins with "_" and drops it; it takes the rights of a user, whose key
# ends in "capabilities" behind a prefix of the site's, as any other. Ours with our prefix are the labels'.
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}", re.IGNORECASE)
_RIGHTS: Final = re.compile(
    r"wp_.*|wc_.*|.*capabilities|.*user_level|session_tokens|.*_?roles?", re.IGNORECASE
)
_STANDING: Final = frozenset(
    {
        *("nickname", "first_name", "last_name", "description", "rich_editing", "syntax_highlighting"),
        *("comment_shortcuts", "admin_color", "use_ssl", "locale", "last_update", "paying_customer"),
    }
)


def takes(name: str, *, hidden: bool) -> bool:
    """Whether customers have this field; ``hidden`` where the shop does not show our key their metadata.

    Billing and shipping addresses stand in metadata of the same kind: nothing is written over those.
    """
    if name in _OWN or name == "phone":
        return True
    key = name.removeprefix(_PROPERTY)
    if hidden or key == name or _KEY.fullmatch(key) is None or _RIGHTS.fullmatch(key) is not None:
        return False
    return key.lower() not in _STANDING and not key.lower().startswith((PREFIX, "billing_", "shipping_"))


def change(document: Document, before: Document | None) -> Item:
    """What to send so that a customer reads as ``document``: what differs from ``before``, where that is
    known. An empty property goes."""
    there = before or {}
    sent = {name: value for name, value in document.items() if before is None or value != there.get(name)}
    body: Item = {_OWN[name]: value for name, value in sent.items() if name in _OWN}
    if "phone" in sent:
        body["billing"] = {"phone": sent["phone"]}
    metas = [
        {"key": name.removeprefix(_PROPERTY), "value": value or None}
        for name, value in sent.items()
        if name.startswith(_PROPERTY)
    ]
    return {**body, "meta_data": metas} if metas else body


def document(item: Item, fields: Sequence[str]) -> Document | None:
    """A customer of the shop as a document of these fields; None where the shop hides one of them."""
    billing = item.get("billing")
    metas = item.get("meta_data")
    if not isinstance(metas, list) and any(name.startswith(_PROPERTY) for name in fields):
        return None
    there = _values(metas if isinstance(metas, list) else [])
    found: dict[str, str] = {}
    for name in fields:
        if name in _OWN:
            found[name] = _text(item, _OWN[name])
        elif name == "phone":
            found[name] = _text(billing, "phone") if isinstance(billing, dict) else ""
        else:
            found[name] = there.get(name.removeprefix(_PROPERTY), "")
    return found


def found(target: Target, item: Item | None) -> Found:
    """How a customer reads; None without one. There is no mark on it: what is meant is the customer's."""
    read = document(item, target.fields) if item else None
    return Found(target, read, target.key if item else None, ours=read is not None)


def _values(metas: Sequence[Any]) -> dict[str, str]:
    return {
        str(meta.get("key")): str(meta.get("value"))
        for meta in metas
        if isinstance(meta, dict)
        and isinstance(meta.get("value"), str | int | float)
        and meta.get("value") != ""
    }


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        return ""
    # Names come with entities, as WordPress stores them.
    return unescape(value).strip() if "&" in value and key != "email" else value
