"""Delivery points: where a parcel waits for whoever fetches it, which is nobody's home."""

import re
from functools import cache
from typing import NamedTuple

from regulars_mapping._street import fold_line, has_street
from regulars_mapping._tables import rows

# What stands between a point and its number: «Відділення №7», "Paczkomat nr WAW01A".
_CODE = re.compile(
    r"\W{0,3}(?:(?:no|nr|n|номер|number|kod|code|id)\W{0,2})?((?:[a-zа-яіїєґ]{1,4}-?)?\d[a-zа-я0-9/-]{0,11})"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_BY_COURIER = re.compile(
    r"(?<!\w)(?:кур'єр\w{0,5}|курьер\w{0,5}|courier|kurier|адресн\w{1,3} доставк|до двер(?:ей|и)(?!\w))"
)


class DeliveryPoint(NamedTuple):
    """A post branch, a parcel locker, a box or a counter.

    ``carrier`` is its company's word of the table or empty; ``form`` "branch", "locker", "box", "pickup" or
    empty; ``number`` as it was written, or empty.
    """

    carrier: str
    form: str
    number: str


class _Meaning(NamedTuple):
    carrier: str
    form: str
    usual_form: str
    needs_number: bool


class _Points(NamedTuple):
    first_words: frozenset[str]
    pattern: re.Pattern[str]
    meanings: dict[str, _Meaning]


def delivery_point(line: str) -> DeliveryPoint | None:
    """The delivery point that a folded address line names, or None where it may be a home.

    A carrier's name with a street or a courier and without a branch is somebody's home that it delivers to.
    """
    first_words, pattern, meanings = _points()
    # Few lines have a word of the table at all.
    if first_words.isdisjoint(_LETTERS.findall(line)):
        return None
    carrier, form, usual_form, number, after_carrier = "", "", "", "", ""
    for found in pattern.finditer(line):
        meaning = meanings[found[0]]
        code = _CODE.match(line, found.end())
        if meaning.needs_number and (code is None or _after_street(line, found.start())):
            continue
        after_carrier = after_carrier or (code[1] if code else "")
        carrier, usual_form = carrier or meaning.carrier, usual_form or meaning.usual_form
        if meaning.form and not form:
            form, number = meaning.form, code[1] if code else ""
    if not carrier and not form:
        return None
    if not form and (_BY_COURIER.search(line) or (not after_carrier and has_street(line))):
        return None
    return DeliveryPoint(carrier, form or usual_form, number or after_carrier)


def _after_street(line: str, at: int) -> bool:
    """Whether the word before is a street's: «вул. Відділення 5»."""
    return has_street(line[max(0, at - 20) : at].rstrip().rpartition(" ")[2])


@cache
def _points() -> _Points:
    meanings: dict[str, _Meaning] = {}
    for row in rows("delivery_points"):
        carrier, form, phrases = (part.strip() for part in row.split("|"))
        for phrase in map(str.strip, phrases.split(",")):
            words = fold_line(phrase.removesuffix("#"))
            told = "" if form.endswith("?") else form.strip("-")
            meaning = _Meaning(carrier.strip("-"), told, form.strip("-?"), phrase.endswith("#"))
            meanings.setdefault(words, meaning)
    longest_first = sorted(meanings, key=lambda words: (-len(words), words))
    pattern = "|".join(map(re.escape, longest_first))
    first_words = frozenset(_LETTERS.findall(words)[0] for words in meanings)
    return _Points(first_words, re.compile(rf"(?<![^\W\d_])(?:{pattern})(?![^\W\d_])"), meanings)
