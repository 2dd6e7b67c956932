"""A definition that the owner wrote: read whole, or refused with the place and the remedy."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regulars_mapping import MisconfiguredError

LARGEST_FILE = 1_000_000


class _WrongError(ValueError):
    """What JSON itself would take."""


def read_definition(file: Path) -> Mapping[str, Any]:
    """What a file defines, in TOML, or in JSON where its name ends in .json.

    Raises MisconfiguredError for one that is too large, not UTF-8, neither of both, names something twice or
    is no table.
    """
    text = _text(file, _content(file))
    try:
        found = _json(text) if file.suffix == ".json" else tomllib.loads(text)
    except RecursionError as error:
        raise MisconfiguredError(f"{file}: is nested too deeply. No definition needs that.") from error
    except _WrongError as error:
        raise MisconfiguredError(f"{file}: {error}.") from error
    except json.JSONDecodeError as error:
        raise MisconfiguredError(
            f"{file}: {error}. Mend it as JSON, or write it as TOML in a .toml file."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise MisconfiguredError(f"{file}: {error}. Write it as TOML, or as JSON in a .json file.") from error
    except ValueError as error:
        # Python's own bound, said in words that are of use to nobody but its users.
        raise MisconfiguredError(f"{file}: a number in it has thousands of digits. Shorten it.") from error
    if not isinstance(found, dict):
        raise MisconfiguredError(
            f"{file}: must hold one programme: kind, key, title and what its kind needs, "
            "such as currency and tiers, or for a welcome percent or amount."
        )
    return found


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise MisconfiguredError(f"{file} cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST_FILE:
        raise MisconfiguredError(
            f"{file} is larger than {LARGEST_FILE // 1_000} kB, which no definition is. Is it the right file?"
        )
    return content


def _text(file: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MisconfiguredError(
            f"{file}: line {line} is no UTF-8. Save the file as UTF-8, without anything else changed."
        ) from error


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one name the library would take the last, and nobody knows which was meant."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _WrongError(f"{name[:60]!r} is there twice; leave one of them out")
        found[name] = value
    return found


def _no_number(name: str) -> Any:
    raise _WrongError(f"{name} is no number")
