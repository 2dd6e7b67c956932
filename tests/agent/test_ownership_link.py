"""Links that prove whose an account is: what a good one gives, and that nothing else gives it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, event

from agent_world import PROGRAMME, Clock
from regulars_agent import (
    OwnershipLink,
    OwnershipLinks,
    Storefront,
    Workspace,
    derive,
    disconnect_shop,
    enable_programme,
    explain_persons,
    ownership_link,
    set_field,
    storefront_key,
    withdraw_ownership,
)
from regulars_mapping import Kind, PermanentError, SkipError
from regulars_store import digest, land, row_counts, tables
from shop_objects import Counter, contact, customer, day, open_counter, order

SITE = "https://www.example.com/regulars"
VICTIM = contact("victim", phone="+380 50 111 22 33")


@dataclass
class Stage:
    """The victim bought in the shop coffee as a guest; account 7 of the shop tea was registered with their
    e-mail, and nobody knows by whom."""

    workspace: Workspace
    tea: Counter
    coffee: Counter
    account: str

    def link(self, account: str = "") -> OwnershipLink:
        return ownership_link(self.workspace, account or self.account, site=SITE, who="the owner")

    def token(self, account: str = "") -> str:
        return self.link(account).url.rpartition("/")[2]

    def confirm(self, token: str) -> bool:
        """Pressed as a browser does that came from nowhere: nothing is remembered."""
        links = OwnershipLinks(self.workspace)
        looked, asked = links.look(token), links.confirm(token)
        assert (looked is None) == (asked is None)
        return asked is not None

    def proofs(self) -> list[Any]:
        return list(self.tea.rows(tables.ownership_proof))

    def percent(self) -> int:
        """What the shop's offer for account 7 comes to."""
        derive(self.workspace)
        return int(self.tea.row(tables.offer, id=self.account)["percent"])

    def forward(self, **span: float) -> None:
        clock = self.workspace.clock
        assert isinstance(clock, Clock)
        clock.forward(**span)

    def moves_to(self, who: str, changed: float) -> None:
        """The account gets another e-mail in its shop."""
        self.tea.land(customer("7", changed, contact=contact(who)))


@pytest.fixture
def stage(empty_workspace: Workspace) -> Iterator[Stage]:
    counters = [open_counter(empty_workspace.store, name=name) for name in ("tea", "coffee")]
    with empty_workspace.store.write() as connection:
        connection.execute(tables.shop.update().values(currency="UAH", zone="Europe/Kyiv"))
    enable_programme(empty_workspace, PROGRAMME, who="the owner")
    made = Stage(empty_workspace, *counters, f"{counters[0].shop.id}:7")
    made.tea.land(customer("7", contact=VICTIM), customer("8", contact=contact("olena")))
    made.coffee.land(order("555", contact=VICTIM, goods=1_200_000, total=1_200_000, placed_at=day(0)))
    assert made.percent() == 0
    yield made


def test_a_confirmed_link_lets_the_account_profit_from_the_person_s_other_shops(stage: Stage) -> None:
    assert stage.confirm(stage.token())
    assert stage.percent() == 1_000
    offer = stage.tea.row(tables.offer, id=stage.account)
    assert (offer["scope"], stage.link().known) == ("person", "mail")
    sides = explain_persons(stage.workspace, stage.account, stage.account)
    assert {each.id: each.ownership for each in sides.a.accounts}[stage.account] == "mail"
    (proof,) = stage.proofs()
    assert (proof["account_id"], proof["how"], proof["void_since"]) == (stage.account, "mail", None)


def test_the_shop_is_planned_for_without_anything_else_happening(stage: Stage) -> None:
    set_field(stage.workspace, stage.account, "phone", "+380 67 765 43 21", who="Iryna")
    person, shop = stage.tea.row(tables.account, id=stage.account)["person_id"], stage.tea.shop.id

    def withdraw() -> bool:
        return withdraw_ownership(stage.workspace, stage.account, who="Iryna")

    for change in (lambda: stage.confirm(stage.token()), withdraw):
        stage.tea.forget_marks()
        assert change()
        # The phone written by hand goes to accounts of known ownership only.
        for due in ("facts", f"offers:{shop}", f"profiles:{shop}"):
            assert stage.tea.marks(due) == {person}, due


