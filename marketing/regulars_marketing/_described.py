"""The persons whom a segment or an expression describes, as a query for the gate."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from regulars_mapping import PermanentError
from regulars_marketing._money import MoneyRules
from regulars_marketing._segment_members import member_condition
from regulars_marketing._segments import evaluation_at, read_segment, segment_named
from regulars_store import tables


def described(connection: Connection, expression: str, *, now: datetime, money: MoneyRules) -> Select[Any]:
    """Who fits an expression now: their ids. Raises SegmentError with the place, and PermanentError where it
    cannot be asked at present."""
    tree = read_segment(connection, expression)
    profile = tables.person_profile.c
    return select(profile.person_id).where(member_condition(tree, evaluation_at(now, money)))


def members_now(connection: Connection, key: str, *, now: datetime, money: MoneyRules) -> Select[Any]:
    """Who is in a segment at this moment, not when its members were last refreshed.

    Raises SkipError where there is none, PermanentError for one that is off, and as ``described``.
    """
    found = segment_named(connection, key)
    if not found.enabled:
        raise PermanentError(f"The segment {key} is off. Switch it on: regulars segment add {key} …")
    return described(connection, found.expression, now=now, money=money)
