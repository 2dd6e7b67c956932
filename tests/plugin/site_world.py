"""Two shops of one owner and their people in a store, and a small Wagtail site that shows them."""

from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission, User
from django.db import connections
from django.test import Client

from regulars_agent import derive
from regulars_mapping import Contact
from regulars_store import Store, tables
from shop_objects import Counter, contact, customer, order
from wagtail_regulars._database import ALIAS, database_of
from wagtail_regulars._workspace import workspace

LISTING = "/admin/customers/"
MASTER_KEY = "m4ster-key-of-the-tests-0123456789abcdef"
PROGRAMME: dict[str, Any] = {
    "kind": "tier",
    "key": "regulars",
    "title": "Our regulars",
    "currency": "UAH",
    "tiers": [
        {"threshold": "20.00", "percent": "5", "level": "Silver"},
        {"threshold": "90.00", "percent": "10", "level": "Gold"},
    ],
}


@dataclass(frozen=True)
class Shops:
    """Two shops of one owner in a store."""

    store: Store
    tea: Counter
    coffee: Counter

    def derive(self) -> None:
        """Persons, facts and offers of what has landed."""
        derive(workspace())


def registered(number: str, who: Contact, **fields: Any) -> Any:
    """A registered customer of a shop."""
    return customer(number, contact=who, **fields)


def bought(external_id: str, who: Contact, hryvnias: int, **fields: Any) -> Any:
    """An order of two lines for so many hryvnias."""
    minor = hryvnias * 100
    usual = {"contact": who, "number": external_id, "goods": minor, "total": minor}
    return order(external_id, **usual | fields)


HANNA = contact("hanna", given_name="Ганна", family_name="Щербак", phone="050 111 22 33")
OLENA = contact("olena", given_name="Olena", family_name="Koval", phone="+380 67 765 43 21")


def login(*codenames: str, superuser: bool = False) -> Client:
    """A browser where somebody of the staff with these permissions has logged in."""
    name = f"user{User.objects.count()}"
    user = User.objects.create_user(name, is_superuser=superuser, is_staff=superuser)
    group = Group.objects.create(name=name)
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    user.groups.add(group)
    client = Client()
    client.force_login(user)
    return client


class Reading:
    """The site's alias points to this store meanwhile."""

    def __init__(self, url: str) -> None:
        given = {"default": connections.settings["default"], ALIAS: database_of(url)}
        self._wanted = connections.configure_settings(given)[ALIAS]

    def __enter__(self) -> None:
        connections.settings[ALIAS] = self._wanted
        self._drop()

    def __exit__(self, *_: object) -> None:
        self._drop()

    def _drop(self) -> None:
        if hasattr(connections._connections, ALIAS):
            connections[ALIAS].close()
            del connections[ALIAS]


def texts(page: bytes) -> BeautifulSoup:
    """The page without its isolations, which break no text for a reader."""
    soup = BeautifulSoup(page, "html.parser")
    for isolated in soup("bdi"):
        isolated.unwrap()
    soup.smooth()
    return soup


def cells(client: Client, query: str = "") -> list[list[str]]:
    """The listing's rows, the texts of their cells."""
    page = client.get(LISTING + query)
    assert page.status_code == 200, page.content[:2_000]
    found = texts(page.content).select("table.listing tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("td")] for row in found]


def names(client: Client, query: str = "") -> list[str]:
    """The names that the listing shows."""
    return [row[0] for row in cells(client, query)]


def person_named(shops: Shops, family_name: str) -> str:
    """The id of the one person of this family name."""
    return str(shops.tea.row(tables.person, family_name=family_name)["id"])


def sections(client: Client, person: str, query: str = "") -> dict[str, str]:
    """The card's sections by their names, as text."""
    page = client.get(f"{LISTING}{person}/{query}")
    assert page.status_code == 200, page.content[:2_000]
    found = texts(page.content).select("section[data-panel]")
    return {
        str(section["id"]).removesuffix("-section"): " ".join(section.get_text(" ").split())
        for section in found
    }
