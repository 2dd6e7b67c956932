"""One file with everything that is kept about a person: complete, theirs alone, and for its owner's eyes."""

import json
import os
import stat
import tracemalloc
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Connection, inspect, select

from agent_world import World
from erasure_world import OTHER, SECOND, WORDS, known, written_about
from regulars_agent import (
    EVIDENCE_FORMAT,
    Evidence,
    Workspace,
    add_interaction,
    add_reminder,
    add_stop,
    derive,
    erase_person,
    export_evidence,
    keep_apart,
    lift_stop,
    merge_persons,
    ownership_link,
    set_field,
)
from regulars_agent import OwnershipLinks as Links
from regulars_mapping import Kind, PermanentError, SkipError
from regulars_store import EVIDENCE_LEFT_OUT, EVIDENCE_TABLES, compress, digest, shop_merged, tables
from shop_objects import (
    Counter,
    address,
    contact,
    customer,
    observed,
    open_counter,
    order,
    refund,
    review,
    skipped,
    unmappable,
)
from two_shops_world import BOUTIQUE, MARKET, two_shops

NAMES = (
    "person4@example.com",
    "Зосименко",
    "Zosymenko",
    "501112233",
    "Secretstreet",
    "Petrivna",
    "tells of 4",
)
"""What names the person, in the shops and in what people wrote; nobody else."""
OTHERS = ("person2@example.com", "person3@example.com", "reader@example.com", "Foreignstreet", "tells of 2")
HERS = contact("person4", given_name="Олена", family_name="Зосименко", phone="050 111 22 33")


@dataclass
class Archive:
    """A written file, read back."""

    written: Evidence
    head: Mapping[str, Any]
    payloads: Mapping[str, bytes]
    text: str

    @property
    def tables(self) -> Mapping[str, list[dict[str, Any]]]:
        return self.head["tables"]


def exported(workspace: Workspace, person: str, place: Path) -> Archive:
    path = place / f"{len(list(place.iterdir()))}.zip"
    written = export_evidence(workspace, person, path, who="the owner")
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    head = files.pop("evidence.json")
    return Archive(
        written, json.loads(head), files, " ".join(each.decode() for each in (head, *files.values()))
    )


def told_of(counter: Counter, who: str, place: str, number: int) -> None:
    """A guest's order with its refund and review, a basket that was left, and what nobody could read."""
    hers = HERS if who == "person4" else contact(who)
    home = address(place, family_name=hers.family_name)
    counter.land(
        order(f"{number}", contact=hers, delivery=home, billing=home),
        refund(f"{number + 1}", order_id=f"{number}", reason=f"tells of {who[-1]}"),
        review(f"{number + 2}", contact=hers),
        observed(Kind.ORDER, f"{number + 3}", 0, None),
        unmappable(Kind.ORDER, f"{number + 4}", 0),
    )
    # What gave no row holds its texts in the payload alone.
    basket = compress({"billing": {"email": hers.email.upper(), "address_1": place}})
    with counter.store.write() as connection:
        for left in (number + 3, number + 4):
            is_it = tables.observation.c.external_id == str(left)
            connection.execute(tables.observation.update().where(is_it).values(payload=basket))


