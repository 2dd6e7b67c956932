"""What stands in a link of ownership: the account's id, its end and a keyed tag of the e-mail, under an HMAC.

No address and no name: nobody can be recognised in it, and without the shop's key it cannot be made.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pydantic import SecretStr

from regulars_mapping import PermanentError

LONGEST_LINK: Final = 1_000
"""Characters of a link's last part."""
_VERSION: Final = b"\x01"
_END, _TAG, _SIGN = 5, 16, 32
_HEAD: Final = len(_VERSION) + _END + _TAG
_NOTHING: Final = bytes(_HEAD + 1 + _SIGN)
_NOBODYS_KEY: Final = SecretStr("-" * 43)


@dataclass(frozen=True, slots=True)
class OwnershipToken:
    """A link as it says itself; to be believed once it is signed. ``account`` is empty where it is none."""

    account: str
    _body: bytes = field(repr=False)

    @classmethod
    def read(cls, token: str) -> "OwnershipToken":
        """Whatever somebody sends; what is no link gives one that nobody has signed."""
        body = _body_of(token)
        try:
            return cls(body[_HEAD:-_SIGN].decode(), body)
        except UnicodeDecodeError:
            return cls("", _NOTHING)

    def is_signed(self, key: SecretStr | None) -> bool:
        """Whether it was made with this key. Without a key it takes as long, and it never is."""
        said = _sign(key or _NOBODYS_KEY, self._body[:-_SIGN])
        good = hmac.compare_digest(self._body[-_SIGN:], said)
        return good and key is not None and self._body[:1] == _VERSION

    def is_for(self, key: SecretStr, email_folded: str) -> bool:
        """Whether it was made for this e-mail."""
        return hmac.compare_digest(self._body[1 + _END : _HEAD], _tag(key, email_folded))

    @property
    def ends(self) -> datetime:
        """Until when it is good."""
        return datetime.fromtimestamp(int.from_bytes(self._body[1 : 1 + _END]), UTC)

    @property
    def link(self) -> str:
        """What tells it from every other, and by which it cannot be made again."""
        return hashlib.sha256(self._body[:-_SIGN]).hexdigest()[:32]


def made_token(key: SecretStr, account: str, email_folded: str, ends: datetime) -> str:
    """The last part of a link; good to the second. Raises PermanentError for an endless account's id."""
    end = int(ends.timestamp()).to_bytes(_END)
    body = _VERSION + end + _tag(key, email_folded) + account.encode()
    token = _spelt(body + _sign(key, body))
    if len(token) > LONGEST_LINK:
        raise PermanentError("The account's id is too long for a link.")
    return token


def _spelt(body: bytes) -> str:
    return urlsafe_b64encode(body).rstrip(b"=").decode()


def _body_of(token: str) -> bytes:
    """The bytes of a link; as many zeros where it is none, so that refusing takes as long."""
    if len(token) > LONGEST_LINK or not token.isascii():
        return _NOTHING
    try:
        body = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return _NOTHING
    # One link has one spelling.
    return body if _spelt(body) == token and len(body) >= len(_NOTHING) else _NOTHING


def _sign(key: SecretStr, body: bytes) -> bytes:
    return hmac.digest(key.get_secret_value().encode(), b"regulars ownership link\0" + body, "sha256")


def _tag(key: SecretStr, email_folded: str) -> bytes:
    secret, said = key.get_secret_value().encode(), b"regulars ownership e-mail\0" + email_folded.encode()
    return hmac.digest(secret, said, "sha256")[:_TAG]
