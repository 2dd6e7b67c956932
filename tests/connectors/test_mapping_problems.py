"""What pydantic finds is told by path and in plain words, never with the value."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError

from regulars_connectors import unmappable


class Inner(BaseModel):
    name: Annotated[str, Field(max_length=5, min_length=1)] = "x"
    at: datetime | None = None


class Outer(BaseModel):
    number: int
    share: Decimal = Decimal(0)
    inner: Inner = Inner()
    many: Annotated[list[int], Field(max_length=2)] = []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "number: is missing"),
        ({"number": "secret"}, "number: is not a whole number"),
        ({"number": 1, "share": "secret"}, "share: is not a number"),
        ({"number": 1, "inner": 5}, "inner: is not an object"),
        ({"number": 1, "inner": {"name": 5}}, "inner.name: is not text"),
        ({"number": 1, "inner": {"name": ""}}, "inner.name: is empty"),
        ({"number": 1, "inner": {"name": "secret"}}, "inner.name: is longer than 5 characters"),
        ({"number": 1, "inner": {"at": "secret"}}, "inner.at: is not a date"),
        ({"number": 1, "many": [1, 2, 3]}, "many: has more than 2 entries"),
        ({"number": 1, "many": [1, "secret"]}, "many.1: is not a whole number"),
    ],
)
def test_a_finding_is_told_in_words(value: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(value)
    assert str(unmappable(caught.value)) == words


def test_a_field_may_be_called_as_the_payload_calls_it() -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({})
    assert unmappable(caught.value, {"number": "id"}).path == "id"
