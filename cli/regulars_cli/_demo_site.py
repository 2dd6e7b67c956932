"""The demo's site over HTTP, as the browsers of its owner and of its shoppers use it."""

import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

from regulars_mapping import MisconfiguredError

_TIMEOUT = 20
_PORTS = range(20_000, 32_000)
_TRIES = 100


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the site is. Two names of one machine: the owner's login and a shopper's share no cookie."""

    port: int

    @property
    def owner(self) -> str:
        """The owner's side."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def customers(self) -> str:
        """The owner's list of customers."""
        return f"{self.owner}/admin/customers/"

    @property
    def shop(self) -> str:
        """The storefront."""
        return f"http://localhost:{self.port}"

    @property
    def page(self) -> str:
        """The storefront's page."""
        return f"{self.shop}/shop/"

    def answer(self) -> bool:
        """Whether the site is there."""
        with suppress(requests.ConnectionError, requests.Timeout):
            return _browser().get(f"{self.owner}/admin/login/", timeout=_TIMEOUT).ok
        return False


class OwnersBrowser:
    """A browser in which the owner logs in. Raises requests' errors."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._browser = _browser()

    def log_in(self, name: str, password: str) -> bool:
        """Whether the site lets the owner in."""
        login = f"{self._addresses.owner}/admin/login/"
        _got(self._browser, login)
        form = {"username": name, "password": password, "next": "/admin/customers/"}
        return _sent(self._browser, login, form).url == self._addresses.customers

    def customers(self, text: str) -> str:
        """The page of whom the owner finds by a text."""
        return _got(self._browser, self._addresses.customers, {"q": text}).text

    def card(self, person: str) -> str:
        """The page of one customer."""
        return _got(self._browser, f"{self._addresses.customers}{person}/").text


class ShoppersBrowser:
    """A browser at the storefront. Raises requests' errors, ValueError for what is no offer."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._browser = _browser()

    def page(self) -> str:
        """The storefront's page."""
        return _got(self._browser, self._addresses.page).text

    def log_in(self, key: str) -> None:
        """Log in as one of the demo's people."""
        self.page()
        _sent(self._browser, f"{self._addresses.page}login", {"shopper": key})

    def buy(self, amount: Decimal) -> str:
        """Buy for an amount in hryvnias; the page that says so."""
        return _sent(self._browser, f"{self._addresses.page}buy", {"amount": f"{amount:.2f}"}).text

    def offer(self) -> Mapping[str, Any]:
        """What the page's element shows, asked for as it asks: a token first, then the offer."""
        token = _got(self._browser, f"{self._addresses.shop}/regulars/token").json()["token"]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = requests.Session()
        answer.trust_env = False
        with answer:
            found = answer.get(
                f"{self._addresses.shop}/regulars/api/offer", headers=headers, timeout=_TIMEOUT
            )
        found.raise_for_status()
        document: dict[str, Any] = found.json()
        return document

    def percent(self) -> int:
        """The discount that is shown, in hundredths of a percent; 0 for none."""
        return int(Decimal(self.offer()["percent"]) * 100)


def free_port(wanted: int | None) -> int:
    """The wanted port where nobody listens on it under either name, else any other.

    Nobody is given another's: it lies below those that systems give to whoever connects.
    """
    others = (secrets.choice(_PORTS) for _ in range(_TRIES))
    for port in others if wanted is None else (wanted, *others):
        if _is_free(port):
            return port
    raise MisconfiguredError("No port is free for the demo's site; name one with --port.")


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return not _answers_elsewhere(port)
    return False


def _answers_elsewhere(port: int) -> bool:
    """Whether somebody else would answer to a browser that takes localhost for ::1."""
    with suppress(OSError), socket.create_connection(("::1", port), timeout=1):
        return True
    return False


def _browser() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def _got(
    browser: requests.Session, address: str, query: Mapping[str, str] | None = None
) -> requests.Response:
    answer = browser.get(address, params=dict(query or {}), timeout=_TIMEOUT)
    answer.raise_for_status()
    return answer


def _sent(browser: requests.Session, address: str, form: Mapping[str, str]) -> requests.Response:
    """Send a form of a page that was fetched before."""
    fields = {**form, "csrfmiddlewaretoken": browser.cookies.get("csrftoken", default="")}
    answer = browser.post(address, data=fields, timeout=_TIMEOUT)
    answer.raise_for_status()
    return answer
