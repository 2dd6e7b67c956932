"""The intake of webhooks: verified, noted, answered; nothing lands by it, and a forger learns nothing."""

import json
import logging
import statistics
import time

import pytest

from regulars_agent import LARGEST_DELIVERY, WebhookIntake, disconnect_shop, keep_webhooks
from regulars_agent._webhook_intake import ECHO, UNKNOWN_WAITS
from regulars_agent._webhooks import BOTH_HOLD, WEBHOOK_SECRET
from regulars_mapping import PermanentError
from regulars_sandbox import Message
from regulars_store import UNKNOWN, digest
from webhook_world import URL, ToldWorld


def due_at(told: ToldWorld) -> dict[str, float]:
    """In how many seconds each notice is due."""
    now = told.world.clock()
    return {
        number: (at - now).total_seconds()
        for number, at in told.world.rows("notice", "external_id", "due_at")
    }


def test_a_delivery_is_a_row_and_lands_nothing(quiet: ToldWorld) -> None:
    with quiet.world.store.read() as connection:
        before = digest(connection)
    quiet.world.staff("PUT", "customers/2", {"first_name": "Ірина"})
    assert quiet.deliver() == ["customer.updated 2"]
    assert quiet.waiting() == [("customer", "2")]
    with quiet.world.store.read() as connection:
        assert digest(connection) == before


def test_an_order_is_told_of_twice_and_noted_once(quiet: ToldWorld) -> None:
    number = quiet.world.double.place_order(items=[(90_001, 1)], customer_id=1)
    told = quiet.deliver()
    assert {f"order.created {number}", f"order.updated {number}"} & set(told)
    assert ("order", str(number)) in quiet.waiting()
    assert len([each for each in quiet.waiting() if each[0] == "order"]) == 1


def test_objects_under_one_delivery_id_are_all_noted(quiet: ToldWorld) -> None:
    for number in (1, 2, 3):
        assert quiet.receive(quiet.signed("customer.updated", {"id": number})) == 200
    assert quiet.waiting() == [("customer", "1"), ("customer", "2"), ("customer", "3")]


def test_a_ping_is_answered_and_says_nothing(quiet: ToldWorld) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert quiet.intake.receive("tea", form, b"webhook_id=3").noted == 0
    assert quiet.intake.receive("no such shop", form, b"webhook_id=3").noted == 0
    assert quiet.waiting() == []


def test_a_forgery_and_a_shop_that_is_not_are_answered_alike(quiet: ToldWorld) -> None:
    forged = quiet.signed("customer.updated", {"id": 1}, secret="somebody else's")
    real = quiet.signed("customer.updated", {"id": 1})
    said = []
    for name, message in (("tea", forged), ("coffee", forged), ("coffee", real), ("tea\x00", real)):
        with pytest.raises(PermanentError) as refused:
            quiet.intake.receive(name, message.headers, message.body)
        said.append((type(refused.value), str(refused.value)))
    assert len(set(said)) == 1
    assert quiet.waiting() == []


def test_no_signature_that_is_not_ours_is_taken(quiet: ToldWorld) -> None:
    message = quiet.signed("customer.updated", {"id": 1})
    for signature in ("", "AAAA", "no base64!", "ключ"):
        headers = {**message.headers, "X-WC-Webhook-Signature": signature}
        assert quiet.receive(Message(URL, headers, message.body)) == 401, signature
    assert quiet.receive(Message(URL, message.headers, message.body + b" ")) == 401


def test_a_body_past_the_bound_is_refused(quiet: ToldWorld) -> None:
    message = quiet.signed("customer.updated", b"x" * (LARGEST_DELIVERY + 1))
    assert quiet.receive(message) == 401


def test_what_was_gone_at_delivery_has_no_id_and_is_looked_for_later(quiet: ToldWorld) -> None:
    error = {"code": "woocommerce_rest_shop_order_invalid_id", "data": {"status": 404}}
    for _ in range(3):
        assert quiet.receive(quiet.signed("order.created", error)) == 200
    assert quiet.waiting() == [("order", UNKNOWN)]
    assert due_at(quiet)[UNKNOWN] == pytest.approx(UNKNOWN_WAITS.total_seconds(), abs=20)


