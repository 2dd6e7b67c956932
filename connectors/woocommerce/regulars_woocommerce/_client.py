"""WooCommerce's REST API v3: where it is, what its refusals mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from regulars_connectors import Answer, HttpSession, UnreachableError
from regulars_mapping import MisconfiguredError, PermanentError, RegularsError, RetryError
from regulars_woocommerce._auth import KeyAuth, SignedAuth

Params = Mapping[str, str | int]
Item = dict[str, Any]

PAGE_SIZE: Final = 100
_API: Final = "/wp-json/wc/v3/"
_CODE: Final = re.compile(r"[a-z0-9_.-]{1,80}", re.IGNORECASE)
_GONE: Final = re.compile(r"_invalid_id$")
NO_ROUTE: Final = "rest_no_route"
_UNPROVEN: Final = "woocommerce_rest_authentication_error"


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a listing; ``total`` is the shop's own count of the whole, ``time`` its clock."""

    items: Sequence[Item]
    total: int | None
    time: datetime | None

    def more(self, page: int, size: int = PAGE_SIZE) -> bool:
        """Whether there are pages after this one: by the shop's count, and by a full page without it."""
        if self.total is None:
            return len(self.items) >= size
        return self.total > page * size


class WooClient:
    """One shop's API. ``url`` is the shop's home without a trailing slash."""

    def __init__(self, url: str, session: HttpSession) -> None:
        self.url = url
        self._session = session

    @property
    def in_query(self) -> bool:
        """Whether requests are signed in their query, where no server drops the proof."""
        return isinstance(self._session.auth, SignedAuth) and self._session.auth.is_in_query

    def close(self) -> None:
        """Give back the session. Harmless twice."""
        self._session.close()

    def ask(
        self, method: str, path: str, *, params: Params | None = None, json: Any = None, safe: bool = False
    ) -> Answer:
        """The answer of a v3 route, refusals among them. ``safe`` says of a write that it changes nothing, so
        that it may be repeated."""
        return self._session.request(method, f"{self.url}{_API}{path}", params=params, json=json, safe=safe)

    def public(self, path: str, params: Params | None = None) -> Answer:
        """The answer of a route that needs no key, asked without one."""
        return self._session.request("GET", f"{self.url}{path}", params=params, anonymous=True)

    def signed(self, path: str, params: Params, *, home: str) -> Answer:
        """The answer of a v3 route to a read that is signed in its query, as for a shop that calls itself
        ``home``. What the query shows opens nothing: a signature counts once."""
        auth = self._session.auth
        proof = auth.in_query(called=self.url, home=home) if isinstance(auth, KeyAuth) else None
        return self._session.request("GET", f"{self.url}{_API}{path}", params=params, auth=proof)

    def listing(self, path: str, params: Params, *, optional: bool = False) -> Listing:
        """A page of a collection; of an ``optional`` one that the shop has no route for, an empty one.

        Raises for every refusal.
        """
        answer = self.ask("GET", path, params=params)
        if optional and _has_no_route(answer):
            return Listing((), 0, answer.time)
        raise_for(answer, path)
        return Listing(_items(answer.data, path), answer.count("X-WP-Total"), answer.time)

    def one(self, path: str, external_id: str, *, optional: bool = False) -> Item | None:
        """One object by its id; None when the shop says that it does not exist, or has no route for an
        ``optional`` one."""
        answer = self.ask("GET", f"{path}/{external_id}")
        if answer.status == 404 and _GONE.search(code_of(answer)):
            return None
        if optional and _has_no_route(answer):
            return None
        raise_for(answer, path)
        if not isinstance(answer.data, dict):
            raise RetryError(f"The shop answered no object for one of its {path}. It will be asked again.")
        return answer.data

    def write(self, method: str, path: str, json: Any, params: Params | None = None) -> Item:
        """The object a write answers. Raises for every refusal."""
        answer = self.ask(method, path, params=params, json=json)
        raise_for(answer, path)
        return answer.data if isinstance(answer.data, dict) else {}


def _has_no_route(answer: Answer) -> bool:
    return answer.status == 404 and code_of(answer) == NO_ROUTE


