"""The one address at which Shopify gives access tokens, whatever they are asked for with."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from regulars_connectors import HttpSession, RefusedKeyError
from regulars_mapping import MisconfiguredError, RetryError

Answered = dict[str, Any]
App = tuple[SecretStr, SecretStr]
"""An app's client id and client secret."""

_PATH: Final = "/admin/oauth/access_token"
_LONGEST_LIFE: Final = 10**9
_REFUSES: Final = frozenset({400, 401, 403})


def ask(
    session: HttpSession, home: str, app: App, grant: Mapping[str, str], *, refused: str, safe: bool
) -> tuple[SecretStr, Answered]:
    """The access token that Shopify gives for ``grant``, and all it says of it. ``safe``: may be asked again.

    Raises MisconfiguredError with the words ``refused`` where Shopify refuses it.
    """
    client_id, client_secret = (part.get_secret_value() for part in app)
    body = {"client_id": client_id, "client_secret": client_secret, **grant}
    answer = session.request("POST", f"{home}{_PATH}", json=body, anonymous=True, safe=safe)
    if answer.status >= 400:
        made = RefusedKeyError if answer.status in _REFUSES else MisconfiguredError
        raise made(f"{refused} (Shopify answered HTTP {answer.status}.)")
    data = answer.data if isinstance(answer.data, dict) else {}
    token = text_of(data.get("access_token"))
    if token is None:
        raise RetryError("Shopify answered no token for the app's credentials. It will be asked again.")
    return token, data


def text_of(value: Any) -> SecretStr | None:
    """A token out of an answer, None where it cannot be one."""
    usable = isinstance(value, str) and 0 < len(value) <= 2_000 and value.isascii() and value.isprintable()
    return SecretStr(value) if usable else None


def life_of(value: Any) -> float:
    """How many seconds a token lives by an answer; 0 where it does not tell."""
    told = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _LONGEST_LIFE
    return float(value) if told else 0.0
