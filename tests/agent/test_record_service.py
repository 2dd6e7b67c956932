"""The record written by hand, in a shop that gives discounts."""

from typing import Any

import pytest
from sqlalchemy import select

from agent_world import World
from regulars_agent import (
    Workspace,
    add_property,
    derive,
    derive_anew,
    enable_programme,
    end_property,
    field_history,
    find_persons,
    person_card,
    persons_with_status,
    properties,
    set_complete_rule,
    set_field,
)
from regulars_mapping import PermanentError, Property, PropertyType, RecordStatus, SkipError
from regulars_store import digest, resolve_all, tables
from suggest_world import crowd, put_accounts

OWNER = "the owner"
VISION = Property("vision", "Eyesight", PropertyType.NUMBER, required=True, sensitive=True)


@pytest.fixture
def people(empty_workspace: Workspace) -> Workspace:
    """A store of nine persons with an account each."""
    put_accounts(empty_workspace.store, crowd(9, twice=0))
    derive(empty_workspace)
    return empty_workspace


def anybody(workspace: Workspace) -> str:
    with workspace.store.read() as connection:
        return str(connection.scalar(select(tables.account.c.id).order_by(tables.account.c.id).limit(1)))


def write(workspace: Workspace, field: str, value: Any, **options: Any) -> Any:
    return set_field(workspace, anybody(workspace), field, value, who=OWNER, **options)


def contents(workspace: Workspace) -> str:
    with workspace.store.read() as connection:
        return digest(connection)


def test_what_it_changes_about_offers_is_computed_at_once_and_said(people: Workspace) -> None:
    today = people.clock().strftime("--%m-%d")
    birthday = {"kind": "birthday", "key": "b", "title": "B", "percent": "10"}
    enable_programme(people, birthday, who=OWNER)
    with people.store.write() as connection:
        connection.execute(tables.shop.update().values(options={"checks_emails": "yes"}))
    derive_anew(people)
    rehearsed = write(people, "birth_date", today, dry_run=True)
    done = write(people, "birth_date", today)
    assert rehearsed.offers == done.offers
    (changed,) = done.offers
    assert (changed.account, changed.before, changed.after["percent"]) == (anybody(people), None, 1000)
    assert derive(people).offers_changed == 0
    assert write(people, "birth_date", today).offers == ()
    assert [each.after for each in write(people, "birth_date", None).offers] == [None]


def test_a_field_is_written_at_once_and_given_back(people: Workspace) -> None:
    before = contents(people)
    done = write(people, "email", "other@example.org", why="she said so")
    assert (done.already, done.before, done.value, done.rehearsed) == (
        False,
        None,
        "other@example.org",
        False,
    )
    card = person_card(people, done.person)
    assert card is not None
    assert card.person["email"] == "other@example.org"
    assert card.person["sources"]["email"] == {"account": done.account, "rule": "manual"}
    (written,) = card.written
    assert (written.field, written.who, written.why) == ("email", OWNER, "she said so")
    assert "other@example.org" not in repr((done, card.written))
    assert write(people, "email", "other@example.org").already
    write(people, "email", None)
    assert write(people, "email", None).already
    card = person_card(people, done.person)
    assert card is not None
    assert "other@example.org" not in str(card.person)
    assert contents(people) != before  # the journal keeps both edits


def test_the_audit_names_what_was_written_and_never_the_value(people: Workspace) -> None:
    done = write(people, "family_name", "Secretkova")
    with people.store.read() as connection:
        row = connection.execute(select(tables.audit).order_by(tables.audit.c.id.desc())).first()
    assert row is not None
    assert (row.action, row.subject, row.who) == ("person set", done.person, OWNER)
    assert row.detail["field"] == "family_name"
    assert "Secretkova" not in str(row)


def test_a_rehearsal_leaves_no_trace(people: Workspace) -> None:
    before = contents(people)
    done = write(people, "manager", "Olha", dry_run=True)
    assert (done.rehearsed, done.edit, done.already) == (True, None, False)
    assert contents(people) == before
    add_property(people, VISION, who=OWNER, dry_run=True)
    set_complete_rule(people, ["name", "gender"], who=OWNER, dry_run=True)
    assert contents(people) == before


def test_what_is_written_by_hand_is_found_by_it(people: Workspace) -> None:
    done = write(people, "email", "Other@Example.org")
    write(people, "phone", "+380 67 123 45 67")
    write(people, "card_number", "4000-1234")
    for text in ("other@example.org", "+380671234567", "4000 1234", "40001234"):
        assert [one["id"] for one in find_persons(people, text)] == [done.person], text


def test_one_part_of_a_company_is_written_beside_the_others(people: Workspace) -> None:
    write(people, "company", {"name": "Optyka", "hours": "9-18"})
    write(people, "company.tax_id", "12345678")
    assert write(people, "company.hours", None).value == {"name": "Optyka", "tax_id": "12345678"}
    with pytest.raises(PermanentError, match="A company has"):
        write(people, "company.fax", "1")


def test_what_a_field_does_not_take_changes_nothing(people: Workspace) -> None:
    before = contents(people)
    for field, value in (("birth_date", "--02-30"), ("shoe", "1"), ("shoe", None), ("property:x", None)):
        with pytest.raises(PermanentError):
            write(people, field, value)
    with pytest.raises(SkipError):
        set_field(people, "nobody@example.com", "manager", "Olha", who=OWNER)
    with pytest.raises(PermanentError, match="at most"):
        write(people, "manager", "Olha", why="x" * 2000)
    assert contents(people) == before


