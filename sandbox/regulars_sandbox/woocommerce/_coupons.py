"""``/coupons``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars_sandbox.woocommerce._clock import expiry, gmt_text, local_text
from regulars_sandbox.woocommerce._core import Call, Core, Reply, links, shown
from regulars_sandbox.woocommerce._coupon_use import CouponUse
from regulars_sandbox.woocommerce._coupon_values import (
    checked_amount,
    stored_amount,
    stored_code,
    stored_emails,
)
from regulars_sandbox.woocommerce._errors import already_trashed, not_modelled, rest_error
from regulars_sandbox.woocommerce._listing import BY_DATE, answer, narrowed, ordered, remembered
from regulars_sandbox.woocommerce._meta import write_meta
from regulars_sandbox.woocommerce._render import dates
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["Coupons"]

_COLLECTION = "/wc/v3/coupons"
# A database column of 64 KB: a longer description makes the insert fail, and the shop says 201 all the same.
_LONGEST_DESCRIPTION = 65_535
_STATUSES = frozenset({"publish", "draft"})
_PLAIN = (
    *("discount_type", "description", "individual_use", "product_ids", "excluded_product_ids"),
    *("free_shipping", "product_categories", "excluded_product_categories", "exclude_sale_items"),
)
_LIMITS = ("usage_limit", "usage_limit_per_user", "limit_usage_to_x_items")


class Coupons:
    """Reads and writes of coupons."""

    def __init__(self, core: Core, use: CouponUse) -> None:
        self._core, self._use = core, use

    def page(self, call: Call) -> Reply:
        """GET /coupons: published ones; ``code`` finds one published code in any letter case."""
        rows = remembered(call, self._core.coupons, lambda: self._chosen(call))
        return answer(call, rows, lambda row: self.show(call, row, listed=True))

    def read(self, call: Call) -> Reply:
        """GET /coupons/<id>, from the trash too."""
        return Reply(self.show(call, self._row(call)))

    def create(self, call: Call) -> Reply:
        """POST /coupons: 201; the code must be free among published coupons."""
        core, given = self._core, call.arguments
        code = stored_code(str(given["code"]))
        if not code:
            message = "The coupon code cannot be empty."
            raise rest_error(400, "woocommerce_rest_empty_coupon_code", message)
        self._check_free(code, None)
        record = self._blank()
        self._write(record, given)
        if len(str(given.get("description") or "").encode()) > _LONGEST_DESCRIPTION:
            return self._created(call, Row(0, created=0, modified=0, record=record | {"id": 0, "code": ""}))
        record["id"], record["code"] = core.next_post(), code
        now = core.now()
        row = Row(record["id"], created=now, modified=now, record=record, status=record["status"], key=code)
        row.stamp(core.settings.zone)
        core.coupons.put(row)
        core.codes.setdefault(code, []).append(row.id)
        core.emit("coupon.created", row.id)
        return self._created(call, row)

    def update(self, call: Call) -> Reply:
        """PUT /coupons/<id>: only code and description move date_modified."""
        core, given, row = self._core, call.arguments, self._row(call)
        code = stored_code(str(given["code"])) if given.get("code") is not None else row.key
        if code != row.key:
            self._check_free(code, row.id)
        before = (row.key, row.record["description"])
        changed = row.snapshot()
        self._write(changed, given)
        row.own().update(changed)
        self._rename(row, code)
        row.status = row.record["status"]
        core.coupons.put(row)
        if (row.key, row.record["description"]) != before:
            core.touch(core.coupons, row)
        core.emit("coupon.updated", row.id)
        return Reply(self.show(call, row))

    def delete(self, call: Call) -> Reply:
        """DELETE /coupons/<id>: to the trash (coupon.deleted fires), with force for good (nothing fires)."""
        row = self._row(call)
        before = self.show(call, row)
        if call.get("force"):
            self._core.coupons.remove(row)
            self._core.codes[row.key].remove(row.id)
        elif row.status == "trash":
            raise already_trashed("shop_coupon")
        else:
            row.own()["status"] = row.status = "trash"
            self._core.coupons.put(row)
            self._core.emit("coupon.deleted", row.id)
        return Reply(before)

    def show(self, call: Call, row: Row, *, listed: bool = False) -> Record:
        """The coupon as answers carry it."""
        return shown(call, row.record, links(call, f"{_COLLECTION}/{row.id}", _COLLECTION), listed=listed)

    def _created(self, call: Call, row: Row) -> Reply:
        location = {"Location": f"{call.home}/wp-json{_COLLECTION}/{row.id}"}
        return Reply(self.show(call, row), status=201, headers=location)

    def _row(self, call: Call) -> Row:
        row = self._core.coupons.get(call.number())
        if row is None:
            raise rest_error(404, "woocommerce_rest_shop_coupon_invalid_id", "Invalid ID.")
        return row

    def _chosen(self, call: Call) -> list[Row]:
        return ordered(call, narrowed(call, self._core, self._filtered(call)), by=BY_DATE)

    def _filtered(self, call: Call) -> list[Row]:
        status, code = call.arguments.get("status", "publish"), call.get("code")
        if code is not None:
            found = self._use.published(stored_code(code))
            return [found] if found is not None and status != "trash" else []
        if status not in {"publish", "any"}:
            raise not_modelled(f"status={status} of {_COLLECTION}")
        rows = [
            row
            for row in self._core.coupons
            if row.status == "publish" or (status == "any" and row.status != "trash")
        ]
        if search := call.get("search"):
            word = search.lower()
            rows = [row for row in rows if word in row.key or word in row.record["description"].lower()]
        return rows

    def _check_free(self, code: str, own: int | None) -> None:
        taken = self._use.published(code)
        if taken is not None and taken.id != own:
            message = "The coupon code already exists"
            raise rest_error(400, "woocommerce_rest_coupon_code_already_exists", message)

    def _rename(self, row: Row, code: str) -> None:
        if code == row.key:
            return
        self._core.codes[row.key].remove(row.id)
        self._core.codes.setdefault(code, []).append(row.id)
        row.key = row.own()["code"] = code

    def _blank(self) -> Record:
        zero = stored_amount(0)
        return {
            "id": 0,
            "code": "",
            "amount": zero,
            "status": "publish",
            **dates(self._core.now(), self._core.now(), self._core.settings),
            "discount_type": "fixed_cart",
            "description": "",
            "date_expires": None,
            "date_expires_gmt": None,
            "usage_count": 0,
            "individual_use": False,
            "product_ids": [],
            "excluded_product_ids": [],
            "usage_limit": None,
            "usage_limit_per_user": None,
            "limit_usage_to_x_items": None,
            "free_shipping": False,
            "product_categories": [],
            "excluded_product_categories": [],
            "exclude_sale_items": False,
            "minimum_amount": zero,
            "maximum_amount": zero,
            "email_restrictions": [],
            "used_by": [],
            "meta_data": [],
        }

    def _write(self, record: Record, given: Mapping[str, Any]) -> None:
        self._write_amounts(record, given)
        for name in _PLAIN:
            if given.get(name) is not None:
                record[name] = given[name]
        for name in _LIMITS:
            if given.get(name) is not None:
                record[name] = given[name] or None
        checked_amount(record["amount"], record["discount_type"])
        if given.get("status") is not None:
            if given["status"] not in _STATUSES:
                raise not_modelled(f"the coupon status {given['status']}")
            record["status"] = given["status"]
        if given.get("email_restrictions") is not None:
            record["email_restrictions"] = stored_emails(given["email_restrictions"])
        self._write_expiry(record, given)
        entries = given.get("meta_data") or ()
        write_meta(record["meta_data"], entries, self._core.next_inner, drop=lambda _key: False)

    def _write_amounts(self, record: Record, given: Mapping[str, Any]) -> None:
        """The amount is looked at before the new type is, and once more with it."""
        for name in ("amount", "minimum_amount", "maximum_amount"):
            if given.get(name) is not None:
                record[name] = stored_amount(given[name])
        if given.get("amount") is not None:
            checked_amount(record["amount"], record["discount_type"])

    def _write_expiry(self, record: Record, given: Mapping[str, Any]) -> None:
        """``date_expires`` counts, null leaves it; ``date_expires_gmt`` is accepted and has no effect."""
        if given.get("date_expires") is None:
            return
        moment = expiry(str(given["date_expires"]), self._core.settings.zone)
        record["date_expires"] = local_text(moment, self._core.settings.zone)
        record["date_expires_gmt"] = gmt_text(moment)
