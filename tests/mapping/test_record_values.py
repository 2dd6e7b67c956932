"""What the fields of a record take by hand, and what they say to the rest."""

from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import (
    FIELDS,
    CompletenessRule,
    Given,
    PermanentError,
    Property,
    PropertyType,
    completeness_rule,
    record_value,
    searched_as,
)

TODAY = date(2026, 3, 1)
PROPERTIES = {
    "note": Property("note", "Note", PropertyType.TEXT),
    "vision": Property("vision", "Eyesight", PropertyType.NUMBER, sensitive=True),
    "fitted": Property("fitted", "Fitted on", PropertyType.DATE),
    "member": Property("member", "Member", PropertyType.YES_NO),
    "frame": Property("frame", "Frame", PropertyType.CHOICE, choices=("Round", "Кругла")),
}
HERE = Given(TODAY, ("UA",), PROPERTIES)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("given_name", "  Ганна\u200b ", "Ганна"),
        ("email", " Anna@Example.com ", "Anna@Example.com"),
        ("email", "", ""),
        ("phone", "067 123-45-67", "+380671234567"),
        ("birth_date", "1990-05-17", "1990-05-17"),
        ("birth_date", "--05-17", "--05-17"),
        ("birth_date", "--02-29", "--02-29"),
        ("birth_date", "17.05.1990", "1990-05-17"),
        ("birth_date", "1970-01-01", "1970-01-01"),
        ("gender", "Female", "f"),
        ("language", "pt_BR", "pt-BR"),
        ("language", "UK", "uk"),
        ("preferred_channel", "What'sApp", "whatsapp"),
        ("preferred_channel", "E-mail", "email"),
        ("preferred_hour", "9", "09:00"),
        ("preferred_hour", "18.30", "18:30"),
        ("kind", "Company", "company"),
        ("archived", "yes", True),
        ("archived", False, False),
        ("card_number", "4000 12-ab", "400012AB"),
        (
            "company",
            {"name": " Optyka ", "hours": "9-18\r\n", "bank": ""},
            {"name": "Optyka", "hours": "9-18"},
        ),
        (
            "contacts",
            [{"name": "Іван", "phones": ["0671234567", ""]}],
            [{"name": "Іван", "role": "", "phones": ["+380671234567"], "emails": []}],
        ),
        ("property:note", "two\r\nlines", "two\nlines"),
        ("property:vision", "-2,50", "-2.50"),
        ("property:vision", 3, "3"),
        ("property:fitted", "2026-01-31", "2026-01-31"),
        ("property:member", "No", False),
        ("property:frame", "кругла", "Кругла"),
    ],
)
def test_values_are_kept_in_one_form_and_are_the_same_when_given_again(field, typed, kept) -> None:
    assert record_value(field, typed, HERE) == kept
    assert record_value(field, kept, HERE) == kept
    assert orjson.loads(orjson.dumps(kept)) == kept


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("birth_date", "1990-02-30", "no day 30 in month 2 of 1990"),
        ("birth_date", "--02-30", "no day 30 in month 2. Write"),
        ("birth_date", "2025-02-29", "no day 29"),
        ("birth_date", "30.02.1990", "no birth date that there can be"),
        ("birth_date", "2030-01-01", "in the future"),
        ("birth_date", "1890-01-01", "older than 120"),
        ("birth_date", "soon", "1990-05-17"),
        ("email", "anna at example", "no e-mail address"),
        ("phone", "12", "no phone number"),
        ("gender", "x", "takes f, m"),
        ("language", "Ukrainian!", "by its code"),
        ("preferred_channel", "pigeon", "There are: phone, email, sms"),
        ("preferred_hour", "25:00", "18:00"),
        ("kind", "", "person or company"),
        ("archived", "perhaps", "yes or no"),
        ("archived", None, "yes or no"),
        ("card_number", "4;DROP", "Latin letters and digits"),
        ("company", {"fax": "1"}, "tax_id"),
        ("company", [], "tax_id"),
        ("contacts", [{"name": ""}], "has a name"),
        ("contacts", {"name": "A"}, "list"),
        ("contacts", [{"name": "A", "phones": "067"}], "lists"),
        ("given_name", "x" * 251, "at most 250"),
        ("given_name", "a\x00b", "cannot be printed"),
        ("given_name", "a\ud800b", "cannot be printed"),
        ("given_name", 5, "is a text"),
        ("shoe_size", "1", "is no field"),
        ("property:shoe", "1", "no property 'shoe'"),
        ("property:vision", "good", "Eyesight takes a number"),
        ("property:vision", "1e5", "takes a number"),
        ("property:vision", True, "takes a number"),
        ("property:vision", float("nan"), "takes a number"),
        ("property:vision", 10**15, "takes a number"),
        ("property:fitted", "2026-02-30", "a day that there is"),
        ("property:member", "maybe", "yes or no"),
        ("property:frame", "square", "one of: Round"),
        ("property:note", "x" * 1001, "at most 1000"),
    ],
)
def test_what_a_field_does_not_take_is_said_in_plain_words(field: str, typed: Any, words: str) -> None:
    with pytest.raises(PermanentError, match=words.replace("(", r"\(")) as refused:
        record_value(field, typed, HERE)
    assert "good" not in str(refused.value)
    assert len(str(refused.value)) < 400


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(alphabet=st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from([*FIELDS, *(f"property:{key}" for key in PROPERTIES), "what"]), anything)
def test_anything_is_either_kept_bounded_and_the_same_again_or_refused_in_words(field, value) -> None:
    try:
        kept = record_value(field, value, HERE)
    except PermanentError as refused:
        assert str(refused)
        return
    assert record_value(field, kept, HERE) == kept
    assert len(orjson.dumps(kept)) < 200_000
    assert searched_as(field, kept) == searched_as(field, kept).casefold()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"key": "Зір"}, "is no key"),
        ({"key": "2x"}, "is no key"),
        ({"title": ""}, "a title"),
        ({"title": "x" * 101}, "at most 100"),
        ({"choices": ("a",)}, "no other has"),
        ({"type": PropertyType.CHOICE}, "has choices"),
        ({"type": PropertyType.CHOICE, "choices": ("a", "A ")}, "must differ"),
        ({"push_to": "a\nb"}, "cannot be printed"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(wrong: dict[str, Any], words: str) -> None:
    right = {"key": "vision", "title": "Eyesight", "type": PropertyType.TEXT}
    with pytest.raises(PermanentError, match=words):
        Property(**{**right, **wrong})


def test_a_rule_of_what_is_complete_names_fields_that_there_are() -> None:
    rule = completeness_rule(["name", "phone | email", "property:vision", "name"], properties=PROPERTIES)
    assert rule == CompletenessRule(("name", "phone|email", "property:vision"))
    assert rule.asks("email")
    assert rule.missing({"name", "email"}.__contains__) == ("property:vision",)
    for wrong, words in (("shoe", "no field that a record can lack"), ("property:x", "no property:x")):
        with pytest.raises(PermanentError, match=words):
            completeness_rule([wrong], properties=PROPERTIES)
    with pytest.raises(PermanentError, match="at most 50"):
        completeness_rule(["name"] * 51, properties=PROPERTIES)
