"""The query language of segments, read as far as it is known.

A query that cannot be read raises :class:`QueryError` with the reason; what the language has and the double
does not model is refused by name.  Nothing unread ever means everybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from regulars_sandbox.shopify._errors import not_modelled
from regulars_sandbox.shopify._segment_fields import (
    ATTRIBUTES,
    METAFIELD_KINDS,
    UNSEEN,
    Attribute,
    Subject,
    metafield_value,
)
from regulars_sandbox.shopify._segment_values import Reader, reader_of
from regulars_sandbox.shopify._state import Record

__all__ = ["QueryError", "SegmentQuery", "parsed_segment"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<sign>!=|>=|<=|[=<>(),])|(?P<word>[\w.$+:-]+))""", re.DOTALL
)
_JOINTS = frozenset({"AND", "OR"})
_ORDERED = {
    ">": lambda have, want: have > want,
    ">=": lambda have, want: have >= want,
    "<": lambda have, want: have < want,
    "<=": lambda have, want: have <= want,
}
_OPERATORS: Mapping[str, frozenset[str]] = {
    "number": frozenset({"=", "!=", "BETWEEN", "IS", *_ORDERED}),
    "whole": frozenset({"=", "!=", "BETWEEN", "IS", *_ORDERED}),
    "date": frozenset({"=", "!=", "BETWEEN", "IS", *_ORDERED}),
    "text": frozenset({"=", "!=", "IS"}),
    "choice": frozenset({"=", "!="}),
    "boolean": frozenset({"=", "!=", "IS"}),
    "list": frozenset({"CONTAINS", "NOT CONTAINS", "IS"}),
    "codes": frozenset({"CONTAINS", "NOT CONTAINS", "IS"}),
}
_LONGEST = 5_000
_DEEPEST = 50
_MOST_CLAUSES = 10

Test = Callable[[Subject, date], bool]
Definitions = Mapping[tuple[str, str], Record]


