"""The storefront's questions: which pages may ask, and what an identified shopper is shown."""

import logging
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from pydantic import SecretStr

import regulars_store as store
from regulars_agent._offers import language_of as language_of_shop
from regulars_agent._offers import money
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError, RetryError
from regulars_marketing import (
    Proof,
    confirmation,
    invitation,
    language_of,
    next_step,
    preparation,
    read_proof,
    sentence,
    terms,
)

STOREFRONT_KEY = "storefront_key"
"""The name of the secret with which a shop's pages say who is logged in."""
ORIGINS_OPTION = "storefront_origins"
"""The shop option that names further pages that may ask, as ``https://www.example.com``, parted by spaces."""
LEAST_KEY_LENGTH = 32
"""Characters. HS256 needs a key no shorter than its digest."""
_REMEMBERED = timedelta(seconds=30)
_PORTS = {"https": 443, "http": 80}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StorefrontShop:
    """What of a shop matters to its pages. ``key`` is None where its shoppers cannot be identified."""

    id: int
    name: str
    language: str
    origins: frozenset[str]
    key: SecretStr | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """What a shopper is shown, as plain text in ``language``.

    What works in the shop now is ``percent``, 0 for nothing or an amount; or ``amount`` (``"100.00"``) of
    ``currency``, both empty for nothing or a percent. ``terms`` say what it is for, empty for everything;
    ``code`` is what must be typed for it, empty where nothing must; ``valid_until`` (UTC) None where it has
    no end.
    """

    percent: Decimal
    amount: str
    currency: str
    level: str
    sentence: str
    next_step: str
    terms: str
    code: str
    valid_until: datetime | None
    language: str


class Storefront:
    """Answers a workspace's storefronts. Safe to share by threads.

    Shops, their options and keys are remembered for half a minute: an answer costs one query then, two at
    most. Every method may raise RetryError and MisconfiguredError of the store.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: tuple[datetime, Mapping[str, StorefrontShop]] | None = None

    def now(self) -> datetime:
        """The workspace's time."""
        return self._workspace.clock()

    def shops(self) -> Mapping[str, StorefrontShop]:
        """The connected shops by name."""
        now, known = self.now(), self._known
        if known is None or not known[0] <= now < known[0] + _REMEMBERED:
            self._known = known = (now, self._read_shops())
        return known[1]

    def offer(self, shop: StorefrontShop, account: str, *, language: str = "") -> ShownOffer:
        """What this account (its external id) of the shop is shown; `anonymous_offer` where there is nothing.

        The shop's language is taken where none is asked for. Only what the shop has confirmed for this very
        account counts as its discount.
        """
        spoken = language_of(language or shop.language)
        with self._workspace.store.read() as connection:
            offering = store.account_offering(connection, shop.id, account)
        proof = None if offering is None else read_proof(offering.proof)
        if (
            offering is None
            or proof is None
            or (offering.valid_until is not None and offering.valid_until <= self.now())
        ):
            return anonymous_offer(language=spoken)
        return _shown(offering, proof, spoken)

    def _read_shops(self) -> dict[str, StorefrontShop]:
        with self._workspace.store.read() as connection:
            found = store.shops(connection)
        return {shop.name: self._shop(shop) for shop in found}

    def _shop(self, shop: store.Shop) -> StorefrontShop:
        return StorefrontShop(
            id=shop.id,
            name=shop.name,
            language=language_of_shop(shop),
            origins=frozenset(_origins(shop)),
            key=self._key(shop.name),
        )

    def _key(self, shop: str) -> SecretStr | None:
        # One shop's fault must not close the pages of the others.
        try:
            found = self._workspace.secrets.find(shop, STOREFRONT_KEY)
            return None if found is None else checked_key(found, shop=shop)
        except (MisconfiguredError, RetryError) as error:
            _log.warning("shoppers of shop %s cannot be identified: %s", shop, error)
            return None


def anonymous_offer(*, language: str = "en") -> ShownOffer:
    """What everybody is shown of whom nothing is known, or nothing may be shown."""
    spoken = language_of(language)
    return ShownOffer(
        percent=Decimal(0),
        amount="",
        currency="",
        level="",
        sentence=invitation(language=spoken),
        next_step="",
        terms="",
        code="",
        valid_until=None,
        language=spoken,
    )


def checked_key(key: SecretStr, *, shop: str) -> SecretStr:
    """The same key. Raises MisconfiguredError for one that is too short to sign with."""
    if len(key.get_secret_value()) < LEAST_KEY_LENGTH:
        raise MisconfiguredError(
            f"The '{STOREFRONT_KEY}' of shop '{shop}' is too short to sign with. "
            f"Take at least {LEAST_KEY_LENGTH} characters: `openssl rand -base64 32` makes one."
        )
    return key


def storefront_key(workspace: Workspace, shop: str) -> SecretStr:
    """The key with which this shop's pages say who is logged in; made and kept in the keyring at first.

    Raises MisconfiguredError for an unknown shop, an unusable key, and a keyring that does not work.
    """
    with workspace.store.read() as connection:
        store.shop_named(connection, shop)
    found = workspace.secrets.find(shop, STOREFRONT_KEY)
    if found is None:
        found = SecretStr(secrets.token_urlsafe(LEAST_KEY_LENGTH))
        workspace.secrets.set(shop, STOREFRONT_KEY, found)
    return checked_key(found, shop=shop)


def _shown(offering: store.AccountOffering, proof: Proof, language: str) -> ShownOffer:
    as_offered = offering.as_offered
    # What is being taken away is not shown any more, whether or not the shop still takes it.
    working = offering.confirmed if offering.gift else store.Gift(0)
    amount = money(working)
    if as_offered or not offering.gift:
        said, more = sentence(proof, language=language), next_step(proof, language=language)
    else:
        said, more = _in_between(working, language), ""
    return ShownOffer(
        percent=Decimal(working.percent).scaleb(-2),
        amount=amount.text() if amount else "",
        currency=amount.currency if amount else "",
        level=offering.level if as_offered else "",
        sentence=said,
        next_step=more,
        terms=terms(proof, language=language) if as_offered else "",
        code=offering.code if working else "",
        valid_until=offering.valid_until if as_offered else None,
        language=language,
    )


def _in_between(working: store.Gift, language: str) -> str:
    given = money(working) or working.percent
    return confirmation(given, language=language) if given else preparation(language=language)


def _origins(shop: store.Shop) -> Iterator[str]:
    given = str(shop.options.get(ORIGINS_OPTION, "")).replace(",", " ").split()
    for address in (shop.url, *given):
        origin = _origin(address)
        if origin:
            yield origin
        else:
            _log.warning("shop %s: one of its %s is no address of pages", shop.name, ORIGINS_OPTION)


def _origin(address: str) -> str:
    """The origin as browsers send it, '' for what is none."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        name = host if ":" in host else host.encode("idna").decode()
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not name or "*" in name:
        return ""
    name = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in {None, _PORTS[parts.scheme]} else "")
