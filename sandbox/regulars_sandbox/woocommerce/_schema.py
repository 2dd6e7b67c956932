"""Checks arguments as WordPress does, against the argument descriptions of a WooCommerce 10.5.0 site."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from regulars_sandbox.woocommerce._errors import ShopError, not_modelled, rest_error

__all__ = ["ArgumentSpec", "Endpoint", "routes", "validate"]

ArgumentSpec = Mapping[str, Any]

_DATE_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}(?::\d{2})?)?$")
_EMAIL = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$")
_INTEGER = re.compile(r"^\s*[+-]?\d+\s*$")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of a route: its path pattern, the methods of the whole route and the arguments it takes."""

    pattern: re.Pattern[str]
    template: str
    allowed: tuple[str, ...]
    arguments: Mapping[str, ArgumentSpec]


class _ArgumentError(Exception):
    def __init__(self, code: str, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


@cache
def routes() -> Mapping[str, tuple[Endpoint, ...]]:
    """Method → endpoints that answer it, as the packaged description lists them."""
    text = files("regulars_sandbox.woocommerce").joinpath("data/routes.json").read_text("utf-8")
    found: dict[str, list[Endpoint]] = {}
    for template, route in json.loads(text).items():
        pattern = re.compile(f"^{template}$")
        for endpoint in route["endpoints"]:
            for method in endpoint["methods"]:
                found.setdefault(method, []).append(
                    Endpoint(pattern, template, tuple(route["methods"]), endpoint["args"])
                )
    return {method: tuple(endpoints) for method, endpoints in found.items()}


def validate(specs: Mapping[str, ArgumentSpec], given: Mapping[str, object]) -> dict[str, Any]:
    """Check and convert what a client sent; unknown names pass through untouched, null counts as absent.

    Raises the 400 answers ``rest_missing_callback_param`` and ``rest_invalid_param``.
    """
    missing = [name for name, spec in specs.items() if spec.get("required") and given.get(name) is None]
    if missing:
        raise rest_error(
            400, "rest_missing_callback_param", f"Missing parameter(s): {', '.join(missing)}", params=missing
        )
    clean: dict[str, Any] = dict(given)
    refused: dict[str, _ArgumentError] = {}
    for name, spec in specs.items():
        if given.get(name) is None:
            continue
        try:
            clean[name] = _checked(given[name], spec, name)
        except _ArgumentError as refusal:
            refused[name] = refusal
    if refused:
        raise _invalid(refused)
    return clean


def is_email(text: str) -> bool:
    """WordPress's idea of an address, as far as ASCII goes."""
    return bool(_EMAIL.match(text))


def _invalid(refused: Mapping[str, _ArgumentError]) -> ShopError:
    return rest_error(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(refused)}",
        params={name: refusal.message for name, refusal in refused.items()},
        details={
            name: {"code": refusal.code, "message": refusal.message, "data": refusal.data}
            for name, refusal in refused.items()
        },
    )


def _checked(value: Any, spec: ArgumentSpec, name: str) -> Any:
    kinds = spec.get("type", "string")
    if not isinstance(kinds, str):
        return value
    convert = _CONVERT.get(kinds)
    if convert is None:
        return value
    value = convert(value, spec, name)
    if "enum" in spec and value not in spec["enum"]:
        raise _ArgumentError("rest_not_in_enum", f"{name} is not one of {_listed(spec['enum'])}.")
    return value


def _wrong_type(name: str, kind: str) -> _ArgumentError:
    return _ArgumentError("rest_invalid_type", f"{name} is not of type {kind}.", {"param": name})


def _integer(value: Any, spec: ArgumentSpec, name: str) -> int:
    if isinstance(value, bool) or not (
        isinstance(value, int) or (isinstance(value, str) and _INTEGER.match(value))
    ):
        raise _wrong_type(name, "integer")
    number = int(value)
    low, high = spec.get("minimum"), spec.get("maximum")
    if low is not None and high is not None and not low <= number <= high:
        message = f"{name} must be between {low} (inclusive) and {high} (inclusive)"
        raise _ArgumentError("rest_out_of_bounds", message)
    if low is not None and number < low:
        raise not_modelled(f"{name} below {low}")
    return number


def _boolean(value: Any, _spec: ArgumentSpec, name: str) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if isinstance(value, (dict, list)) or word not in _BOOLEANS:
        raise _wrong_type(name, "boolean")
    return _BOOLEANS[word]


def _string(value: Any, spec: ArgumentSpec, name: str) -> str:
    if not isinstance(value, str):
        raise _wrong_type(name, "string")
    if spec.get("format") == "email" and not is_email(value):
        raise _ArgumentError("rest_invalid_email", "Invalid email address.")
    if spec.get("format") == "date-time" and not _DATE_TIME.match(value):
        raise _ArgumentError("rest_invalid_date", "Invalid date.")
    return value


def _array(value: Any, spec: ArgumentSpec, name: str) -> list[Any]:
    if isinstance(value, str):
        value = [part for part in re.split(r"[\s,]+", value) if part]
    elif isinstance(value, dict):
        value = list(value.values())
    elif not isinstance(value, list):
        raise _wrong_type(name, "array")
    items = spec.get("items")
    return [_checked(item, items, f"{name}[{at}]") for at, item in enumerate(value)] if items else list(value)


def _object(value: Any, spec: ArgumentSpec, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(name, "object")
    inner: Mapping[str, ArgumentSpec] = spec.get("properties") or {}
    checked = dict(value)
    for key, part in inner.items():
        if value.get(key) is not None:
            checked[key] = _checked(value[key], part, f"{name}[{key}]")
    return checked


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])}, and {words[-1]}" if len(words) > 1 else words[0]


_CONVERT: Mapping[str, Callable[[Any, ArgumentSpec, str], Any]] = {
    "integer": _integer,
    "boolean": _boolean,
    "string": _string,
    "array": _array,
    "object": _object,
}
