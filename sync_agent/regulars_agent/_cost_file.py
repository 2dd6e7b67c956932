"""CSV files of what goods cost, read with every bad line named. Pure."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO

from regulars_mapping import MisconfiguredError, fold_text, from_minor, minor_digits
from regulars_store._costs import ProductCost

LARGEST_FILE = 16 * 1024 * 1024
MOST_FAULTS = 20
"""Bad lines that are told one by one; of more their number."""
_MOST = 10**15
_LONGEST = 200
_EXPECTED = "It begins with the line sku,cost, parted by commas, semicolons or tabs."


class _FaultError(Exception):
    """What is wrong with a line."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: Mapping[str, str]


def read_costs(content: bytes, currency: str) -> list[ProductCost]:
    """What goods cost by a CSV file with the columns ``sku`` and ``cost``; sums are of this currency.

    The same SKU twice is fine where the cost is the same. Raises MisconfiguredError that names every bad line
    and what to write there.
    """
    if len(content) > LARGEST_FILE:
        raise MisconfiguredError(f"it is larger than {LARGEST_FILE // 2**20} MB; split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MisconfiguredError(f"it is no UTF-8 text (byte {error.start}); save it as UTF-8") from error
    found: dict[str, tuple[int, ProductCost]] = {}
    faults: list[str] = []
    comma = _delimiter(text) != ","
    for line in _lines(text):
        try:
            cost = _cost(line.cells, currency, comma=comma)
        except _FaultError as fault:
            faults.append(f"line {line.number}: {fault}")
            continue
        first, known = found.setdefault(cost.sku_folded, (line.number, cost))
        if known.cost != cost.cost:
            faults.append(f"line {line.number}: SKU {cost.sku} has another cost in line {first}")
    if faults:
        more = f" and {len(faults) - MOST_FAULTS} more lines" if len(faults) > MOST_FAULTS else ""
        raise MisconfiguredError("; ".join(faults[:MOST_FAULTS]) + more + ". Nothing was kept.")
    if not found:
        raise MisconfiguredError(f"there is no product in it. {_EXPECTED}")
    return [cost for _, cost in found.values()]


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return next((each for each in ";\t" if each in first), ",")


def _lines(text: str) -> Iterator[_Line]:
    rows = csv.reader(StringIO(text.replace("\0", "\ufffd")), delimiter=_delimiter(text), strict=True)
    try:
        names = [name.strip().casefold() for name in next(rows, [])]
        if sorted(names) != ["cost", "sku"]:
            raise MisconfiguredError(f"line 1: its names must be these two: sku, cost. {_EXPECTED}")
        for row in rows:
            if any(cell.strip() for cell in row):
                # One with another number of cells is refused by what it lacks or has too many.
                cells = dict(zip(names, row, strict=False)) if len(row) == len(names) else {}
                yield _Line(rows.line_num, cells)
    except csv.Error as error:
        raise MisconfiguredError(f"line {rows.line_num}: this is no CSV ({error})") from error


def _cost(cells: Mapping[str, str], currency: str, *, comma: bool) -> ProductCost:
    if not cells:
        raise _FaultError("it does not have two columns")
    sku = cells["sku"].strip()
    folded = fold_text(sku)
    if not folded:
        raise _FaultError("there is no SKU; write it as the shop has it")
    if len(sku) > _LONGEST:
        raise _FaultError(f"the SKU has more than {_LONGEST} signs")
    written = cells["cost"].strip()
    # Where commas do not part the columns, they may be decimal ones.
    cost = _minor(written.replace(",", ".") if comma else written, written, currency)
    return ProductCost(sku, folded, cost, currency, "csv")


def _minor(text: str, written: str, currency: str) -> int:
    try:
        amount = Decimal(text)
        scaled = amount.scaleb(minor_digits(currency))
    except ArithmeticError:
        raise _FaultError(f"{written[:20]!r} is no cost; write it like 12.50") from None
    if not scaled.is_finite() or not 0 <= scaled <= _MOST:
        raise _FaultError(f"{written[:20]!r} is no cost; write 0 or more, like 12.50")
    if from_minor(int(scaled), currency) != amount:
        raise _FaultError(
            f"{written[:20]!r} is finer than {currency} allows: {minor_digits(currency)} decimals"
        )
    return int(scaled)