def test_what_cannot_be_read_under_a_good_signature_names_nothing(quiet: ToldWorld) -> None:
    for body in (b"\x00\xff", b"[]", b'{"id": "1; DROP"}', b'{"id": -1}', b'{"id": 1e400}'):
        assert quiet.receive(quiet.signed("order.updated", body)) == 200, body
        assert quiet.waiting() == [("order", UNKNOWN)], body


def test_a_topic_that_is_no_business_of_ours_is_answered_and_forgotten(quiet: ToldWorld) -> None:
    for topic in ("coupon.updated", "action.x", "\x00", "", "review.created"):
        assert quiet.receive(quiet.signed(topic, {"id": 1})) == 200, topic
    assert quiet.waiting() == []


def test_the_echo_of_our_own_writes_waits_and_no_other_change_does(telling: ToldWorld) -> None:
    telling.world.staff("PUT", "customers/1", {"first_name": "Ірина"})
    telling.deliver()
    due = due_at(telling)
    assert due.pop("1") <= 0
    assert set(due) == {"2", "3", "4", "5", "6"}
    assert all(ECHO.total_seconds() - 120 < seconds <= ECHO.total_seconds() for seconds in due.values())


def test_two_secrets_hold_for_a_day_after_a_rotation(quiet: ToldWorld) -> None:
    old = quiet.signed("customer.updated", {"id": 1})
    change = keep_webhooks(quiet.world.workspace, "tea", rotate=True, who="the owner")
    assert all("new secret" in words for words in change.done) and change.done
    new = quiet.signed("customer.updated", {"id": 2})
    # Known at once, though the intake remembers the secret of before for longer.
    quiet.world.clock.forward(seconds=1)
    assert (quiet.receive(new), quiet.receive(old)) == (200, 200)
    quiet.world.clock.forward(seconds=BOTH_HOLD.total_seconds())
    assert (quiet.receive(new), quiet.receive(old)) == (200, 401)
    quiet.tick()
    assert quiet.world.workspace.secrets.find("tea", "webhook_secret_previous") is None
    assert quiet.receive(old) == 401


def test_a_shop_that_was_disconnected_is_known_no_longer(quiet: ToldWorld) -> None:
    message = quiet.signed("customer.updated", {"id": 1})
    assert quiet.receive(message) == 200
    disconnect_shop(quiet.world.workspace, "tea")
    quiet.world.clock.forward(seconds=31)
    assert quiet.receive(message) == 401
    assert quiet.waiting() == []


def test_nothing_of_a_delivery_is_logged(quiet: ToldWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    payload = {"id": 987_654, "email": "person987@example.com"}
    secret = quiet.world.workspace.secrets.get("tea", WEBHOOK_SECRET)
    quiet.receive(quiet.signed("customer.updated", payload))
    quiet.receive(quiet.signed("customer.updated", payload, secret="a forger's"))
    for word in ("987", "example.com", secret.get_secret_value(), "forger"):
        assert word not in caplog.text
    assert secret.get_secret_value() not in repr(quiet.intake._known)


def test_a_burst_is_a_row_an_object_and_each_is_answered_at_once(quiet: ToldWorld) -> None:
    messages = [quiet.signed("order.updated", {"id": 1 + number % 25}) for number in range(500)]
    seconds = []
    for message in messages:
        began = time.perf_counter()
        assert quiet.receive(message) == 200
        seconds.append(time.perf_counter() - began)
    assert len(quiet.waiting()) == 25
    assert statistics.median(seconds) < 0.05


def test_a_site_that_never_saw_the_shop_before_takes_its_first_delivery(quiet: ToldWorld) -> None:
    fresh = WebhookIntake(quiet.world.workspace)
    message = quiet.signed("product.updated", json.dumps({"id": 5}).encode())
    assert fresh.receive("tea", message.headers, message.body).noted == 1
