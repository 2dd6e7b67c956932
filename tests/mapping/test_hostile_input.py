"""Input made to crash, to slow down or to pass for somebody else."""

import time
from collections.abc import Callable
from datetime import date

import pytest

from regulars_mapping import (
    Address,
    birth_date,
    compare_names,
    contradiction,
    e164,
    email_alias,
    fold_email,
    fold_name,
    fold_text,
    gender_of,
    is_placeholder_name,
    is_role_mailbox,
    name_skeleton,
    names_compatible,
    normal_address,
    short_forms,
    skeleton_starts,
)

MEGA = 10_000_000
PATTERNS = {
    "letters": "a",
    "cyrillic": "щ",
    "words": "ab ",
    "initials": "x. ",
    "hyphens": "-",
    "dots": "a.",
    "at signs": "@",
    "digits": "7",
    "brackets": "(",
    "accents": "\u0315\u0300",
    "accents apart": "\u0315\u0300" * 10 + "\u200b",
    "invisible": "\u200b",
    "right to left": "\u202e",
    "surrogates": "\ud800",
    "nul": "\x00",
    "spelled out": "\ufdfa",
    "branches": "нова пошта ",
    "houses": "вул 1 а-",
}
BOUNDED: dict[str, Callable[[str], object]] = {
    "fold_email": fold_email,
    "e164": lambda text: e164(text, country="UA"),
    "email_alias": email_alias,
    "is_role_mailbox": is_role_mailbox,
    "is_placeholder_name": is_placeholder_name,
    "name_skeleton": name_skeleton,
    "skeleton_starts": skeleton_starts,
    "short_forms": short_forms,
    "gender_of": lambda text: gender_of(text, text),
    "compare_names": lambda text: compare_names((text, text), (text, "Коваленко")),
    "contradiction": lambda text: contradiction((text, text), (text, "Коваленко")),
    "birth_date": lambda text: birth_date(text, country="UA", today=date(2026, 3, 1)),
}


def _long(pattern: str, length: int) -> str:
    return (pattern * (length // len(pattern) + 1))[:length]


def _seconds(function: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    function(text)
    return time.process_time() - began


@pytest.mark.parametrize("kind", PATTERNS)
def test_ten_million_characters_cost_little_where_no_name_is_so_long(kind: str) -> None:
    text = _long(PATTERNS[kind], MEGA)
    slow = {name: _seconds(function, text) for name, function in BOUNDED.items()}
    assert {name: cost for name, cost in slow.items() if cost > 1} == {}


@pytest.mark.parametrize("kind", PATTERNS)
def test_folding_takes_time_in_proportion_to_the_length(kind: str) -> None:
    pattern = PATTERNS[kind]
    once = min(_seconds(fold_text, _long(pattern, 20_000)) for _ in range(3))
    # In square time it would be a hundred times as much for ten times the length.
    assert _seconds(fold_text, _long(pattern, 200_000)) < 40 * once + 0.05
    assert fold_name(pattern * 1_000, "") == fold_text(pattern * 1_000 + " ")


@pytest.mark.parametrize("kind", PATTERNS)
def test_an_address_of_the_longest_hostile_lines_is_folded_at_once(kind: str) -> None:
    text = _long(PATTERNS[kind], 1_000)
    address = Address.model_construct(
        line1=text, line2=text, city=text, region=text, postcode=text, country="UA"
    )
    assert _seconds(lambda _: normal_address(address), "") < 1
    assert len(normal_address(address).digest) == 20


def test_a_letter_with_many_accents_folds_to_one_with_thirty() -> None:
    folded = fold_text("x" + "\u0315" * 5_000)
    assert len(folded) == 31
    assert fold_text(folded) == folded


@pytest.mark.parametrize(
    ("mine", "victims"),
    [
        ("anna@example.com\x00", "anna@example.com"),
        ("an\u200bna@example.com", "anna@example.com"),
        ("anna\u202e@example.com", "anna@example.com"),
        ("\u0430nna@example.com", "anna@example.com"),
        ("anna@ex\u0430mple.com", "anna@example.com"),
        ("anna@example.com,eve@example.com", "anna@example.com"),
        ("anna@example.com<eve@example.com>", "anna@example.com"),
        ("anna@example.com@eve.example.org", "anna@example.com"),
        ("anna\ud800@example.com", "anna@example.com"),
        ("anna+x@example.com", "anna@example.com"),
    ],
)
def test_no_spelling_passes_for_another_mailbox(mine: str, victims: str) -> None:
    assert fold_email(victims) == victims
    assert fold_email(mine) != victims


@pytest.mark.parametrize(
    "name",
    ["anna@example.com", "+380671234567", "Коваленко 0671234567", "\u202e\u200b", "\ud800", "a" * MEGA],
)
def test_an_address_or_a_number_in_the_name_is_no_name(name: str) -> None:
    assert not names_compatible((name, name), ("Анна", "Коваленко"))
    assert not names_compatible((name, name), (name, name))
