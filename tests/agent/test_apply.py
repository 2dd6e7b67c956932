"""Apply: what it does about answers that get lost, changes by hand, strangers and refusals."""

import threading
from datetime import timedelta

import pytest

import regulars_store as store
from agent_world import KEY, LOST, World, is_write, set_option
from regulars_agent import Applied, apply_plan, disable_programme, unanswered
from regulars_agent._settings import HttpSettings
from regulars_mapping import MisconfiguredError, RetryError
from regulars_sandbox import Request, Response


def amount(world: World, customer: int) -> str:
    document = world.coupon_of(customer).document
    assert document is not None
    return str(document["amount"])


def raised(world: World) -> str:
    """A plan that raises the third customer's discount from 5 to 10 %; its id."""
    world.buy(3, 6000)
    return world.plan().id


def test_a_write_whose_answer_is_lost_is_not_repeated_and_confirmed_by_a_look_once_settled(
    world: World,
) -> None:
    world.plan()
    world.front.after = lambda request, response: LOST if is_write(request, "coupons/batch") else response
    first = world.apply()
    assert (first.confirmed, first.unanswered, first.complete) == (0, 10, False)
    world.front.after = lambda _, response: response
    too_soon = world.apply()
    assert (too_soon.confirmed, too_soon.unanswered) == (0, 10)
    assert world.front.writes() == ["coupons/batch"]
    world.settled()
    assert world.apply().complete
    assert world.front.writes() == ["coupons/batch", "customers/batch"]
    world.assert_settled()


def test_a_label_never_shows_a_code_whose_coupon_is_not_confirmed(world: World) -> None:
    world.plan()
    world.front.before = lambda request: LOST if is_write(request, "coupons/batch") else None
    world.apply()
    assert world.labels() == []


def test_a_write_that_never_arrived_is_sent_again_once_settled(world: World) -> None:
    world.plan()
    world.front.before = lambda request: LOST if is_write(request) else None
    world.apply()
    world.front.before = lambda _: None
    world.settled()
    assert world.apply().complete
    world.assert_settled()
    assert {attempts for (attempts,) in world.rows("push_operation", "attempts")} == {1, 2}


def test_unanswered_writes_of_every_verb_are_settled(told: World) -> None:
    told.buy(1, 1000)
    told.buy(2, 4000)
    told.double.delete_customer(3)
    told.recount()
    plan = told.plan()
    assert plan.counts == {
        "create coupon": 1,
        "create label": 1,
        "update coupon": 1,
        "update label": 1,
        "delete coupon": 1,
        "delete label": 1,
    }
    for lost in (True, True, False):
        told.front.after = lambda request, response, lost=lost: (
            LOST if lost and is_write(request) else response
        )
        told.settled()
        last = told.apply(plan.id)
    assert last.complete
    told.assert_settled()


def test_settle_seconds_is_a_setting_of_the_shop(world: World) -> None:
    set_option(world, "settle_seconds", "30")
    world.plan()
    world.front.after = lambda request, response: LOST if is_write(request) else response
    world.apply()
    world.front.after = lambda _, response: response
    world.clock.forward(seconds=20)
    assert world.apply().unanswered == 10
    world.clock.forward(seconds=20)
    assert world.apply().complete


@pytest.mark.parametrize("given", ["soon", "0", "-5", "nan", "inf", "1e9", ""])
def test_settle_seconds_that_are_no_time_are_refused(world: World, given: str) -> None:
    set_option(world, "settle_seconds", given)
    with pytest.raises(MisconfiguredError, match="settle_seconds must be a number of seconds"):
        world.plan()


def test_a_coupon_edited_by_hand_since_the_plan_is_left_so_and_the_next_plan_shows_it(
    told: World,
) -> None:
    plan = raised(told)
    told.staff("PUT", f"coupons/{told.coupon_of(3).remote_id}", {"amount": "50"})
    applied = told.apply(plan)
    assert (applied.confirmed, applied.drifted, applied.complete) == (0, 2, False)
    assert "was changed in the shop since Regulars wrote it" in applied.reasons[0]
    assert told.coupon_of(3).target.key in applied.reasons[0]
    assert amount(told, 3) == "50.00"
    following = told.plan()
    assert following.counts == {"update coupon": 1, "update label": 1}
    coupon = told.operations(following.id)[0]
    assert coupon.before is not None
    assert coupon.before["amount"] == "50.00"
    assert told.apply().complete
    assert amount(told, 3) == "10.00"
    told.assert_settled()


def test_a_coupon_deleted_by_hand_since_the_plan_is_not_written_and_the_next_plan_makes_it_anew(
    told: World,
) -> None:
    code = told.coupon_of(3).target.key
    plan = raised(told)
    told.staff("DELETE", f"coupons/{told.coupon_of(3).remote_id}?force=true")
    assert told.apply(plan).drifted == 2
    assert told.plan().counts == {"create coupon": 1, "update label": 1}
    assert told.apply().complete
    assert told.coupon_of(3).target.key == code
    told.assert_settled()


