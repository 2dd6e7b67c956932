"""Consents in a workspace: written down, imported, kept through merges and erasures, asked by audiences."""

import csv
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from agent_world import World
from regulars_agent import (
    Channel,
    ConsentsImported,
    Settings,
    Standing,
    TopicSettings,
    Workspace,
    consents,
    derive,
    erase_person,
    grant_consent,
    import_consents,
    make_audience,
    merge_persons,
    split_person,
    topic_report,
    topics,
    withdraw_consent,
)
from regulars_mapping import ConsentWord, MisconfiguredError, PermanentError, SkipError
from regulars_store import digest, tables
from shop_objects import Counter, contact, customer, open_counter

SAID: dict[str, Any] = {"who": "Iryna"}
TILL: dict[str, Any] = {"source": "a form at the till", **SAID}
NEWS = {"news": TopicSettings(title="News", least=1, most=2, days=30)}
PHONE = "+380501112233"


@pytest.fixture
def counter(empty_workspace: Workspace) -> Counter:
    """Ann with two accounts, Bob, and Cleo, whom nobody asked; a topic is set."""
    workspace = empty_workspace
    workspace.settings = Settings(**{**dict(workspace.settings), "topics": NEWS})
    made = open_counter(workspace.store)
    ann = [contact(name, phone=PHONE, given_name="Ann", family_name="Koval") for name in ("ann", "anna")]
    made.land(customer("1", contact=ann[0]), customer("2", contact=ann[1]))
    made.land(customer("3", contact=contact("bob")), customer("4", contact=contact("cleo")))
    derive(workspace)
    return made


def profiles(workspace: Workspace) -> None:
    """A profile of everybody, so that expressions find them."""
    profile = tables.person_profile
    with workspace.store.write() as connection:
        known = set(connection.scalars(select(profile.c.person_id)))
        lists = {name: [] for name in ("shops", "labels", "categories")}
        counts = dict.fromkeys(("orders", "orders_365d", "returned_orders", "refused_cod"), 0)
        words = {"currency": "UAH", "frequency": "none", "kind": "person", "status": "entered"}
        for id_ in set(connection.scalars(select(tables.person.c.id))) - known:
            row = {"person_id": id_, "properties": {}, "stopped": False, **words, **counts, **lists}
            connection.execute(insert(profile).values(row))


def sent_to(workspace: Workspace, place: Path, **options: Any) -> list[str]:
    """The addresses that an audience of everybody writes into its file."""
    profiles(workspace)
    path = place / f"{len(list(place.iterdir()))}.csv"
    asked: dict[str, Any] = {"expression": "number_of_orders = 0", "topic": "news", **SAID, **options}
    made = make_audience(workspace, path=path, **asked)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert made.persons == len(rows)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return sorted(row["email"] or row["phone"] for row in rows)


def test_an_opt_in_names_its_address_and_where_it_was_given_and_a_withdrawal_takes_all(
    counter: Counter, empty_workspace: Workspace
) -> None:
    workspace = empty_workspace
    with pytest.raises(PermanentError, match="has 2 addresses; name the e-mail"):
        grant_consent(workspace, "1:1", **TILL)
    with pytest.raises(PermanentError, match="Say where"):
        grant_consent(workspace, "ann@example.com", source=" ", **SAID)
    with pytest.raises(PermanentError, match="no topic 'tea'; there are: marketing, news"):
        grant_consent(workspace, "bob@example.com", topic="tea", **TILL)
    with pytest.raises(PermanentError, match="Give a moment past"):
        grant_consent(workspace, "bob@example.com", at=workspace.clock() + timedelta(days=1), **TILL)
    with pytest.raises(SkipError):
        withdraw_consent(workspace, "nobody@example.com", **SAID)
    given = grant_consent(workspace, " Ann@Example.com ", note="signed", **TILL)
    assert (given.account, given.addresses, given.already) == ("1:1", ("ann@example.com",), False)
    card = consents(workspace, "1:2")
    assert card.open == {"email": ["marketing", "news"], "phone": []}
    (said,) = card.words
    assert (said.source, said.who, said.evidence) == ("a form at the till", "Iryna", {"note": "signed"})
    assert "example.com" not in repr(card) + repr(said) + repr(given)
    taken = withdraw_consent(workspace, "1:2", topic="news", **SAID)
    assert taken.addresses == ("ann@example.com", "anna@example.com")
    card = consents(workspace, PHONE)
    assert card.open == {"email": ["marketing"], "phone": []}
    assert {one.topics["news"] for one in card.addresses if one.channel == "email"} == {Standing.CLOSED}
    assert counter.marks("facts") == {card.person}


