"""Proving who we are: HTTP Basic over HTTPS, OAuth 1.0a over plain HTTP."""

from base64 import b64encode

from requests import PreparedRequest
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

_SIGNATURE_METHOD = "HMAC-SHA256"


class BasicAuth(AuthBase):
    """Key and secret in the header. Never in the query: the shop repeats its query in ``Link``."""

    def __init__(self, key: str, secret: str) -> None:
        # requests would encode as Latin-1 and fail on a key that was pasted wrongly.
        self._header = "Basic " + b64encode(f"{key}:{secret}".encode()).decode()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class SignedAuth(AuthBase):
    """OAuth 1.0a in the header. The shop checks the signature against its own configured address, so
    ``home`` replaces ``called`` in what is signed where a proxy or a tunnel gives it another one."""

    def __init__(self, key: str, secret: str, *, called: str, home: str) -> None:
        self._oauth = OAuth1(key, secret, signature_method=_SIGNATURE_METHOD)
        self._called = called
        self._home = home

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = request.url or ""
        if url.startswith(self._called):
            request.url = self._home + url[len(self._called) :]
        signed: PreparedRequest = self._oauth(request)
        signed.url = url
        return signed
