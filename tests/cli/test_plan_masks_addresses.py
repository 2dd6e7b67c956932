"""A plan shows that a coupon moves to another address, and shows no address."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console

from regulars_cli._masking import masked_email
from regulars_cli._push import _document, print_operation
from regulars_store import StoredOperation


def moved(before: list[str] | None, after: list[str] | None) -> StoredOperation:
    def document(emails: list[str] | None) -> Mapping[str, Any] | None:
        return None if emails is None else {"code": "reg-a", "email_restrictions": emails}

    verb = "create" if before is None else "delete" if after is None else "update"
    head = ("op", "plan", 0, "1:7", "coupon", "reg-a", verb, document(before), document(after), "12")
    return StoredOperation(*head, "Silver: 5 %", "planned", None, 0, None)


def printed(operation: StoredOperation) -> list[str]:
    out = Console(file=io.StringIO(), width=200)
    print_operation(out, operation)
    assert isinstance(out.file, io.StringIO)
    return [line.strip() for line in out.file.getvalue().splitlines()[1:]]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (["vera@example.com"], ["nina@example.com"], "for v…@example.com → n…@example.com"),
        ([], ["nina@example.com"], "for everybody, bound to nobody → n…@example.com"),
        (["*@example.com"], ["nina@example.com"], "for *@example.com → n…@example.com"),
        (["nora@example.com"], ["nina@example.com"], "for n…@example.com → n…@example.com (another address)"),
        (["[bold]x"] * 7, ["nina@example.com"], "for …, …, …, …, …, and 2 more → n…@example.com"),
    ],
)
def test_a_coupon_that_moves_shows_from_whom_to_whom_masked(
    before: list[str], after: list[str], line: str
) -> None:
    assert printed(moved(before, after)) == [line]


def test_whom_a_new_or_a_removed_coupon_is_for_is_said_by_the_customer_s_number() -> None:
    assert printed(moved(None, ["nina@example.com"])) == ["code: – → reg-a"]
    assert printed(moved(["nina@example.com"], None)) == ["code: reg-a → –"]


def test_what_is_empty_before_and_after_is_left_out() -> None:
    head = ("op", "plan", 0, "1:7", "coupon", "reg-a", "create", None)
    made = {"code": "reg-a", "date_expires": "", "excluded": [], "free": False, "limit": 0}
    lines = printed(StoredOperation(*head, made, "12", "Silver: 5 %", "planned", None, 0, None))
    assert lines == ["code: – → reg-a", "free: – → False", "limit: – → 0"]
    changed = printed(
        StoredOperation(*head[:6], "update", {"ends_at": None}, {"ends_at": ""}, *("", "", "", None, 0, None))
    )
    assert changed == []


def test_json_masks_addresses_too() -> None:
    document = _document(moved(["vera@example.com"], ["nina@example.com"]))
    assert document["before"]["email_restrictions"] == ["v…@example.com"]
    assert document["document"] == {"code": "reg-a", "email_restrictions": ["n…@example.com"]}
    assert _document(moved(None, ["nina@example.com"]))["before"] is None


def test_what_was_written_by_hand_shows_that_it_changes_and_little_of_what_it_is() -> None:
    before = {"family_name": "", "given_name": "Olena", "phone": "", "email": "", "property:a": "x"}
    after = {
        "family_name": "Shevchenko",
        "given_name": "Olha",
        "phone": "+380671234567",
        "email": "olha@example.com",
        "property:a": "[b]y",
    }
    head = ("op", "plan", 0, "1:7", "profile", "7", "update", before, after, "7")
    operation = StoredOperation(*head, "written by hand", "planned", None, 0, None)
    assert printed(operation) == [
        "email: – → o…@example.com",
        "family_name: – → S…",
        "given_name: O… → O… (another)",
        "phone: – → …67",
        "property a: … → … (another)",
    ]
    assert _document(operation)["document"] == {
        "family_name": "S…",
        "given_name": "O…",
        "phone": "…67",
        "email": "o…@example.com",
        "property:a": "…",
    }


@pytest.mark.parametrize(("given", "shown"), [("a@b@example.com", "a…@example.com"), ("", "…"), ("@", "…@")])
def test_what_is_no_address_is_masked_too(given: str, shown: str) -> None:
    assert masked_email(given) == shown
