"""What went out on a topic, by the account that it was sent to."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from regulars_store._bulk import insert_rows
from regulars_store._tables import sending


def add_sendings(
    connection: Connection, accounts: Iterable[str], *, topic: str, kind: str, who: str, at: datetime
) -> int:
    """Note that something on a topic went to these accounts; ``kind`` is ``email`` or ``phone``. How many."""
    told = {"topic": topic, "address_kind": kind, "at": at, "who": who}
    rows = [{"account_id": account_id, **told} for account_id in dict.fromkeys(accounts)]
    insert_rows(connection, sending, rows)
    return len(rows)
