"""The audience of a programme: whom a segment's expression describes."""

from functools import lru_cache

from sqlalchemy import Connection, select

from regulars_mapping import MisconfiguredError, PermanentError
from regulars_marketing._segment_check import Evaluation
from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_fields import PROPERTY_PREFIX, Catalogue
from regulars_marketing._segment_grammar import parsed
from regulars_marketing._segment_members import member_condition
from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._segments import read_segment
from regulars_store import tables
from regulars_store._bulk import among

profile = tables.person_profile


@lru_cache(maxsize=1_000)
def checked_expression(text: str) -> str:
    """The same expression. Raises ValueError with the place, as far as it can be read without the store.

    Which fields the owner has made is looked at when the programme is saved.
    """
    try:
        if PROPERTY_PREFIX in text.lower():
            parsed(text)
        else:
            parse_segment(text, Catalogue())
    except SegmentError as error:
        raise ValueError(str(error)) from None
    return text


def check_audience(connection: Connection, key: str, expression: str) -> None:
    """Raises MisconfiguredError where the expression names what is not there, with the place."""
    try:
        read_segment(connection, expression)
    except SegmentError as error:
        raise MisconfiguredError(f"Programme {key}: audience: {error}") from error


def in_audience(
    connection: Connection, expression: str, person_ids: list[str], evaluation: Evaluation
) -> set[str]:
    """Who of these persons (at most 500) is in it now, by their profiles; nobody where it cannot be asked any
    more, since a field has ended or no currency is known. One statement."""
    try:
        condition = member_condition(read_segment(connection, expression), evaluation)
    except PermanentError:
        return set()
    query = select(profile.c.person_id).where(among(connection, profile.c.person_id, person_ids), condition)
    return set(connection.scalars(query))