@pytest.fixture
def rich(told: World) -> World:
    """Person 4 and person 2, of each everything that there can be; person 4's are one person's by hand."""
    workspace, counter = told.workspace, Counter(told.store, told.shop)
    told_of(counter, "person4", "Secretstreet 9", 700)
    told_of(counter, "person2", "Foreignstreet 1", 800)
    derive(workspace)
    day = workspace.clock().date() + timedelta(days=9)
    for number in (4, 2):
        account, words = f"{told.shop.id}:{number}", f"tells of {number}"
        add_interaction(workspace, account, words, who="Iryna")
        add_reminder(workspace, account, day, text=words, who="Iryna")
        set_field(workspace, account, "manager", words, who="Iryna", why=words)
        stop = add_stop(workspace, account, words, who="Iryna")
        lift_stop(workspace, stop.entry.number, who="Iryna", why=words)
        link = ownership_link(workspace, account, site="https://example.com/", who="Iryna").url
        assert Links(workspace).confirm(link.rpartition("/")[2]) is not None
    counter.land(customer("40", contact=contact("other4", given_name="Olena", family_name="Petrivna")))
    derive(workspace)
    merge_persons(workspace, [f"{told.shop.id}:4", f"{told.shop.id}:40"], who="Iryna", why="tells of 4")
    keep_apart(workspace, f"{told.shop.id}:4", f"{told.shop.id}:2", who="Iryna", why="they said so")
    counter.bury(Kind.CUSTOMER, "3", now=workspace.clock())
    derive(workspace)
    for number in (4, 2):
        told_by_marketing(told, f"{told.shop.id}:{number}", f"tells of {number}")
    return told


def told_by_marketing(told: World, account_id: str, words: str) -> None:
    """What marketing keeps of a person."""
    now = told.workspace.clock()
    with told.store.write() as connection:
        is_it = tables.account.c.id == account_id
        person, email = connection.execute(
            select(tables.account.c.person_id, tables.account.c.email_folded).where(is_it)
        ).one()
        held = connection.scalar(select(tables.grant.c.id).where(tables.grant.c.account_id == account_id))
        rows = {
            tables.demand: {
                "shop_id": 1, "key": words, "what": "data_request", "account_id": account_id, "orders": [],
                "at": now, "term_at": now, "due_at": now, "state": "done", "note": words, "file": "",
                "who": "",
            },
            tables.grant_use: {"grant_id": held, "order_id": account_id, "at": now, "currency": "UAH"},
            tables.segment_member: {"segment_key": "tea", "person_id": person, "since": now},
            tables.rating: {
                "person_id": person, "at": now, "score": 50, "grade": "c", "contributions": {}, "facts": {},
                "cause": {},
            },
            tables.consent: {
                "account_id": account_id, "address_kind": "email", "address_folded": email,
                "purpose": "marketing", "state": "granted", "source": "owner", "at": now,
                "evidence": {"note": words}, "who": "Iryna",
            },
            tables.sending: {
                "account_id": account_id, "topic": "tea", "address_kind": "email", "at": now, "who": "Iryna",
            },
            tables.tier_standing: {
                "account_id": account_id, "programme_key": "regulars", "level": "Gold", "threshold": 1,
                "reached_at": now, "scope": "person",
            },
            tables.exposure: {
                "account_id": account_id, "programme_key": "regulars", "amount": 1, "currency": "UAH",
                "orders": 1, "state": "reserved", "at": now, "changed_at": now,
            },
            tables.frequency_bound: {
                "account_id": account_id, "topic": "tea", "most": 1, "at": now, "who": "Iryna",
            },
        }  # fmt: skip
        told_to_a_site(connection, told, account_id)
        for table, row in rows.items():
            connection.execute(table.insert().values(row))
        portrayed(connection, person)


def portrayed(connection: Connection, person: str) -> None:
    """A profile, where there is none yet."""
    profile = tables.person_profile
    if connection.scalar(select(profile.c.person_id).where(profile.c.person_id == person)) is None:
        empty = {name: [] for name in ("shops", "labels", "categories")}
        counts = dict.fromkeys(("orders", "orders_365d", "returned_orders", "refused_cod"), 0)
        words_of = {"currency": "UAH", "frequency": "none", "kind": "person", "status": "entered"}
        connection.execute(
            profile.insert().values(
                person_id=person, properties={}, stopped=False, **words_of, **counts, **empty
            )
        )


