"""E-mail addresses in the one form in which they are compared."""

import re
from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import normalize

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from regulars_mapping._erased_email import is_erased_email
from regulars_mapping._tables import words
from regulars_mapping._text import INVISIBLE, bare

_MAX_LENGTH = 254  # RFC 5321's longest path, less its brackets
_MAX_MAILBOX = 64

# The common address, already folded: what the library would accept unchanged. It is forty times quicker
# than asking, and a test holds the two equal. A label with hyphens in third and fourth place is left to the
# library: it may be an international one.
_COMMON = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_{|}~-]+)*@"
    r"(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+((?!..--)[a-z](?:[a-z0-9-]{0,61}[a-z])?)"
)
# An input method's wide letters, and the apostrophes that a telephone types.
_TYPED = str.maketrans(
    {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | dict.fromkeys("\u02bc\u2018\u2019", "'")
)


# What decoders and databases put in the place of a letter they do not know. Two addresses of which nothing
# else is left are not one.
_LOST = re.compile("[\ufffc\ufffd]")


def fold_email(text: str) -> str:
    """The address in lower case, its domain in ASCII; '' where there is no address or a placeholder.

    The mailbox keeps its dots and tags: what a provider makes of them is weaker evidence than equality.
    Letters of other alphabets stay what they are, however much they look like Latin ones; a letter is never
    spelled out (straße@ and strasse@ are two mailboxes), and an invisible character inside makes it none.
    Addresses under reserved names (``deleted@site.invalid``, ``.local``, ``.test``) reach nobody and give
    '', and so do those that a marketplace makes for one sale. One that stands for the address of an erased
    person is kept, for it is the key that holds together what was theirs. Takes any string and raises
    nothing; folding a folded address changes nothing.
    """
    if not text or len(text) > 2 * _MAX_LENGTH:
        return ""
    folded = text.strip().lower() if text.isascii() else _international(text)
    if len(folded) > _MAX_LENGTH:
        return ""
    if is_erased_email(folded):
        return folded
    common = _COMMON.fullmatch(folded)
    address = _validated(folded) if common is None else "" if common[1] in _nowhere().endings else folded
    return "" if not address or "??" in address or _is_placeholder(address) else address


def _international(text: str) -> str:
    """The text in small letters, as its writer meant it; '' where something invisible stands inside, or the
    mark of a letter that was lost on the way."""
    # Copied from a page or an address book, it often stands between marks that nobody sees.
    text = bare(text).translate(_TYPED)
    return "" if INVISIBLE.search(text) or _LOST.search(text) else normalize("NFC", text.lower())


@lru_cache(maxsize=4_096)
def _validated(folded: str) -> str:
    """The library's word on an uncommon address: an international one, or none at all."""
    try:
        valid = validate_email(folded, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError:
        return ""
    domain = valid.ascii_domain.lower()
    if len(valid.local_part) > _MAX_MAILBOX or domain.rpartition(".")[2] in _nowhere().endings:
        return ""
    return f"{normalize('NFC', valid.local_part.lower())}@{domain}"


def _is_placeholder(address: str) -> bool:
    mailbox, _, domain = address.partition("@")
    label, _, ending = domain.partition(".")
    known = _nowhere()
    if mailbox in known.mailboxes or label in known.domains:
        return True
    if mailbox == label and (mailbox in known.echoed or mailbox == ending or len(set(mailbox)) == 1):
        return True
    return domain in known.relays or _family(label, ending) in known.relays


def _family(label: str, ending: str) -> str:
    """``marketplace.amazon.*`` of marketplace.amazon.co.uk, ``allegromail.*`` of allegromail.pl."""
    second, dot, _ = ending.partition(".")
    return f"{label}.{second}.*" if dot else f"{label}.*"


class _Nowhere(NamedTuple):
    mailboxes: frozenset[str]
    domains: frozenset[str]
    echoed: frozenset[str]
    endings: frozenset[str]
    relays: frozenset[str]


@cache
def _nowhere() -> _Nowhere:
    told = (words("placeholder_emails", under=name) for name in ("mailbox", "domain", "echo", "ending"))
    mailboxes, domains, echoed, endings = told
    endings |= frozenset(SPECIAL_USE_DOMAIN_NAMES)
    return _Nowhere(mailboxes, domains, echoed, endings, words("email_relays"))
