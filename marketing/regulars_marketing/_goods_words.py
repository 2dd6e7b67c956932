"""The goods of a programme, as its owner names them: by SKU and by the names of categories."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from regulars_mapping import fold_text
from regulars_marketing._part import Definition

_Own = TypeVar("_Own", bound="GoodsWords")

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]


def _findable(word: str) -> str:
    if not fold_text(word):
        raise ValueError("has nothing to be found by; write the SKU or the name as the shop has it")
    return word


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple({fold_text(word): word for word in reversed(words)}.values())[::-1]


Words = Annotated[
    tuple[Annotated[Name, AfterValidator(_findable)], ...], Field(max_length=100), AfterValidator(_once)
]


class GoodsWords(Definition):
    """What a discount is for, in every shop: products by SKU, categories by name, however they are cased.

    Without ``products`` and ``categories`` it is everything, but for what is excepted. ``reduced`` says
    whether it is for goods that are already reduced, too.
    """

    products: Words = ()
    categories: Words = ()
    except_products: Words = ()
    except_categories: Words = ()
    reduced: Annotated[bool, Field(strict=True)] = True

    @model_validator(mode="after")
    def _says_something(self: _Own) -> _Own:
        if self == GoodsWords.model_construct():
            raise ValueError("names no goods; name some, say reduced = false, or leave it out")
        for named, excepted in (
            (self.products, self.except_products),
            (self.categories, self.except_categories),
        ):
            both = {fold_text(word) for word in named} & {fold_text(word) for word in excepted}
            if word := next((word for word in named if fold_text(word) in both), ""):
                raise ValueError(f"{word!r} is named and excepted; decide for one")
        return self
