"""What a store held at one moment, put into an empty one: a hundredth of the work of landing it again."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect

from sqlalchemy import make_url

from regulars_store import Store, tables

_NAMES = [table.name for table in tables.metadata.sorted_tables]
_NUMBERED = [table.name for table in tables.metadata.sorted_tables if "id" in table.c]


@dataclass(frozen=True)
class StoreCopy:
    """A SQLite file, or PostgreSQL's tables that are not empty, and where the numbering of rows stands."""

    file: bytes = b""
    rows: tuple[tuple[str, bytes], ...] = ()
    numbers: tuple[tuple[str, int, bool], ...] = ()


def copy_of(store: Store) -> StoreCopy:
    """What the store holds; nobody else may be using it."""
    store.close()
    return _file_of(store) if store.dialect == "sqlite" else _rows_of(store)


def put_into(store: Store, copy: StoreCopy) -> None:
    """The same into a store of the same kind, whose tables are there and empty."""
    store.close()
    if store.dialect == "sqlite":
        _path(store).write_bytes(copy.file)
    else:
        _put_rows(store, copy)


def _path(store: Store) -> Path:
    name = make_url(store.url).database
    assert name
    return Path(name)


def _file_of(store: Store) -> StoreCopy:
    path = _path(store)
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not path.with_name(f"{path.name}-wal").exists()
    return StoreCopy(file=path.read_bytes())


def _rows_of(store: Store) -> StoreCopy:
    import psycopg

    rows, numbers = [], []
    with psycopg.connect(store.url) as connection:
        for name in _NAMES:
            with connection.cursor().copy(f'COPY "{name}" TO STDOUT'.encode()) as copy:
                if found := b"".join(bytes(piece) for piece in copy):
                    rows.append((name, found))
        for name in _NUMBERED:
            (sequence,) = connection.execute(f"SELECT pg_get_serial_sequence('\"{name}\"', 'id')".encode())
            if sequence[0]:
                (stands,) = connection.execute(f"SELECT last_value, is_called FROM {sequence[0]}".encode())
                numbers.append((sequence[0], *stands))
    return StoreCopy(rows=tuple(rows), numbers=tuple(numbers))


def _put_rows(store: Store, kept: StoreCopy) -> None:
    import psycopg

    with psycopg.connect(store.url) as connection:
        for name, rows in kept.rows:
            with connection.cursor().copy(f'COPY "{name}" FROM STDIN'.encode()) as copy:
                copy.write(rows)
        standing = ", ".join(f"setval('{name}', {last}, {called})" for name, last, called in kept.numbers)
        connection.execute(f"SELECT {standing}".encode())
