"""The contract of a connector as tests: subclass ``ConnectorContract`` beside a platform's double and give it
the fixtures it names. A third party's connector is held to the same."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from regulars_connectors import (
    AccountOffer,
    Connector,
    Infrastructure,
    Operation,
    Outcome,
    Page,
    RawRecord,
    Scan,
    TargetDocument,
    Verb,
)
from regulars_mapping import (
    CanonicalObject,
    Customer,
    Kind,
    Order,
    PermanentError,
    Product,
    Refund,
    SkipError,
)

MODELS: dict[Kind, type[CanonicalObject]] = {
    Kind.CUSTOMER: Customer,
    Kind.ORDER: Order,
    Kind.REFUND: Refund,
    Kind.PRODUCT: Product,
}
UNKNOWN_ID = "987654321"


class ConnectorContract:
    """What every connector keeps. The shop behind ``connector`` holds more than a page of orders and of
    customers, some products and refunds; ``offers`` are for accounts registered there."""

    @pytest.fixture
    def connector(self) -> Connector:
        """A connector to a filled shop."""
        raise NotImplementedError

    @pytest.fixture
    def offers(self) -> Sequence[AccountOffer]:
        """Offers for at least two registered accounts."""
        raise NotImplementedError

    def test_it_says_what_it_is(self, connector: Connector) -> None:
        assert connector.platform.islower()
        assert connector.credential_names
        assert {Kind.CUSTOMER, Kind.ORDER} <= set(connector.kinds)
        limits = connector.limits
        assert min(limits.page_size, limits.read_batch, limits.push_batch) >= 1
        assert limits.settle.total_seconds() > 0

    def test_a_good_shop_passes_the_check(self, connector: Connector) -> None:
        report = connector.check()
        assert report.usable
        assert all(finding.message for finding in report.findings)

    def test_history_covers_what_the_shop_says_it_holds(self, connector: Connector) -> None:
        totals = {total.kind: total.count for total in connector.totals()}
        for kind in connector.kinds:
            found = ids(pages(connector, kind), kind)
            listed = [external_id for batch in connector.list_ids(kind) for external_id in batch]
            assert len(found) == len(listed) == totals[kind]
            assert set(found) == set(listed)
            assert len(set(listed)) == len(listed)

    def test_cursors_are_plain_data_and_end(self, connector: Connector) -> None:
        for kind in connector.kinds:
            found = pages(connector, kind)
            assert found[-1].cursor is None
            assert all(page.resume is None for page in found)
            for page in found[:-1]:
                assert page.cursor is not None
                assert all(isinstance(value, str | int) for value in page.cursor.values())
                assert orjson.loads(orjson.dumps(page.cursor)) == page.cursor

    def test_history_goes_on_from_every_kept_cursor(self, connector: Connector) -> None:
        for kind in connector.kinds:
            whole = pages(connector, kind)
            for at, page in enumerate(whole[:-1], 1):
                kept = orjson.loads(orjson.dumps(page.cursor))
                rest = list(connector.pages(kind, Scan.HISTORY, cursor=kept))
                assert set(ids(rest, kind)) >= set(ids(whole[at:], kind)) - set(ids(whole[:at], kind))

    def test_orders_come_newest_first_and_customers_oldest_first(self, connector: Connector) -> None:
        orders = models(connector, records(pages(connector, Kind.ORDER), Kind.ORDER))
        placed = [order.placed_at for order in orders if isinstance(order, Order)]
        assert placed == sorted(placed, reverse=True)
        customers = models(connector, records(pages(connector, Kind.CUSTOMER), Kind.CUSTOMER))
        since = [one.registered_at for one in customers if isinstance(one, Customer) and one.registered_at]
        assert since == sorted(since)

    def test_refunds_come_with_their_orders(self, connector: Connector) -> None:
        found = pages(connector, Kind.ORDER)
        orders = models(connector, records(found, Kind.ORDER))
        stated = {number for one in orders if isinstance(one, Order) for number in one.refund_ids or ()}
        assert stated
        assert stated <= set(ids(found, Kind.REFUND))

    def test_records_are_whole_digested_and_silent(self, connector: Connector) -> None:
        for kind in connector.kinds:
            for record in everything(pages(connector, kind)):
                assert len(record.digest) == 16
                assert record.payload
                assert "@" not in repr(record)
                assert record.changed_at is None or record.changed_at.tzinfo is not None
                assert orjson.dumps(record.payload)

    def test_an_unchanged_object_has_the_same_digest(self, connector: Connector) -> None:
        for kind in connector.kinds:
            before, after = everything(pages(connector, kind)), everything(pages(connector, kind))
            assert [one.digest for one in before] == [one.digest for one in after]

    def test_translating_is_pure_and_keeps_the_id(self, connector: Connector) -> None:
        for kind in connector.kinds:
            for record in everything(pages(connector, kind)):
                try:
                    found = connector.translate(record)
                except SkipError:
                    continue
                assert isinstance(found, MODELS[record.kind])
                assert found.external_id == record.external_id
                assert connector.translate(record) == found

    def test_reading_gives_the_same_objects_and_names_the_gone(self, connector: Connector) -> None:
        for kind in connector.kinds:
            listed = {one.external_id: one for one in records(pages(connector, kind), kind)}
            wanted = list(listed)[:3]
            reading = connector.read(kind, [*wanted, UNKNOWN_ID])
            assert reading.gone == {UNKNOWN_ID}
            read = {one.external_id: one.digest for one in reading.records if one.kind is kind}
            assert read == {external_id: listed[external_id].digest for external_id in wanted}

    def test_changes_end_and_resume_with_nothing_new(self, connector: Connector) -> None:
        for kind in connector.kinds:
            known = records(pages(connector, kind), kind)
            times = [one.registered_at for one in models(connector, known) if isinstance(one, Customer)]
            since = min(time for time in [*times, *(one.changed_at for one in known)] if time is not None)
            found = list(connector.pages(kind, Scan.CHANGES, cursor=connector.changes_cursor(kind, since)))
            assert set(ids(found, kind)) == {one.external_id for one in known}
            assert found[-1].cursor is None
            assert all(page.resume is None for page in found[:-1])
            resume = found[-1].resume
            assert resume is not None
            again = list(connector.pages(kind, Scan.CHANGES, cursor=orjson.loads(orjson.dumps(resume))))
            assert len(again) <= 2
            assert {one.digest for one in everything(again)} <= {one.digest for one in everything(found)}
            assert again[-1].resume is not None

    def test_documents_are_pure(self, connector: Connector, offers: Sequence[AccountOffer]) -> None:
        for mechanism in connector.mechanisms(frozenset({"companion-plugin"})):
            assert mechanism.name
            for offer in filter(mechanism.serves, offers):
                assert list(mechanism.documents(offer)) == list(mechanism.documents(offer))
                assert mechanism.calls(1) >= 1

    def test_what_is_written_reads_back_equal_and_can_be_taken_away(
        self, connector: Connector, offers: Sequence[AccountOffer]
    ) -> None:
        for kind, wanted in desired(connector, offers).items():
            results = connector.push(operations(wanted, Verb.CREATE))
            assert [result.operation_id for result in results] == [str(at) for at in range(len(wanted))]
            assert {result.outcome for result in results} == {Outcome.DONE}
            targets = [one.target for one in wanted]
            found = connector.read_back(targets)
            assert [one.target for one in found] == targets
            assert [one.document for one in found] == [one.document for one in wanted]
            assert all(one.ours for one in found)
            marked = {one.target for batch in connector.marked(kind) for one in batch}
            assert marked == set(targets)
            again = connector.push(operations(wanted, Verb.CREATE))
            assert {result.outcome for result in again} <= {Outcome.EXISTS, Outcome.DONE}
            deleted = connector.push(operations(wanted, Verb.DELETE))
            assert {result.outcome for result in deleted} == {Outcome.DONE}
            assert [one.document for one in connector.read_back(targets)] == [None] * len(targets)

    def test_ensuring_dry_changes_nothing(self, connector: Connector) -> None:
        wanted = Infrastructure("https://hub.example.com/hook", SecretStr("s3cret"))
        first = list(connector.ensure(wanted, dry_run=True))
        assert first == list(connector.ensure(wanted, dry_run=True))

    def test_a_forged_webhook_is_refused(self, connector: Connector) -> None:
        with pytest.raises(PermanentError):
            connector.verify_webhook({"Content-Type": "application/json"}, b'{"id":1}', [SecretStr("x")])

    def test_closing_twice_is_harmless(self, connector: Connector) -> None:
        connector.close()
        connector.close()
        assert connector.platform


def pages(connector: Connector, kind: Kind) -> list[Page]:
    return list(connector.pages(kind, Scan.HISTORY))


def everything(found: Sequence[Page]) -> list[RawRecord]:
    return [record for page in found for record in page.records]


def records(found: Sequence[Page], kind: Kind) -> list[RawRecord]:
    """The records of a kind, each once, as they came first."""
    once: dict[str, RawRecord] = {}
    for record in everything(found):
        if record.kind is kind:
            once.setdefault(record.external_id, record)
    return list(once.values())


def ids(found: Sequence[Page], kind: Kind) -> list[str]:
    return [record.external_id for record in records(found, kind)]


def models(connector: Connector, found: Sequence[RawRecord]) -> list[CanonicalObject]:
    return [connector.translate(record) for record in found]


def desired(connector: Connector, offers: Sequence[AccountOffer]) -> dict[str, list[TargetDocument]]:
    """The documents of the last mechanism, by target kind."""
    mechanism = connector.mechanisms(frozenset())[-1]
    found: dict[str, list[TargetDocument]] = {}
    for offer in offers:
        assert mechanism.serves(offer)
        for one in mechanism.documents(offer):
            found.setdefault(one.target.kind, []).append(one)
    return found


def operations(wanted: Sequence[TargetDocument], verb: Verb) -> list[Operation]:
    def document(one: TargetDocument) -> Any:
        return None if verb is Verb.DELETE else one.document

    return [Operation(str(at), verb, one.target, document(one)) for at, one in enumerate(wanted)]
