"""What ``shop check`` and the doctor say of a shop's webhooks, and of what comes without them."""

from agent_visits import DOWN
from agent_world import World
from regulars_agent import ShopCheck, WebhookIntake, check_shop, doctor, keep_webhooks
from regulars_connectors import Finding, Severity
from regulars_sandbox import Request, Response
from webhook_world import URL, ToldWorld

FOREIGN = "https://hooks.example.net/catch/very-secret-path?token=very-secret-too"
MOST = 8


def check(world: World) -> ShopCheck:
    world.front.seen.clear()
    report = check_shop(world.workspace, "tea")
    assert len(world.front.seen) <= MOST
    return report


def found(world: World) -> list[Finding]:
    return [each for each in check(world).findings if each.subject == "webhooks"]


def doctors(world: World) -> list[Finding]:
    return [each for each in doctor(world.workspace) if each.subject == "webhooks of tea"]


def foreign(world: World, url: str = FOREIGN, name: str = "Zap") -> None:
    given = {"name": name, "topic": "order.created", "delivery_url": url, "secret": "x"}
    world.staff("POST", "webhooks", given)


def test_with_none_it_is_said_how_late_what_becomes_known(world: World) -> None:
    (said,) = found(world)
    assert said.severity is Severity.OK
    assert "every 5 minutes" in said.message
    assert "customers, refunds, reviews" in said.message
    assert f"after {world.workspace.settings.agent.sweep_hour}:00 Europe/Kyiv" in said.message
    assert "regulars shop webhooks tea --url" in said.remedy
    state = check(world).webhooks
    assert state is not None
    assert (state.url, state.webhooks, state.total, state.last_notice) == ("", [], 0, None)


def test_active_and_never_heard_of_is_a_warning_until_a_ping_comes(world: World) -> None:
    keep_webhooks(world.workspace, "tea", url=URL, who="the owner")
    told = ToldWorld(world, WebhookIntake(world.workspace))
    (said,) = found(world)
    assert (said.severity, "nothing ever arrived" in said.message) == (Severity.WARNING, True)
    assert URL in said.remedy
    assert doctors(world)[0].severity is Severity.WARNING
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        told.intake.receive("tea", form, b"webhook_id=3")
    state = check(world).webhooks
    assert state is not None
    assert (state.last_notice, state.reached) == (None, True)
    assert doctors(world)[0].severity is Severity.OK


def test_those_that_are_kept_are_shown_with_their_state(quiet: ToldWorld) -> None:
    world = quiet.world
    foreign(world)
    report = check(world)
    state = report.webhooks
    assert state is not None
    assert state.webhooks is not None
    kept = [each for each in state.webhooks if each.whose == "kept"]
    assert {(each.status, each.url, each.failures) for each in kept} == {("active", URL, None)}
    assert len(kept) == 11
    (other,) = [each for each in state.webhooks if each.whose == "foreign"]
    assert other.url == "hooks.example.net"
    assert "very-secret" not in str(report)
    (said,) = [each for each in report.findings if each.subject == "webhooks"]
    assert said.severity is Severity.OK
    assert f"11 of 11 are active, to {URL}" in said.message
    assert "1 others in the shop are not ours" in said.message


def test_the_last_notice_is_told_also_once_it_was_read(quiet: ToldWorld) -> None:
    world = quiet.world
    quiet.world.staff("PUT", "customers/2", {"first_name": "Ірина"})
    quiet.deliver()
    came = world.clock()
    state = check(world).webhooks
    assert state is not None
    assert state.waiting == 1
    quiet.tick(minutes=30)
    state = check(world).webhooks
    assert state is not None
    assert state.last_notice is not None
    assert abs((state.last_notice - came).total_seconds()) < 60
    assert state.waiting == 0
    assert f"last notice {state.last_notice:%Y-%m-%d %H:%M} UTC" in doctors(world)[0].message


