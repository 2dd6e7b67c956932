"""What an owner sets about the rating: how much each factor weighs, and where the grades begin."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

GIVING = ("recency", "frequency", "money", "source", "payment", "delivery", "reviews")
"""Factors that give points."""
PERSONAL = ("gender", "age", "region")
"""Factors that give points by who somebody is rather than by what they did; off unless switched on."""
TAKING = ("returns", "refusals", "discount")
"""Factors that take points away."""
FACTORS = (*GIVING, *PERSONAL, *TAKING)

DEFAULT_WEIGHTS: Mapping[str, int] = MappingProxyType(
    {
        "recency": 25,
        "frequency": 20,
        "money": 40,
        "source": 4,
        "payment": 4,
        "delivery": 3,
        "reviews": 4,
        **dict.fromkeys(PERSONAL, 0),
        "returns": 10,
        "refusals": 15,
        "discount": 10,
    }
)
GRADES = "abcde"


class RatingSettings(BaseModel):
    """The weights of the rating and where its grades begin. Frozen.

    ``weights`` changes some of ``DEFAULT_WEIGHTS``: whole numbers from 0 (off) to 100. Those of factors that
    give points are shares of 100, whatever they add up to; those that take are the most points taken.
    ``grades`` are the least scores of A, B, C and D; below is E. Raises pydantic's ValidationError in words
    that an owner understands.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False, validate_default=True
    )

    personal: bool = Field(
        default=False,
        description="Whether gender, age or region may count in the rating, where weights name them.",
    )
    weights: Mapping[str, int] = Field(
        default={},
        description="How much each factor weighs, from 0 to 100, where it is not the default:\n"
        + ", ".join(f"{name} {weight}" for name, weight in DEFAULT_WEIGHTS.items() if weight)
        + ".",
    )
    grades: tuple[int, int, int, int] = Field(
        default=(80, 60, 40, 20), description="Least score of the grades A, B, C and D; below is E."
    )

    @field_validator("weights", mode="before")
    @classmethod
    def _known_weights(cls, given: Any, info: ValidationInfo) -> dict[str, int]:
        if not isinstance(given, Mapping):
            raise ValueError("is no table of weights; write { money = 50 }")  # noqa: TRY004 - pydantic's kind
        checked = {str(name): _weight(str(name), weight) for name, weight in given.items()}
        if not info.data.get("personal") and any(checked.get(name) for name in PERSONAL):
            named = ", ".join(name for name in PERSONAL if checked.get(name))
            raise ValueError(f"{named} says who somebody is: set personal = true first if that shall count")
        whole = {**DEFAULT_WEIGHTS, **checked}
        if not any(whole[name] for name in (*GIVING, *PERSONAL)):
            raise ValueError("no factor gives points; leave at least one of them above 0")
        return checked

    @field_validator("grades")
    @classmethod
    def _falling_grades(cls, grades: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        if not 100 >= grades[0] > grades[1] > grades[2] > grades[3] > 0:
            raise ValueError("must fall from A to D, within 100 and 1; write [80, 60, 40, 20]")
        return grades

    def weight(self, factor: str) -> int:
        """What the factor weighs; 0 where it is off."""
        return self.weights.get(factor, DEFAULT_WEIGHTS[factor])

    def most(self, factor: str) -> int:
        """The most points that the factor gives, rounded up, or takes."""
        if factor in TAKING:
            return self.weight(factor)
        return -(-100 * self.weight(factor) // self.total)

    @property
    def total(self) -> int:
        """The sum of the weights that give."""
        return sum(map(self.weight, (*GIVING, *PERSONAL)))

    def grade(self, score: int) -> str:
        """``a`` to ``e``."""
        return GRADES[sum(score < least for least in self.grades)]

    @classmethod
    def kept(cls, rules: Mapping[str, Any]) -> "RatingSettings":
        """The settings that a document was made of."""
        weights = rules["weights"]
        personal = any(weights[name] for name in PERSONAL)
        return cls(personal=personal, weights=weights, grades=tuple(rules["grades"]))

    def document(self) -> dict[str, Any]:
        """The rules as they are kept beside what was measured by them."""
        return {"weights": {name: self.weight(name) for name in FACTORS}, "grades": list(self.grades)}


def _weight(name: str, weight: Any) -> int:
    if name not in FACTORS:
        raise ValueError(f"there is no factor {name[:40]!r}; the factors are {', '.join(FACTORS)}")
    if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= 100:
        raise ValueError(f"{name} must weigh a whole number from 0 to 100")
    return weight
