"""A Shopify shop's history read by bulk operations: the agent notices nothing but pages without objects."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from regulars_agent import Workspace, backfill, change_shop_options, connect_shop
from regulars_agent._leases import visit
from regulars_agent._progress import Step
from regulars_agent._pull import Pulled, pull
from regulars_connectors import Scan
from regulars_mapping import Kind
from regulars_sandbox import RunningServer, ShopifyShop, serve
from regulars_store import shop_named
from shopify.conftest import TOKEN
from shopify.shopify_bulks import a_bulk_shop, a_history, operations

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


class StoppedError(Exception):
    """Somebody ended the run."""


@dataclass
class Boutique:
    """The shop, and the agent that reads it."""

    workspace: Workspace
    shop: ShopifyShop
    server: RunningServer

    def backfill(self, *, stop_at: int = 0) -> bool:
        steps: list[Step] = []

        def progress(step: Step) -> None:
            steps.append(step)
            if len(steps) == stop_at:
                raise StoppedError

        return backfill(self.workspace, "boutique", progress=progress).complete

    def read_again(self, kind: Kind) -> dict[str, int]:
        """All of a kind by pages; how many of them were as they stand here."""
        pulled = Pulled()
        with self.workspace.store.read() as connection:
            shop = shop_named(connection, "boutique")
        with visit(self.workspace, shop, resource="pull") as at:
            pull(at, kind, Scan.HISTORY, anew=True, pulled=pulled)
        return pulled.as_dict()[kind]


@pytest.fixture
def boutique(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Boutique]:
    monkeypatch.setattr("regulars_shopify._bulk._LONGEST_WAIT", 0.01)
    monkeypatch.setattr("regulars_shopify._bulk._PAGE", 7)
    shop = a_bulk_shop(a_history(size=12))
    shop.add_token(TOKEN)
    with serve(shop) as server:
        where = {"platform": "shopify", "name": "boutique", "url": server.url}
        options = {"bulk_from": "10", "page_size": "5"}
        secrets = {"access_token": SecretStr(TOKEN)}
        connect_shop(empty_workspace, **where, options=options, credentials=secrets)
        yield Boutique(empty_workspace, shop, server)


def test_a_backfill_by_bulk_operations_is_whole(boutique: Boutique) -> None:
    assert boutique.backfill()
    assert operations(boutique.server.url) == ["COMPLETED"] * 3
    change_shop_options(boutique.workspace, "boutique", {"bulk_from": "never"}, who="the owner")
    for kind, count in ((Kind.CUSTOMER, 12), (Kind.PRODUCT, 12), (Kind.ORDER, 24)):
        seen = boutique.read_again(kind)
        assert (seen["seen"], seen["unchanged"]) == (count, count)


@pytest.mark.parametrize("stop_at", [5, 9, 15])
def test_a_backfill_that_was_stopped_takes_its_operation_up_again(boutique: Boutique, stop_at: int) -> None:
    with pytest.raises(StoppedError):
        boutique.backfill(stop_at=stop_at)
    assert boutique.backfill()
    assert operations(boutique.server.url) == ["COMPLETED"] * 3
    assert boutique.backfill()
    assert len(operations(boutique.server.url)) == 3
