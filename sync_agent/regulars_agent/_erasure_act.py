"""One erasure inside its transaction: payloads, rows, the list, and a search that must find nothing."""

import base64
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._erased_together import AUTHOR, hold_together
from regulars_agent._erasure_others import Others, own_emails, own_spoken, reword_others
from regulars_agent._erasure_subject import Places, Subject, Version, discreet, words_of
from regulars_agent._mentions import spoken_digest
from regulars_agent._suppression import account_named, erased_observed, is_guest
from regulars_agent._suppression_key import ListKey
from regulars_connectors import Mask
from regulars_mapping import Kind, PermanentError, UnmappableError, anchor_of
from regulars_store import erasing

Facts = Mapping[str, tuple[int, int]]
"""Orders and net spend (minor units) by currency."""
_Rewritten = tuple[Version, store.Observed]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done in the transaction."""

    token: str
    person: str | None
    already: bool
    accounts: int
    objects: Mapping[str, int]
    rows: int
    before: Facts
    after: Facts
    withdrawn: int
    held: Mapping[str, Sequence[str]]
    evidence: Sequence[str]


class _Asked(dict[str, int]):
    """Remembers of which addresses a connector asks the numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: set[str] = set()

    def get(self, address: str, default: Any = None) -> Any:
        self.addresses.add(address)
        return default