def test_opening_proves_nothing_however_often(stage: Stage) -> None:
    token, links = stage.token(), OwnershipLinks(stage.workspace)
    with stage.tea.store.read() as connection:
        before = (digest(connection), row_counts(connection))
    for _ in range(20):
        asked = links.look(token)
        assert asked is not None
        assert (asked.shop, asked.confirmed) == ("tea", False)
    with stage.tea.store.read() as connection:
        assert (digest(connection), row_counts(connection)) == before
    assert stage.percent() == 0


def test_the_same_link_twice_is_one_proof(stage: Stage) -> None:
    token = stage.token()
    assert [stage.confirm(token) for _ in range(3)] == [True] * 3
    assert len(stage.proofs()) == 1


def test_another_e_mail_voids_the_proof_at_once_and_for_good(stage: Stage) -> None:
    token, waiting = stage.token(), stage.token("1:8")
    stage.confirm(token)
    stage.percent()
    person = stage.tea.row(tables.account, id=stage.account)["person_id"]
    stage.tea.forget_marks()
    stage.moves_to("thief", 1)
    assert stage.tea.marks("facts") == {person}
    front = Storefront(stage.workspace)
    shown = front.offer(front.shops()["tea"], "7")
    assert (shown.percent, shown.code) == (Decimal(0), ""), "before anything is computed"
    assert not stage.confirm(token)
    assert stage.percent() == 0
    stage.moves_to("victim", 2)
    assert stage.percent() == 0, "whoever had it meanwhile has it now"
    assert not stage.confirm(token), "a link is good for one proof"
    assert stage.confirm(waiting), "another account's is not touched"
    stage.forward(seconds=2)
    assert stage.confirm(stage.token())
    assert stage.percent() == 1_000


def test_what_an_account_did_not_change_keeps_its_proof(stage: Stage) -> None:
    stage.confirm(stage.token())
    for changed, words in enumerate(({"given_name": "Vika"}, {"phone": "050 111 22 33"}), start=1):
        stage.tea.land(customer("7", changed, contact=contact("victim", **words)))
    stage.tea.land(customer("7", 3, contact=contact("victim", email="  VICTIM@Example.com ")))
    stage.tea.land(customer("7", -5, contact=contact("of long ago")))
    assert stage.percent() == 1_000


def test_a_proof_is_taken_back_with_what_was_sent_before(stage: Stage) -> None:
    used, waiting = stage.token(), (stage.forward(seconds=1), stage.token())[1]
    stage.confirm(used)
    assert withdraw_ownership(stage.workspace, stage.account, who="the owner", why="they wrote to us")
    assert not withdraw_ownership(stage.workspace, stage.account, who="the owner")
    assert not stage.confirm(used)
    assert not stage.confirm(waiting)
    assert stage.percent() == 0
    stage.forward(seconds=2)
    assert stage.confirm(stage.token())


def test_a_link_is_over_after_seven_days(stage: Stage) -> None:
    token = stage.token()
    stage.forward(days=7, seconds=-30)
    assert OwnershipLinks(stage.workspace).look(token) is not None
    stage.forward(seconds=31)
    assert not stage.confirm(token)
    assert stage.proofs() == []


def _forgeries(token: str, other: str, foreign: str) -> Iterator[str]:
    body, stranger = (urlsafe_b64decode(each + "=" * (-len(each) % 4)) for each in (token, other))
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1
        yield urlsafe_b64encode(bytes(changed)).rstrip(b"=").decode()
    # Another account, a later end and another mailbox under a signature that is good for something else.
    yield urlsafe_b64encode(stranger[:-32] + body[-32:]).rstrip(b"=").decode()
    yield urlsafe_b64encode(body[:22] + stranger[22:]).rstrip(b"=").decode()
    yield from (foreign, "", "-", "=" * 80, token + "=", token + "A", token[:-1], token[1:], "A" * 5_000)
    yield from (token.upper(), f" {token}", f"{token}\n", "é" * 60, "\0" * 60, "\ud800" * 60, "٣" * 60)