def test_a_label_edited_by_hand_since_the_plan_is_left_so_and_the_next_plan_shows_it(told: World) -> None:
    plan = raised(told)
    by_hand = {"meta_data": [{"key": "regulars_level", "value": "Our best friend"}]}
    told.staff("PUT", "customers/3", by_hand)
    applied = told.apply(plan)
    assert (applied.confirmed, applied.drifted) == (1, 1)
    label = told.label_of(3)
    assert label is not None
    assert label["regulars_level"] == "Our best friend"
    following = told.plan()
    assert following.counts == {"update label": 1}
    assert told.apply().complete
    told.assert_settled()


def test_a_label_put_there_by_hand_before_ours_is_not_overwritten_unseen(world: World) -> None:
    plan = world.plan()
    world.staff("PUT", "customers/4", {"meta_data": [{"key": "regulars_level", "value": "Friend"}]})
    applied = world.apply(plan.id)
    assert (applied.confirmed, applied.drifted) == (9, 1)
    assert world.label_of(4) == {"regulars_level": "Friend"}
    assert world.plan().counts == {"update label": 1}
    assert world.apply().complete
    world.assert_settled()


def test_what_was_already_made_as_wanted_by_hand_is_confirmed_without_a_write(told: World) -> None:
    raised(told)
    told.staff("PUT", f"coupons/{told.coupon_of(3).remote_id}", {"amount": "10"})
    told.front.seen.clear()
    assert told.apply().complete
    assert told.front.writes() == ["customers/batch"]
    told.assert_settled()


def test_a_stranger_s_coupon_under_a_new_code_of_ours_is_left_alone_and_named(world: World) -> None:
    plan = world.plan()
    code = world.operations(plan.id)[0].target_key
    stranger = world.staff("POST", "coupons", {"code": code, "amount": "1"})["id"]
    applied = world.apply()
    assert (applied.confirmed, applied.refused) == (8, 2)
    assert f"coupon {code} in the shop is somebody else's and was left alone" in applied.reasons[0]
    assert world.staff("GET", f"coupons/{stranger}")["amount"] == "1.00"
    assert world.plan().empty
    world.staff("DELETE", f"coupons/{stranger}?force=true")
    assert world.plan(everybody=True).counts == {"create coupon": 1, "create label": 1}
    assert world.apply().complete
    world.assert_settled()


def test_a_stranger_s_coupon_in_the_place_of_ours_is_left_alone(told: World) -> None:
    ours = told.coupon_of(3)
    plan = raised(told)
    told.staff("DELETE", f"coupons/{ours.remote_id}?force=true")
    stranger = told.staff("POST", "coupons", {"code": ours.target.key, "amount": "1"})["id"]
    applied = told.apply(plan)
    assert (applied.confirmed, applied.refused) == (0, 2)
    assert ours.target.key in applied.reasons[0]
    disable_programme(told.workspace, "regulars", who="the owner")
    told.plan()
    assert told.apply().complete
    assert told.staff("GET", f"coupons/{stranger}")["amount"] == "1.00"
    assert told.coupons() == []


def test_a_coupon_of_ours_that_stands_there_already_is_confirmed(world: World) -> None:
    plan = world.plan()
    world.front.after = lambda request, response: LOST if is_write(request, "coupons/batch") else response
    world.apply()
    world.front.after = lambda _, response: response
    with world.store.write() as connection:
        store.mark_unsent(connection, [operation.id for operation in world.operations(plan.id)])
    # The store says that nothing was sent, and the shop holds it all.
    assert world.apply().complete
    world.assert_settled()


def test_a_refused_coupon_is_told_and_its_label_is_left_out(world: World) -> None:
    plan = world.plan()
    code = world.operations(plan.id)[0].target_key

    def refusing(request: Request, response: Response) -> Response:
        return refused(response, code) if is_write(request, "coupons/batch") else response

    world.front.after = refusing
    applied = world.apply()
    assert (applied.confirmed, applied.refused, applied.complete) == (8, 2, False)
    assert f"coupon {code}: the shop refused it" in applied.reasons[0]
    customer = world.operations(plan.id)[1].target_key
    assert world.label_of(int(customer)) is None
    world.front.after = lambda _, response: response
    # It refused and stored it all the same: that is known, too.
    assert world.shown() == world.standing()


def refused(response: Response, code: str) -> Response:
    import orjson

    body = orjson.loads(response.body)
    body["create"] = [
        {"id": 0, "error": {"code": "rest_invalid_param", "message": "", "data": {"status": 400}}}
        if part["code"] == code
        else part
        for part in body["create"]
    ]
    return Response(response.status, response.headers, orjson.dumps(body))


def test_a_key_revoked_in_the_middle_leaves_the_rest_planned_and_says_what_to_do(world: World) -> None:
    plan = world.plan()

    def revoke(request: Request, response: Response) -> Response:
        if is_write(request, "coupons/batch"):
            world.double.revoke_key(KEY.consumer_key)
        return response

    world.front.after = revoke
    with pytest.raises(MisconfiguredError, match=r"make a new key|does not know the key"):
        world.apply()
    assert world.states(plan.id) == {"confirmed": 5, "planned": 5}
    world.double.add_key(KEY)
    world.front.after = lambda _, response: response
    assert world.apply().complete
    world.assert_settled()