def told_to_a_site(connection: Connection, told: World, account_id: str) -> None:
    """A change of an order's status that a site of the owner's waits for."""
    now, order_of = told.workspace.clock(), tables.order.c.account_id == account_id
    one = connection.scalars(select(tables.order.c.id).where(order_of).order_by(tables.order.c.id)).first()
    delivery = {
        "hook_id": 1, "order_id": one, "sequence": 1, "message": f"msg_{account_id}", "shop_id": told.shop.id,
        "after": "completed", "shop_after": "completed", "at": now, "state": "waiting", "tries": 0,
        "due_at": now, "problem": "",
    }  # fmt: skip
    connection.execute(tables.status_delivery.insert().values(delivery))


def plain(row: Mapping[str, Any]) -> str:
    """A row's words, its payload's too."""
    values = dict(row)
    payload = zlib.decompress(values.pop("payload")).decode() if "payload" in values else ""
    return json.dumps(values, ensure_ascii=False, default=str) + payload


def test_every_table_is_evidence_or_is_left_out_for_a_reason(empty_workspace: Workspace) -> None:
    with empty_workspace.store.read() as connection:
        there = set(inspect(connection).get_table_names())
    assert there == {*EVIDENCE_TABLES, *EVIDENCE_LEFT_OUT}
    assert not set(EVIDENCE_TABLES) & set(EVIDENCE_LEFT_OUT)
    assert all(EVIDENCE_LEFT_OUT.values())


def test_whatever_names_the_person_is_in_the_file_with_its_source_and_nobody_else(
    rich: World, tmp_path: Path
) -> None:
    with rich.store.read() as connection:
        before = digest(connection)
    found = exported(rich.workspace, "person4@example.com", tmp_path)
    _assert_only_noted(rich, found.written, before)
    _assert_all_in(rich.workspace, found, NAMES)
    _assert_alone(rich, found)
    _assert_sources(rich, found)


def _assert_all_in(workspace: Workspace, found: Archive, names: Sequence[str]) -> None:
    """A search of every table for what names the person finds only rows that are in the file."""
    with workspace.store.read() as connection:
        for table in tables.metadata.sorted_tables:
            rows = connection.execute(select(table)).mappings().all()
            naming = [row for row in rows if any(name.lower() in plain(row).lower() for name in names)]
            if table.name in EVIDENCE_LEFT_OUT:
                assert naming == [], table.name
                continue
            keys = [column.name for column in table.primary_key]
            kept = {tuple(str(row[key]) for key in keys) for row in found.tables[table.name]}
            missing = [row for row in naming if tuple(str(row[key]) for key in keys) not in kept]
            assert missing == [], table.name


def _assert_alone(rich: World, found: Archive) -> None:
    assert [each for each in OTHERS if each.lower() in found.text.lower()] == []
    accounts = {row["id"] for row in found.tables["account"]}
    assert {f"{rich.shop.id}:4", f"{rich.shop.id}:40"} < accounts
    assert len(accounts) == 3
    for name in ("order", "address", "interaction", "reminder", "stop_list_entry", "record_edit", "grant"):
        assert {row["account_id"] for row in found.tables[name]} <= accounts, name


def _assert_sources(rich: World, found: Archive) -> None:
    """Every kind of evidence is there, and where it came from."""
    without = {name for name, rows in found.tables.items() if not rows}
    assert without <= {"identity_suggestion", "tombstone", "erasure", "erased_account"}
    assert (found.head["format"], found.head["version"]) == (EVIDENCE_FORMAT, 1)
    assert found.head["shops"] == [
        {"id": rich.shop.id, "name": "tea", "platform": "woocommerce", "url": rich.shop.url}
    ]
    assert found.written.rows == {name: len(rows) for name, rows in found.tables.items()}
    observations = found.tables["observation"]
    assert [row["payload"] for row in observations] == list(found.payloads)
    assert found.written.payloads == len(observations)
    assert {row["via"] for row in observations} >= {"history", "changes"}
    assert {row["outcome"] for row in observations} == {"mapped", "skipped", "unmappable"}
    profile = next(row for row in observations if (row["kind"], row["external_id"]) == ("customer", "4"))
    assert json.loads(found.payloads[profile["payload"]])["email"] == "person4@example.com"
    actions = {row["action"] for row in found.tables["audit"]}
    assert {"person set", "reminder add", "ownership proven", "stop-list lifted"} <= actions
    assert any("merge" in action for action in actions)
    assert all(offer["proof"] for offer in found.tables["offer"])
    assert {one["kind"] for one in found.tables["identity_decision"]} == {"must_link", "cannot_link"}