def test_whoever_lacks_what_is_wanted_waits_in_the_list_with_what_is_missing(people: Workspace) -> None:
    assert persons_with_status(people, RecordStatus.CONTROL) == []
    assert add_property(people, VISION, who=OWNER) is None
    change = set_complete_rule(people, ["name", "birth_date|gender"], who=OWNER, why="opticians")
    assert change.after == ("name", "birth_date|gender", "property:vision")
    assert change.persons == 9
    assert set_complete_rule(people, ["name", "birth_date | gender"], who=OWNER).persons == 0
    derive(people)
    waiting = persons_with_status(people, RecordStatus.CONTROL)
    assert len(waiting) == 9
    assert {tuple(one["missing"]) for one in waiting} == {("birth_date|gender", "property:vision")}
    pages = persons_with_status(people, RecordStatus.CONTROL, limit=4)
    last = (pages[-1]["name_folded"], pages[-1]["id"])
    assert [*pages, *persons_with_status(people, RecordStatus.CONTROL, after=last)] == waiting
    with people.store.write() as connection:
        is_theirs = tables.account.c.person_id == waiting[0]["id"]
        (gone,) = connection.scalars(select(tables.account.c.id).where(is_theirs))
        connection.execute(tables.erased_account.insert().values(account_id=gone, token="of nobody"))
    assert persons_with_status(people, RecordStatus.CONTROL) == waiting[1:]
    with people.store.write() as connection:
        connection.execute(tables.erased_account.delete())
    write(people, "gender", "f")
    done = write(people, "property:vision", "-2,5")
    assert (done.status, done.missing, done.value) == ("entered", (), "-2.5")
    assert len(persons_with_status(people, RecordStatus.CONTROL)) == 8
    before = contents(people)
    resolve_all(people.store)
    derive(people)
    assert contents(people) == before


def test_a_property_that_ends_is_not_shown_and_its_values_come_back_with_it(people: Workspace) -> None:
    add_property(people, VISION, who=OWNER)
    done = write(people, "property:vision", "1.5")
    end_property(people, "vision", who=OWNER)
    assert properties(people) == {}
    assert properties(people, ended=True) == {"vision": VISION}
    card = person_card(people, done.person)
    assert card is not None
    assert card.written == []
    with pytest.raises(PermanentError, match="no property 'vision'"):
        write(people, "property:vision", "2")
    with pytest.raises(PermanentError, match="holds number"):
        add_property(people, Property("vision", "Eyesight", PropertyType.TEXT), who=OWNER)
    add_property(people, VISION, who=OWNER)
    card = person_card(people, done.person)
    assert card is not None
    assert [(one.title, one.value, one.sensitive) for one in card.written] == [("Eyesight", "1.5", True)]
    assert field_history(people, done.person, "property:vision").sensitive


def test_two_properties_cannot_go_to_the_shops_by_one_name(people: Workspace) -> None:
    one, other = (
        Property(key, key, PropertyType.TEXT, push_to=name) for key, name in (("a", "note"), ("b", "Note"))
    )
    add_property(people, one, who=OWNER)
    for dry_run in (True, False):
        with pytest.raises(PermanentError, match=r"Property a goes to the shops as note .* b … --push-to"):
            add_property(people, other, who=OWNER, dry_run=dry_run)
    assert add_property(people, one, who=OWNER) == one
    end_property(people, "a", who=OWNER)
    assert add_property(people, other, who=OWNER) is None
    with pytest.raises(PermanentError, match="Property b goes to the shops as Note"):
        add_property(people, one, who=OWNER)


def test_who_is_archived_has_no_offer_until_the_next_order(told: World) -> None:
    account = f"{told.shop.id}:4"
    assert told.coupon_of(4) is not None
    done = set_field(told.workspace, account, "archived", "yes", who=OWNER)
    assert done.status == "archived"
    assert account not in {row[0] for row in told.rows("offer", "id")}
    told.plan()
    assert told.apply().complete
    assert not [found for found in told.coupons() if (found.document or {})["mark"] == "4"]
    assert [grant[0] for grant in told.grants_of(4)] == ["withdrawn"]
    told.assert_settled()

    told.double.place_order(items=[(90_001, 10)], customer_id=4)
    told.refresh()
    card = person_card(told.workspace, account)
    assert card is not None
    assert card.person["status"] == "entered"
    told.plan()
    assert told.apply().complete
    assert told.coupon_of(4) is not None


def test_the_history_of_a_field_has_what_the_shop_said_and_what_was_written(world: World) -> None:
    account = f"{world.shop.id}:2"
    world.staff("PUT", "customers/2", {"first_name": "Olga"})
    world.refresh()
    world.reread(2)
    set_field(world.workspace, account, "given_name", "Olha", who=OWNER, why="spells it so")
    set_field(world.workspace, account, "given_name", None, who=OWNER)
    found = field_history(world.workspace, account, "given_name")
    assert [(one.source, one.value) for one in found.versions] == [
        ("by hand", None),
        ("by hand", "Olha"),
        ("tea", "Olga"),
        ("tea", "Olena"),
    ]
    assert found.versions[1].why == "spells it so"
    assert found.unread == {}
    assert "Olha" not in repr(found)
    with pytest.raises(PermanentError, match="no field"):
        field_history(world.workspace, account, "shoe")


def test_a_shop_that_cannot_be_opened_hides_no_edit(world: World) -> None:
    account = f"{world.shop.id}:2"
    set_field(world.workspace, account, "given_name", "Olha", who=OWNER)
    for name in ("consumer_key", "consumer_secret"):
        world.workspace.secrets.delete("tea", name)
    found = field_history(world.workspace, account, "given_name")
    assert [one.value for one in found.versions] == ["Olha"]
    assert list(found.unread) == ["tea"]