def test_what_is_switched_off_paused_or_missing_is_named_with_what_mends_it(quiet: ToldWorld) -> None:
    world = quiet.world
    for _ in range(7):
        world.staff("PUT", "customers/2", {"first_name": "Ірина"})
        quiet.deliver(lambda _: 500)
    there = world.staff("GET", "webhooks?status=all&per_page=100")
    first, second, *_ = (each for each in there if each["topic"] != "customer.updated")
    world.staff("PUT", f"webhooks/{first['id']}", {"status": "paused"})
    world.staff("DELETE", f"webhooks/{second['id']}?force=true")
    report = check(world)
    assert report.usable
    (said,) = [each for each in report.findings if each.subject == "webhooks"]
    assert said.severity is Severity.WARNING
    for words in (
        "8 of 10 are active",
        "2 were switched off",
        "switch the webhook customer.updated on again",
        f"switch the webhook {first['topic']} on again",
        f"create the webhook {second['topic']}",
    ):
        assert words in said.message
    assert "regulars shop webhooks tea" in said.remedy
    assert "every hour" in said.remedy
    state = report.webhooks
    assert state is not None
    assert state.webhooks is not None
    assert {each.status for each in state.webhooks} == {"active", "paused", "disabled"}
    assert doctors(world)[0].message == said.message
    keep_webhooks(world.workspace, "tea", who="the owner")
    assert found(world)[0].severity is Severity.OK


def test_those_of_another_regulars_are_told_apart(world: World) -> None:
    name = "Regulars order.created 0123456789ab"
    foreign(world, "https://old.example.com/regulars/webhooks/tea", name)
    said, stray = found(world)
    assert said.severity is Severity.OK
    assert stray.severity is Severity.WARNING
    assert "https://old.example.com/regulars/webhooks/tea" in stray.message


def test_a_key_that_may_not_see_webhooks_is_said_and_the_shop_is_usable(quiet: ToldWorld) -> None:
    quiet.world.front.before = lambda request: DOWN if "/webhooks" in request.target else None
    report = check(quiet.world)
    assert report.usable
    (said,) = [each for each in report.findings if each.subject == "webhooks"]
    assert (said.severity, "could not be looked at" in said.message) == (Severity.WARNING, True)
    assert "every hour" in said.remedy


def test_a_shop_full_of_webhooks_is_looked_at_in_one_request(world: World) -> None:
    for number in range(102):
        foreign(world, f"https://hooks.example.net/{number}")
    report = check(world)
    state = report.webhooks
    assert state is not None
    assert state.webhooks is not None
    assert (len(state.webhooks), state.total) == (100, 102)
    (said,) = [each for each in report.findings if each.subject == "webhooks"]
    assert "2 older ones were not looked at" in said.message


def test_the_doctor_goes_on_where_a_shop_is_down(quiet: ToldWorld) -> None:
    quiet.world.front.before = lambda _: DOWN
    (said,) = doctors(quiet.world)
    assert said.severity is Severity.WARNING
    assert "503" in said.message


def test_a_closed_index_and_the_plug_in_leave_the_check_within_its_bound(quiet: ToldWorld) -> None:
    quiet.world.double.site.companion = True
    quiet.world.double.site.open_index = False
    assert check(quiet.world).usable
    quiet.world.double.site.open_index = True
    assert check(quiet.world).usable


def test_what_a_shop_says_of_its_webhooks_is_cut_and_of_one_line(world: World) -> None:
    name = "Regulars order.created 0123456789ab"
    for number in range(5):
        foreign(world, f"https://old.example.com/{number}/" + "x" * 3_000, name)

    def odd(request: Request, answer: Response) -> Response:
        if "/webhooks" not in request.target:
            return answer
        body = answer.body.replace(b'"status":"active"', b'"status":"\\u001b[31m\\nact\\ud800ive"')
        return Response(answer.status, answer.headers, body)

    world.front.after = odd
    report = check(world)
    assert report.webhooks is not None
    assert {each.status for each in report.webhooks.webhooks or ()} == {"[31mact\ufffdive"}
    _, stray = [each for each in report.findings if each.subject == "webhooks"]
    assert len(stray.message) < 1_000
    assert stray.message.isprintable()


def test_what_fails_again_is_switched_on_again_until_a_success_counts_from_nought(quiet: ToldWorld) -> None:
    world = quiet.world

    def failing(times: int) -> set[str]:
        for _ in range(times):
            world.staff("PUT", "customers/2", {"first_name": "Ірина"})
            quiet.deliver(lambda _: 500)
        state = check(world).webhooks
        assert state is not None
        return {each.status for each in state.webhooks or ()}

    assert failing(7) == {"active", "disabled"}
    quiet.tick(hours=1.1)
    assert failing(1) == {"active", "disabled"}, "the shop keeps the count when it is switched on"
    quiet.tick(hours=1.1)
    world.staff("PUT", "customers/2", {"first_name": "Олена"})
    assert quiet.deliver() == ["customer.updated 2"]
    assert failing(6) == {"active"}
