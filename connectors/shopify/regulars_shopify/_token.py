"""Proving who we are: a token that was given, one that is fetched for a day with the app's credentials, or
one that an app in somebody else's shop renews each hour."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from pydantic import SecretStr
from requests import PreparedRequest
from requests.auth import AuthBase

from regulars_connectors import CredentialKeeper, HttpSession
from regulars_mapping import MisconfiguredError
from regulars_shopify._offline import OfflineGrant, refreshed
from regulars_shopify._token_endpoint import App, ask, life_of

CLIENT_ID: Final = "client_id"
CLIENT_SECRET: Final = "client_secret"  # noqa: S105  the name of a credential, not one
ACCESS_TOKEN: Final = "access_token"  # noqa: S105  as above
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105  as above
_HEADER: Final = "X-Shopify-Access-Token"
_RENEWED_AT: Final = 0.8


class Token(Protocol):
    """Where the access token comes from."""

    @property
    def borrowed(self) -> bool:
        """Whether another process fetched the token that is sent now."""

    def current(self) -> SecretStr:
        """The token to send now. May ask the shop for one."""

    def renew(self) -> bool:
        """Forget a token that the shop refuses; False when there can be no other."""


class GivenToken:
    """A token that does not end, of an app that was made in the shop's admin."""

    borrowed = False

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

    borrowed = False

    def __init__(self, session: HttpSession, home: str, app: App, clock: Callable[[], float]) -> None:
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
        refused = (
            "Shopify gives no token for this client id and secret. Check both, that the app is installed in "
            "this shop, and that shop and app belong to one organization. The access token of an app made in "
            f"the shop's admin is given instead of them, as {ACCESS_TOKEN}."
        )
        grant = {"grant_type": "client_credentials"}
        token, data = ask(self._session, self._home, self._app, grant, refused=refused, safe=True)
        return token, life_of(data.get("expires_in"))


class RefreshedToken:
    """An hour's token of an app in somebody else's shop, renewed at 80 % of its life by a token that changes
    each time. All processes share one: a new one ends the others."""

    def __init__(
        self,
        session: HttpSession,
        home: str,
        app: App,
        keeper: CredentialKeeper,
        now: Callable[[], datetime],
    ) -> None:
        self._session = session
        self._home = home
        self._app = app
        self._keeper = keeper
        self._now = now
        self._grant: OfflineGrant | None = None
        self._refused: SecretStr | None = None
        self.borrowed = False

    def current(self) -> SecretStr:
        """The token, renewed where it is old or was refused. Raises MisconfiguredError where the shop renews
        it no more, and what the keeper raises: then nothing is lost."""
        token = self._grant.access_at(self._now()) if self._grant else None
        return token or self._shared()

    def renew(self) -> bool:
        """Take another the next time: the one that somebody kept meanwhile, or a new one."""
        self._refused = self._grant.access if self._grant else None
        self._grant = None
        return True

    def _shared(self) -> SecretStr:
        with self._keeper.locked():
            kept = OfflineGrant.of(self._keeper.load(REFRESH_TOKEN))
            token = kept.access_at(self._now())
            self.borrowed = token is not None and token != self._refused
            if token is None or token == self._refused:
                token, kept = refreshed(self._session, self._home, self._app, kept.refresh, now=self._now())
                # Kept before it is used: until then the old refresh token serves, so nothing can be lost.
                self._keeper.keep(REFRESH_TOKEN, kept.kept())
            self._grant = kept
            return token


def token_of(
    credentials: Mapping[str, SecretStr],
    session: HttpSession,
    home: str,
    *,
    keeper: CredentialKeeper | None,
    clock: Callable[[], float],
    now: Callable[[], datetime],
) -> Token:
    """The way in that these credentials are. Raises MisconfiguredError where something is missing."""
    given = {name: secret for name, secret in credentials.items() if secret.get_secret_value().strip()}
    if CLIENT_ID in given and CLIENT_SECRET in given:
        app = given[CLIENT_ID], given[CLIENT_SECRET]
        if REFRESH_TOKEN not in given:
            return FetchedToken(session, home, app, clock)
        if keeper is None:
            raise MisconfiguredError(
                f"The shop's {REFRESH_TOKEN} changes with each use, and there is no place here to keep it."
            )
        return RefreshedToken(session, home, app, keeper, now)
    if ACCESS_TOKEN in given:
        return GivenToken(given[ACCESS_TOKEN])
    raise MisconfiguredError(
        f"The shop's {CLIENT_ID} and {CLIENT_SECRET} are missing. Make an app in Shopify's Dev Dashboard, "
        f"install it in the shop, or give the {ACCESS_TOKEN} of an app made in the shop's admin."
    )


class TokenAuth(AuthBase):
    """The token in its header."""

    def __init__(self) -> None:
        self.token = SecretStr("")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers[_HEADER] = self.token.get_secret_value()
        return request
