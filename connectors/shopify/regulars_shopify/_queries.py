"""The GraphQL documents of this package: ``queries/*.graphql``, one operation or one fragment a file.

A line ``#import name`` brings in the fragments of another file. A line that ends in ``# needs scope`` is left
out where the app was not granted that scope: a field asked for without it can empty the whole answer.
"""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_IMPORT: Final = re.compile(r"^#import (\w+)$", re.MULTILINE)
_NEEDS: Final = re.compile(r"# needs (\w+)$")
_OPERATION: Final = re.compile(r"^(?:query|mutation) ", re.MULTILINE)
_HEAD: Final = re.compile(r"^query \w+ *(?:\([^)]*\))? *", re.MULTILINE)
_VARIABLE: Final = re.compile(r"\$(\w+)")
_SUFFIX: Final = ".graphql"


class Queries:
    """Every document by its file's name. Reads the files once, at construction."""

    def __init__(self) -> None:
        folder = files("regulars_shopify") / "queries"
        self._sources: Mapping[str, str] = {
            entry.name.removesuffix(_SUFFIX): entry.read_text(encoding="utf-8")
            for entry in folder.iterdir()
            if entry.name.endswith(_SUFFIX)
        }
        self._texts: dict[str, str] = {}
        self._granted: frozenset[str] | None = None

    @property
    def names(self) -> frozenset[str]:
        """The documents that can be sent: those that are no fragments."""
        return frozenset(name for name, source in self._sources.items() if _OPERATION.search(source))

    def grant(self, scopes: frozenset[str]) -> None:
        """Leave out from now on what needs another scope than these."""
        self._granted = scopes
        self._texts.clear()

    def text(self, name: str) -> str:
        """A document with its fragments, ready to be sent."""
        if name not in self._texts:
            lines = (line for part in self._parts(name, {}).values() for line in part.splitlines())
            self._texts[name] = "\n".join(kept for line in lines if (kept := self._kept(line)))
        return self._texts[name]

    def written_out(self, name: str, variables: Mapping[str, str | None]) -> str:
        """A document for Shopify to run by itself, which takes no variables: with their values in it."""
        text = _HEAD.sub("", self.text(name), count=1)
        return _VARIABLE.sub(lambda found: json.dumps(variables.get(found[1])), text).strip()

    def _parts(self, name: str, parts: dict[str, str]) -> dict[str, str]:
        """This file and those it imports, each once."""
        if name not in parts:
            parts[name] = self._sources[name]
            for imported in _IMPORT.findall(parts[name]):
                self._parts(imported, parts)
        return parts

    def _kept(self, line: str) -> str:
        needed = _NEEDS.search(line)
        if needed and self._granted is not None and needed[1] not in self._granted:
            return ""
        return line.partition("#")[0].rstrip()
