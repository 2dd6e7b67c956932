"""``customerUpdate``: an app changes a customer's name, contacts, language and metafields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._metafields import Metafields
from regulars_sandbox.shopify._people import People
from regulars_sandbox.shopify._state import Record, number

__all__ = ["Profiles"]

_NAMES = {"firstName": "first_name", "lastName": "last_name"}
_CONTACTS = ("email", "phone")
_KNOWN = frozenset({"id", "metafields", "locale", *_NAMES, *_CONTACTS})
_LONGEST = 255


class Profiles:
    """The root field by which apps edit customers: all of an input, or nothing."""

    def __init__(self, core: Core, people: People, metafields: Metafields) -> None:
        self._core, self._people, self._metafields = core, people, metafields

    def handlers(self) -> dict[str, Handler]:
        """The root field answered here, by name."""
        return {"customerUpdate": self._update}

    def _update(self, call: Call, arguments: Mapping[str, Any]) -> Record:
        call.require("write_customers", "customerUpdate")
        given = arguments["input"]
        if unknown := sorted(given.keys() - _KNOWN):
            raise not_modelled(f"customerUpdate with {unknown[0]}")
        row = self._core.customers.get(number(given.get("id") or "", "Customer"))
        if row is None:
            return _refused(user_error(["id"], "Customer does not exist"))
        entries = [{**each, "ownerId": row.gid} for each in given.get("metafields") or ()]
        if errors := self._faults(given) + self._metafields.faults_of(entries, call):
            return {"customer": None, "userErrors": errors}
        try:
            self._people.rewrite(
                row.id,
                email=given.get("email"),
                phone=given.get("phone"),
                locale=given.get("locale"),
                **{name: given[key] or "" for key, name in _NAMES.items() if key in given},
            )
        except ValueError as error:
            said = str(error)
            return _refused(user_error([said.partition(" ")[0].lower()], said.rstrip(".")))
        self._metafields.write_all(entries, call)
        return {"customer": self._core.show_customer(row), "userErrors": []}

    def _faults(self, given: Mapping[str, Any]) -> list[Record]:
        return [
            user_error([key], f"{key} is too long (maximum is {_LONGEST} characters)")
            for key in (*_NAMES, *_CONTACTS)
            if len(given.get(key) or "") > _LONGEST
        ]


def _refused(error: Record) -> Record:
    return {"customer": None, "userErrors": [error]}
