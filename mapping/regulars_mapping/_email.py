"""E-mail addresses in the one form in which they are compared."""

import re
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from regulars_mapping._text import fold_text

_MAX_LENGTH = 254  # RFC 5321's longest path, less its brackets
_MAX_MAILBOX = 64

# The common address, already folded: what the library would accept unchanged. It is forty times quicker
# than asking, and a test holds the two equal. A label with hyphens in third and fourth place is left to the
# library: it may be an international one.
_COMMON = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_{|}~-]+)*@"
    r"(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+((?!..--)[a-z](?:[a-z0-9-]{0,61}[a-z])?)"
)
_RESERVED = frozenset(SPECIAL_USE_DOMAIN_NAMES)

# What check-out forms, plug-ins and staff put where there is no address. On any domain:
_NOBODY = re.compile(r"(?:deleted-user|do-?not-?reply|no[-_.]?(?:e?mail|reply))@")
# ... and on a domain of the same name (test@test.com, example@example.com); people of other names on
# example.com are left alone.
_ECHO = re.compile(r"(1|123|a|aa|aaa|abc|asd|asdf|email|example|mail|no|none|null|qwe|qwerty|test|xxx)@\1\.")


def fold_email(text: str) -> str:
    """The address in lower case, its domain in ASCII; '' where there is no address or a placeholder.

    The mailbox keeps its dots and tags: what a provider makes of them is weaker evidence than equality.
    Addresses under reserved names (``deleted@site.invalid``, ``.local``, ``.test``) reach nobody and give
    ''. Takes any string and raises nothing; folding a folded address changes nothing.
    """
    if not text or len(text) > 2 * _MAX_LENGTH:
        return ""
    folded = fold_text(text)
    if len(folded) > _MAX_LENGTH:
        return ""
    common = _COMMON.fullmatch(folded)
    address = _validated(folded) if common is None else "" if common[1] in _RESERVED else folded
    return "" if _NOBODY.match(address) or _ECHO.match(address) else address


@lru_cache(maxsize=4_096)
def _validated(folded: str) -> str:
    """The library's word on an uncommon address: an international one, or none at all."""
    try:
        valid = validate_email(folded, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError:
        return ""
    if len(valid.local_part) > _MAX_MAILBOX:
        return ""
    return f"{fold_text(valid.local_part)}@{valid.ascii_domain.lower()}"
