"""Query strings and form bodies as PHP reads and WordPress rewrites them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

__all__ = ["parse_query", "rebuild_query", "signature_pairs"]

_BRACKETS = re.compile(r"\[([^\]]*)\]")
_TRAILING_EQUALS = re.compile(r"=(&|$)")


def parse_query(text: str) -> dict[str, Any]:
    """``a[]=1&b[x]=3`` → ``{"a": {"0": "1"}, "b": {"x": "3"}}``; of plain values the last wins."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        base, bracket, _ = name.partition("[")
        if not bracket:
            found[name] = value
            continue
        _put(found, base, _BRACKETS.findall(name[len(base) :]), value)
    return found


def _put(found: dict[str, Any], base: str, keys: list[str], value: str) -> None:
    place = found.get(base)
    if not isinstance(place, dict):
        place = found[base] = {}
    for key in keys[:-1]:
        place = place.setdefault(key or str(len(place)), {})
    last = keys[-1] if keys else ""
    place[last or str(len(place))] = value


def rebuild_query(parameters: Mapping[str, Any]) -> str:
    """The query of a paging link.

    WordPress puts the decoded values into a URL, parses that URL again and encodes it: a plus sign comes back
    as a space and a trailing equals sign is lost.
    """
    raw = "&".join(f"{name}={value}" for name, value in _flat(parameters))
    raw = _TRAILING_EQUALS.sub(r"\1", raw)
    return "&".join(
        f"{quote_plus(name)}={quote_plus(value)}" for name, value in parse_qsl(raw, keep_blank_values=True)
    )


def signature_pairs(text: str) -> list[str]:
    """``name=value`` of a query, each encoded as OAuth wants, brackets and nesting kept, sorted."""
    return sorted(
        f"{_oauth(name)}={_oauth(value)}"
        for name, value in _flat(parse_query(text))
        if name != "oauth_signature"
    )


def _oauth(text: str) -> str:
    return quote(text, safe="-._~")


def _flat(parameters: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        full = f"{prefix}[{name}]" if prefix else str(name)
        if isinstance(value, dict):
            pairs += _flat(value, full)
        elif isinstance(value, list):
            pairs += _flat({str(at): item for at, item in enumerate(value)}, full)
        else:
            pairs.append((full, _php_text(value)))
    return pairs


def _php_text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
