"""The settings of topics: what newsletters are about, and how often a person may and shall hear of each."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from regulars_agent._setting_sections import Section
from regulars_mapping import PermanentError
from regulars_marketing import Rhythm

TopicKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class TopicSettings(Section):
    """One topic: ``least`` and ``most`` times in ``days`` days; without ``most`` as often as one likes."""

    title: str = Field("", max_length=200)
    least: int = 0
    most: int | None = None
    days: int = 30

    @model_validator(mode="after")
    def _kept(self) -> Self:
        try:
            _ = self.rhythm
        except PermanentError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def rhythm(self) -> Rhythm:
        """Its bounds."""
        return Rhythm(self.least, self.most, self.days)