def test_merging_and_splitting_changes_nobodys_consent(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    workspace = empty_workspace
    for name in ("bob", "cleo"):
        grant_consent(workspace, f"{name}@example.com", **TILL)
    withdraw_consent(workspace, "ann@example.com", **SAID)
    assert sent_to(workspace, tmp_path) == ["bob@example.com", "cleo@example.com"]
    before = counter.rows(tables.consent)
    merge_persons(workspace, ["1:1", "1:3"], who="Olha", why="one household")
    assert sent_to(workspace, tmp_path) == ["cleo@example.com"]
    split_person(workspace, "1:3", ["1:3"], who="Olha", why="a mistake")
    assert sent_to(workspace, tmp_path) == ["bob@example.com", "cleo@example.com"]
    assert counter.rows(tables.consent) == before


def test_a_list_is_imported_once_and_whole_or_not_at_all(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    workspace, path = empty_workspace, tmp_path / "list.csv"
    path.write_text(
        "\ufeffEmail;Phone;State;At;Topic;Note\n"
        "BOB@example.com;;subscribed;2026-01-02;;spring fair\n"
        ";050 111 22 33;granted;2026-01-02T10:00+02:00;;\n\n"
        "later@example.com;;unsubscribed;;;\n"
        "cleo@example.com;;granted;2026-01-03;news;\n",
        encoding="utf-8",
    )
    written = datetime(2026, 2, 1, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    with pytest.raises(PermanentError, match="line 3: its phone is no number"):
        import_consents(workspace, path, source="mail tool", who="Iryna")
    assert counter.rows(tables.consent) == []
    path.write_text(path.read_text(encoding="utf-8").replace("050 111", "+38050 111"), encoding="utf-8")
    os.utime(path, (written, written))
    told: dict[str, Any] = {"source": "mail tool", "who": "Iryna"}
    assert import_consents(workspace, path, dry_run=True, **told) == ConsentsImported(4, 0, 1)
    assert import_consents(workspace, path, **told) == ConsentsImported(4, 4, 1)
    rows = {row["address_folded"]: row for row in counter.rows(tables.consent)}
    assert (rows["bob@example.com"]["account_id"], rows["bob@example.com"]["evidence"]) == (
        "1:3", {"note": "spring fair"},
    )  # fmt: skip
    assert rows[PHONE]["at"] == datetime(2026, 1, 2, 8, tzinfo=UTC)
    assert (rows["later@example.com"]["account_id"], rows["later@example.com"]["at"].day) == ("", 1)
    later = ConsentWord(
        kind="email", address="later@example.com", state="granted", at=datetime(2026, 1, 5, tzinfo=UTC)
    )
    counter.land(customer("9", contact=contact("later"), consents=(later,)))
    derive(workspace)
    assert import_consents(workspace, path, **told) == ConsentsImported(4, 0, 0)
    assert consents(workspace, "later@example.com").open["email"] == []
    assert sent_to(workspace, tmp_path) == ["bob@example.com", "cleo@example.com"]
    assert sent_to(workspace, tmp_path, channel=Channel.PHONE) == [PHONE]


REFUSED = (
    ("", "its head must name"),
    ("state,mail\n", "no column 'mail'; use email, phone"),
    ("state,email,email\n", "stands there twice"),
    ("state,email\n", "nothing in the file"),
    ("state,email\nmaybe,a@example.com", "line 2: its state is none of: granted"),
    ("state,email\ngranted,a@example.com", "line 2: it has no date"),
    ("state,email,at\ngranted,a@example.com,02.03.2026", "line 2: its date is none"),
    ("state,email,at\ngranted,a@example.com,2999-01-01", "line 2: its date is still to come"),
    ("state,email\nwithdrawn,nobody", "line 2: its e-mail is none"),
    ("state,email,phone\nwithdrawn,a@example.com,+380501112233", "line 2: it must have"),
    ("state,email,topic\nwithdrawn,a@example.com,tea", "line 2: its topic is none of: marketing, news"),
    ("state,email\n" + "maybe,a@example.com\n" * 9, "and 4 more lines"),
)


def test_a_list_that_cannot_be_meant_is_refused_with_line_and_reason(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    for text, said in REFUSED:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(PermanentError, match=said) as caught:
            import_consents(empty_workspace, path, source="x", who="Iryna")
        assert "a@example.com" not in str(caught.value)
    assert counter.rows(tables.consent) == []


def test_files_that_are_none_are_refused(empty_workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("state,email\nwithdrawn,é@example.com".encode("latin-1"))
    with pytest.raises(PermanentError, match="is not UTF-8"):
        import_consents(empty_workspace, path, source="x", who="Iryna")
    with pytest.raises(MisconfiguredError, match="cannot be read"):
        import_consents(empty_workspace, tmp_path / "none.csv", source="x", who="Iryna")


def test_nobody_hears_of_a_topic_more_often_than_its_bounds_and_who_hears_too_seldom_is_told(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    workspace = empty_workspace
    clock: Any = workspace.clock
    for name in ("bob", "cleo"):
        grant_consent(workspace, f"{name}@example.com", topic="news", **TILL)
    for _ in range(2):
        assert len(sent_to(workspace, tmp_path, mark_sent=True)) == 2
        clock.forward(days=1)
    assert sent_to(workspace, tmp_path, mark_sent=True) == []
    asked: dict[str, Any] = {"expression": "number_of_orders = 0", "topic": "news", **SAID}
    assert make_audience(workspace, **asked).left_out == {
        "excluded": 0, "withdrawn": 0, "not_asked": 1, "waiting": 2,
    }  # fmt: skip
    assert topic_report(workspace, "news").counts == {"too_many": 0, "too_few": 0}
    clock.forward(days=29)
    assert len(sent_to(workspace, tmp_path)) == 2
    clock.forward(days=2)
    report = topic_report(workspace, "news", limit=1)
    assert (report.counts, len(report.persons)) == ({"too_many": 0, "too_few": 2}, 1)
    assert [(topic.key, topic.most) for topic in topics(workspace)] == [("marketing", None), ("news", 2)]


def test_an_audience_is_refused_in_words_and_leaves_nothing(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    workspace, path = empty_workspace, tmp_path / "list.csv"
    grant_consent(workspace, "bob@example.com", **TILL)
    profiles(workspace)
    with pytest.raises(PermanentError, match="not both"):
        make_audience(workspace, topic="news", **SAID)
    with pytest.raises(PermanentError, match="no topic"):
        make_audience(workspace, topic="nothing", expression="number_of_orders = 0", **SAID)
    with pytest.raises(PermanentError, match="At character 1"):
        make_audience(workspace, topic="news", expression="number_of_oders = 0", **SAID)
    with pytest.raises(SkipError, match="no segment"):
        make_audience(workspace, topic="news", segment="tea", **SAID)
    path.write_text("mine")
    with pytest.raises(PermanentError, match="there already"):
        make_audience(
            workspace, topic="news", expression="number_of_orders = 0", path=path, mark_sent=True, **SAID
        )
    assert (path.read_text(), counter.rows(tables.sending)) == ("mine", [])


def test_no_name_in_the_list_is_a_formula(
    counter: Counter, empty_workspace: Workspace, tmp_path: Path
) -> None:
    evil = {"given_name": "=HYPERLINK(1)", "family_name": "@SUM(1)"}
    word = ConsentWord(kind="email", address="=1+1@example.com", state="granted")
    counter.land(customer("9", contact=contact("x", email="=1+1@example.com", **evil), consents=(word,)))
    derive(empty_workspace)
    assert sent_to(empty_workspace, tmp_path) == ["'=1+1@example.com"]
    (written,) = tmp_path.glob("*.csv")
    text = written.read_text(encoding="utf-8")
    assert text.splitlines()[1].startswith("'=1+1@example.com,,'=HYPERLINK(1),'@SUM(1),")


def test_an_erased_person_is_in_no_audience_and_their_words_name_nobody(told: World) -> None:
    workspace, account = told.workspace, f"{told.shop.id}:1"
    grant_consent(workspace, "person1@example.com", note="Person One signed", **TILL)
    grant_consent(workspace, "person2@example.com", **TILL)
    erased = erase_person(workspace, account, who="Olha", why="asked for it")
    with told.store.read() as connection:
        rows = [dict(row) for row in connection.execute(select(tables.consent)).mappings()]
        before = digest(connection)
    mine = next(row for row in rows if row["account_id"] == account)
    assert mine["address_folded"].startswith(erased.token)
    assert "person1" not in str(rows) and "Person One" not in str(rows)
    assert consents(workspace, account).open == {"email": [], "phone": []}
    assert consents(workspace, "person2@example.com").open["email"] == ["marketing"]
    with pytest.raises(PermanentError, match="no e-mail that could be written to"):
        grant_consent(workspace, account, **TILL)
    with told.store.read() as connection:
        assert digest(connection) == before
