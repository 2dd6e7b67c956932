"""What is wrong with a segment's expression, and where."""

from typing import Self

from regulars_mapping import PermanentError


class SegmentError(PermanentError):
    """An expression that cannot be used.

    ``position`` counts characters from 0, None where it is not about a place of a text; ``problem`` and
    ``expected`` are plain words, ``suggestion`` the text that was probably meant. The last two may be empty.
    """

    def __init__(
        self, problem: str, *, position: int | None = None, expected: str = "", suggestion: str = ""
    ) -> None:
        place = "" if position is None else f"At character {position + 1}: "
        parts = [f"{place}{problem}."]
        if expected:
            parts.append(f"Expected {expected}.")
        if suggestion:
            parts.append(f"Did you mean {suggestion}?")
        super().__init__(" ".join(parts))
        self.problem = problem
        self.position = position
        self.expected = expected
        self.suggestion = suggestion

    def __reduce__(self) -> tuple[object, ...]:
        """Copied and sent to another process by what made it, not by its message."""
        return _remade, (type(self), self.problem, self.position, self.expected, self.suggestion)

    def at(self, position: int) -> Self:
        """The same of this place."""
        return type(self)(self.problem, position=position, expected=self.expected, suggestion=self.suggestion)


def _remade(
    kind: type[SegmentError], problem: str, position: int | None, expected: str, suggestion: str
) -> SegmentError:
    return kind(problem, position=position, expected=expected, suggestion=suggestion)
