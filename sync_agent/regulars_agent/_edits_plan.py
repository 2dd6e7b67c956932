"""What people wrote into records by hand, brought into the shops' customers: what is to be written, and why.

A field travels once for each edit. What somebody changes in the shop after that is left as it is and told,
unless the shop's option says that what was written by hand stays (``edits=firm``).
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._by_hand import EDITED
from regulars_agent._leases import Visit
from regulars_connectors import Document, HiddenTargetsError, Target
from regulars_mapping import PROPERTY, Property, e164

EDITS_OPTION = "edits"
"""The shop option: ``on`` (each edit is written once), ``firm`` (and again where somebody changed it in the
shop), ``off``."""
EMAILS_OPTION = "edits_email"
"""The shop option that lets edits change the address by which customers log in; by default none does."""
PERSONS_A_CHUNK = 200
MOST_TOLD = 20
_LONGEST_NAME = 60
_OF_THE_OWNED = frozenset({"phone", "email"})
"""An identifier of one account is written into another only where that is known to be the same person's."""


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """What shall stand in a customer of the shop, by the shop's names, each with the edit that says so."""

    account: store.EditedAccount
    fields: Mapping[str, tuple[str, store.WrittenEdit]]

    @property
    def target(self) -> Target:
        """The customer, as far as something is wanted."""
        return Target(store.PROFILE, self.account.external_id, fields=tuple(sorted(self.fields)))


@dataclass(frozen=True, slots=True, repr=False)
class Looked:
    """The persons of some marks: what is to be written for them, what is known to stand, and who waits."""

    rows: Sequence[dict[str, Any]]
    standing: Sequence[tuple[store.EditedAccount, Mapping[str, str]]]
    waiting: frozenset[str]


