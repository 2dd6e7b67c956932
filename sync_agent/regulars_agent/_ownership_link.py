"""Links that prove whose an account is: sent to its e-mail, opened there, and confirmed with a button.

A link is good for its account while that has this e-mail, and for nothing else: its keys serve no other
purpose.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._offers import language_of
from regulars_agent._ownership_token import OwnershipToken, made_token
from regulars_agent._workspace import Workspace
from regulars_mapping import (
    MisconfiguredError,
    Ownership,
    PermanentError,
    SkipError,
    is_erased_email,
    one_line,
    ownership,
)

OWNERSHIP_KEY: Final = "ownership_key"
"""The name of the secret that a shop's links are signed with."""
LINK_LIFETIME: Final = timedelta(days=7)
_LEAST_KEY_LENGTH: Final = 32
_REMEMBERED: Final = timedelta(seconds=30)
_LONGEST_WHY: Final = 1_000
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class OwnershipLink:
    """A link to send to ``email``, and to nobody else. ``known``: how the ownership is known already, or
    ``unknown``. The representation shows neither link nor e-mail."""

    account: str
    shop: str
    email: str = field(repr=False)
    url: str = field(repr=False)
    expires_at: datetime
    known: str


@dataclass(frozen=True, slots=True)
class OwnershipAsked:
    """What a good link asks: whether the shopper has an account with ``shop``; ``confirmed`` already or not.
    ``language`` is that of the shop's shoppers."""

    shop: str
    language: str
    confirmed: bool


class _Signer(NamedTuple):
    """A shop, and what its links are signed with."""

    shop: store.Shop
    key: SecretStr


class _Claim(NamedTuple):
    """A link that is signed, and by whom."""

    token: OwnershipToken
    signer: _Signer


def ownership_link(workspace: Workspace, account: str, *, site: str, who: str) -> OwnershipLink:
    """A link with which whoever reads the account's e-mail says that the account is theirs.

    ``site`` is the address under which the Wagtail site serves Regulars
    (``https://www.example.com/regulars/``). Good for seven days, and while the account has this e-mail. The
    shop's key is made at first and kept in the keyring; each link is noted in the audit. Raises
    PermanentError for an address that is no site's and an account that no link can prove, SkipError where
    there is no such account, MisconfiguredError for a key that does not work.
    """
    base = _usable_site(site)
    with workspace.store.read() as connection:
        row = _account(connection, account)
        shop = next((each for each in store.shops(connection) if each.id == row["shop_id"]), None)
    if shop is None:
        raise PermanentError(f"The shop of account {account} is no longer connected: nothing is given there.")
    ends = (workspace.clock() + LINK_LIFETIME).replace(microsecond=0)
    token = made_token(_made_key(workspace, shop.name), account, row["email_folded"], ends)
    _note(workspace, who, "ownership link", account, {"expires_at": ends.isoformat()})
    known = ownership(
        email_verified=row["email_verified"],
        checks_emails=store.checks_emails(shop.options),
        confirmed_by_mail=row["proven"],
    )
    return OwnershipLink(account, shop.name, row["email"], f"{base}owner/{token}", ends, known.value)


def withdraw_ownership(workspace: Workspace, account: str, *, who: str, why: str = "") -> bool:
    """Take back what a link has proven of an account; whether anything was. Idempotent.

    What was sent before then is void; a new link can prove it anew.
    """
    why = one_line(why, what="The reason", most=_LONGEST_WHY)
    with workspace.store.write() as connection:
        now = workspace.clock()
        ended = store.withdraw_proofs(connection, account, now=now)
        if ended:
            _mark_profile(connection, account)
            detail = {"why": why}
            store.write_audit(
                connection, who=who, action="ownership withdrawn", subject=account, detail=detail, now=now
            )
    return bool(ended)


