"""Edits on their way to a shop: somebody writes records by hand, and looks at the shop's customers."""

from typing import Any

from agent_world import World
from regulars_agent import change_shop_options, derive, set_field

WHO = "anna"


def write(world: World, customer: int, **fields: Any) -> None:
    """Somebody writes fields of the record of this customer of the shop; None gives one back."""
    for name, value in fields.items():
        field = name.replace("property_", "property:")
        set_field(world.workspace, f"{world.shop.id}:{customer}", field, value, who=WHO)


def choose(world: World, **options: str) -> None:
    """The owner sets options of the shop, and nothing else waits after it."""
    change_shop_options(world.workspace, "tea", options, who="the owner")


def vouch(world: World) -> None:
    """The owner says that the shop checks e-mails, and what follows from that is done."""
    choose(world, checks_emails="yes")
    derive(world.workspace)
    world.plan()
    world.apply()
    world.front.seen.clear()


def customer(world: World, number: int) -> dict[str, Any]:
    """A customer as the shop shows it."""
    found: dict[str, Any] = world.staff("GET", f"customers/{number}")
    return found


def meta_of(world: World, number: int, key: str) -> str | None:
    """A customer's metadata under a key."""
    metas = customer(world, number)["meta_data"]
    return next((meta["value"] for meta in metas if meta["key"] == key), None)


def profiles(world: World) -> dict[str, Any]:
    """What stands in the books of what was written by hand."""
    return {key: document for (kind, key), document in world.standing().items() if kind == "profile"}


def edits_of(world: World, plan_id: str) -> list[tuple[Any, ...]]:
    """Customer, before and after of each profile that a plan writes."""
    return [
        (one.target_key, one.before, one.document)
        for one in world.operations(plan_id)
        if one.target_kind == "profile"
    ]


def carried(world: World) -> None:
    """Everything that waits is planned and applied."""
    world.plan()
    assert world.apply().complete
    world.front.seen.clear()