def test_nothing_forged_is_taken_nor_asked_of_the_store(stage: Stage) -> None:
    token, other = stage.token(), stage.token("1:8")
    storefront_key(stage.workspace, "tea")
    links = OwnershipLinks(stage.workspace)
    asked: list[str] = []
    links.look(token)

    def note(*given: Any) -> None:
        asked.append(given[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for forged in {*_forgeries(token, other, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2ln")} - {token}:
            assert links.look(forged) is None
            assert links.confirm(forged) is None
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert asked == []
    assert stage.proofs() == []


def test_every_shop_signs_with_a_key_of_its_own(stage: Stage) -> None:
    stage.coffee.land(customer("7", contact=VICTIM))
    mine, secrets = stage.token(f"{stage.coffee.shop.id}:7"), stage.workspace.secrets
    stage.token()
    tea, coffee = (secrets.get(shop, "ownership_key") for shop in ("tea", "coffee"))
    assert tea != coffee
    secrets.set("coffee", "ownership_key", tea)
    assert not stage.confirm(mine)


def test_nobody_can_be_recognised_in_a_link_or_in_what_is_kept_of_it(stage: Stage) -> None:
    link = stage.link()
    token = link.url.rpartition("/")[2]
    stage.confirm(token)
    signs = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"victim" not in signs
    assert "victim" not in repr(link)
    assert token not in repr(link)
    kept = [(row["action"], str(dict(row))) for row in stage.tea.rows(tables.audit, subject=stage.account)]
    assert [action for action, _ in kept] == ["ownership link", "ownership proven"]
    assert not any("victim" in words or token in words for _, words in kept)


def test_no_link_is_made_for_whom_it_could_prove_nothing(stage: Stage) -> None:
    guest = stage.coffee.row(tables.account, shop_id=stage.coffee.shop.id)["id"]
    stage.tea.land(customer("9", contact=contact("nobody", email="not an address")))
    stage.tea.bury(Kind.CUSTOMER, "8", now=stage.workspace.clock())
    for account, words in ((guest, "guest"), ("1:9", "no e-mail"), ("1:8", "gone")):
        with pytest.raises(PermanentError, match=words):
            stage.link(account)
    with pytest.raises(SkipError, match="no account"):
        stage.link("1:404")
    for site in (
        "http://www.example.com/",
        "https://",
        "https://u:p@example.com/",
        "javascript:x",
        "https://[/",
    ):
        with pytest.raises(PermanentError, match="https://"):
            ownership_link(stage.workspace, stage.account, site=site, who="the owner")


def test_a_link_dies_with_its_account_and_with_its_shop(stage: Stage) -> None:
    gone, left = stage.token("1:8"), stage.token()
    stage.tea.bury(Kind.CUSTOMER, "8", now=stage.workspace.clock() + timedelta(days=1))
    assert not stage.confirm(gone)
    disconnect_shop(stage.workspace, "tea")
    assert not stage.confirm(left)
    assert stage.workspace.secrets.find("tea", "ownership_key") is None
    assert stage.proofs() == []


def test_a_link_confirmed_while_another_e_mail_lands_proves_nothing(stage: Stage) -> None:
    token, links = stage.token(), OwnershipLinks(stage.workspace)
    answers: list[object] = []
    asking = Thread(target=lambda: answers.append(links.confirm(token)))
    with stage.tea.store.write() as connection:
        moved = customer("7", 1, contact=contact("thief"))
        land(connection, stage.tea.shop, [moved], via="changes", now=day(1), lease=None, checkpoint=None)
        asking.start()
        asking.join(0.5)
        assert asking.is_alive(), "it waits for what is landing"
    asking.join()
    assert answers == [None]
    assert stage.proofs() == []
