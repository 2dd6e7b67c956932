"""Which pairs of accounts are compared at all: those that share a block of at least one rule.

Comparing everybody with everybody grows with the square of the store. A block is bounded in size, and a
rule's blocks together in pairs, smallest blocks first, since small blocks tell most; what is left out is
counted and named.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from duckdb import DuckDBPyConnection


class Rule(NamedTuple):
    """Accounts with an equal key are compared. ``swapped`` is a second key under which an account stands."""

    words: str
    key: str
    swapped: str = ""


RULES = (
    Rule("phone", "phone"),
    Rule("mailbox", "mailbox"),
    Rule("e-mail before the @", "mail_box"),
    Rule("birth date", "birth"),
    Rule("both names", "given || ' ' || family", "family || ' ' || given"),
    Rule("family name and end of the phone", "family || right(phone, 4)"),
    Rule("family name and beginning of the e-mail", "family || left(mail_box, 4)"),
    Rule("birth year and a name", "left(birth, 4) || family", "left(birth, 4) || given"),
    Rule("birthday and a name", "birthday || family", "birthday || given"),
    Rule("street and a name", "street || '/' || family", "street || '/' || given"),
    Rule("postcode and a name", "postcode || '/' || family", "postcode || '/' || given"),
    Rule("post branch and a name", "branch || '/' || family", "branch || '/' || given"),
    Rule("town and a name", "city || '/' || family", "city || '/' || given"),
    Rule("postcode and house number", "postcode || '/' || number"),
    Rule("street and house number", "street || '/' || number"),
    Rule("flat and house number", "unit || '/' || number"),
    Rule("street and postcode", "street || '/' || postcode"),
    Rule("flat and postcode", "unit || '/' || postcode"),
    Rule("birth month and postcode", "left(birth, 6) || '/' || postcode"),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is compared: accounts a block, and pairs a rule for each account of the store."""

    accounts_a_block: int = 100
    pairs_an_account: int = 5


@dataclass(frozen=True, slots=True)
class Dropped:
    """Blocks of one rule that were not compared: how many, and how many accounts the largest has."""

    rule: str
    blocks: int
    largest: int


def block(
    connection: DuckDBPyConnection, *, bounds: Bounds, pause: Callable[[], None] = lambda: None
) -> list[Dropped]:
    """Make the table ``pairs`` (join_key_l < join_key_r, match_key) of the table ``record``.

    Pairs of one person are among them: training learns from them what one person's accounts have in common.
    Answers what was left out.
    """
    connection.execute("CREATE OR REPLACE TABLE found (join_key_l VARCHAR, join_key_r VARCHAR, rule INTEGER)")
    ((accounts,),) = connection.execute("SELECT count(*) FROM record").fetchall()
    most = max(accounts, 1_000) * bounds.pairs_an_account
    dropped = []
    for number in range(len(RULES)):
        dropped.append(_apply(connection, number, bounds, most))
        pause()
    connection.execute("""
        CREATE OR REPLACE TABLE pairs AS
        SELECT join_key_l, join_key_r, CAST(min(rule) AS VARCHAR) AS match_key
        FROM found GROUP BY ALL ORDER BY ALL""")
    connection.execute("DROP TABLE found")
    return [one for one in dropped if one.blocks]


def _apply(connection: DuckDBPyConnection, number: int, bounds: Bounds, most: int) -> Dropped:
    rule = RULES[number]
    keys = [key for key in (rule.key, rule.swapped) if key]
    members = " UNION ".join(
        f"SELECT {key} AS key, unique_id FROM record WHERE key IS NOT NULL"  # noqa: S608  our own constants
        for key in keys
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE member AS {members}")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE sized AS
        SELECT key, count(*) AS size,
            sum(count(*) * (count(*) - 1) // 2) OVER (ORDER BY count(*), key) AS pairs
        FROM member GROUP BY key HAVING count(*) > 1""")
    connection.execute(
        """
        INSERT INTO found SELECT DISTINCT l.unique_id, r.unique_id, CAST($rule AS INTEGER)
        FROM sized JOIN member AS l USING (key) JOIN member AS r USING (key)
        WHERE sized.size <= $size AND sized.pairs <= $most AND l.unique_id < r.unique_id""",
        {"rule": number, "size": bounds.accounts_a_block, "most": most},
    )
    ((blocks, largest),) = connection.execute(
        "SELECT count(*), coalesce(max(size), 0) FROM sized WHERE size > $size OR pairs > $most",
        {"size": bounds.accounts_a_block, "most": most},
    ).fetchall()
    return Dropped(rule.words, blocks, largest)
