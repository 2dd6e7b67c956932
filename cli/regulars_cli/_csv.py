"""CSV files for spreadsheets: nothing that people typed becomes a formula in them."""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from regulars_cli._plain import plain
from regulars_mapping import MisconfiguredError

_PHONE = re.compile(r"\+\d{4,15}")
# Spreadsheets take the wide signs for the common ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """The text on one line, with an apostrophe before what a spreadsheet would calculate."""
    line = plain(text)
    calculated = line.lstrip().startswith(_FORMULA) and not _PHONE.fullmatch(line)
    return f"'{line}" if calculated else line


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a new file that only its owner can read; how many rows. UTF-8 with a mark, as Excel wants it.

    Raises MisconfiguredError where the file is there already or cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise MisconfiguredError(
            f"{path} is there already and was left as it is. Name another file."
        ) from None
    except OSError as error:
        raise MisconfiguredError(f"{path} cannot be written: {error.strerror}.") from error
    count = 0
    with os.fdopen(handle, "w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([safe_cell(cell) for cell in row])
            count += 1
    return count
