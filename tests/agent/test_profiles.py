"""What is known of a person stands in their profile after each derive, by the workspace's own settings."""

from datetime import timedelta

from sqlalchemy import select

from regulars_agent import Workspace, add_stop, derive, erase_person, set_field
from regulars_store import Store, tables
from shop_objects import contact, customer, open_counter, order


def profiles(store: Store) -> list[object]:
    with store.read() as connection:
        return list(connection.execute(select(tables.person_profile)))


def test_a_profile_follows_the_shops_and_what_people_write_and_goes_with_an_erasure(
    empty_workspace: Workspace,
) -> None:
    workspace, counter = empty_workspace, open_counter(empty_workspace.store)
    assert profiles(workspace.store) == []
    counter.land(customer("7", contact=contact("person4")))
    counter.land(order("1", customer_id="7", contact=contact("person4")))
    derive(workspace)
    (row,) = profiles(workspace.store)
    assert (row.orders, row.frequency, row.gender, row.stopped) == (1, "one_off", None, False)
    assert (row.email_subscription, row.sms_subscription) == ("not_subscribed", None)
    set_field(workspace, "1:7", "gender", "f", who="Iryna", why="said so")
    add_stop(workspace, "1:7", "refuses", until=workspace.clock() + timedelta(days=9), who="Iryna")
    (row,) = profiles(workspace.store)
    assert (row.gender, row.stopped) == ("f", True)
    erase_person(workspace, "1:7", who="Olha", why="asked for it")
    derive(workspace)
    assert profiles(workspace.store) == []
