"""Who is who, on a customer's card: their accounts and why they are theirs, suggestions, decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from regulars_agent import JournalAct, PersonCard, Suggestion
from wagtail_regulars._card_teller import Row, Teller, joined, name_of
from wagtail_regulars._moments import showable
from wagtail_regulars._record_wording import DECISIONS, FATES, OF_A_GUEST, OWNERSHIPS
from wagtail_regulars._wording import LINK_RULES, Words, said

_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account in a shop, why it belongs to this customer, and how it is known to be theirs."""

    id: str
    shop: str
    external_id: str
    registered: bool
    registered_at: datetime | None
    name: str
    email: str
    phone: str
    ownership: Words
    evidence: Sequence[str]
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """Somebody who may be this customer; ``account`` leads to their card."""

    id: str
    account: str
    told: str
    percent: int
    words: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What somebody decided at once; ``number`` takes it back, None where that was done. ``revoke``: it took
    another one back."""

    number: int | None
    revoke: bool
    said: Words
    at: datetime
    who: str
    why: str
    lines: Sequence[str]
    more: int


def accounts_of(record: PersonCard, tell: Teller) -> list[AccountView]:
    """The accounts of the agent's record."""
    return [_account(row, record, tell) for row in record.accounts]


def suggestions_of(record: PersonCard, tell: Teller) -> list[SuggestionView]:
    """Who may be this customer too, likeliest first."""
    return [_suggestion(one, tell) for one in record.suggestions]


def decisions_of(record: PersonCard, tell: Teller) -> list[DecisionView]:
    """What was decided about them, the newest first."""
    return [_decision(act, tell) for act in reversed(record.decisions)]


def _account(row: Row, record: PersonCard, tell: Teller) -> AccountView:
    known = record.ownership.get(row["id"])
    return AccountView(
        id=row["id"],
        shop=tell.shop(row),
        external_id=row["external_id"] if row["registered"] else "",
        registered=row["registered"],
        registered_at=showable(row["registered_at"]),
        name=name_of(row),
        email=tell.email(row["email"]),
        phone=tell.phone(row["phone"]),
        ownership=said(OWNERSHIPS, known.value if known else "unknown") if row["registered"] else OF_A_GUEST,
        evidence=[_evidence(row["id"], link, tell) for link in record.links if _joins(row["id"], link)],
        tags=row["tags"] if tell.contacts else [tell.text(tag) for tag in row["tags"][:1]],
    )


def _joins(account: str, link: Row) -> bool:
    return bool(link["taken"]) and account in {link["account_a"], link["account_b"]}


def _evidence(account: str, link: Row, tell: Teller) -> str:
    other = link["account_b"] if link["account_a"] == account else link["account_a"]
    return _("%(rule)s as %(account)s") % {
        "rule": said(LINK_RULES, link["rule"]),
        "account": tell.account(other),
    }


def _suggestion(one: Suggestion, tell: Teller) -> SuggestionView:
    other = one.b if one.a["id"] in tell.accounts else one.a
    return SuggestionView(
        id=one.id,
        account=other["id"],
        told=_person(other, tell),
        percent=int(100 * one.probability),
        words=one.words,
    )


def _person(row: Mapping[str, str], tell: Teller) -> str:
    town = next((place["city"] for place in row["addresses"]), "") if row["addresses"] else ""  # type: ignore[index]
    return joined([name_of(row), tell.email(row["email"]), tell.phone(row["phone"]), town], ", ")


def _decision(act: JournalAct, tell: Teller) -> DecisionView:
    left = [line.number for line in act.lines if line.state != "revoked"]
    return DecisionView(
        number=left[0] if left else None,
        revoke=act.kind == "revoke",
        said=said(DECISIONS, act.kind),
        at=act.at,
        who=act.who,
        why=tell.text(act.why),
        lines=[
            f"{tell.account(line.a)} – {tell.account(line.b)}: {said(FATES, line.state)}"
            for line in act.lines[:_MOST_LINES]
        ],
        more=max(0, len(act.lines) - _MOST_LINES),
    )
