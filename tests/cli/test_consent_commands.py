"""``consent``, ``topic`` and ``audience``."""

import pytest

from command_line import CommandLine
from regulars_store import open_store
from suggest_world import crowd, put_accounts


@pytest.fixture
def email(regulars: CommandLine) -> str:
    """The e-mail of the first of three persons of a workspace, which has a topic."""
    regulars.begin()
    settings = regulars.directory / "regulars.toml"
    with settings.open("a", encoding="utf-8") as file:
        file.write('\n[topics.news]\ntitle = "News"\nmost = 1\ndays = 7\n')
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    put_accounts(store, crowd(3, twice=0))
    with store.read() as connection:
        row = connection.exec_driver_sql("SELECT email_folded FROM account ORDER BY id LIMIT 1").one()
    store.close()
    return str(row[0])


def test_consents_are_written_down_shown_and_asked_by_an_audience(regulars: CommandLine, email: str) -> None:
    assert regulars("consent", "grant", email).code == 2
    said = regulars.done("consent", "grant", email, "--source", "a form", "--at", "2026-01-02").out
    assert "granted (marketing)" in said and "at 1 address is written down" in said
    again = regulars.done(
        "consent", "grant", email, "--source", "a form", "--at", "2026-01-02", "--json"
    ).json
    assert (again["already"], again["addresses"], again["state"]) == (True, 1, "granted")
    shown = regulars.done("consent", "show", email).out
    assert "email: marketing, news" in shown and email not in shown and "2026-01-02 00:00 granted" in shown
    full = regulars.done("consent", "show", email, "--contacts", "--json").json
    assert [one["address"] for one in full["words"]] == [email]
    assert full["open"] == {"email": ["marketing", "news"], "phone": []}
    withdrawn = regulars.done("consent", "withdraw", email, "--topic", "news", "--json").json
    assert withdrawn["topic"] == "news"
    assert regulars.done("consent", "show", email, "--json").json["open"]["email"] == ["marketing"]


def test_topics_audiences_and_lists_are_told_in_plain_words(regulars: CommandLine, email: str) -> None:
    listed = regulars.done("topic", "list").out.splitlines()
    assert listed == [
        "marketing: All advertising; at least 0 and no upper bound in 30 days",
        "news: News; at least 0 and at most 1 in 7 days",
    ]
    assert regulars.done("topic", "report", "news").out == "0 heard of it too often, 0 too seldom.\n"
    path = regulars.directory / "list.csv"
    path.write_text(f"email,state,at\n{email},granted,2026-01-02\nx,granted,2026-01-02\n", encoding="utf-8")
    refused = regulars("consent", "import", str(path))
    assert (refused.code, "line 3: its e-mail is none" in refused.err) == (1, True)
    path.write_text(f"email,state,at\n{email},granted,2026-01-02\n", encoding="utf-8")
    assert "Lines: 1; new: 1; about" in regulars.done("consent", "import", str(path)).out
    made = regulars.done("audience", "number_of_orders >= 0", "--topic", "news", "--json").json
    assert (made["topic"], made["marked"], made["file"]) == ("news", False, "")
    assert regulars("audience", "--topic", "news").code == 1
    assert regulars("audience", "number_of_orders >= 0").code == 2
