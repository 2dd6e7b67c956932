"""Marking all persons for planning at once, after everybody was resolved from scratch."""

from sqlalchemy import Connection, exists, select

from regulars_store._push_planning import mark_offered
from regulars_store._tables_derived import offer, person
from regulars_store._tables_record import record_edit


def mark_everybody_offered(connection: Connection, *, chunk: int = 1_000) -> None:
    """``mark_offered`` for every person; quick while nobody has an offer and nothing was written by hand."""
    ids = (offer.c.id, record_edit.c.id)
    if not any(connection.scalar(select(exists().where(id_.is_not(None)))) for id_ in ids):
        return
    after = ""
    query = select(person.c.id).order_by(person.c.id).limit(chunk)
    while page := connection.scalars(query.where(person.c.id > after)).all():
        mark_offered(connection, page)
        after = page[-1]
