"""Who may be one person without the rules seeing it: Splink over a temporary DuckDB file.

One thread and a memory limit; what does not fit goes to the disk, into a folder for this user alone, which is
deleted at the end. The same accounts give the same answer, in any order.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from regulars_agent._suggest_blocking import Bounds, Dropped, block
from regulars_agent._suggest_comparisons import (
    TRAITS,
    Trait,
    column_name,
)
from regulars_agent._suggest_fields import Columns, Described, columns_of
from regulars_agent._suggest_training import Model, linker, train
from regulars_mapping import STANDARD_GUARD

_BATCH = 5_000
_HOUSEHOLD = 20
"""Accounts that may share a door, a phone or a name before the @; what more share is nobody's own."""
_TYPES = {"forms": ("INTEGER[]", pa.list_(pa.int32())), "mail_named": ("BOOLEAN", pa.bool_())}
_TEXT = ("VARCHAR", pa.string())
_SCHEMA = pa.schema([(name, _TYPES.get(name, _TEXT)[1]) for name in Columns._fields])


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was found of one trait, in words, and what it weighs in bits: above 0 it speaks for one person."""

    trait: str
    finding: str
    bits: float


@dataclass(frozen=True, slots=True)
class Scored:
    """Two accounts that may be one person's; ``a`` sorts before ``b``.

    ``bits`` is ``prior`` and all of the evidence added up, ``probability`` the same as 0 to 1.
    """

    a: str
    b: str
    bits: float
    probability: float
    prior: float
    evidence: tuple[Weighed, ...]


@dataclass(frozen=True, slots=True)
class Scoring:
    """What a run found: the best pairs first, and what it went by."""

    pairs: tuple[Scored, ...]
    accounts: int
    compared: int
    learnt: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    model: str
    """A digest of the weights."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a run: the longest queue (or its share of the accounts, whichever is less), the least
    probability, and megabytes of memory."""

    longest: int
    share: float = 1.0
    least: float = 0.5
    memory: int = 512
    bounds: Bounds = field(default_factory=Bounds)


def score(
    accounts: Iterable[Described],
    *,
    limits: Limits,
    barred: Iterable[tuple[str, str]] = (),
    pause: Callable[[], None] = lambda: None,
) -> Scoring:
    """The likeliest pairs of accounts of different persons, at most one for two persons.

    ``barred`` are pairs of persons, in either order, that were decided to be different. ``accounts`` is read
    once, as a stream. ``pause`` is called between the steps, every few seconds, and may end it by raising.
    """
    with _scratch(limits.memory) as connection:
        count = _load(connection, accounts, pause)
        _bar(connection, barred)
        _withhold(connection, limits.bounds)
        dropped = block(connection, bounds=limits.bounds, pause=pause)
        model = train(connection, pause=pause)
        compared = _without_the_known(connection)
        pause()
        longest = min(limits.longest, int(count * limits.share))
        found = _predicted(connection, model, limits, longest) if compared else ()
    return Scoring(found, count, compared, model.learnt, tuple(dropped), _digest(model))


@contextmanager
def _scratch(memory: int) -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory(prefix="regulars-suggest-") as folder:
        place = Path(folder)
        connection = duckdb.connect(
            str(place / "scratch.duckdb"),
            config={
                "threads": 1,
                "memory_limit": f"{memory}MB",
                "temp_directory": str(place / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            # It would stand in the middle of an answer on standard output.
            connection.execute("SET enable_progress_bar = false")
            yield connection
        finally:
            connection.close()


def _load(
    connection: duckdb.DuckDBPyConnection, accounts: Iterable[Described], pause: Callable[[], None]
) -> int:
    columns = ", ".join(f"{name} {_TYPES.get(name, _TEXT)[0]}" for name in Columns._fields)
    connection.execute(f"CREATE TABLE loaded ({columns})")
    remaining = iter(accounts)
    count = 0
    while rows := [columns_of(one) for one in islice(remaining, _BATCH)]:
        arrays = [
            pa.array(values, field.type)
            for values, field in zip(zip(*rows, strict=True), _SCHEMA, strict=True)
        ]
        connection.register("batch", pa.Table.from_arrays(arrays, schema=_SCHEMA))
        connection.execute("INSERT INTO loaded SELECT * FROM batch")
        connection.unregister("batch")
        count += len(rows)
        pause()
    return count


def _bar(connection: duckdb.DuckDBPyConnection, barred: Iterable[tuple[str, str]]) -> None:
    connection.execute("CREATE TABLE barred (a VARCHAR, b VARCHAR)")
    pairs = [sorted(pair) for pair in barred]
    if pairs:
        rows = pa.table({"a": [a for a, _ in pairs], "b": [b for _, b in pairs]})
        connection.register("batch", rows)
        connection.execute("INSERT INTO barred SELECT DISTINCT a, b FROM batch")
        connection.unregister("batch")


def _withhold(connection: duckdb.DuckDBPyConnection, bounds: Bounds) -> None:
    """Make ``record``: what too many share says nothing (a post branch, an office's phone, info@)."""
    connection.execute(
        """
        CREATE TABLE record AS SELECT * REPLACE (
            CASE WHEN count(*) OVER (PARTITION BY phone) <= $accounts
                AND (SELECT count(DISTINCT mail_box || '@' || mail_host) FROM loaded AS other
                     WHERE other.phone = loaded.phone) <= $emails THEN phone END AS phone,
            CASE WHEN count(*) OVER (PARTITION BY mail_box) <= $household THEN mail_box END AS mail_box,
            CASE WHEN count(*) OVER (PARTITION BY mailbox) <= $household THEN mailbox END AS mailbox,
            CASE WHEN crowded THEN NULL ELSE street END AS street,
            CASE WHEN crowded THEN NULL ELSE number END AS number,
            CASE WHEN crowded THEN NULL ELSE unit END AS unit)
        FROM (SELECT *, count(*) OVER (PARTITION BY street, number, unit, city, postcode) > $household
                AND (street IS NOT NULL OR number IS NOT NULL) AS crowded FROM loaded) AS loaded
        ORDER BY unique_id""",
        {
            "accounts": STANDARD_GUARD.accounts_a_key,
            "emails": STANDARD_GUARD.emails_a_phone,
            "household": _HOUSEHOLD,
        },
    )
    connection.execute("DROP TABLE loaded")
    for name, key in (("birth", "birth"), ("whole", "whole"), ("place", "postcode || '/' || number")):
        connection.execute(f"ALTER TABLE record ADD COLUMN {name}_block VARCHAR")
        connection.execute(
            f"UPDATE record SET {name}_block = {key} WHERE {key} IN "  # noqa: S608  our own constants
            f"(SELECT {key} FROM record GROUP BY 1 HAVING count(*) <= $size)",
            {"size": bounds.accounts_a_block},
        )


def _without_the_known(connection: duckdb.DuckDBPyConnection) -> int:
    """Leave the pairs of two persons that nobody decided to be different; how many."""
    connection.execute("""
        CREATE OR REPLACE TABLE pairs AS SELECT pairs.* FROM pairs
        JOIN record AS l ON l.unique_id = join_key_l JOIN record AS r ON r.unique_id = join_key_r
        WHERE l.person <> r.person AND NOT EXISTS (SELECT 1 FROM barred
            WHERE a = least(l.person, r.person) AND b = greatest(l.person, r.person))
        ORDER BY join_key_l, join_key_r""")
    ((count,),) = connection.execute("SELECT count(*) FROM pairs").fetchall()
    return int(count)


def _predicted(
    connection: duckdb.DuckDBPyConnection, model: Model, limits: Limits, longest: int
) -> tuple[Scored, ...]:
    splink, api = linker(connection, model.settings)
    splink.table_management.register_blocked_pairs_for_predict(api.register("pairs"))
    result = splink.inference.predict(threshold_match_probability=limits.least, warning_mode="never")
    traits = [column_name(trait) for trait in TRAITS]
    columns = ", ".join(
        f"gamma_{name}, mw_{name}, " + (f"mw_tf_adj_{name}" if _by_rarity(comparison) else "0::DOUBLE")
        for name, comparison in zip(traits, model.settings["comparisons"], strict=True)
    )
    query = f"""
        SELECT unique_id_l, unique_id_r, round(match_weight, 6), match_probability, {columns}
        FROM {result.physical_name}
        QUALIFY row_number() OVER (
            PARTITION BY least(person_l, person_r), greatest(person_l, person_r)
            ORDER BY round(match_weight, 6) DESC, unique_id_l, unique_id_r) = 1
        ORDER BY 3 DESC, 1, 2 LIMIT {longest}"""  # noqa: S608  our own constants and a name of Splink's
    return tuple(_scored(row) for row in connection.execute(query).fetchall())


def _by_rarity(comparison: Mapping[str, Any]) -> bool:
    """Whether rare values weigh more in it: then Splink tells how much more, in a column of its own."""
    return any("tf_adjustment_column" in level for level in comparison["comparison_levels"])


def _scored(row: tuple[Any, ...]) -> Scored:
    a, b, bits, probability, *findings = row
    evidence = tuple(
        Weighed(
            trait.name,
            _words(trait, findings[3 * place]),
            round(sum(findings[3 * place + 1 : 3 * place + 3]), 3),
        )
        for place, trait in enumerate(TRAITS)
        if findings[3 * place] >= 0
    )
    prior = round(bits - sum(one.bits for one in evidence), 3)
    return Scored(a, b, bits, round(probability, 6), prior, evidence)


def _words(trait: Trait, value: int) -> str:
    return trait.findings[len(trait.findings) - 1 - value].words


def _digest(model: Model) -> str:
    weights = orjson.dumps(model.settings, option=orjson.OPT_SORT_KEYS)
    return blake2b(weights, digest_size=8).hexdigest()
