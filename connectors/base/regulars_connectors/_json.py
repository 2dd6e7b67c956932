"""Reading what shops call JSON: PHP warnings before it, HTML comments after it, NUL characters within."""

import json
import re
from typing import Any

import orjson

from regulars_connectors._errors import WebPageError
from regulars_mapping import RetryError

_SPACE = "\ufeff \t\r\n\0"
# JSON as PHP prints it holds no raw line break, so one before a bracket (or the end of a tag) ends the noise.
_START = re.compile(r"(?:^|[\n>\ufeff])[ \t\ufeff]*([\[{])")
_TAIL = re.compile(r"(?:\s|\ufeff|<!--.*?-->)*\Z", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOISE_TRIES = 20
_EXACT_DIGITS = 18


def decode_json(body: bytes, *, place: str = "the shop") -> Any:
    """The value in ``body``. Noise around it is dropped, NUL characters and lone surrogates are cleaned.

    ``place`` names the source in errors. Raises WebPageError for a web page, RetryError for an empty or
    cut answer; neither repeats what was in it.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _clean(_decode_noisy(body, place))
    return _clean(value) if b"\\u0000" in body else value


def _decode_noisy(body: bytes, place: str) -> Any:
    text = body.decode("utf-8-sig", errors="replace").strip(_SPACE)
    if not text:
        raise RetryError(f"{place} answered nothing. It will be asked again.")
    starts = [0] if text[0] in "[{" else [match.start(1) for match in _starts(text)]
    for start in starts:
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if _TAIL.match(text, end):
            return value
    if text[0] == "<":
        raise WebPageError(
            f"{place} answered a web page instead of data. A security plug-in, a firewall's check of the "
            "browser or a login page may stand before the API; let the path /wp-json/ through."
        )
    raise RetryError(f"{place} answered data that is cut off or is not JSON. It will be asked again.")


def _starts(text: str) -> list[re.Match[str]]:
    found = []
    for match in _START.finditer(text):
        found.append(match)
        if len(found) == _NOISE_TRIES:
            break
    return found


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _EXACT_DIGITS else float(digits)


_DECODER = json.JSONDecoder(strict=False, parse_int=_integer)


def _clean(value: Any) -> Any:
    """``value`` with its texts cleaned, in place and without recursion: nesting has no bound of ours."""
    root = [value]
    waiting: list[Any] = [root]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, dict):
            _clean_keys(holder)
        for key, item in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if isinstance(item, str):
                holder[key] = _clean_text(item)
            elif isinstance(item, list | dict):
                waiting.append(item)
    return root[0]


def _clean_keys(holder: dict[str, Any]) -> None:
    if any(_clean_text(key) != key for key in holder):
        items = list(holder.items())
        holder.clear()
        holder.update((_clean_text(key), item) for key, item in items)


def _clean_text(text: str) -> str:
    if "\0" in text:
        # Padding goes. One inside must not be closed over: it would make another address of this one.
        text = text.strip("\0").replace("\0", "\ufffd")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