DENIED = Response(
    401,
    (("Content-Type", "application/json"),),
    b'{"code":"woocommerce_rest_cannot_batch","message":"Sorry.","data":{"status":401}}',
)


def test_a_write_refused_for_want_of_rights_goes_back_to_planned(told: World) -> None:
    plan = raised(told)

    told.front.before = lambda request: DENIED if is_write(request) else None
    with pytest.raises(MisconfiguredError):
        told.apply()
    assert told.states(plan) == {"planned": 2}
    told.front.before = lambda _: None
    assert told.apply().complete
    told.assert_settled()


def test_a_shop_that_is_not_reached_leaves_everything_planned(world: World) -> None:
    plan = world.plan()
    world.server.close()
    with pytest.raises(RetryError):
        world.apply()
    assert world.states(plan.id) == {"planned": 10}


def test_an_answer_too_large_to_read_says_nothing_of_the_write(world: World) -> None:
    plan = world.plan()
    http = HttpSettings(max_bytes=1024 * 1024)
    world.workspace.settings = world.workspace.settings.model_copy(update={"http": http})
    world.front.after = lambda request, response: (
        Response(200, response.headers, b" " * (1024 * 1024 + 1)) if is_write(request) else response
    )
    assert world.apply().unanswered == 10
    assert world.states(plan.id) == {"sent": 5, "planned": 5}
    world.front.after = lambda _, response: response
    world.settled()
    assert world.apply().complete
    world.assert_settled()


def test_there_must_be_a_plan(told: World) -> None:
    (applied,) = [number for number, state in told.rows("plan", "id", "state") if state == "applied"]
    with pytest.raises(MisconfiguredError, match=r"is applied\. Make a new one"):
        told.apply(applied)
    with pytest.raises(MisconfiguredError, match=r"no such plan to apply\. Make one: regulars plan tea"):
        told.apply("p-of-nobody")


def test_without_an_open_plan_there_is_nothing_to_apply(told: World) -> None:
    assert told.apply() == Applied("")
    assert told.front.writes() == []


def test_without_an_open_plan_earlier_writes_are_looked_up_as_soon_as_they_are_ripe(world: World) -> None:
    world.plan()
    world.front.after = lambda request, response: LOST if is_write(request, "coupons/batch") else response
    world.apply()
    world.front.after = lambda _, response: response
    # Everybody of whom nothing is unanswered is planned: only who spent too little.
    summary = world.plan()
    left = unanswered(world.workspace, world.shop)
    assert left.count == 5
    assert left.ripe_at is not None
    assert timedelta(minutes=4) < left.ripe_at - world.clock() <= timedelta(minutes=5)
    if summary.operations:
        world.apply()
    assert world.apply() == Applied("", unanswered=5)
    world.settled()
    assert world.apply() == Applied("", looked_up=5)
    assert unanswered(world.workspace, world.shop).count == 0
    world.plan()
    assert world.apply().complete
    world.assert_settled()


def test_a_plan_that_was_replaced_is_not_applied(world: World) -> None:
    first = world.plan()
    world.plan()
    with pytest.raises(MisconfiguredError, match="is superseded"):
        world.apply(first.id)
    assert world.front.writes() == []


def test_a_plan_of_another_shop_is_none(world: World) -> None:
    plan = world.plan()
    with world.store.write() as connection:
        other = store.add_shop(
            connection,
            name="cake",
            platform="woocommerce",
            url="https://cake.example.com",
            options={},
            now=world.clock(),
        )
    for key, secret in (("consumer_key", "ck_cake"), ("consumer_secret", "cs_cake")):
        from pydantic import SecretStr

        world.workspace.secrets.set("cake", key, SecretStr(secret))
    with pytest.raises(MisconfiguredError, match="no such plan"):
        apply_plan(world.workspace, other, plan.id)


def test_of_two_that_apply_at_once_one_works_and_the_other_hears_who(world: World) -> None:
    plan = world.plan()
    entered, released = threading.Event(), threading.Event()
    done: list[Applied] = []

    def hold(request: Request) -> None:
        if is_write(request, "coupons/batch"):
            entered.set()
            assert released.wait(20)

    world.front.before = hold
    worker = threading.Thread(target=lambda: done.append(world.apply(plan.id)))
    worker.start()
    assert entered.wait(20)
    with pytest.raises(RetryError, match=world.workspace.owner.split(":")[1]) as told:
        world.apply(plan.id)
    with pytest.raises(RetryError, match="is being written to by"):
        world.plan()
    assert told.value.retry_after is not None
    released.set()
    worker.join(20)
    assert done[0].complete
    world.assert_settled()


def test_progress_counts_every_operation(world: World) -> None:
    plan = world.plan()
    steps: list[int] = []
    apply_plan(world.workspace, world.shop, confirmed=True, progress=steps.append)
    assert sum(steps) == plan.operations
