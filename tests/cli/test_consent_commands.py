"""``consent``, ``topic`` and ``audience``."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from command_line import CommandLine
from regulars_store import add_consents, open_store, tables
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


def test_what_a_shop_is_to_be_told_names_accounts_and_masks_addresses(
    regulars: CommandLine, email: str
) -> None:
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    with store.write() as connection:
        row = connection.execute(select(tables.account.c.id, tables.account.c.shop_id).order_by("id")).first()
        assert row is not None
        shop = connection.scalar(select(tables.shop.c.name).where(tables.shop.c.id == row.shop_id))
        connection.execute(update(tables.shop).values(platform="shopify"))
        connection.execute(update(tables.account).values(registered=True))
        word = {
            "account_id": row.id, "address_kind": "email", "address_folded": email, "purpose": "marketing",
            "state": "granted", "source": f"shop:{row.shop_id}", "at": datetime(2026, 1, 2, tzinfo=UTC),
            "evidence": {}, "who": "shop",
        }  # fmt: skip
        add_consents(connection, [word])
    assert "told of 0 withdrawals" in regulars.done("consent", "changes", str(shop)).out
    regulars.done("consent", "withdraw", email, "--source", "a call", "--at", "2026-02-03")
    said = regulars.done("consent", "changes", str(shop)).out
    assert "is to be told of 1 withdrawals and 0 opt-ins." in said and email not in said
    assert "granted since 2026-01-02; withdrawn on 2026-02-03 (a call)" in said
    (change,) = regulars.done("consent", "changes", str(shop), "--contacts", "--json").json["changes"]
    assert (change["address"], change["before"], change["after"]) == (email, "granted", "withdrawn")
    with store.write() as connection:
        connection.execute(update(tables.shop).values(platform="woocommerce"))
    store.close()
    assert "keeps no consents" in regulars.done("consent", "changes", str(shop)).out
    assert regulars("consent", "changes", "nowhere").code == 1


def test_a_person_has_bounds_of_their_own_and_a_date_for_the_next(regulars: CommandLine, email: str) -> None:
    assert "Give --least" in regulars("topic", "bounds", email, "news").err
    set_ = regulars.done("topic", "bounds", email, "news", "--most", "2", "--days", "60", "--json").json
    assert (set_["rhythm"], set_["own"], set_["already"]) == (
        {"least": 0, "most": 2, "days": 60},
        True,
        False,
    )
    again = regulars.done("topic", "bounds", email, "news", "--most", "2", "--days", "60").out
    assert (
        "hears of news at least 0 and at most 2 in 60 days, of their own. That stood there already." in again
    )
    refused = regulars("topic", "bounds", email, "news", "--least", "3", "--most", "2")
    assert refused.code == 1 and "less than least, 3" in refused.err
    assert regulars("topic", "bounds", email, "nwes", "--most", "2").code == 1
    plan = regulars.done("topic", "plan", email).out.splitlines()
    assert (
        plan[1] == "news: at least 0 and at most 2 in 60 days (their own); heard 0 times; may not be sent it"
    )
    regulars.done("consent", "grant", email, "--source", "a form", "--at", "2026-01-02")
    assert "the next may go now" in regulars.done("topic", "plan", email).out
    back = regulars.done("topic", "bounds", email, "news", "--as-topic").out
    assert "at most 1 in 7 days, as the topic has it. Written down." in back
