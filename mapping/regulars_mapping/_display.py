"""Which of a person's accounts gives the name, the e-mail and the phone that are shown.

The policy is data: for each field the rules in their order. Each rule leaves the candidates that it
prefers; the last one that left some out has decided.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from regulars_mapping._identity import anchor_of


class Candidate(Protocol):
    """One account of a person: AccountFields' fields, and whose they are.

    ``version_at`` (aware) is when the shop last changed them; ``registered`` is False for a guest contact.
    ``email_verified`` is true where the account is known to belong to whoever reads its e-mail.
    """

    @property
    def id(self) -> str: ...
    @property
    def registered(self) -> bool: ...
    @property
    def email_verified(self) -> bool | None: ...
    @property
    def version_at(self) -> datetime: ...
    @property
    def given_name(self) -> str: ...
    @property
    def family_name(self) -> str: ...
    @property
    def name_folded(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def email_folded(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def phone_e164(self) -> str: ...


@dataclass(frozen=True, slots=True, repr=False)
class Displayed:
    """What is shown of a person; a text is empty where no account has it.

    ``email`` is as its shop holds it; ``phone`` is in E.164 where it is valid, else as its shop holds it.
    ``sources`` names, for each of "name", "email" and "phone" that is there, the account and the rule that
    chose it: ``{"account": "1:27", "rule": "registered"}``.
    """

    given_name: str
    family_name: str
    name_folded: str
    email: str
    phone: str
    sources: dict[str, dict[str, str]]

    def __repr__(self) -> str:
        return "Displayed(...)"


_ONLY = "only"
Rule: TypeAlias = Callable[[Sequence[Candidate], str], Sequence[Candidate]]


def displayed(candidates: Iterable[Candidate]) -> Displayed:
    """The fields to show for the person who has these accounts, whatever their order.

    A profile of known ownership beats one that anybody may have written in this person's name, a registered
    profile a guest's contact, a newer version an older one, a value that more accounts
    hold one that fewer do; a valid value comes before all of that, and the name's two halves always come
    from one account. Accounts that are still equal are settled by their anchors.
    """
    accounts = list(candidates)
    if len(accounts) == 1:
        return _alone(accounts[0])
    accounts.sort(key=lambda one: anchor_of(one.id))
    chosen = {field: found for field in POLICY if (found := _chosen(accounts, field))}
    name, email, phone = (chosen[field][0] if field in chosen else None for field in POLICY)
    return Displayed(
        given_name=name.given_name if name else "",
        family_name=name.family_name if name else "",
        name_folded=name.name_folded if name else "",
        email=email.email if email else "",
        phone=(phone.phone_e164 or phone.phone) if phone else "",
        sources={field: {"account": one.id, "rule": rule} for field, (one, rule) in chosen.items()},
    )


def _alone(one: Candidate) -> Displayed:
    """What nearly every person is: there is nothing to choose."""
    named = bool(one.name_folded)
    there = {"name": named, "email": one.email_folded or one.email, "phone": one.phone_e164 or one.phone}
    return Displayed(
        given_name=one.given_name if named else "",
        family_name=one.family_name if named else "",
        name_folded=one.name_folded,
        email=one.email,
        phone=one.phone_e164 or one.phone,
        sources={field: {"account": one.id, "rule": _ONLY} for field, value in there.items() if value},
    )


def _chosen(accounts: Sequence[Candidate], field: str) -> tuple[Candidate, str] | None:
    left: Sequence[Candidate] = [one for one in accounts if _value(one, field)]
    decided = _ONLY
    if len(left) < 2:
        return (left[0], decided) if left else None
    if len(left) == 2:
        return _of_two(left[0], left[1], field)
    for word, rule in POLICY[field]:
        if len(left) < 2:
            break
        kept = rule(left, field)
        if len(kept) < len(left):
            left, decided = kept, word
    return left[0], decided


def _of_two(a: Candidate, b: Candidate, field: str) -> tuple[Candidate, str]:
    """The same for two, as most have who have several; neither of their values is the more frequent."""
    for word, telling in _TELLING_TWO:
        one, other = telling(a, field), telling(b, field)
        if one != other:
            return (a if one > other else b), word
    return a, _ONLY


def _value(account: Candidate, field: str) -> str:
    """The field's value as it is compared."""
    if field == "name":
        return account.name_folded
    if field == "email":
        return account.email_folded or account.email
    return account.phone_e164 or account.phone


def _valid(left: Sequence[Candidate], field: str) -> Sequence[Candidate]:
    return [one for one in left if _is_valid(one, field)] or left


def _is_valid(account: Candidate, field: str) -> bool:
    if field == "name":
        return bool(account.given_name.strip() and account.family_name.strip())
    return bool(account.email_folded if field == "email" else account.phone_e164)


def _verified(left: Sequence[Candidate], _field: str) -> Sequence[Candidate]:
    return [one for one in left if one.email_verified] or left


def _registered(left: Sequence[Candidate], _field: str) -> Sequence[Candidate]:
    return [one for one in left if one.registered] or left


def _newest(left: Sequence[Candidate], _field: str) -> Sequence[Candidate]:
    newest = max(one.version_at for one in left)
    return [one for one in left if one.version_at == newest]


def _frequent(left: Sequence[Candidate], field: str) -> Sequence[Candidate]:
    counts = Counter(_value(one, field) for one in left)
    most = max(counts.values())
    return [one for one in left if counts[_value(one, field)] == most]


_RULES: tuple[tuple[str, Rule], ...] = (
    ("valid", _valid),
    ("verified", _verified),
    ("registered", _registered),
    ("newest", _newest),
    ("frequent", _frequent),
)
_TELLING_TWO: tuple[tuple[str, Callable[[Candidate, str], Any]], ...] = (
    ("valid", _is_valid),
    ("verified", lambda one, _field: bool(one.email_verified)),
    ("registered", lambda one, _field: bool(one.registered)),
    ("newest", lambda one, _field: one.version_at),
)
POLICY: Mapping[str, tuple[tuple[str, Rule], ...]] = MappingProxyType(
    {"name": _RULES, "email": _RULES, "phone": _RULES}
)
