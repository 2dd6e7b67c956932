"""``/customers``: accounts.  Guests are not among them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Any

from regulars_sandbox.woocommerce._core import Call, Core, Reply, links, shown
from regulars_sandbox.woocommerce._errors import not_modelled, rest_error
from regulars_sandbox.woocommerce._listing import answer, remembered
from regulars_sandbox.woocommerce._meta import write_meta
from regulars_sandbox.woocommerce._render import CUSTOMER_BILLING, CUSTOMER_SHIPPING, address, avatar, dates
from regulars_sandbox.woocommerce._schema import is_email
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["Customers"]

_COLLECTION = "/wc/v3/customers"
_TAGS = re.compile(r"<[^>]*>")
_MAY_LOOK = ("GET",)
_MAY_EDIT = ("GET", "POST", "PUT", "PATCH")
_INTERNAL = frozenset({"wp_capabilities", "wp_user_level"})


class Customers:
    """Reads and writes of accounts, by REST and by the shop's own people."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def page(self, call: Call) -> Reply:
        """GET /customers: no filter by change, default role customer, default order name asc."""
        shuffled = call.get("orderby", "name") == "registered_date"
        extra = str(call.get("page", 1)) if shuffled else ""
        rows = remembered(call, self._core.customers, lambda: self._chosen(call), extra)
        return answer(call, rows, lambda row: self.show(call, row, listed=True))

    def read(self, call: Call) -> Reply:
        """GET /customers/<id>."""
        row = self._row(call)
        return Reply(self.show(call, row), allow=_allowed(call, row))

    def downloads(self, call: Call) -> Reply:
        """GET /customers/<id>/downloads: this shop sells nothing to download."""
        if self._core.customers.get(call.number("customer_id")) is None:
            raise not_modelled("the downloads of nobody")
        return Reply([])

    def create(self, call: Call) -> Reply:
        """POST /customers: 201 and events customer.created, customer.updated."""
        given = call.arguments
        email, username = str(given["email"]), given.get("username")
        if not is_email(email):
            raise rest_error(400, "customer_invalid_email", "Invalid email address")
        if email.lower() in self._core.emails:
            raise _email_exists(email)
        if not username or not given.get("password"):
            raise not_modelled("creating a customer without username and password")
        if username.lower() in self._core.usernames:
            message = "An account is already registered with that username. Please choose another."
            raise rest_error(400, "registration-error-username-exists", message)
        row = self.add(email=email, username=username, modified=self._core.now())
        self._write(row, given)
        self._core.emit("customer.created", row.id)
        self._core.emit("customer.updated", row.id)
        location = {"Location": f"{call.home}/wp-json{_COLLECTION}/{row.id}"}
        return Reply(self.show(call, row), status=201, headers=location)

    def update(self, call: Call) -> Reply:
        """PUT /customers/<id>: always bumps date_modified and fires customer.updated."""
        row = self._row(call)
        if _allowed(call, row) == _MAY_LOOK:
            raise rest_error(
                403, "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."
            )
        self._check_identity(row, call.arguments)
        self._write(row, call.arguments)
        self._core.touch(self._core.customers, row)
        self._core.emit("customer.updated", row.id)
        return Reply(self.show(call, row), allow=_allowed(call, row))

    def delete(self, call: Call) -> Reply:
        """DELETE /customers/<id>: only with force; the person's orders become a guest's."""
        row = self._row(call)
        if call.key.role == "shop_manager":
            raise not_modelled("a shop manager deleting a customer")
        if not call.get("force"):
            message = "Customers do not support trashing."
            raise rest_error(501, "woocommerce_rest_trash_not_supported", message)
        if call.get("reassign"):
            raise not_modelled("reassign of DELETE /customers/<id>")
        gone = self.show(call, row)
        # Whom nobody may do anything to any more has no hints about what may be done.
        del gone["_links"]["self"][0]["targetHints"]
        self.remove(row)
        return Reply(gone, allow=())

    def totals(self, _call: Call) -> Reply:
        """GET /reports/customers/totals."""
        people = [
            row.record["is_paying_customer"] for row in self._core.customers if row.status == "customer"
        ]
        paying = sum(people)
        return Reply(
            [
                {"slug": "paying", "name": "Paying customer", "total": paying},
                {"slug": "non_paying", "name": "Non-paying customer", "total": len(people) - paying},
            ]
        )

    def add(self, *, email: str, username: str, modified: int | None, role: str = "customer") -> Row:
        """A new, empty account."""
        core = self._core
        number, now = core.next_user(), core.now()
        record: Record = {
            "id": number,
            **dates(now, modified, core.settings),
            "email": email,
            "first_name": "",
            "last_name": "",
            "role": role,
            "username": username,
            "billing": address(None, CUSTOMER_BILLING),
            "shipping": address(None, CUSTOMER_SHIPPING),
            "is_paying_customer": False,
            "avatar_url": avatar(email),
            "meta_data": [],
        }
        row = Row(number, created=now, modified=modified, record=record, status=role, key=email.lower())
        core.emails[row.key] = core.usernames[username.lower()] = number
        core.logins[number] = username.lower()
        return core.customers.put(row)

    def remove(self, row: Row) -> None:
        """Delete the account; orders lose it and are bumped; customer.deleted only for the role customer."""
        core = self._core
        core.customers.remove(row)
        core.emails.pop(row.key, None)
        core.usernames.pop(core.logins.pop(row.id), None)
        for order in [order for order in core.orders if order.owner == row.id]:
            order.owner = order.own()["customer_id"] = 0
            core.touch(core.orders, order)
        if row.status == "customer":
            core.emit("customer.deleted", row.id)

    def pays(self, number: int) -> None:
        """A first paid order makes a paying customer, which bumps date_modified once."""
        row = self._core.customers.get(number)
        if row is not None and not row.record["is_paying_customer"]:
            row.own()["is_paying_customer"] = True
            self._core.touch(self._core.customers, row)

    def show(self, call: Call, row: Row, *, listed: bool = False) -> Record:
        """The account as answers carry it."""
        path = f"{_COLLECTION}/{row.id}"
        record, allowed = row.record, _allowed(call, row)
        if allowed is None:
            return shown(call, record, links(call, path, _COLLECTION), listed=listed)
        # Meta data of people is for administrators: a shop manager writes it and never reads it back.
        record = {name: value for name, value in record.items() if name != "meta_data"}
        return shown(call, record, links(call, path, _COLLECTION, allowed), listed=listed)

    def _row(self, call: Call) -> Row:
        row = self._core.customers.get(call.number())
        if row is None:
            raise rest_error(404, "wc_user_invalid_id", "Invalid user ID.")
        return row

    def _chosen(self, call: Call) -> list[Row]:
        rows = self._filtered(call)
        descending = call.get("order", "asc") == "desc"
        by = call.get("orderby", "name")
        if by == "include":
            place = {number: at for at, number in enumerate(call.get("include", ()))}
            return sorted(rows, key=lambda row: place.get(row.id, 0))
        if by == "registered_date":
            page = call.get("page", 1)
            return sorted(rows, key=lambda row: (row.created, _shuffled(row.id, page)), reverse=descending)
        if by == "name":
            return sorted(rows, key=lambda row: (self._core.logins[row.id], row.id), reverse=descending)
        return sorted(rows, key=lambda row: row.id, reverse=descending)

    def _filtered(self, call: Call) -> list[Row]:
        role, email, search = call.get("role", "customer"), call.get("email"), call.get("search")
        include, exclude = set(call.get("include", ())), set(call.get("exclude", ()))
        rows = [row for row in self._core.customers if role in {"all", row.status}]
        if email:
            rows = [row for row in rows if row.key == email.lower()]
        if include:
            rows = [row for row in rows if row.id in include]
        if exclude:
            rows = [row for row in rows if row.id not in exclude]
        if search:
            # The shop looks at login and account e-mail only, never at names or phones.
            word = search.lower()
            rows = [row for row in rows if word in row.key or word in self._core.logins[row.id]]
        return rows

    def _check_identity(self, row: Row, given: Mapping[str, Any]) -> None:
        email, username = given.get("email"), given.get("username")
        if email is not None:
            other = self._core.emails.get(email.lower())
            if other not in (None, row.id):
                code = "woocommerce_rest_customer_invalid_email"
                raise rest_error(400, code, "Email address is invalid.")
        if username is not None and username != row.record["username"]:
            code = "woocommerce_rest_customer_invalid_argument"
            raise rest_error(400, code, "Username isn't editable.")

    def _write(self, row: Row, given: Mapping[str, Any]) -> None:
        record = row.own()
        for name in ("first_name", "last_name"):
            if given.get(name) is not None:
                record[name] = plain_name(given[name])
        for name, parts in (("billing", CUSTOMER_BILLING), ("shipping", CUSTOMER_SHIPPING)):
            if given.get(name):
                record[name] |= {part: given[name][part] for part in parts if part in given[name]}
        if given.get("email") is not None:
            self._core.emails.pop(row.key, None)
            record["email"], row.key = given["email"], given["email"].lower()
            record["avatar_url"] = avatar(row.key)
            self._core.emails[row.key] = row.id
        write_meta(
            record["meta_data"],
            given.get("meta_data") or (),
            self._core.next_inner,
            drop=lambda key: key.startswith("_") or key in _INTERNAL,
        )
        self._core.customers.put(row)


def plain_name(text: str) -> str:
    """A name as WordPress stores it: tags stripped, & written as an entity, backslashes lost."""
    return _TAGS.sub("", text).replace("\\", "").replace("&", "&amp;").strip()


def _allowed(call: Call, row: Row) -> tuple[str, ...] | None:
    """What a shop manager may do to the person: look at an administrator, all but delete to others.

    None means no limit.
    """
    if call.key.role != "shop_manager":
        return None
    return _MAY_LOOK if row.status == "administrator" else _MAY_EDIT


def _shuffled(number: int, page: int) -> int:
    """Ties of registered_date come in another order on every page, as a database without tie-breaker may."""
    return zlib.crc32(f"{page}:{number}".encode())


def _email_exists(email: str) -> Exception:
    message = (
        f"An account is already registered with {email}. Please log in or use a different email address."
    )
    return rest_error(400, "registration-error-email-exists", message)
