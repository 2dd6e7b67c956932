"""What every part of a definition is."""

from pydantic import BaseModel, ConfigDict


class Definition(BaseModel):
    """A part of a definition. It is frozen, knows no other fields, and keeps the input out of its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
