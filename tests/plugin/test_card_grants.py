"""The codes, coupons and cards of a customer: shown with all that became of them, attached by a scanner."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from sqlalchemy import insert

from plugin.site_world import LISTING, Shops, login, person_named, texts
from regulars_store import Store, tables
from wagtail_regulars._workspace import workspace

SCANNED = "4006381 333931"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def hanna(people: Shops) -> str:
    """The id of a customer with one account."""
    return person_named(people, "Щербак")


@pytest.fixture
def editor(site: None) -> Client:
    """Somebody who may write about customers."""
    return login("access_admin", "view_customers", "view_contact_data", "edit_customers")


def shown(client: Client, person: str) -> list[list[str]]:
    """The rows of the table, cell by cell."""
    page = texts(client.get(f"{LISTING}{person}/").content)
    rows = page.select("#grants tbody tr, section[id^=grants] tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])] for row in rows]


def give(store: Store, account: str, **changes: Any) -> None:
    now = workspace().clock()
    row = {
        "id": "g1",
        "account_id": account,
        "shop_id": int(account.partition(":")[0]),
        "programme_key": "birthday",
        "programme_version": 2,
        "code": "reg-7kqm2xwz4abc",
        "percent": 1250,
        "state": "given",
        "orders": 1,
        "given_at": now - timedelta(days=9),
    }
    with store.write() as connection:
        connection.execute(insert(tables.grant), [{**row, **changes}])


def account_of(person: str) -> str:
    with workspace().store.read() as connection:
        mine = tables.account.select().where(tables.account.c.person_id == person)
        return min(row.id for row in connection.execute(mine) if row.registered)


def test_what_a_scanner_reads_is_attached_shown_with_who_and_taken_away(hanna: str, editor: Client) -> None:
    form = texts(editor.get(f"{LISTING}{hanna}/code/").content)
    field = form.find("input", attrs={"name": "code"})
    assert field is not None
    assert (field.has_attr("autofocus"), field["autocomplete"]) == (True, "off")
    given = {"code": f" {SCANNED}", "account": account_of(hanna), "unchecked": "on"}
    page = editor.post(f"{LISTING}{hanna}/code/", given, follow=True)
    assert page.redirect_chain[0][0].endswith("#grants-section")
    (row,) = shown(editor, hanna)
    assert (row[0], row[2]) == (SCANNED, "Given")
    assert "attached by hand" in row[5]
    grant = workspace().store
    with grant.read() as connection:
        (made,) = connection.execute(tables.grant.select()).all()
        noted = connection.execute(tables.audit.select()).all()[-1]
    assert (made.kind, noted.action, noted.who) == ("by_hand", "grant attach", made.who)
    # Attached once more: it is theirs already, and nothing is written.
    editor.post(f"{LISTING}{hanna}/code/", given)
    page = editor.post(f"{LISTING}{hanna}/code/{made.id}/withdraw/", follow=True)
    assert [row[2] for row in shown(editor, hanna)] == ["Withdrawn"]


def test_every_state_is_shown_with_its_times_its_reason_and_the_orders_that_used_it(
    people: Shops, hanna: str, editor: Client
) -> None:
    store, account, now = workspace().store, account_of(hanna), workspace().clock()
    past = now - timedelta(days=2)
    give(store, account)
    give(store, account, id="g2", code="reg-b", percent=0, amount=50_00, currency="UAH", valid_until=past)
    give(store, account, id="g3", code="reg-c", state="replaced", withdrawn_at=past, replaced_by="g1")
    give(store, account, id="g4", code=SCRIPT, state="planned")
    with store.write() as connection:
        use = {"grant_id": "g1", "order_id": "1:999", "at": past, "discount": 12_50, "currency": "UAH"}
        connection.execute(insert(tables.grant_use), [use])
    rows = {row[0]: row for row in shown(editor, hanna)}
    assert {code: row[2].split(" order")[0] for code, row in rows.items()} == {
        "reg-7kqm2xwz4abc": "Used",
        "reg-b": "Expired",
        "reg-c": "Replaced",
        SCRIPT: "Planned",
    }
    used = rows["reg-7kqm2xwz4abc"]
    assert (used[1], used[5]) == ("12.5 %", "birthday, version 2")
    assert "order 999" in used[2]
    assert "₴12.50" in used[2] or "12.50 ₴" in used[2]
    assert SCRIPT not in editor.get(f"{LISTING}{hanna}/").content.decode()


def test_what_is_refused_stands_beside_the_form_in_words(hanna: str, editor: Client) -> None:
    give(workspace().store, "1:424242")
    for code, words in (("reg 7kqm 2xwz 4abc", "somebody else's"), ("x", "3 to 64")):
        given = {"code": code, "account": account_of(hanna)}
        page = editor.post(f"{LISTING}{hanna}/code/", given)
        assert page.status_code == 200
        assert words in texts(page.content).get_text(" ")
    foreign = {"code": SCANNED, "account": "1:424242", "unchecked": "on"}
    assert editor.post(f"{LISTING}{hanna}/code/", foreign).status_code == 200
    with workspace().store.read() as connection:
        assert len(connection.execute(tables.grant.select()).all()) == 1