class QueryError(ValueError):
    """The query cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class SegmentQuery:
    """A query understood."""

    test: Test

    def matches(self, who: Subject) -> bool:
        """True when the customer is meant, today in the zone of ``who``."""
        return self.test(who, who.day(who.core.now()))


def parsed_segment(text: str, definitions: Definitions, *, metafields: bool = True) -> SegmentQuery:
    """The query; raises QueryError, and NOT_MODELLED for what the double does not know."""
    if not text.strip():
        raise QueryError("Query can't be blank")
    if len(text) > _LONGEST:
        raise QueryError(f"Query is too long (maximum is {_LONGEST} characters)")
    parser = _Parser(_tokens(text), definitions, metafields=metafields)
    test = parser.alternatives(0)
    if parser.ahead:
        raise QueryError(f"Unexpected '{parser.ahead}'")
    return SegmentQuery(test)


def _tokens(text: str) -> list[str]:
    """Words and signs; a quoted text keeps its first quotation mark, so that it is no word."""
    found, at = list[str](), 0
    end = len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None:
            raise QueryError(f"Unexpected '{text[at:end].lstrip()[:20]}'")
        found.append("'" + _unescaped(token["text"]) if token["text"] else token[0].strip())
        at = token.end()
    return found


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1], flags=re.DOTALL)


class _Parser:
    """Reads tokens by descent: AND binds closer than OR."""

    def __init__(self, tokens: list[str], definitions: Definitions, *, metafields: bool) -> None:
        self._tokens, self._at, self._clauses = tokens, 0, 0
        self._definitions, self._metafields = definitions, metafields

    @property
    def ahead(self) -> str:
        """The next token, "" at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def alternatives(self, depth: int) -> Test:
        """Parts joined by OR."""
        parts = [self._all(depth)]
        while self._taken("OR"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else partial(_any, parts)

    def _all(self, depth: int) -> Test:
        parts = [self._part(depth)]
        while self._taken("AND"):
            parts.append(self._part(depth))
        return parts[0] if len(parts) == 1 else partial(_every, parts)

    def _part(self, depth: int) -> Test:
        if not self._taken("("):
            return self._clause()
        if depth >= _DEEPEST:
            raise QueryError("Too many parentheses")
        inner = self.alternatives(depth + 1)
        self._expect(")")
        return inner

    def _clause(self) -> Test:
        self._clauses += 1
        if self._clauses > _MOST_CLAUSES:
            raise QueryError(f"Too many clauses (maximum is {_MOST_CLAUSES})")
        name = self._word("an attribute")
        attribute = self._attribute(name)
        operator = self._operator()
        if operator not in _OPERATORS[attribute.kind]:
            raise QueryError(f"'{name}' can't be compared by {operator}")
        if operator == "IS":
            negated = self._taken("NOT")
            self._expect("NULL")
            return _null(attribute, negated=negated)
        if operator == "BETWEEN":
            low = self._value(name, attribute)
            self._expect("AND")
            return partial(_between, attribute, low, self._value(name, attribute))
        return _compared(attribute, operator, self._value(name, attribute))

    def _attribute(self, name: str) -> Attribute:
        if name.startswith("metafields.") and self._metafields:
            return self._metafield(name)
        if name.partition(".")[0] in UNSEEN:
            raise not_modelled(f"segments by {name}")
        attribute = ATTRIBUTES.get(name)
        if attribute is None:
            raise QueryError(f"'{name}' filter cannot be found")
        return attribute

    def _metafield(self, name: str) -> Attribute:
        """Only what a definition of a comparable type stands for is a filter."""
        namespace, _, key = name.removeprefix("metafields.").partition(".")
        definition = self._definitions.get((namespace, key))
        kind = METAFIELD_KINDS.get(definition["type"]) if definition else None
        if kind is None:
            raise QueryError(f"'{name}' filter cannot be found")

        def get(who: Subject) -> Any:
            stored = who.core.metafields.get(who.row.gid, {}).get((namespace, key))
            return metafield_value(kind, stored, who)

        return Attribute(kind, get)

    def _operator(self) -> str:
        found = self._next("an operator")
        operator = found.upper()
        if operator == "NOT":
            self._expect("CONTAINS")
            return "NOT CONTAINS"
        if not any(operator in known for known in _OPERATORS.values()):
            raise QueryError(f"'{found.lstrip(chr(39))}' is no operator")
        return operator

    def _value(self, name: str, attribute: Attribute) -> Reader:
        token = self._next("a value")
        try:
            return reader_of(attribute.kind, token, attribute.choices)
        except NotImplementedError:
            raise not_modelled("segments by the time of a day") from None
        except ValueError:
            raise QueryError(f"'{token.lstrip(chr(39))}' is no value for '{name}'") from None

    def _taken(self, token: str) -> bool:
        found = self.ahead.upper() == token
        self._at += found
        return found

    def _expect(self, token: str) -> None:
        if not self._taken(token):
            raise QueryError(f"Expected {token}" + (f" before '{self.ahead}'" if self.ahead else ""))

    def _word(self, what: str) -> str:
        word = self._next(what)
        if not re.match(r"[A-Za-z_]", word) or word.upper() in _JOINTS | {"NOT"}:
            raise QueryError(f"Expected {what} before '{word.lstrip(chr(39))}'")
        return word

    def _next(self, what: str) -> str:
        token = self.ahead
        if not token:
            raise QueryError(f"Expected {what}")
        self._at += 1
        return token


def _any(parts: list[Test], who: Subject, today: date) -> bool:
    return any(part(who, today) for part in parts)


def _every(parts: list[Test], who: Subject, today: date) -> bool:
    return all(part(who, today) for part in parts)


def _null(attribute: Attribute, *, negated: bool) -> Test:
    def test(who: Subject, _today: date) -> bool:
        value = attribute.get(who)
        return (value is None or value == []) != negated

    return test


def _between(attribute: Attribute, low: Reader, high: Reader, who: Subject, today: date) -> bool:
    value = attribute.get(who)
    return value is not None and low(today) <= value <= high(today)


def _compared(attribute: Attribute, operator: str, value: Reader) -> Test:
    """A missing fact is unlike everything, and neither more nor less than anything."""

    def test(who: Subject, today: date) -> bool:
        have, want = attribute.get(who), value(today)
        if attribute.kind in {"list", "codes"}:
            folded = map(str.casefold, have) if attribute.kind == "list" else have
            return (want in folded) == (operator == "CONTAINS")
        if operator in {"=", "!="}:
            return bool((have == want) == (operator == "="))
        return have is not None and bool(_ORDERED[operator](have, want))

    return test