class OwnershipLinks:
    """Answers those who open a workspace's links. Safe to share by threads.

    What is not signed is refused without asking the store. Keys are remembered for half a minute. Every
    method may raise RetryError and MisconfiguredError of the store and the keyring.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: tuple[datetime, Mapping[int, _Signer]] | None = None

    def look(self, token: str) -> OwnershipAsked | None:
        """What the link asks; None for a wrong one, one that is over or void, and one whose account is gone
        or has another e-mail, all alike. Nothing is written, however often it is opened."""
        claim = self._claim(token)
        if claim is None:
            return None
        with self._workspace.store.read() as connection:
            return self._asked(connection, claim)

    def confirm(self, token: str) -> OwnershipAsked | None:
        """Keep that the account is its e-mail's reader's; None as for ``look``. Twice is once."""
        claim = self._claim(token)
        if claim is None:
            return None
        with self._workspace.store.write(interactive=True, durable=True) as connection:
            asked = self._asked(connection, claim)
            if asked is not None and not asked.confirmed:
                self._keep(connection, claim)
            return asked

    def _keep(self, connection: Connection, claim: _Claim) -> None:
        now = self._workspace.clock()
        evidence = {"link": claim.token.link, "expires_at": claim.token.ends.isoformat()}
        how = Ownership.MAIL.value
        store.add_proof(connection, claim.token.account, how=how, evidence=evidence, now=now)
        _mark_profile(connection, claim.token.account)
        store.write_audit(
            connection,
            who="the reader of the account's e-mail",
            action="ownership proven",
            subject=claim.token.account,
            detail=evidence,
            now=now,
        )

    def _asked(self, connection: Connection, claim: _Claim) -> OwnershipAsked | None:
        shop, key = claim.signer
        row = store.accounts_named(connection, [claim.token.account]).get(claim.token.account)
        if row is None or _hindrance(row) or not claim.token.is_for(key, row["email_folded"]):
            return None
        proofs = store.proofs_of(connection, [claim.token.account])
        if any(_ended(proof, claim) for proof in proofs):
            return None
        used = any(proof["evidence"].get("link") == claim.token.link for proof in proofs)
        return OwnershipAsked(shop.name, language_of(shop), confirmed=used)

    def _claim(self, token: str) -> _Claim | None:
        """What a link says, if it is signed and not over."""
        read = OwnershipToken.read(token)
        signer = self._signers().get(_shop_of(read.account))
        signed = read.is_signed(signer.key if signer else None)
        if signer is None or not signed or self._workspace.clock() >= read.ends:
            return None
        return _Claim(read, signer)

    def _signers(self) -> Mapping[int, _Signer]:
        now, known = self._workspace.clock(), self._known
        if known is None or not known[0] <= now < known[0] + _REMEMBERED:
            self._known = known = (now, self._read_signers())
        return known[1]

    def _read_signers(self) -> dict[int, _Signer]:
        with self._workspace.store.read() as connection:
            found = store.shops(connection)
        keys = ((shop, self._workspace.secrets.find(shop.name, OWNERSHIP_KEY)) for shop in found)
        return {shop.id: _Signer(shop, key) for shop, key in keys if key is not None}


def _ended(proof: Mapping[str, Any], claim: _Claim) -> bool:
    """Whether what this link may prove has ended since it was made."""
    since = proof["void_since"]
    same = proof["evidence"].get("link") == claim.token.link
    return since is not None and (same or since >= claim.token.ends - LINK_LIFETIME)


def _account(connection: Connection, account: str) -> Mapping[str, Any]:
    row = store.accounts_named(connection, [account]).get(account)
    if row is None:
        raise SkipError(f"There is no account {account[:60]}. See: regulars person show PERSON")
    if words := _hindrance(row):
        raise PermanentError(f"Account {account} {words}: no link can prove it.")
    return row


def _hindrance(row: Mapping[str, Any]) -> str:
    """Why an account cannot be proven, in words; empty where it can."""
    if not row["registered"]:
        return "is a guest's, to whom nothing is given"
    if row["gone"]:
        return "is gone from its shop"
    if is_erased_email(row["email_folded"]):
        return "is an erased person's"
    return "" if row["email_folded"] else "has no e-mail that can be written to"


def _made_key(workspace: Workspace, shop: str) -> SecretStr:
    found = workspace.secrets.find(shop, OWNERSHIP_KEY)
    if found is None:
        found = SecretStr(secrets.token_urlsafe(_LEAST_KEY_LENGTH))
        workspace.secrets.set(shop, OWNERSHIP_KEY, found)
    if len(found.get_secret_value()) < _LEAST_KEY_LENGTH:
        raise MisconfiguredError(
            f"The '{OWNERSHIP_KEY}' of shop '{shop}' is too short to sign with. "
            f"Take at least {_LEAST_KEY_LENGTH} characters: `openssl rand -base64 32` makes one."
        )
    return found


def _shop_of(account: str) -> int:
    """The shop's number, 0 where it is no account's id."""
    number = account.partition(":")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


def _usable_site(site: str) -> str:
    try:
        parts = urlsplit(site)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL)
    extras = parts.username or parts.password or parts.query or parts.fragment
    if not safe or not host or extras or not site.isprintable() or " " in site:
        raise PermanentError(
            "Links are opened by shoppers: give the https:// address under which your site serves Regulars, "
            "such as https://www.example.com/regulars/"
        )
    return site if site.endswith("/") else f"{site}/"


def _mark_profile(connection: Connection, account: str) -> None:
    """What was written by hand of the person's e-mail and phone goes to accounts of known ownership only."""
    row = store.accounts_named(connection, [account]).get(account)
    if row is not None and row["person_id"] is not None:
        store.mark_profiles(connection, [row["person_id"]])


def _note(workspace: Workspace, who: str, action: str, subject: str, detail: Mapping[str, Any]) -> None:
    with workspace.store.write() as connection:
        now = workspace.clock()
        store.write_audit(connection, who=who, action=action, subject=subject, detail=detail, now=now)
