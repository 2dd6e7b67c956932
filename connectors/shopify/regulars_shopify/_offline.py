"""An app's way into somebody's shop while nobody is there: an hour's access token and what renews it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

import orjson
from pydantic import SecretStr

from regulars_connectors import HttpSession
from regulars_mapping import MisconfiguredError
from regulars_shopify._times import parsed
from regulars_shopify._token_endpoint import Answered, App, ask, life_of, text_of

_RENEWED_AT: Final = 0.8
# Of a token that does not say how long it lives.
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class OfflineGrant:
    """What renews an app's access, and the access token that came with it (None: not asked for yet), which
    serves until ``renew_at`` (aware UTC)."""

    refresh: SecretStr
    access: SecretStr | None = None
    renew_at: datetime | None = None

    @classmethod
    def answered(cls, access: SecretStr, refresh: SecretStr, data: Answered, *, now: datetime) -> Self:
        """These tokens, as the token endpoint gave them at ``now``."""
        life = timedelta(seconds=(life_of(data.get("expires_in")) or _HOUR) * _RENEWED_AT)
        return cls(refresh, access, now + life)

    @classmethod
    def of(cls, kept: SecretStr) -> Self:
        """A grant as it was kept, or one that begins with a bare refresh token. Raises MisconfiguredError
        where it is neither."""
        said = _read(kept.get_secret_value().strip())
        refresh = text_of(said.get("refresh_token"))
        if refresh is None:
            raise MisconfiguredError(
                "The shop's refresh_token cannot be read. Connect the shop again: regulars shop rotate"
            )
        return cls(refresh, text_of(said.get("access_token")), parsed(said.get("renew_at")))

    def kept(self) -> SecretStr:
        """One text to be kept, which ``of`` reads."""
        said = {
            "refresh_token": self.refresh.get_secret_value(),
            "access_token": self.access.get_secret_value() if self.access else None,
            "renew_at": self.renew_at.astimezone(UTC).isoformat() if self.renew_at else None,
        }
        return SecretStr(orjson.dumps(said).decode())

    def access_at(self, now: datetime) -> SecretStr | None:
        """The access token, None where there is none or it is old."""
        return self.access if self.renew_at is not None and now < self.renew_at else None


def refreshed(
    session: HttpSession, home: str, app: App, refresh: SecretStr, *, now: datetime
) -> tuple[SecretStr, OfflineGrant]:
    """A new access token, and the grant that it is of. May be asked again where the answer was lost: the old
    refresh token serves until the new tokens are used. Raises MisconfiguredError."""
    grant = {"grant_type": "refresh_token", "refresh_token": refresh.get_secret_value()}
    refused = (
        "Shopify does not renew this app's access to the shop: the app was removed there, its client secret "
        "was changed, or nothing was asked for 90 days. Connect the shop again: regulars shop rotate"
    )
    access, data = ask(session, home, app, grant, refused=refused, safe=True)
    newer = text_of(data.get("refresh_token")) or refresh
    return access, OfflineGrant.answered(access, newer, data, now=now)


def _read(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {"refresh_token": text}
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
