"""The grammar of segment expressions, and what lark's errors mean in plain words."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from regulars_marketing._segment_error import SegmentError

LONGEST = 20_000

# Keywords are patterns with a priority, not strings: lark's strings would be found in one case only.
_GRAMMAR = r"""
?start: any
?any: all (_OR all)*
?all: term (_AND term)*
?term: _NOT term -> negation
     | "(" any ")"
     | subject COMPARE value -> comparison
     | subject CONTAINS value -> contains
     | subject _NOT CONTAINS value -> lacks
     | subject STARTS _WITH value -> starts
     | subject BETWEEN value _AND value -> between
     | subject _IN "(" value ("," value)* ")" -> among
     | subject _NOT _IN "(" value ("," value)* ")" -> not_among
     | subject _IS NULL -> missing
     | subject _IS _NOT NULL -> known
?subject: FIELD -> plain
     | ANNIVERSARY "(" FIELD ")" -> anniversary
     | ANNIVERSARY "(" FIELD ":" TEXT ")" -> dated_anniversary
?value: DATE | OFFSET | DAYS_AGO | DAY | NUMBER | TEXT | TRUTH

_AND.3: /and\b/i
_OR.3: /or\b/i
_NOT.3: /not\b/i
_IN.3: /in\b/i
_IS.3: /is\b/i
_WITH.3: /with\b/i
NULL.3: /null\b/i
CONTAINS.3: /contains\b/i
STARTS.3: /starts\b/i
BETWEEN.3: /between\b/i
ANNIVERSARY.3: /anniversary\b/i
DAY.3: /(today|yesterday|tomorrow)\b/i
TRUTH.3: /(true|false)\b/i
COMPARE: "!=" | "<=" | ">=" | "<>" | "=" | "<" | ">"
DATE.3: /\d{4}-\d\d-\d\d(?![\w-])/
DAYS_AGO.3: /[0-9]{1,4}_(days|months)_ago\b/i
OFFSET.2: /[+-]?[0-9]{1,6}[dwmy]\b/i
NUMBER: /[+-]?[0-9]{1,40}(\.[0-9]{1,40})?%?(?![\w.])/
TEXT: /'(\\.|[^'\\])*'|"(\\.|[^"\\])*"/s
FIELD: /[a-z_][a-z0-9_]*(\.[a-z0-9_]*)?/i
%ignore /[ \t\r\n]+/
"""
_A_VALUE = "a value such as 500, 'coffee', 2026-05-17 or -90d"
_AN_OPERATOR = "an operator such as =, >, CONTAINS, BETWEEN, IN or IS NULL"
_SAID = {
    "FIELD": "a field",
    "ANNIVERSARY": "a field",
    "COMPARE": _AN_OPERATOR,
    "CONTAINS": _AN_OPERATOR,
    "STARTS": _AN_OPERATOR,
    "BETWEEN": _AN_OPERATOR,
    "_IN": _AN_OPERATOR,
    "_IS": _AN_OPERATOR,
    "DATE": _A_VALUE,
    "DAY": _A_VALUE,
    "DAYS_AGO": _A_VALUE,
    "NUMBER": _A_VALUE,
    "OFFSET": _A_VALUE,
    "TEXT": _A_VALUE,
    "TRUTH": _A_VALUE,
    "NULL": "NULL",
    "_AND": "AND",
    "_OR": "OR",
    "_NOT": "NOT",
    "_WITH": "WITH",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "COLON": ":",
    "$END": "the end",
}
_KEYWORDS = {
    "_AND": "AND",
    "_OR": "OR",
    "_NOT": "NOT",
    "_IN": "IN",
    "_IS": "IS",
    "_WITH": "WITH",
    "NULL": "NULL",
    "CONTAINS": "CONTAINS",
    "STARTS": "STARTS WITH",
    "BETWEEN": "BETWEEN",
}
_MEANT = {
    **dict.fromkeys(("==", "===", "＝"), "="),
    **dict.fromkeys(("=>", "≥"), ">="),
    **dict.fromkeys(("=<", "≤"), "<="),
    **dict.fromkeys(("=!", "!==", "≠"), "!="),
    **dict.fromkeys(("&", "&&"), "AND"),
    **dict.fromkeys(("|", "||"), "OR"),
    "!": "NOT",
}
"""Operators of other languages, by what they are here."""
_SIGNS = re.compile(r"[=!<>&|≤≥≠＝]+")
_CURLY = frozenset("‘’‚“”„«»`´")
_WORD = re.compile(r"[^\s()=<>!,'\"]{1,40}")
_SEPARATED = re.compile(r"[0-9]+(?:[ ,][0-9]+)+")


@cache
def _parser() -> Lark:
    # The plain lexer: a keyword stays one wherever it stands, and the errors say so.
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", propagate_positions=True)


def parsed(text: str) -> Tree[Token]:
    """The text by the grammar alone. Raises SegmentError with the place and what was expected."""
    if len(text) > LONGEST:
        raise SegmentError(f"the expression has more than {LONGEST} characters; make two segments of it")
    if not text.strip():
        raise SegmentError(
            "the expression is empty", position=0, expected="a condition such as amount_spent > 500"
        )
    try:
        tree = _parser().parse(text)
    except UnexpectedCharacters as error:
        raise _unreadable(text, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        raise _misplaced(text, error) from None
    except UnexpectedInput as error:
        raise SegmentError("the expression cannot be read", position=error.pos_in_stream) from None
    return tree


def _unreadable(text: str, position: int) -> SegmentError:
    character = text[position]
    if foreign := _foreign_operator(text, position):
        return foreign
    if character in _CURLY:
        return SegmentError(f"{character} is no quotation mark here", position=position, expected="' or \"")
    if character in "'\"":
        return SegmentError("the text has no end", position=position, expected=f"a closing {character}")
    word = _WORD.match(text, position)
    if word and len(word[0]) > 1:
        return SegmentError(f"{word[0]!r} cannot be read", position=position, expected=_hint(word[0]))
    return SegmentError(f"{character!r} has no meaning here", position=position)


def _foreign_operator(text: str, position: int) -> SegmentError | None:
    for found in _SIGNS.finditer(text):
        if found.start() <= position < found.end() and found[0] in _MEANT:
            problem, meant = f"{found[0]!r} is no operator", _MEANT[found[0]]
            joins = meant in {"AND", "OR", "NOT"}
            return SegmentError(
                problem, position=found.start(), expected="" if joins else _AN_OPERATOR, suggestion=meant
            )
    return None


def _hint(word: str) -> str:
    if word[0].isdigit() or word[0] in "+-.":
        return "a number such as 1000.50, a date such as 2026-05-17 or one such as -90d"
    return "texts in quotation marks, as in 'coffee'"


def _misplaced(text: str, error: UnexpectedToken) -> SegmentError:
    token: Token = error.token
    # What would go on from here: lark's own list has what other places would take.
    fitting = error.accepts or error.expected
    expected = _listed(fitting)
    if token.type == "$END":
        return SegmentError("the expression ends too early", position=len(text.rstrip()), expected=expected)
    position = token.start_pos or 0
    known = _foreign_operator(text, position) or _with_separators(text, token, position)
    if known:
        return known
    shown = str(token)[:40]
    if token.type == "FIELD" and _A_VALUE in expected:
        suggestion = f"'{shown}', in quotation marks"
    else:
        suggestion = _keyword(shown, fitting)
    return SegmentError(
        f"{shown!r} does not fit here", position=position, expected=expected, suggestion=suggestion
    )


def _with_separators(text: str, token: Token, position: int) -> SegmentError | None:
    if token.type not in {"COMMA", "NUMBER"}:
        return None
    for found in _SEPARATED.finditer(text):
        if found.start() <= position < found.end():
            return SegmentError(
                f"{found[0][:40]!r} is no number",
                position=found.start(),
                expected="a decimal point and nothing between thousands, as in 1000.50",
            )
    return None


def _listed(expected: Iterable[str]) -> str:
    words = list(dict.fromkeys(_SAID.get(name, name) for name in sorted(expected)))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else ""


def _keyword(word: str, expected: Iterable[str]) -> str:
    fitting = [_KEYWORDS[name] for name in sorted(expected) if name in _KEYWORDS]
    near = get_close_matches(word.upper(), fitting, n=1, cutoff=0.6)
    return near[0] if near else ""
