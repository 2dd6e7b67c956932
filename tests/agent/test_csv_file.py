"""Whatever is written as CSV is written in one place, and nothing in it is a formula."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from regulars_agent import safe_cell, write_csv
from regulars_mapping import MisconfiguredError, PermanentError

HOUSES = ("cli", "connectors", "mapping", "marketing", "plugin", "store", "sync_agent")


@pytest.mark.parametrize(
    "text",
    [
        *('=HYPERLINK("https://example.com","x")', "+1-1", "-1", "@SUM(1)", "  =1", "＝1", "+38067,1"),
        *("+", "\t=1", "\r=1", "\n=1", "\tplain", "\rplain", "\u00a0=1", "+380671112233 "),
    ],
)
def test_a_text_that_a_spreadsheet_would_calculate_is_a_text(text: str) -> None:
    assert safe_cell(text).startswith("'")
    assert not set("\t\r\n") & set(safe_cell(text))


def test_other_texts_phones_and_numbers_of_ours_stay_as_they_are() -> None:
    told = ("a=1", "+380671112233", "a\r\n=b", "", None, -5, Decimal("-12.50"), 0)
    assert [safe_cell(each) for each in told] == [
        *("a=1", "+380671112233", "a =b", "", "", "-5", "-12.50", "0")
    ]


def test_what_is_written_reads_back_cell_by_cell(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    rows = [["=1", 'say "x", then\ny', -5], ["Олена; тест", "+380671112233", None]]
    assert write_csv(file, ["name", "text", "sum"], rows) == 2
    with file.open(encoding="utf-8-sig", newline="") as opened:
        assert list(csv.reader(opened)) == [
            ["name", "text", "sum"],
            ["'=1", 'say "x", then y', "-5"],
            ["Олена; тест", "+380671112233", ""],
        ]
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(PermanentError, match="is there already"):
        write_csv(file, ["other"], [])
    assert file.read_text("utf-8-sig").startswith("name")


def test_a_file_in_no_folder_is_refused_and_one_broken_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(MisconfiguredError, match="cannot be written"):
        write_csv(tmp_path / "none" / "a.csv", ["a"], [])

    def broken() -> Iterator[list[str]]:
        yield ["first"]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_csv(tmp_path / "half.csv", ["a"], broken())
    assert not (tmp_path / "half.csv").exists()


def test_nobody_else_writes_csv() -> None:
    here = Path(__file__).parents[2]
    writers = [
        file.relative_to(here).as_posix()
        for house in HOUSES
        for file in (here / house).rglob("*.py")
        if any(word in file.read_text("utf-8") for word in ("csv.writer(", "DictWriter(", "text/csv"))
    ]
    assert writers == ["sync_agent/regulars_agent/_csv_file.py"]