def _assert_only_noted(rich: World, written: Evidence, before: str) -> None:
    """Nothing changed but the audit."""
    with rich.store.read() as connection:
        assert digest(connection) == before
        last = connection.execute(select(tables.audit).order_by(tables.audit.c.id.desc())).first()
    assert last is not None
    assert (last.action, last.subject, last.who) == ("person evidence", written.person, "the owner")
    assert written.file not in str(last.detail)


@pytest.mark.slow
def test_what_two_shops_know_is_all_in_the_file_and_after_an_erasure_names_nobody(
    empty_workspace: Workspace, tmp_path: Path
) -> None:
    with two_shops(empty_workspace) as shops:
        one = known(shops)
        shops.learn()
        written_about(one)
        shops.push()
        before = exported(empty_workspace, SECOND, tmp_path)
        _assert_all_in(empty_workspace, before, WORDS)
        assert OTHER not in before.text
        assert {shop["name"] for shop in before.head["shops"]} == {MARKET, BOUTIQUE}
        erased = erase_person(empty_workspace, one.account, who="Olha", why="asked for it")
    after = exported(empty_workspace, erased.token, tmp_path)
    assert [word for word in WORDS if word in after.text.lower()] == []
    assert [row["token"] for row in after.tables["erasure"]] == [erased.token]
    for name in ("order", "refund", "review", "observation", "grant", "record_edit", "interaction"):
        assert len(after.tables[name]) == len(before.tables[name]), name


@pytest.fixture
def counter(empty_workspace: Workspace) -> Counter:
    """An empty shop."""
    return open_counter(empty_workspace.store)


