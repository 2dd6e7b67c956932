"""Proving who we are: HTTP Basic over HTTPS, OAuth 1.0a over plain HTTP and where headers are dropped."""

import logging
from abc import abstractmethod
from base64 import b64encode

from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY
from requests import PreparedRequest
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

_SIGNATURE_METHOD = "HMAC-SHA256"
# At DEBUG these log keys, signatures and whole URLs. Each by its own name: a level that somebody sets for all
# of a library, now or later, opens none of them.
_TALKATIVE = (
    "oauthlib",
    "oauthlib.oauth1.rfc5849",
    "oauthlib.oauth1.rfc5849.signature",
    "requests_oauthlib.oauth1_auth",
)


def _is_no_debugging(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


class KeyAuth(AuthBase):
    """A REST key and its secret, however they are proven."""

    def __init__(self, key: str, secret: str) -> None:
        self._key = key
        self._secret = secret

    @abstractmethod
    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """The request with the proof."""

    def in_query(self, *, called: str, home: str) -> "SignedAuth":
        """The same key as a signature in the query, where nothing can drop it."""
        return SignedAuth(self._key, self._secret, called=called, home=home, place=SIGNATURE_TYPE_QUERY)


class BasicAuth(KeyAuth):
    """Key and secret in the header. Never in the query: the shop repeats its query in ``Link``."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        # requests would encode as Latin-1 and fail on a key that was pasted wrongly.
        request.headers["Authorization"] = (
            "Basic " + b64encode(f"{self._key}:{self._secret}".encode()).decode()
        )
        return request


class SignedAuth(KeyAuth):
    """OAuth 1.0a, in the header unless ``place`` says in the query. The shop checks the signature against
    its own configured address, so ``home`` replaces ``called`` in what is signed where a proxy or a tunnel
    gives it another one. Each request is signed with a nonce of its own, repeated ones too.

    Lists go as ``include[0]``, ``include[1]`` or with commas: the shop numbers ``include[]`` before it
    checks, and orders more than ten of them otherwise than we do.
    """

    def __init__(
        self, key: str, secret: str, *, called: str, home: str, place: str = SIGNATURE_TYPE_AUTH_HEADER
    ) -> None:
        super().__init__(key, secret)
        for name in _TALKATIVE:
            logging.getLogger(name).addFilter(_is_no_debugging)
        self._oauth = OAuth1(key, secret, signature_method=_SIGNATURE_METHOD, signature_type=place)
        self._called = called
        self._home = home
        self.is_in_query = place == SIGNATURE_TYPE_QUERY

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = request.url or ""
        replaced = url.startswith(self._called)
        if replaced:
            request.url = self._home + url[len(self._called) :]
        signed: PreparedRequest = self._oauth(request)
        if replaced:
            signed.url = self._called + (signed.url or "")[len(self._home) :]
        return signed