@dataclass(slots=True)
class Act:
    """The erasure of one person."""

    connection: Connection
    key: ListKey
    subject: Subject
    places: Places
    now: datetime
    profiles: marketing.ProfileRules
    token: str = ""
    numbers: dict[str, int] = field(default_factory=dict, repr=False)
    rewritten: list[_Rewritten] = field(default_factory=list, repr=False)
    mine: set[str] = field(default_factory=set)
    """The accounts that stand for the person from now on."""
    others: Others = field(default_factory=Others)

    def carry_out(self) -> Outcome:
        """Everything. Raises PermanentError, and nothing may stay, where something would be left."""
        persons = self._persons(self.subject.accounts)
        before = self._facts(persons)
        known = erasing.tokens_of_accounts(self.connection, self.subject.accounts)
        self.token = min(known.values(), default="") or new_token()
        changed = self._rewrite()
        renamed = self._land()
        self._suppress()
        self.others = reword_others(self.connection, self.places, self.key, self.subject, now=self.now)
        renamed |= self.others.renamed
        self._take_out(renamed)
        self._hold_together()
        withdrawn = self._void_plans()
        left = self._persons(self.mine)
        person = left[0] if left else None
        # Who had other accounts too may go on under the id of before.
        former = {one: person or self.token for one in persons if one != person and self._is_gone(one)}
        former |= self._former_of_others()
        erasing.forget_marks(self.connection, list(former))
        rows = self._replace(renamed | former)
        return Outcome(
            token=self.token,
            person=person,
            already=not changed and known.keys() >= self.subject.accounts,
            accounts=len(self.subject.accounts),
            objects=self._counted(),
            rows=rows,
            before=before,
            after=self._facts(left),
            withdrawn=withdrawn,
            held=self._held(),
            evidence=erasing.evidence_files(self.connection, self.subject.accounts),
        )

    def _rewrite(self) -> bool:
        """Work out every payload without the person; whether any differs."""
        self.numbers = self._numbered()
        mask = Mask(self.token, self.numbers)
        for one in self.subject.versions:
            self.rewritten.append((one, _erased(one, mask) if one.theirs else one.observed))
        return any(erased.payload != one.observed.payload for one, erased in self.rewritten)

    def _numbered(self) -> dict[str, int]:
        """Each address that stands in a payload with its number: known ones keep theirs, others follow."""
        asked = _Asked()
        probe = Mask(self.token, asked)
        for one in self.subject.versions:
            if one.theirs:
                payload = store.decompress(one.observed.payload)
                one.place.connector.erased(Kind(one.observed.kind), payload, probe)
        wanted = asked.addresses | self.subject.emails
        named = {address: self.key.of("named", self.token, address) for address in wanted}
        listed = erasing.suppressed_among(self.connection, list(named.values()))
        known = {
            address: number
            for address, digest in named.items()
            if digest in listed and (number := listed[digest].number) is not None
        }
        start = erasing.highest_number(self.connection, self.token) + 1
        return known | {
            address: number for number, address in enumerate(sorted(wanted - known.keys()), start)
        }

    def _land(self) -> dict[str, str]:
        """Overwrite the payloads and make the rows again, shop by shop; guests' former ids and new ones."""
        shops: dict[int, list[_Rewritten]] = {}
        for pair in self.rewritten:
            shops.setdefault(pair[0].place.shop.id, []).append(pair)
        for some in shops.values():
            new = [erasing.Rewritten(one.sequence, erased) for one, erased in some]
            shop, accounts = some[0][0].place.shop, self.subject.accounts
            erasing.rewrite_landed(self.connection, shop, new, accounts=accounts, now=self.now)
        guests: dict[str, set[str]] = {}
        for one, erased in self.rewritten:
            was, is_ = (account_named(one.place.shop, each) for each in (one.observed, erased))
            if one.theirs and is_guest(is_):
                guests.setdefault(was, set()).add(is_)
        made = {name for some in guests.values() for name in some}
        self.mine = {name for name in self.subject.accounts if not is_guest(name)} | made
        return {was: min(some, key=anchor_of) for was, some in guests.items() if was not in some}

    def _take_out(self, renamed: Mapping[str, str]) -> None:
        """Of what people and the machinery wrote."""
        accounts = sorted(self.subject.accounts)
        erasing.empty_by_hand(self.connection, accounts, token=self.token, who=AUTHOR, now=self.now)
        mask = Mask(self.token, self.numbers)
        erasing.mask_consents(
            self.connection,
            accounts,
            email=mask.email,
            token=self.token,
            shared=self.subject.shared,
        )
        erasing.rename_accounts(self.connection, renamed)
        erasing.note_erased_accounts(self.connection, dict.fromkeys(self.mine, self.token))

    def _hold_together(self) -> None:
        """Who was one person stays so, whatever had linked them; nothing is offered to them any more."""
        connection, theirs = self.connection, self.others.persons.keys()
        accounts = sorted(self.mine | self.subject.accounts | theirs)
        # Those who were erased before under the token, too.
        accounts = sorted({*accounts, *erasing.accounts_of_tokens(connection, [self.token])[self.token]})
        hold_together(connection, [self.token], now=self.now)
        persons = sorted(store.resolve(connection, accounts).persons)
        store.mark_offered(connection, persons)
        marketing.compute(connection, persons, now=self.now, profiles=self.profiles)
        for stage, keys in (("identity", accounts), ("facts", persons)):
            store.clear_dirty(connection, stage, store.marks_of(connection, stage, keys))
        former = [name for name in self.subject.accounts - self.mine if is_guest(name)]
        former += self.others.renamed.keys()
        erasing.drop_accounts(connection, former)

    def _former_of_others(self) -> dict[str, str]:
        """Ids of persons that are no more, since a guest's follows from what the guest typed; and the new."""
        found = self.others.persons
        names = {was: self.others.renamed.get(was, was) for was in found}
        rows = store.accounts_named(self.connection, set(names.values()))
        now = {name: row["person_id"] for name, row in rows.items() if row["person_id"]}
        standing = set(now.values())
        return {
            was: now[names[name]]
            for name, was in found.items()
            if was and was not in standing and names[name] in now and self._is_gone(was)
        }

    def _is_gone(self, person: str) -> bool:
        return not store.persons_in_brief(self.connection, [person])

    def _void_plans(self) -> int:
        """Plans that were made before would write what is gone; how much of ours the shops still show."""
        count, accounts = 0, sorted(self.mine)
        for shop in store.shops(self.connection):
            standing = store.pushed_targets(self.connection, shop.id, accounts)
            count += sum(map(len, standing.values()))
            open_plan = store.open_plan_of(self.connection, shop.id)
            if open_plan and store.planned_accounts(self.connection, open_plan.id, accounts):
                left = store.supersede_plans(self.connection, shop.id)
                persons = store.persons_of(self.connection, left)
                store.mark_dirty(self.connection, f"offers:{shop.id}", persons)
        return count

    def _replace(self, others: Mapping[str, str]) -> int:
        """Wherever anything still names the person; how often."""
        mask = Mask(self.token, self.numbers)
        masks = {email: mask.email(email) for email in self.subject.emails}
        words = words_of(self.subject, masks, self.token) | dict(others)
        marks = {word: erasing.MARK for word in words if word not in others}
        rows = erasing.replace_everywhere(self.connection, words, marks=marks)
        erasing.reword_readmissions(self.connection, lambda text: discreet(text, self.subject, self.token))
        # A number may stand in somebody else's order, as theirs; an address, or a former id, nowhere.
        numbers = [word for word in words if "@" not in word and word not in others]
        left = erasing.search(self.connection, numbers, derived=False)
        left |= erasing.search(self.connection, words.keys() - set(numbers))
        if left:
            raise PermanentError(
                "Nothing was erased: something that names this person would have stayed in "
                f"{', '.join(sorted(left))}. This is a fault of Regulars; please report it."
            )
        return rows

    def _suppress(self) -> None:
        subject, key, token = self.subject, self.key, self.token
        erasing.suppress_again(self.connection, token)
        rows = [erasing.Suppressed(key.check, "key", "")]
        for address, number in self.numbers.items():
            rows.append(erasing.Suppressed(key.of("named", token, address), "named", token, number))
        emails, aliases = own_emails(self.connection, subject)
        rows += [erasing.Suppressed(key.of("email", value), "email", token) for value in emails]
        rows += [erasing.Suppressed(key.of("mailbox", value), "email", token) for value in aliases]
        phones = subject.phones - subject.shared
        rows += [erasing.Suppressed(key.of("phone", value), "phone", token) for value in phones]
        spoken = own_spoken(subject)
        rows += [erasing.Suppressed(spoken_digest(key, value), "phone", token) for value in spoken]
        rows += [erasing.Suppressed(key.of("account", name), "account", token) for name in subject.accounts]
        for one in subject.versions:
            if one.theirs and one.observed.kind != Kind.CUSTOMER:
                digest = key.of_object(one.place.shop.id, one.observed.kind, one.observed.external_id)
                rows.append(erasing.Suppressed(digest, "object", token))
        erasing.suppress(self.connection, {row.digest: row for row in rows}.values(), now=self.now)

    def _persons(self, accounts: Collection[str]) -> list[str]:
        return store.persons_of(self.connection, sorted(accounts))

    def _facts(self, persons: Sequence[str]) -> Facts:
        found: dict[str, tuple[int, int]] = {}
        for person in store.persons_in_brief(self.connection, persons):
            for fact in person["facts"]:
                orders, net = found.get(fact["currency"], (0, 0))
                found[fact["currency"]] = (orders + fact["orders"], net + fact["net"])
        return found

    def _counted(self) -> dict[str, int]:
        theirs = {
            (one.place.shop.id, str(one.observed.kind), one.observed.external_id)
            for one in self.subject.versions
            if one.theirs
        }
        kinds = [kind for _, kind, _ in theirs]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    def _held(self) -> dict[str, list[str]]:
        """What each connected shop keeps itself, in its connector's words."""
        held: dict[str, dict[str, None]] = {}
        connected = {shop.id for shop in store.shops(self.connection)}
        for one in self.subject.versions:
            said = one.place.connector.holds(Kind(one.observed.kind)) if one.theirs else ""
            if said and one.place.shop.id in connected:
                held.setdefault(one.place.shop.name, {})[said] = None
        return {name: list(words) for name, words in held.items()}


def _erased(one: Version, mask: Mask) -> store.Observed:
    place = one.place
    erased = erased_observed(place.shop, place.connector, one.observed, mask)
    found = one.observed.mapped
    if not one.stands_in or found is None or isinstance(found, UnmappableError):
        return erased
    return replace(erased, mapped=erasing.without_person(place.shop, found, mask.email))


def new_token() -> str:
    """A hundred random bits: twenty characters of base32, in small letters."""
    return base64.b32encode(secrets.token_bytes(13)).decode().lower()[:20]
