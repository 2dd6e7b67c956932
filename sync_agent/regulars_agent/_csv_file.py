"""CSV files for spreadsheets and mail tools: nothing that people typed becomes a formula in them."""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from regulars_mapping import MisconfiguredError, PermanentError, plain

_PHONE = re.compile(r"\+\d{4,15}")
# Spreadsheets take the wide signs for the common ones, and skip white space before them.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_UNSEEN = ("\t", "\r", "\n")


def safe_cell(value: object) -> str:
    """What stands in a cell: a text on one line, an apostrophe before what a spreadsheet would calculate.

    Numbers stay numbers, also below zero, and a phone as it is kept here (``+380671112233``) a phone. None is
    an empty cell.
    """
    if not isinstance(value, str):
        return "" if value is None else str(value)
    line = plain(value)
    calculated = line.lstrip().startswith(_FORMULA) and not _PHONE.fullmatch(line)
    return f"'{line}" if calculated or value.startswith(_UNSEEN) else line


def write_csv(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]], *, marked: bool = True
) -> int:
    """Write a new file that only its owner can read; how many rows. UTF-8, ``marked`` as such for Excel; mail
    tools take the mark for a part of the first column's name.

    Raises PermanentError where there is a file already, MisconfiguredError where it cannot be written. What
    breaks off leaves no half of a file.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise PermanentError(f"{path} is there already and was left as it is. Name another file.") from None
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        with os.fdopen(handle, "w", encoding=_encoding(marked=marked), errors="replace", newline="") as file:
            return _write(file, columns, rows)
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise _not_written(path, error) from error
        raise


def _encoding(*, marked: bool) -> str:
    return "utf-8-sig" if marked else "utf-8"


def _write(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    writer, count = csv.writer(file), 0
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        count += 1
    return count


def _not_written(path: Path, error: OSError) -> MisconfiguredError:
    return MisconfiguredError(f"{path} cannot be written: {error.strerror}. Choose another place.")
