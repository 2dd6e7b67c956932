"""Segments: made, changed and deleted by apps and staff, and who is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._errors import bad_request, not_modelled, user_error
from regulars_sandbox.shopify._members import Members
from regulars_sandbox.shopify._paging import Page, page_of_rows, sorted_rows
from regulars_sandbox.shopify._sales import Account
from regulars_sandbox.shopify._search import parsed
from regulars_sandbox.shopify._segment_conduct import SegmentConduct
from regulars_sandbox.shopify._segment_fields import Subject
from regulars_sandbox.shopify._segment_query import Definitions, QueryError, SegmentQuery, parsed_segment
from regulars_sandbox.shopify._state import Record, Row, Table, gid, iso, number

__all__ = ["Segments"]

_KIND, _MEMBER = "Segment", "CustomerSegmentMember"
_LONGEST_NAME = 255
_MOST_MEMBERS = 1_000
_FOREIGN_NUMBERS = 7_000_000
_SORTS = {"CREATION_DATE": "CREATED_AT", "ID": "ID", "LAST_EDIT_DATE": "UPDATED_AT"}
_MEMBER_SORTS = {None: "ID", "created_at": "CREATED_AT"}
_SHARED = (
    *("displayName", "firstName", "lastName", "note", "numberOfOrders", "amountSpent", "metafields"),
    *("defaultEmailAddress", "defaultPhoneNumber", "defaultAddress"),
)
Arguments = Mapping[str, Any]


@dataclass(slots=True)
class _Segment:
    name: str
    query: str
    members: Members


class Segments:
    """The segment mutations and queries; names are unique in any letter case."""

    def __init__(self, core: Core, definitions: Definitions) -> None:
        self._core, self._definitions = core, definitions
        self._segments: Table[_Segment] = Table(_KIND)
        self.conduct = SegmentConduct()
        core.listeners.append(self._hear)

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {
            "segmentCreate": self._create,
            "segmentUpdate": self._update,
            "segmentDelete": self._delete,
            "segments": self._page,
            "segment": self._one,
            "customerSegmentMembers": self._members_page,
            "customerSegmentMembership": self._membership,
        }

    def members(self, segment: int) -> set[int]:
        """The customers of a segment as the shop sees them now; nobody where it is gone."""
        row = self._segments.get(segment)
        return row.state.members.look(self.conduct, partial(self._moved, row)) if row else set()

    def settle(self) -> None:
        """Time went by: what was still to be seen may be seen now."""
        for row in list(self._segments):
            row.state.members.catch_up(self.conduct, partial(self._moved, row))

    def create(self, name: str, query: str) -> int:
        """A new segment; ValueError where the name is taken or the query cannot be read."""
        self._check_name(name, 0)
        members = Members(self._core, self._read(query))
        fresh, now = self._core.next_id(), self._core.now()
        row = Row(_KIND, fresh, created=now, updated=now, state=_Segment(name, query, members))
        self._segments.put(row)
        members.asked_anew(members.query, self.conduct, partial(self._moved, row))
        self._core.emit("SEGMENTS_CREATE", row)
        return fresh

    def change(self, segment: int, name: str | None, query: str | None) -> None:
        """Another name or query; LookupError for an unknown segment, ValueError as for a new one."""
        row = self._segments.get(segment)
        if row is None:
            raise LookupError(f"segment {segment}")
        if name is not None:
            self._check_name(name, segment)
        read = None if query is None else self._read(query)
        state = row.state
        state.name = name if name is not None else state.name
        if read is not None and query is not None:
            state.query = query
            state.members.asked_anew(read, self.conduct, partial(self._moved, row))
        row.updated = self._core.now()
        self._segments.put(row)
        self._core.emit("SEGMENTS_UPDATE", row)

    def delete(self, segment: int) -> None:
        """The segment goes, its members stay; LookupError for an unknown one."""
        row = self._segments.get(segment)
        if row is None:
            raise LookupError(f"segment {segment}")
        self._segments.remove(row)
        self._core.emit("SEGMENTS_DELETE", row)

    def show(self, segment: int) -> Record | None:
        """The segment as answers carry it."""
        row = self._segments.get(segment)
        return None if row is None else _record(row)

    def _read(self, query: str) -> SegmentQuery:
        return parsed_segment(query, self._definitions, metafields=self.conduct.metafields)

    def _check_name(self, name: str, mine: int) -> None:
        if not name.strip():
            raise ValueError("Name can't be blank")
        if len(name) > _LONGEST_NAME:
            raise ValueError(f"Name is too long (maximum is {_LONGEST_NAME} characters)")
        if any(row.state.name.casefold() == name.casefold() and row.id != mine for row in self._segments):
            raise ValueError("Name has already been taken")

    def _create(self, _call: Call, arguments: Arguments) -> Record:
        try:
            fresh = self.create(arguments["name"], arguments["query"])
        except ValueError as error:
            return {"segment": None, "userErrors": [_told(error)]}
        return {"segment": self.show(fresh), "userErrors": []}

    def _update(self, _call: Call, arguments: Arguments) -> Record:
        segment = number(arguments["id"], _KIND) or 0
        try:
            self.change(segment, arguments.get("name"), arguments.get("query"))
        except LookupError:
            return {"segment": None, "userErrors": [_missing()]}
        except ValueError as error:
            return {"segment": None, "userErrors": [_told(error)]}
        return {"segment": self.show(segment), "userErrors": []}

    def _delete(self, _call: Call, arguments: Arguments) -> Record:
        try:
            self.delete(number(arguments["id"], _KIND) or 0)
        except LookupError:
            return {"deletedSegmentId": None, "userErrors": [_missing()]}
        return {"deletedSegmentId": arguments["id"], "userErrors": []}

    def _page(self, call: Call, arguments: Arguments) -> Page:
        query, sort = arguments.get("query"), arguments.get("sortKey") or "CREATION_DATE"
        if sort not in _SORTS:
            raise not_modelled(f"segments by {sort}")
        found = parsed(_KIND, query, self._core.settings.zone)
        if found.warnings:
            call.searches.append({"path": ["segments"], "query": query, "warnings": list(found.warnings)})
        rows = [row for row in self._segments if found.matches(row)]
        paged = {**arguments, "sortKey": _SORTS[sort]}
        return page_of_rows(lambda sort: sorted_rows(rows, sort), _record, paged)

    def _one(self, _call: Call, arguments: Arguments) -> Record | None:
        return self.show(number(arguments["id"], _KIND) or 0)

    def _members_page(self, _call: Call, arguments: Arguments) -> Page:
        """By segment as the shop sees it, by query as it is true; one of the two."""
        if arguments.get("queryId") is not None:
            raise not_modelled("customerSegmentMembers with queryId")
        sort = arguments.get("sortKey")
        if sort not in _MEMBER_SORTS:
            raise not_modelled(f"members of a segment by {sort}")
        chosen = self._chosen(arguments)
        found = [row for row in map(self._core.customers.get, chosen) if row is not None]
        paged = {**arguments, "sortKey": _MEMBER_SORTS[sort]}
        page = page_of_rows(lambda sort: sorted_rows(found, sort), self._member, paged, most=_MOST_MEMBERS)
        return replace(page, beside={"totalCount": len(found)})

    def _chosen(self, arguments: Arguments) -> set[int]:
        segment, query, zone = (arguments.get(name) for name in ("segmentId", "query", "timezone"))
        if segment is not None and query is None:
            if zone is not None:
                raise not_modelled("the members of a segment in another time zone")
            return set(self.members(self._known(segment).id))
        if query is None or segment is not None:
            raise bad_request("Exactly one of segmentId and query must be given.")
        return self._meant(query, zone or "UTC")

    def _meant(self, query: str, zone: str) -> set[int]:
        try:
            read, place = self._read(query), ZoneInfo(zone)
        except QueryError as error:
            raise bad_request(str(error)) from None
        except (KeyError, ValueError, OSError):
            raise bad_request(f"Timezone '{zone}' is invalid") from None
        return {row.id for row in self._core.customers if read.matches(Subject(self._core, row, place))}

    def _membership(self, _call: Call, arguments: Arguments) -> Record:
        customer = number(arguments["customerId"], "Customer")
        if self._core.customers.get(customer) is None:
            raise not_modelled("the memberships of a customer who does not exist")
        rows = [self._known(text) for text in arguments["segmentIds"]]
        memberships = [{"segmentId": row.gid, "isMember": customer in self.members(row.id)} for row in rows]
        return {"memberships": memberships}

    def _known(self, text: str) -> Row[_Segment]:
        row = self._segments.get(number(text, _KIND))
        if row is None:
            raise not_modelled("the members of a segment that does not exist")
        return row

    def _member(self, row: Row[Account]) -> Record:
        customer = self._core.show_customer(row)
        orders = self._core.orders_of(row.id)
        own = row.id if self.conduct.own_numbers else row.id + _FOREIGN_NUMBERS
        return {name: customer[name] for name in _SHARED} | {
            "__typename": _MEMBER,
            "id": gid(_MEMBER, own),
            "lastOrderId": orders[-1].gid if orders else None,
        }

    def _hear(self, _topic: str, row: Row[Any]) -> None:
        customer = {"Customer": row.id, "Order": row.owner}.get(row.kind)
        if customer:
            for segment in list(self._segments):
                segment.state.members.hear(customer, self.conduct, partial(self._moved, segment))

    def _moved(self, segment: Row[_Segment], customer: int, joined: bool) -> None:  # noqa: FBT001 - Moved
        topic = "CUSTOMER_JOINED_SEGMENT" if joined else "CUSTOMER_LEFT_SEGMENT"
        self._core.tell(topic, gid("Customer", customer), {"segmentId": segment.gid})


def _record(row: Row[_Segment]) -> Record:
    return {
        "__typename": _KIND,
        "id": row.gid,
        "name": row.state.name,
        "query": row.state.query,
        "creationDate": iso(row.created),
        "lastEditDate": iso(row.updated),
    }


def _told(error: ValueError) -> Record:
    return user_error(["query" if isinstance(error, QueryError) else "name"], str(error))


def _missing() -> Record:
    return user_error(["id"], "Segment does not exist")
