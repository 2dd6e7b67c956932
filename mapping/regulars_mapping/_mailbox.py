"""Whose a mailbox is: several people's, or the same one under another spelling."""

from functools import cache
from typing import NamedTuple, TypeAlias

from regulars_mapping._tables import rows, words

_UNJOINED = str.maketrans("", "", ".-_")
_SUBDOMAINS = frozenset(["fastmail.com", "fastmail.fm"])


class _Provider(NamedTuple):
    """What a provider makes of a mailbox: letters dropped or exchanged, the tag cut, one domain for all."""

    letters: dict[int, str | None]
    tag: str
    domain: str


_Providers: TypeAlias = dict[str, _Provider]
_LONGEST_MAILBOX = 64
"""Characters before the @ (RFC 5321, 4.5.3.1.1)."""


def is_role_mailbox(email: str) -> bool:
    """Whether several people read this folded address (info@, sales@, zakaz@, buero@); no key of anybody.

    Dots, hyphens, a number at the end and a tag make no difference: ``customer-service2+web@``.
    """
    mailbox = email.partition("@")[0].partition("+")[0]
    if len(mailbox) > _LONGEST_MAILBOX:
        return False
    return mailbox in _roles() or mailbox.translate(_UNJOINED).rstrip("0123456789") in _roles()


def email_alias(email: str) -> str:
    """The one spelling of this folded address's mailbox, as its provider reads it; '' where none is known.

    ``j.doe+shop@googlemail.com`` and ``jdoe@gmail.com`` give the latter. Only providers that say so are
    known (Gmail, Proton, Yandex, iCloud, Outlook, Fastmail); at any other a dot is a letter like all. Every
    address of a known provider has an alias, its plain spelling too; a role mailbox has none. It is weaker
    evidence than the same address: a family may share one mailbox by tags.
    """
    mailbox, _, domain = email.partition("@")
    provider = _providers().get(domain)
    if provider is None:
        mailbox, _, domain = domain.partition(".")
        if domain not in _SUBDOMAINS:
            return ""
        provider = _providers()[domain]
    if provider.tag:
        mailbox = mailbox.partition(provider.tag)[0]
    mailbox = mailbox.translate(provider.letters)
    if not mailbox or mailbox in _roles():
        return ""
    return f"{mailbox}@{provider.domain or domain}"


@cache
def _roles() -> frozenset[str]:
    return words("role_mailboxes")


@cache
def _providers() -> _Providers:
    found: _Providers = {}
    for row in rows("email_providers"):
        letters, tag, shared, domains = (part.split() for part in row.split("|"))
        main = domains[0] if shared == ["one"] else ""
        provider = _Provider(dict(map(_letter, letters)), "".join(tag), main)
        found.update(dict.fromkeys(domains, provider))
    return found


def _letter(rule: str) -> tuple[int, str | None]:
    """``.`` is dropped; ``-=.`` makes a hyphen a dot."""
    return ord(rule[0]), rule[2:] or None
