"""What is written and decided from a customer's card."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

import regulars_store as store_face
from plugin.site_world import LISTING, Shops, login, person_named, sections, texts
from regulars_agent import (
    add_property,
    add_reminder,
    add_stop,
    erase_person,
    identity_journal,
    person_card,
    readmit,
    set_complete_rule,
    set_field,
)
from regulars_mapping import Property, PropertyType
from regulars_store import Suggested, tables
from wagtail_regulars._workspace import workspace

EDITOR = ("access_admin", "view_customers", "view_contact_data", "edit_customers")
DECIDER = ("access_admin", "view_customers", "view_contact_data", "decide_identity")


@pytest.fixture
def hanna(people: Shops) -> str:
    """The id of Hanna, who has an account in one shop and was a guest in the other."""
    return person_named(people, "Щербак")


@pytest.fixture
def editor(site: None) -> Client:
    """Somebody who may write about customers."""
    return login(*EDITOR)


def act(client: Client, person: str, deed: str, **values: Any) -> str:
    """Do something from the card; the messages that the next page shows."""
    page = client.post(f"{LISTING}{person}/{deed}/", values, follow=True)
    assert page.status_code == 200, page.content[:2_000]
    assert page.redirect_chain, texts(page.content).get_text(" ")[-2_000:]
    return " ".join(str(message) for message in page.context["messages"])


def refused(client: Client, person: str, deed: str, **values: Any) -> str:
    """Try something that is refused; what stands beside the form."""
    page = client.post(f"{LISTING}{person}/{deed}/", values)
    assert page.status_code == 200
    return str(texts(page.content).get_text(" "))


def card(person: str) -> Any:
    return person_card(workspace(), person)


def test_a_field_is_written_shown_with_who_and_why_and_given_back(hanna: str, editor: Client) -> None:
    act(editor, hanna, "set/birth_date", birth_date="1988-05-17", why="her passport")
    act(editor, hanna, "set/name", given_name="Ганна", family_name="Щербак-Коваль", why="")
    profile = sections(editor, hanna)["profile"]
    user = User.objects.get().username
    assert f"Birth date 17 May 1988 written by {user} on the site on" in profile.replace(
        "May 17, 1988", "17 May 1988"
    )
    assert "her passport" in profile
    assert "Name Ганна Щербак-Коваль" in profile
    written = {one.field for one in card(hanna).written}
    assert written == {"birth_date", "family_name"}, "the given name goes on following the shops"
    assert "no birth date that there can be" in refused(editor, hanna, "set/birth_date", birth_date="May 40")
    act(editor, hanna, "set/name", back="on", given_name="", family_name="", why="")
    assert card(hanna).person["family_name"] == "Щербак"
    told = texts(editor.get(f"{LISTING}{hanna}/history/name/").content).get_text(" ")
    assert "Щербак-Коваль" in told
    assert "given back to the shops" in told
    assert editor.get(f"{LISTING}{hanna}/set/nothing/").status_code == 404
    assert editor.get(f"{LISTING}nobody/set/name/").status_code == 404


def test_what_is_missing_and_the_owner_s_own_fields_are_shown_and_written(hanna: str, editor: Client) -> None:
    vision = Property("vision", "Eyesight", PropertyType.NUMBER, required=True, sensitive=True)
    choice = Property("frame", "Frame", PropertyType.CHOICE, choices=("round", "square"))
    for each in (vision, choice):
        add_property(workspace(), each, who="Olha")
    set_complete_rule(workspace(), ["name", "gender|birth_date"], who="Olha")
    act(editor, hanna, "set/gender", gender="f", why="")
    assert "Incomplete Missing: Eyesight" in sections(editor, hanna)["profile"]
    act(editor, hanna, "set/property:vision", **{"property:vision": "-2.5", "why": ""})
    act(editor, hanna, "set/property:frame", **{"property:frame": "round", "why": ""})
    profile = sections(editor, hanna)["profile"]
    assert "Complete" in profile
    assert "Eyesight -2.5" in profile
    assert "-2.5" not in sections(login("access_admin", "view_customers"), hanna)["profile"]
    act(editor, hanna, "set/company", name="Optyka", tax_id="1234567890", why="")
    assert "Tax number 1234567890" in sections(editor, hanna)["profile"]
    act(editor, hanna, "set/archived", archived="yes", why="")
    assert card(hanna).person["status"] == "archived"


def test_talks_and_reminders_are_written_and_done_with(hanna: str, editor: Client) -> None:
    act(editor, hanna, "talk", kind="call", direction="in", text="Asked for decaf")
    day = (workspace().clock() + timedelta(days=3)).date()
    act(editor, hanna, "reminder", kind="call", day=day.isoformat(), text="Decaf is here", owner="")
    shown = sections(editor, hanna)
    assert "Call from them" in shown["talks"]
    assert "Asked for decaf" in shown["talks"]
    assert "Decaf is here" in shown["reminders"]
    masked = sections(login("access_admin", "view_customers"), hanna)
    assert "decaf" not in str(masked).casefold()
    record = card(hanna)
    act(editor, hanna, f"reminder/{record.reminders[0].number}/done")
    act(editor, hanna, f"talk/{record.interactions[0].number}/back", why="")
    record = card(hanna)
    assert (record.reminders, record.interactions) == ((), ())


def test_the_stop_list_takes_offers_away_and_gives_them_back(hanna: str, editor: Client) -> None:
    act(editor, hanna, "stop", reason="refused three parcels", until="")
    shown = sections(editor, hanna)
    assert "On the stop-list: nothing is offered" in shown["profile"]
    assert "Nothing is offered while" in shown["offers"]
    (entry,) = card(hanna).stop_list
    act(editor, hanna, f"stop/{entry.number}/lift", why="paid")
    assert not card(hanna).stopped
    assert "cannot become" in refused(editor, hanna, f"stop/{entry.number}/confirm", why="")
    assert editor.get(f"{LISTING}{hanna}/stop/{entry.number}/jump/").status_code == 404


def test_a_merge_is_shown_before_it_is_done_and_can_be_taken_back(
    people: Shops, hanna: str, site: None
) -> None:
    decider = login(*DECIDER)
    asked = {"other": "olena@example.com", "why": "a mistake at the till"}
    rehearsed = texts(decider.post(f"{LISTING}{hanna}/merge/", asked).content).get_text(" ")
    assert "different given names" in rehearsed
    assert "100.00" in rehearsed
    assert len(card(hanna).accounts) == 2
    assert "one customer now" in act(decider, hanna, "merge", **asked, confirmed="yes")
    merged = card(f"{people.tea.shop.id}:7")
    assert len(merged.accounts) == 3
    (act_of,) = identity_journal(workspace(), merged.person["id"])
    assert act_of.who == f"{User.objects.get().username} on the site"
    assert "Taken back" not in sections(decider, merged.person["id"])["who"]
    number = act_of.lines[0].number
    act(decider, merged.person["id"], f"undo/{number}", why="two people", confirmed="yes")
    assert "Taken back" in sections(decider, hanna)["who"]
    assert len(card(hanna).accounts) == 2
    guest = next(row["id"] for row in card(hanna).accounts if not row["registered"])
    act(decider, hanna, "split", accounts=guest, why="a neighbour", confirmed="yes")
    assert len(card(hanna).accounts) == 1
    assert "There is no person" in refused(decider, hanna, "merge", other="nobody@example.com", why="x")


def test_a_suggestion_is_answered(people: Shops, hanna: str, site: None) -> None:
    decider = login(*DECIDER)
    hers, other = (f"{people.tea.shop.id}:{number}" for number in (7, 8))
    waterfall = {"prior": -10.0, "steps": [["name", "same family name", 12.0]]}
    with people.store.write() as connection:
        found = [Suggested(hers, other, 5.0, 0.97, waterfall)]
        store_face.replace_suggestions(connection, found, model="m", now=workspace().clock())
    (suggested,) = card(hanna).suggestions
    who = sections(decider, hanna)["who"]
    assert "May be the same person (97 %): Olena Koval, olena@example.com" in who
    assert "same family name" in who
    assert "would" not in act(decider, hanna, f"suggestion/{suggested.id}/refuse", why="")
    assert card(hanna).suggestions == ()
    assert "does not wait any more" in refused(decider, hanna, f"suggestion/{suggested.id}/accept", why="")


def deeds(person: str) -> list[str]:
    edits = ["set/name", "set/company", "talk", "talk/1/back", "reminder", "reminder/1/done", "stop"]
    decided = ["merge", "split", "undo/1", "suggestion/abc/accept", "suggestion/abc/refuse"]
    held = ["code", "code/abc/withdraw"]
    return [f"{LISTING}{person}/{deed}/" for deed in (*edits, "stop/1/lift", *held, *decided)]


def test_nobody_does_anything_without_its_permission_nor_without_the_form(hanna: str, site: None) -> None:
    add_reminder(workspace(), hanna, workspace().clock().date(), who="Olha")
    clients = {
        "viewer": login("access_admin", "view_customers", "view_contact_data"),
        "blind": login("access_admin", "view_customers", "edit_customers", "decide_identity"),
    }
    for client in clients.values():
        for place in deeds(hanna):
            assert client.get(place).status_code == 302
            assert client.post(place, {"why": "x"}).status_code == 302
    viewed = texts(clients["viewer"].get(f"{LISTING}{hanna}/").content)
    assert "Change" not in viewed.get_text(" ")
    assert "/merge/" not in str(viewed)
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(User.objects.create_superuser("root"))
    for place in deeds(hanna):
        assert forged.post(place, {"why": "x", "confirmed": "yes"}).status_code == 403
    for place in deeds(hanna):
        assert Client().post(place).headers["Location"].startswith("/admin/login/")
    assert len(card(hanna).reminders) == 1


def test_each_page_of_a_deed_opens_and_one_permission_does_not_open_the_other(
    hanna: str, owner: Client
) -> None:
    stop = add_stop(workspace(), hanna, "rude", who="Olha").entry.number
    set_field(workspace(), hanna, "manager", "Olha", who="Olha")
    for place in deeds(hanna):
        assert owner.get(place).status_code == 200
    assert owner.get(f"{LISTING}{hanna}/stop/{stop}/lift/").status_code == 200
    assert owner.post(f"{LISTING}{hanna}/history/manager/").status_code == 405
    assert login(*EDITOR).get(f"{LISTING}{hanna}/merge/").status_code == 302
    assert login(*DECIDER).get(f"{LISTING}{hanna}/talk/").status_code == 302


def test_what_people_write_is_text_and_never_markup(hanna: str, owner: Client) -> None:
    script = "<script>alert(1)</script>"
    act(owner, hanna, "talk", kind="note", direction="", text=script)
    act(owner, hanna, "set/manager", manager=script, why=script)
    act(owner, hanna, "stop", reason=script, until="")
    for place in (
        f"{LISTING}{hanna}/",
        f"{LISTING}{hanna}/history/manager/",
        f"{LISTING}{hanna}/set/manager/",
    ):
        page = owner.get(place).content.decode()
        assert script not in page
        assert "&lt;script&gt;" in page


def test_nothing_but_these_tables_is_written(people: Shops, hanna: str, editor: Client) -> None:
    before = people.tea.rows(tables.observation)
    act(editor, hanna, "set/email", email="new@example.org", why="")
    assert people.tea.rows(tables.observation) == before
    assert card(hanna).person["email"] == "new@example.org"


def test_of_an_erased_customer_the_card_says_so_and_nothing_can_be_done(hanna: str, owner: Client) -> None:
    act(owner, hanna, "talk", kind="note", direction="", text="Asked for decaf")
    erase_person(workspace(), hanna, who="Olha", why="asked for it")
    (gone,) = {row["person_id"] for row in card(hanna).accounts}
    page = texts(owner.get(f"{LISTING}{gone}/").content)
    told = page.get_text(" ", strip=True)
    assert "Erased on" in told
    assert "what stays are sums" in told
    assert "Nothing is offered to whoever was erased." in told
    assert not {word for word in ("Щербак", "hanna@", "decaf", "Missing:") if word in told}
    places = {link["href"] for link in page.select(".regulars-card a[href]")}
    assert not {place for place in places if place.startswith(f"{LISTING}{gone}/")}
    for place in deeds(gone):
        for answer in (owner.get(place), owner.post(place, {"why": "x", "text": "x", "confirmed": "yes"})):
            assert (answer.status_code, answer.headers["Location"]) == (302, f"{LISTING}{gone}/")
    page = owner.get(f"{LISTING}{gone}/")
    assert "They were erased" in " ".join(str(one) for one in page.context["messages"])
    assert len(card(gone).interactions) == 1
    readmit(workspace(), card(gone).erased[-1].token, who="Olha", why="came back")
    again = owner.get(f"{LISTING}{gone}/").content.decode()
    assert "let back since" in again
    assert f"{LISTING}{gone}/talk/" in again
