"""Proving who we are: a token that was given, or one that is fetched for a day with the app's credentials."""

from collections.abc import Callable
from typing import Final, Protocol

from pydantic import SecretStr
from requests import PreparedRequest
from requests.auth import AuthBase

from regulars_connectors import HttpSession
from regulars_mapping import MisconfiguredError, RetryError

_HEADER: Final = "X-Shopify-Access-Token"
_RENEWED_AT: Final = 0.8
_PATH: Final = "/admin/oauth/access_token"


class Token(Protocol):
    """Where the access token comes from."""

    def current(self) -> SecretStr:
        """The token to send now. May ask the shop for one."""

    def renew(self) -> bool:
        """Forget a token that the shop refuses; False when there can be no other."""


class GivenToken:
    """A token that does not end, of an app that was made in the shop's admin."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def current(self) -> SecretStr:
        """The given token."""
        return self._token

    def renew(self) -> bool:
        """There is no other."""
        return False


class FetchedToken:
    """A token for about a day, by the client credentials grant; fetched anew at 80 % of its life."""

    def __init__(
        self, session: HttpSession, home: str, app: tuple[SecretStr, SecretStr], clock: Callable[[], float]
    ) -> None:
        self._session = session
        self._home = home
        self._app = app
        self._clock = clock
        self._token: SecretStr | None = None
        self._renew_at = 0.0

    def current(self) -> SecretStr:
        """The token, fetched where there is none or it is old. Raises MisconfiguredError when refused."""
        if self._token is None or self._clock() >= self._renew_at:
            self._token, life = self._fetched()
            self._renew_at = self._clock() + life * _RENEWED_AT
        return self._token

    def renew(self) -> bool:
        """Fetch another the next time."""
        self._token = None
        return True

    def _fetched(self) -> tuple[SecretStr, float]:
        client_id, client_secret = (part.get_secret_value() for part in self._app)
        body = {
            "client_id": client_id,
            "client_secret": client_secret,
            "grant_type": "client_credentials",
        }
        answer = self._session.request("POST", f"{self._home}{_PATH}", json=body, anonymous=True, safe=True)
        if answer.status >= 400:
            raise MisconfiguredError(
                f"Shopify gives no token for this client id and secret (HTTP {answer.status}). Check both, "
                "that the app is installed in this shop, and that shop and app belong to one organization."
            )
        data = answer.data if isinstance(answer.data, dict) else {}
        token, life = data.get("access_token"), data.get("expires_in")
        if not isinstance(token, str) or not token.isprintable() or not token:
            raise RetryError("Shopify answered no token for the app's credentials. It will be asked again.")
        lasting = float(life) if isinstance(life, int | float) and 0 < life < 10**9 else 0.0
        return SecretStr(token), lasting


class TokenAuth(AuthBase):
    """The token in its header."""

    def __init__(self) -> None:
        self.token = SecretStr("")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers[_HEADER] = self.token.get_secret_value()
        return request