@dataclass(slots=True)
class EditsPlan:
    """The edits of one shop while a plan is being built. ``told`` says what was left as it is, and why."""

    at: Visit
    properties: Mapping[str, Property] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    withheld: int = 0
    unproven: int = 0
    left: int = 0
    hidden: bool = False

    @classmethod
    def start(cls, at: Visit, *, everybody: bool) -> "EditsPlan":
        """Ready to look; what stood in customers who are gone is forgotten."""
        with at.write() as connection:
            store.forget_gone_profiles(connection, at.shop.id)
            if everybody:
                store.mark_every_profile(connection, at.shop.id)
            return cls(at, store.properties(connection))

    def chunks(self) -> Iterator[list[store.Mark]]:
        """The marks of those who wait, each once."""
        last = ""
        while True:
            with self.at.read() as connection:
                stage = store.profiles_stage(self.at.shop.id)
                marks = store.dirty_marks(connection, stage, limit=PERSONS_A_CHUNK, after=last)
            if not marks:
                return
            yield marks
            last = marks[-1].key

    def look(self, marks: Sequence[store.Mark]) -> Looked:
        """What is to be written for these persons. The shop is asked how its customers read, a hundred or so
        a request; nothing is written."""
        persons = [mark.key for mark in marks]
        vouched = store.checks_emails(self.at.shop.options)
        with self.at.read() as connection:
            accounts = store.edited_accounts(connection, self.at.shop.id, persons, vouched=vouched)
            unsettled = store.unsettled_accounts(connection, self.at.shop.id)
        waiting = frozenset(one.person_id for one in accounts if one.id in unsettled)
        wanted = [self._wanted(one) for one in accounts if one.id not in unsettled]
        try:
            found = self._read(wanted)
        except HiddenTargetsError as error:
            # The owner's own fields cannot be read: names and phones can.
            self.hidden = True
            self._tell(str(error))
            wanted = [_without_properties(one) for one in wanted]
            found = self._read(wanted)
        judged = [self._judged(one, found.get(one.account.id)) for one in wanted]
        rows = [row for row, _ in judged if row is not None]
        return Looked(rows, [standing for _, standing in judged if standing is not None], waiting)

    def keep(self, connection: Connection, looked: Looked) -> None:
        """Keep what stands already, and let go of what nobody wants by hand any more."""
        store.keep_profiles(connection, self.at.shop.id, looked.standing, now=self.at.now())

    def _wanted(self, account: store.EditedAccount) -> Wanted:
        if self.at.shop.options.get(EDITS_OPTION) == "off":
            return Wanted(account, {})
        fields: dict[str, tuple[str, store.WrittenEdit]] = {}
        reaching = account.proven if account.owned else _of_its_own(account)
        for name, written in account.written.items():
            there = self._named(name)
            if not there or (name == "email" and not written.edit.value):
                continue
            if name in reaching:
                fields[there] = (_said(written.edit.value), reaching[name])
            elif account.owned:
                self.unproven += 1
            else:
                self.withheld += 1
        return Wanted(account, fields)

    def still_wanted(self, operations: Sequence[store.StoredOperation]) -> set[str]:
        """Those of these planned operations, by id, whose every field is still to be written so: nobody wrote
        otherwise or took it back since, and the account may read it."""
        vouched = store.checks_emails(self.at.shop.options)
        with self.at.read() as connection:
            persons = store.persons_of(connection, sorted({each.account_id for each in operations}))
            accounts = store.edited_accounts(connection, self.at.shop.id, persons, vouched=vouched)
        wanted = {each.id: self._wanted(each).fields for each in accounts}
        return {
            each.id
            for each in operations
            if all(
                wanted.get(each.account_id, {}).get(name, (None,))[0] == value
                for name, value in (each.document or {}).items()
            )
        }

    def _named(self, name: str) -> str:
        """The shop's name for a field of the record; empty where it takes none. What is sensitive never
        leaves the person's card."""
        if name.startswith(PROPERTY):
            defined = self.properties.get(name.removeprefix(PROPERTY))
            travels = defined is not None and bool(defined.push_to) and not defined.sensitive
            there = PROPERTY + defined.push_to if defined and travels and not self.hidden else ""
        else:
            allowed = name != "email" or self.at.shop.options.get(EMAILS_OPTION) == "yes"
            there = name if allowed else ""
        if there and not self.at.connector.profile_takes(there, frozenset(self.at.shop.capabilities)):
            self._tell_untaken(there)
            return ""
        return there

    def _tell_untaken(self, there: str) -> None:
        if not there.startswith(PROPERTY):
            return
        called = there.removeprefix(PROPERTY)
        if self.at.connector.profile_takes(there, frozenset()):
            self._tell(f"the property {called} stays here: the shop does not show our key such fields")
        else:
            self._tell(
                f"the property {called} stays here: the shop takes no field of this name. Give it another: "
                "regulars property add … --push-to NAME"
            )

    def _read(self, wanted: Sequence[Wanted]) -> dict[str, Document]:
        """How those customers read of whom something is wanted, by account; without those who are gone."""
        asked = [one for one in wanted if one.fields]
        size = self.at.connector.limits.read_batch
        found: dict[str, Document] = {}
        for start in range(0, len(asked), size):
            chunk = asked[start : start + size]
            there = self.at.connector.read_back([one.target for one in chunk])
            for one, read in zip(chunk, there, strict=True):
                if read.document is not None:
                    found[one.account.id] = read.document
        return found

    def _judged(
        self, one: Wanted, read: Document | None
    ) -> tuple[dict[str, Any] | None, tuple[store.EditedAccount, Mapping[str, str]] | None]:
        """What to write, and how the books shall say that the customer stands, where they say otherwise."""
        if one.fields and read is None:
            return None, None
        there: Document = read or {}
        stood = one.account.standing
        standing = {name: stood[name] for name in one.fields if name in stood}
        writing: dict[str, str] = {}
        for name, (value, _) in one.fields.items():
            if self._is_same(name, there[name], value):
                standing[name] = value
            elif not self._is_firm and self._was_changed_later(one, name):
                self._leave(one, name)
            else:
                writing[name] = value
        row = self._row(one, writing, there) if writing else None
        return row, (one.account, standing) if standing != stood else None

    def _is_same(self, name: str, there: str, value: str) -> bool:
        """Whether the shop says it already; of a phone, in whatever spelling."""
        if there == value:
            return True
        country = self.at.shop.country or ""
        number = e164(value, country=country) if name == "phone" else ""
        return bool(number) and e164(there, country=country) == number

    def _was_changed_later(self, one: Wanted, name: str) -> bool:
        """Whether the shop's word is newer than the edit, which was brought there before."""
        value, written = one.fields[name]
        at = one.account.stood_at
        return one.account.standing.get(name) == value and at is not None and written.edit.at <= at

    @property
    def _is_firm(self) -> bool:
        return self.at.shop.options.get(EDITS_OPTION) == "firm"

    def _row(self, one: Wanted, writing: Mapping[str, str], there: Document) -> dict[str, Any]:
        stood = one.account.standing
        edited = any(name in stood and stood[name] != there[name] for name in writing)
        reason = _reason({name: one.fields[name][1] for name in writing})
        return {
            "account_id": one.account.id,
            "target_kind": store.PROFILE,
            "target_key": one.account.external_id,
            "verb": "update",
            "before": {name: there[name] for name in sorted(writing)},
            "document": dict(sorted(writing.items())),
            "remote_id": one.account.external_id,
            "reason": f"{EDITED}; {reason}" if edited else reason,
        }

    def _leave(self, one: Wanted, name: str) -> None:
        self.left += 1
        if self.left <= MOST_TOLD:
            self._tell(
                f"{name.removeprefix(PROPERTY)} of customer {one.account.external_id} was changed in the "
                "shop since Regulars wrote it there, and was left so. To write it again: give the field "
                "back, then set it anew"
            )

    def _tell(self, said: str) -> None:
        if said not in self.told:
            self.told.append(said)

    @property
    def summary(self) -> tuple[str, ...]:
        """What an owner is told of edits that were left out."""
        more = [f"and {self.left - MOST_TOLD} more like these"] if self.left > MOST_TOLD else []
        kept = [words(self) for words in (_withheld, _unproven) if words(self)]
        return (*self.told, *more, *kept)