def _items(data: Any, path: str) -> list[Item]:
    # PHP prints a list that a plug-in has filtered as an object: {"1": …}.
    values = list(data.values()) if isinstance(data, dict) and all(map(str.isdigit, data)) else data
    if not isinstance(values, list):
        raise PermanentError(
            f"The shop answered something other than a list of {path}. Check plug-ins that change its API."
        )
    return [item for item in values if isinstance(item, dict) and id_of(item)]


def is_number(external_id: str) -> bool:
    """Whether this can be an id of WooCommerce."""
    return external_id.isascii() and external_id.isdigit()


def id_of(item: Item) -> int:
    """The object's number, 0 when it has none."""
    number = item.get("id")
    if isinstance(number, str) and is_number(number):
        return int(number[:18])
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


def code_of(answer: Answer) -> str:
    """WooCommerce's word for its refusal; it is safe to show, its messages are not."""
    code = answer.data.get("code") if isinstance(answer.data, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def message_of(answer: Answer) -> str:
    """The refusal's message, to be compared, never shown: it may quote what was sent."""
    message = answer.data.get("message") if isinstance(answer.data, dict) else None
    return message if isinstance(message, str) else ""


def raise_for(answer: Answer, path: str) -> None:
    """Raise what a refusal means; nothing for success."""
    if answer.status < 400:
        return
    raise refusal(answer, path)


def refusal(answer: Answer, path: str) -> RegularsError:
    """What a refusal means for the loop."""
    code = code_of(answer)
    if answer.status in {401, 403} or (answer.status == 406 and not code):
        return _denied(answer, path, code)
    if code == NO_ROUTE:
        return MisconfiguredError(
            f"The shop has no route for {path}. WooCommerce may be switched off, or its permalinks are "
            "plain: choose any other form under Settings → Permalinks."
        )
    if not code and answer.status == 404:
        return UnreachableError(
            "There is no WordPress API at this address. Check the shop's URL, and that its permalinks are "
            "not plain (Settings → Permalinks)."
        )
    if answer.status == 408:
        return RetryError("The shop gave the request up. It will be asked again.")
    return PermanentError(
        f"The shop refused a request for {path} ({answer.status} {code or 'without a word'})."
    )


def unproven(answer: Answer) -> bool:
    """Whether the shop saw a key and did not take it: its secret, its signature, or what it may do."""
    return answer.status == 401 and code_of(answer) == _UNPROVEN


def one_sided(lacking: str) -> MisconfiguredError:
    """The refusal of a key that may not ``lacking``: read or write."""
    other = "write" if lacking == "read" else "read"
    return MisconfiguredError(
        f"The key may only {other}. Give it Read/Write under WooCommerce → Settings → Advanced → REST API."
    )


def _denied(answer: Answer, path: str, code: str) -> RegularsError:
    message = message_of(answer)
    if "write permissions" in message:
        return one_sided("write")
    if "read permissions" in message:
        return one_sided("read")
    if code == _UNPROVEN:
        return _unproven(message)
    if answer.status == 403 and code:
        return MisconfiguredError(
            f"The key's user may not see or change {path}. Make the key for an administrator or shop manager."
        )
    if code:
        return MisconfiguredError(
            "The shop does not know the key. Check it for a typing error; where it is right, something "
            "before the shop drops the Authorization header or hides HTTPS from it."
        )
    return MisconfiguredError(
        "Something before the shop (a firewall, a security plug-in) refuses us. Let /wp-json/ through."
    )


def _unproven(message: str) -> RegularsError:
    if "ignature" in message:
        return MisconfiguredError(
            "The shop computes another signature: its own address differs from the one given, or the secret "
            "is wrong. Set the option home_url to the host of Settings → General with the scheme that it is "
            "called by, as home_url=http://shop.example over plain HTTP; a check of the shop says which."
        )
    if "imestamp" in message:
        return MisconfiguredError(
            "The shop's clock and this machine's are more than 15 minutes apart. Set the wrong one."
        )
    if "nonce" in message:
        return RetryError("The shop has seen this request already. It will be signed anew.")
    # Shops say it in their own language: the parts are told apart only where they say it in English.
    parts = [part for part in ("secret", "key") if part in message][:1] or ["key or its secret"]
    return MisconfiguredError(
        f"The consumer {parts[0]} is wrong. Copy both again, or make a new key under WooCommerce → Settings "
        "→ Advanced → REST API."
    )
