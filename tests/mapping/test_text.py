"""Folding: two spellings of the same words compare equal, and any string at all folds."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import fold_text

any_text = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("  Two   Words\t\n", "two words"),
        ("Straße GROSS", "strasse gross"),
        ("ЇЖАК Ґанок", "їжак ґанок"),
        ("Мар’яна Мар`яна Марʼяна Мар´яна Мар'яна", "мар'яна мар'яна мар'яна мар'яна мар'яна"),
        ("\u0438\u0306", "й"),
        ("ﬁne ＡＢＣ①", "fine abc1"),
        ("non\u00a0breaking\u2009space", "non breaking space"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("\u202eright\u202c \u2067left\u2069", "right left"),
        ("NUL\x00and\x07bell", "nulandbell"),
        ("lone\ud83dsurrogate", "lonesurrogate"),
        ("İstanbul", "i̇stanbul"),
    ],
)
def test_text_is_folded_to_one_form(text: str, folded: str) -> None:
    assert fold_text(text) == folded


@given(any_text)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold_text(text)
    assert fold_text(once) == once


@given(any_text)
def test_a_folded_text_can_be_stored_anywhere(text: str) -> None:
    folded = fold_text(text)
    folded.encode()
    assert "\x00" not in folded
    assert folded == folded.strip()
    assert "  " not in folded


@given(any_text)
def test_letter_case_and_composition_make_no_difference(text: str) -> None:
    assert fold_text(unicodedata.normalize("NFD", text)) == fold_text(unicodedata.normalize("NFC", text))
    assert fold_text(fold_text(text).upper().casefold()) == fold_text(fold_text(text).upper())


def test_every_character_folds_the_same_way_twice() -> None:
    folded = {fold_text(character) for character in map(chr, range(0x110000))}
    assert [text for text in folded if fold_text(text) != text] == []


def test_the_quick_way_for_plain_texts_gives_what_the_long_way_gives() -> None:
    plain = "".join(map(chr, [*range(0x20, 0x7F), *range(0xC0, 0x100), *range(0x400, 0x460), 0x490, 0x491]))
    plain += "ʼ’«»–—“”„№"
    for character in plain:
        long_way = fold_text(f"{character}\u200b")  # an invisible character keeps the text off the quick way
        assert fold_text(character) == long_way


def test_a_text_of_five_megabytes_folds() -> None:
    assert len(fold_text("Ї" * 5_000_000)) == 5_000_000