def _withheld(edits: EditsPlan) -> str:
    if not edits.withheld:
        return ""
    return (
        f"fields written by hand that stay here, since it is not known whose the accounts are: "
        f"{edits.withheld}. Where the shop checks e-mails, say so: regulars shop set "
        f"{shlex.quote(edits.at.shop.name)} --option checks_emails=yes; else send a link: regulars person "
        "ownership-link. What is no phone or e-mail also goes to an account that you name itself: "
        "regulars person set ACCOUNT FIELD VALUE"
    )


def _unproven(edits: EditsPlan) -> str:
    """Whoever knows somebody's phone and name can register under both, with an e-mail of their own."""
    if not edits.unproven:
        return ""
    return (
        "fields written by hand that stay here, since the accounts are joined with the one they were written "
        f"about by a phone or a card alone, or nobody said which of them they are about: {edits.unproven}. "
        "Say of which account you know it: regulars person set ACCOUNT FIELD VALUE"
    )


def _of_its_own(account: store.EditedAccount) -> dict[str, store.WrittenEdit]:
    """What may be read by whoever has an account of which it is not known whose it is."""
    return {name: each for name, each in account.itself.items() if name not in _OF_THE_OWNED}


def _without_properties(one: Wanted) -> Wanted:
    kept = {name: each for name, each in one.fields.items() if not name.startswith(PROPERTY)}
    return replace(one, fields=kept)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _reason(written: Mapping[str, store.WrittenEdit]) -> str:
    """``family_name, phone: written by hand by anna on 2026-05-17``, for each time and author."""
    by_author: dict[str, list[str]] = {}
    for name, one in sorted(written.items()):
        who = one.who[:_LONGEST_NAME] or "somebody"
        said = f"written by hand by {who} on {one.edit.at:%Y-%m-%d}"
        by_author.setdefault(said, []).append(name.removeprefix(PROPERTY))
    return "; ".join(f"{', '.join(names)}: {said}" for said, names in by_author.items())
