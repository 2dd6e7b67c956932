"""Who has heard as often as their own bounds allow, as profiles hold it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection

from regulars_marketing._frequency import sent_to_persons
from regulars_marketing._frequency_own import next_of, rhythms_of
from regulars_marketing._rhythm import Rhythm
from regulars_store._frequency_bounds import bounds_of


def next_mails(
    connection: Connection,
    persons: Collection[str],
    topics: Mapping[str, Rhythm],
    *,
    quiet: Collection[str],
) -> dict[str, datetime]:
    """Of these persons those who have bounds of their own and heard as often as these allow: the moment from
    which on they may hear of each such topic again, over or not.

    A topic on which they have no bounds of their own plays no part, nor does one that is not among
    ``topics``. Of the ``quiet`` ones the topic's bounds hold beside their own. It changes with what goes out
    and with what is written down, not with time.
    """
    own, found = bounds_of(connection, persons), dict[str, datetime]()
    for topic, rhythm in topics.items():
        bounded = {person: bounds[topic] for person, bounds in own.items() if topic in bounds}
        sent = sent_to_persons(connection, topic, sorted(bounded))
        for person, bound in bounded.items():
            free = next_of(rhythms_of(rhythm, bound, quiet=person in quiet), sent.get(person, ()))
            if free is not None:
                found[person] = max(free, found.get(person, free))
    return found
