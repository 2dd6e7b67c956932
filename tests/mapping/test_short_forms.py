"""Given names that may be forms of one name."""

import pytest

from regulars_mapping import short_forms


@pytest.mark.parametrize(("one", "other"), [("Саша", "Oleksandr"), ("Саша", "Alexandra"), ("Аня", "Hanna")])
def test_forms_of_one_name_have_a_number_in_common(one: str, other: str) -> None:
    assert short_forms(one) & short_forms(other)


def test_other_names_have_none_in_common_and_texts_without_a_name_have_none_at_all() -> None:
    assert not short_forms("Oleksandr") & short_forms("Oleksandra")
    for text in ("", "O.", "\x00", "\ud800", "123"):
        assert short_forms(text) == frozenset()
