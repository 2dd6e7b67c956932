"""A segment's expression as a condition of SQL, with one meaning on SQLite and PostgreSQL."""

from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Text,
    and_,
    false,
    literal,
    not_,
    or_,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from regulars_marketing._segment_check import (
    Anything,
    Beginning,
    Check,
    Evaluation,
    Member,
    OneOf,
    Part,
    Range,
    Stored,
    Wanted,
    check_of,
)
from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_fields import Field, FieldType
from regulars_marketing._segment_tree import And, Node, Not, Or

Condition = ColumnElement[bool]


class _Position(FunctionElement[int]):
    """Where in a text another one starts, from 1; 0 where it is not in it. By code points on both."""

    type = BigInteger()
    inherit_cache = True


class _HasWord(FunctionElement[bool]):
    """Whether a JSON list has a word: of the list, the word, and the word as JSON writes it."""

    type = Boolean()
    inherit_cache = True


class _Length(FunctionElement[int]):
    """How many words a JSON list has."""

    type = BigInteger()
    inherit_cache = True


class _OwnNumber(FunctionElement[int]):
    """The integer under a key of a JSON object; NULL where something else is there."""

    type = BigInteger()
    inherit_cache = True


class _OwnText(FunctionElement[str]):
    """The text under a key of a JSON object; NULL where something else is there."""

    type = Text()
    inherit_cache = True


def segment_condition(node: Node, profile: FromClause, evaluation: Evaluation) -> Condition:
    """The condition on the profile's columns; it is never NULL.

    Raises SegmentError where the profile lacks a column that the expression asks about.
    """
    match node:
        case Not():
            return not_(segment_condition(node.term, profile, evaluation))
        case And():
            return and_(*(segment_condition(term, profile, evaluation) for term in node.terms))
        case Or():
            return or_(*(segment_condition(term, profile, evaluation) for term in node.terms))
        case _:
            return _checked(check_of(node, evaluation), profile)


def _checked(check: Check, profile: FromClause) -> Condition:
    value = _value(check.field, profile)
    known: Condition = value.is_not(None)
    if check.field.type is FieldType.LIST:
        known = and_(known, _Length(value) > 0)
    if isinstance(check.wanted, Anything):
        # Both with or without a value: IS NOT NULL where it is not inverted, else IS NULL.
        return not_(known) if check.inverted else known
    fits = _fits(check.wanted, value)
    passed = and_(known, not_(fits) if check.inverted else fits)
    return or_(not_(known), passed) if check.if_missing else passed


def _value(of: Field, profile: FromClause) -> ColumnElement[Any]:
    column = profile.c.get(of.column)
    if column is None:
        raise SegmentError(f"{of.name} is not computed here")
    if not of.key:
        return column
    own = _OwnText if of.type in {FieldType.TEXT, FieldType.CHOICE} else _OwnNumber
    return own(column, literal(of.key, Text()))


def _fits(wanted: Wanted, value: ColumnElement[Any]) -> Condition:
    match wanted:
        case Range():
            return _within(wanted, value)
        case OneOf():
            return _one_of(wanted.values, value)
        case Part():
            return _Position(value, literal(wanted.text, Text())) > 0
        case Beginning():
            return _Position(value, literal(wanted.text, Text())) == 1
        case Member():
            written = orjson.dumps(wanted.word).decode()
            return _HasWord(value, literal(wanted.word, Text()), literal(written, Text()))
        case Anything():
            return true()


def _within(wanted: Range, value: ColumnElement[Any]) -> Condition:
    low: Condition = true() if wanted.low is None else value >= _bound(wanted.low)
    high: Condition = true() if wanted.high is None else value < _bound(wanted.high)
    return and_(low, high)


def _one_of(values: tuple[Stored, ...], value: ColumnElement[Any]) -> Condition:
    if not values:
        return false()
    return value.in_([_bound(each) for each in values]) if len(values) > 1 else _equal(value, values[0])


def _equal(value: ColumnElement[Any], wanted: Stored) -> Condition:
    equal: Condition = value == _bound(wanted)
    return equal


def _bound(value: Any) -> Any:
    """A number with all its 64 bits: the column's own type may be shorter. Moments by the column's type."""
    if isinstance(value, bool):
        return literal(value, Boolean())
    return literal(value, BigInteger()) if isinstance(value, int) else value


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:
    return [compiler.process(clause, **kw) for clause in element.clauses]


@compiles(_Position, "sqlite")
def _position_sqlite(element: _Position, compiler: SQLCompiler, **kw: Any) -> str:
    text, part = _arguments(element, compiler, **kw)
    return f"instr({text}, {part})"


@compiles(_Position, "postgresql")
def _position_postgresql(element: _Position, compiler: SQLCompiler, **kw: Any) -> str:
    text, part = _arguments(element, compiler, **kw)
    return f"strpos({text}, {part})"


@compiles(_HasWord, "sqlite")
def _has_word_sqlite(element: _HasWord, compiler: SQLCompiler, **kw: Any) -> str:
    words, word, written = _arguments(element, compiler, **kw)
    # Looking into the text passes over most rows without reading their JSON; alone it would find a comma
    # between two other words.
    found = f"EXISTS (SELECT 1 FROM json_each({words}) AS w WHERE w.value = {word})"  # noqa: S608 - bound
    return f"(instr({words}, {written}) > 0 AND {found})"


@compiles(_HasWord, "postgresql")
def _has_word_postgresql(element: _HasWord, compiler: SQLCompiler, **kw: Any) -> str:
    words, word, _written = _arguments(element, compiler, **kw)
    return f"({words} @> to_jsonb({word}))"


@compiles(_Length, "sqlite")
def _length_sqlite(element: _Length, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_length({_arguments(element, compiler, **kw)[0]})"


@compiles(_Length, "postgresql")
def _length_postgresql(element: _Length, compiler: SQLCompiler, **kw: Any) -> str:
    return f"jsonb_array_length({_arguments(element, compiler, **kw)[0]})"


@compiles(_OwnNumber, "sqlite")
def _own_number_sqlite(element: _OwnNumber, compiler: SQLCompiler, **kw: Any) -> str:
    return _own_sqlite("integer", element, compiler, **kw)


@compiles(_OwnText, "sqlite")
def _own_text_sqlite(element: _OwnText, compiler: SQLCompiler, **kw: Any) -> str:
    return _own_sqlite("text", element, compiler, **kw)


def _own_sqlite(of: str, element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
    values, key = _arguments(element, compiler, **kw)
    path = f"'$.' || {key}"
    return f"(CASE WHEN json_type({values}, {path}) = '{of}' THEN json_extract({values}, {path}) END)"


@compiles(_OwnNumber, "postgresql")
def _own_number_postgresql(element: _OwnNumber, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({_own_postgresql('number', element, compiler, **kw)} AS BIGINT)"


@compiles(_OwnText, "postgresql")
def _own_text_postgresql(element: _OwnText, compiler: SQLCompiler, **kw: Any) -> str:
    return _own_postgresql("string", element, compiler, **kw)


def _own_postgresql(of: str, element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
    values, key = _arguments(element, compiler, **kw)
    return f"(CASE WHEN jsonb_typeof({values} -> {key}) = '{of}' THEN {values} ->> {key} END)"
