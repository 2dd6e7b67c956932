"""When what a shop completes by itself is read again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regulars_agent._incomplete import LOOKS, TOGETHER, next_look

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(st.timedeltas(min_value=timedelta(hours=-2), max_value=timedelta(days=3)))
def test_the_next_look_is_later_never_soon_and_never_after_a_day(age: timedelta) -> None:
    look = next_look(NOON, NOON + age)
    if age >= LOOKS[-1]:
        assert look is None
        return
    assert look is not None
    assert NOON + age < look < max(NOON + LOOKS[-1], NOON + age + LOOKS[0]) + TOGETHER
    assert look.timestamp() % TOGETHER.total_seconds() == 0