def test_who_is_gone_from_every_shop_is_found_by_account_and_by_e_mail(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    counter.land(customer("7", contact=HERS), customer("8", contact=contact("info")), customer("9"))
    derive(empty_workspace)
    counter.bury(Kind.CUSTOMER, "7", now=empty_workspace.clock())
    derive(empty_workspace)
    for text in ("1:7", "PERSON4@example.com"):
        found = exported(empty_workspace, text, tmp_path)
        assert ([row["id"] for row in found.tables["account"]], found.written.person) == (["1:7"], "")
        assert len(found.payloads) == len(found.tables["tombstone"]) == 1
    for text in ("nobody@example.com", "1:404", "", "\0"):
        with pytest.raises(SkipError):
            exported(empty_workspace, text, tmp_path)


def test_what_was_written_about_accounts_that_are_gone_is_in_their_file_whichever_is_named(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    her = {"given_name": "Олена", "family_name": "Зосименко", "phone": "+380501112233"}
    hers, called = contact("person4", **her), contact("other4", **her)
    counter.land(*(customer(f"{one}", contact=who) for one, who in ((7, hers), (8, called))))
    counter.land(customer("9"), customer("10"))
    derive(empty_workspace)
    for number in (7, 9, 10):
        add_interaction(empty_workspace, f"1:{number}", f"told by {number}", who="Iryna")
    with counter.store.write() as connection:
        words = {"shop": "tea", "kept": "1:8", "gone": "1:9", "why": "w"}
        shop_merged(connection, **words, now=empty_workspace.clock())
    for number in ("7", "9"):
        counter.bury(Kind.CUSTOMER, number, now=empty_workspace.clock())
    derive(empty_workspace)
    for named in ("1:8", "1:7", "1:9"):
        found = exported(empty_workspace, named, tmp_path)
        assert [row["id"] for row in found.tables["account"]] == ["1:7", "1:8", "1:9"], named
        assert [row["text"] for row in found.tables["interaction"]] == ["told by 7", "told by 9"]
        assert {row["external_id"] for row in found.tables["observation"]} == {"7", "8", "9"}
        assert found.written.person


def test_what_stands_under_a_shared_address_is_not_given_to_one_of_its_holders(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    shared = [contact("info", given_name=name, family_name=name * 2) for name in ("Anna", "Bohdan")]
    counter.land(*(customer(f"{number}", contact=who) for number, who in enumerate(shared, start=7)))
    counter.land(review("1", contact=shared[0]), skipped(Kind.ORDER, "5", 0))
    counter.land(customer("9", contact=contact("info", given_name="Clara")))
    derive(empty_workspace)
    counter.bury(Kind.CUSTOMER, "9", now=empty_workspace.clock())
    derive(empty_workspace)
    found = exported(empty_workspace, "1:7", tmp_path)
    assert [row["id"] for row in found.tables["account"]] == ["1:7"]
    assert (found.tables["review"], len(found.payloads)) == ([], 1)
    assert "Bohdan" not in found.text


def test_halves_of_characters_and_endless_numbers_are_kept_as_they_came(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    counter.land(customer("7", contact=HERS))
    odd = {"note": "\ud83d \0 \u202e", "number": 10**40}
    values = {"payload": compress(odd)}
    with counter.store.write() as connection:
        connection.execute(tables.observation.update().values(values))
    derive(empty_workspace)
    add_interaction(empty_workspace, "1:7", "ends in \u202e", who="Iryna")
    found = exported(empty_workspace, "1:7", tmp_path)
    (payload,) = found.payloads.values()
    assert json.loads(payload) == odd


def test_the_file_is_for_its_owner_s_eyes_and_never_in_the_place_of_another(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    counter.land(customer("7", contact=HERS))
    derive(empty_workspace)
    path, link, folder = tmp_path / "hers.zip", tmp_path / "link.zip", tmp_path / "folder"
    before = os.umask(0)
    try:
        export_evidence(empty_workspace, "1:7", path, who="the owner")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    folder.mkdir()
    link.symlink_to(tmp_path / "elsewhere.zip")
    content = path.read_bytes()
    for taken in (path, link, folder):
        with pytest.raises(PermanentError, match="there already"):
            export_evidence(empty_workspace, "1:7", taken, who="the owner")
    for nowhere in (tmp_path / "no" / "a.zip", path / "a.zip", tmp_path / ("a" * 300)):
        with pytest.raises(Exception, match="cannot be written"):
            export_evidence(empty_workspace, "1:7", nowhere, who="the owner")
    with pytest.raises(SkipError):
        export_evidence(empty_workspace, "1:404", tmp_path / "nobody.zip", who="the owner")
    assert path.read_bytes() == content
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.endswith((".zip", ".part"))) == [
        "hers.zip",
        "link.zip",
    ]


def heavy(number: int) -> Iterator[bytes]:
    """Payloads of 100 kB that do not compress."""
    for _ in range(number):
        yield compress({"noise": os.urandom(50_000).hex()})


def test_it_takes_no_more_memory_for_more_payloads(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    counter.land(customer("7", contact=HERS))
    derive(empty_workspace)
    with counter.store.write() as connection:
        one = dict(connection.execute(select(tables.observation)).mappings().one())
        del one["id"]
        rows = ({**one, "sequence": 2 + place, "payload": each} for place, each in enumerate(heavy(150)))
        for row in rows:
            connection.execute(tables.observation.insert().values(row))
    tracemalloc.start()
    try:
        written = export_evidence(empty_workspace, "1:7", tmp_path / "a.zip", who="the owner")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (written.payloads, written.bytes > 7_000_000) == (151, True)
    assert peak < 4_000_000
