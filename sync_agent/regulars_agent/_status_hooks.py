"""Who is told of order status changes: added, tried, listed and ended by the owner."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._hook_secrets import (
    OVERLAP,
    RotatedHook,
    forget_secrets,
    keep_secret,
    rotate_secret,
    signing_keys,
)
from regulars_agent._status_sending import Answered, Message, Sender, signing_key
from regulars_agent._webhook_address import is_this_machine, usable_hook_address
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError, OrderStatus, PermanentError

MOST_HOOKS = 20
SIGNAL_KEY = "django"
"""The key of the hook that a Wagtail site's signal hangs on."""
UNTAKEN = timedelta(days=1)
"""How long after a change the doctor asks why the site does not take it."""
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class AddedHook:
    """A hook that stands now (in a rehearsal: would). ``secret`` is the one that was made for it, to be given
    to the receiver; None where there was one."""

    key: str
    url: str
    new: bool
    secret: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class ShownHook:
    """A hook, the names of its shops, and how its deliveries stand."""

    hook: store.status_hooks.StatusHook
    shops: tuple[str, ...]
    state: store.status_hooks.HookState

    @property
    def next_try(self) -> datetime | None:
        """When the next message is due; None where none waits."""
        if self.state.next_at is None or self.hook.rests_until is None:
            return self.state.next_at
        return max(self.state.next_at, self.hook.rests_until)

    @property
    def why_it_waits(self) -> str:
        """In words, empty where no message waits."""
        if not self.state.waiting:
            return ""
        if not self.hook.url:
            return "manage.py regulars_signals takes it"
        if self.hook.rests_until is not None:
            times = f" {self.hook.failures} times in a row" if self.hook.failures > 1 else ""
            return f"the address failed{times}: {self.state.problem}"
        if self.state.failing:
            return f"{self.state.failing} refused; the last problem: {self.state.problem}"
        return "the agent tells it; is it running? regulars agent"


def add_status_hook(
    workspace: Workspace,
    key: str,
    url: str,
    *,
    who: str,
    statuses: Sequence[str] = (),
    shops: Sequence[str] = (),
    given: SecretStr | None = None,
    anyway: bool = False,
    dry_run: bool = False,
) -> AddedHook:
    """Have ``url`` told of status changes from now on: of these statuses, in these shops, else of all.

    ``given`` is a secret to sign with instead of a new one. The same twice is one. Raises PermanentError for
    a key that is taken, for too many, and for what no order's status is called; MisconfiguredError for an
    address or a secret that cannot serve. ``anyway`` takes addresses inside a network, also where a public
    name leads there, and unknown statuses.
    """
    inside = anyway or is_this_machine(_host(usable_hook_address(url, anyway=anyway)))
    if given is not None:
        signing_key(given)
    _check_key(key)
    with workspace.store.write() as connection:
        wanted = tuple(store.shop_named(connection, name).id for name in shops)
        if not anyway:
            _check_statuses(connection, statuses)
        standing = _standing(connection, key)
        if standing is not None:
            same = (standing.url, standing.statuses, standing.shops) == (url, tuple(statuses), wanted)
            if not same or given is not None:
                raise PermanentError(f"There is a hook {key}. End it first: regulars hook off {key}")
            return AddedHook(key, url, new=False)
        if len(store.status_hooks.standing(connection)) >= MOST_HOOKS:
            raise PermanentError(f"There are {MOST_HOOKS} hooks, which is the most there can be.")
        if dry_run:
            return AddedHook(key, url, new=True)
        now = workspace.clock()
        store.status_hooks.add(
            connection, key=key, url=url, inside=inside, statuses=statuses, shops=wanted, who=who, now=now
        )
        detail = {"host": _host(url), "statuses": list(statuses), "shops": list(shops)}
        store.write_audit(connection, who=who, action="hook add", subject=key, detail=detail, now=now)
    try:
        return AddedHook(key, url, new=True, secret=keep_secret(workspace, key, given))
    except MisconfiguredError:
        # What cannot be signed is better not begun.
        end_status_hook(workspace, key, who=who, secret=False)
        raise


def listen_for_signal(workspace: Workspace, *, who: str) -> store.status_hooks.StatusHook:
    """The hook that a Wagtail site's signal hangs on; it is added where it is not there yet."""
    with workspace.store.write() as connection:
        standing = _standing(connection, SIGNAL_KEY)
        if standing is not None:
            return standing
        now = workspace.clock()
        store.write_audit(connection, who=who, action="hook add", subject=SIGNAL_KEY, detail={}, now=now)
        return store.status_hooks.add(
            connection, key=SIGNAL_KEY, url="", inside=False, statuses=(), shops=(), who=who, now=now
        )


def list_status_hooks(workspace: Workspace) -> list[ShownHook]:
    """Every hook that stands, in the order in which they were added."""
    with workspace.store.read() as connection:
        names = {shop.id: shop.name for shop in store.every_shop(connection)}
        hooks = store.status_hooks.standing(connection)
        states = store.status_hooks.states(connection, [hook.id for hook in hooks])
    return [
        ShownHook(hook, tuple(names.get(id_, str(id_)) for id_ in hook.shops), states[hook.id])
        for hook in hooks
    ]


def end_status_hook(
    workspace: Workspace, key: str, *, who: str, dry_run: bool = False, secret: bool = True
) -> int:
    """Tell them nothing more, and forget their ``secret``; how many deliveries waited, which are dropped.

    Raises PermanentError where there is no such hook.
    """
    with workspace.store.write() as connection:
        hook = _known(connection, key)
        if dry_run:
            return store.status_hooks.states(connection, [hook.id])[hook.id].waiting
        now = workspace.clock()
        waited = store.status_hooks.end(connection, hook.id, now=now)
        store.write_audit(
            connection, who=who, action="hook off", subject=key, detail={"waited": waited}, now=now
        )
    if hook.url and secret:
        forget_secrets(workspace, key)
    return waited


def retry_status_hook(workspace: Workspace, key: str, *, who: str) -> int:
    """Have what was given up told after all, and at once; how many. Raises PermanentError where there is no
    such hook."""
    with workspace.store.write() as connection:
        hook = _known(connection, key)
        now = workspace.clock()
        revived = store.status_hooks.revive(connection, hook.id, now=now)
        store.write_audit(
            connection, who=who, action="hook retry", subject=key, detail={"revived": revived}, now=now
        )
        return revived


def try_status_hook(workspace: Workspace, key: str) -> Answered:
    """Send a signed message of the type ``regulars.test`` now; how it went. Raises PermanentError where there
    is no such address, MisconfiguredError where its secret is missing."""
    with workspace.store.read() as connection:
        hook = _addressed(connection, key)
    now = workspace.clock()
    message = Message.of(f"msg_{token_hex(16)}", "regulars.test", at=now, data={"hook": key})
    with sender_of(workspace, hook) as sender:
        return sender.send(message, now=now)


def status_hook_troubles(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    """What keeps anybody from being told, by the hook's key: what it is, and the remedy. No network."""
    now = workspace.clock()
    for shown in list_status_hooks(workspace):
        hook, state, key = shown.hook, shown.state, shown.hook.key
        if state.dead:
            yield (
                key,
                f"{state.dead} status changes could not be told and were given up: {state.problem}.",
                f"Try it: regulars hook test {key}; then have them told after all: regulars hook retry {key}",
            )
        if hook.failures > 1 and hook.rests_until is not None:
            said = f"It could not be told {hook.failures} times in a row ({state.problem});"
            said += f" {state.waiting} wait."
            yield key, said, f"Mend what is there, and try it: regulars hook test {key}"
        if not hook.url and state.oldest is not None and now - state.oldest > UNTAKEN:
            said = f"{state.waiting} status changes wait for the site's signal, and nobody takes them."
            yield key, said, f"Run manage.py regulars_signals, or end it: regulars hook off {key}"


def rotate_status_hook(
    workspace: Workspace,
    key: str,
    *,
    who: str,
    given: SecretStr | None = None,
    overlap: timedelta = OVERLAP,
    dry_run: bool = False,
) -> RotatedHook:
    """Have messages to a hook signed with another secret, and for a while with the one before too.

    Raises as ``rotate_secret``, and PermanentError where there is no such address.
    """
    with workspace.store.read() as connection:
        hook = _addressed(connection, key)
    return rotate_secret(workspace, hook, who=who, given=given, overlap=overlap, dry_run=dry_run)


def sender_of(workspace: Workspace, hook: store.status_hooks.StatusHook) -> Sender:
    """What sends to a hook's address. Raises MisconfiguredError where its secret is missing or unusable."""
    keys = signing_keys(workspace, hook)
    return Sender(hook.url, keys, timeout=workspace.settings.hooks.timeout, inside=hook.inside)


def _addressed(connection: Connection, key: str) -> store.status_hooks.StatusHook:
    hook = _known(connection, key)
    if not hook.url:
        raise PermanentError(f"The hook {key} has no address: it is a Wagtail site's signal.")
    return hook


def _standing(connection: Connection, key: str) -> store.status_hooks.StatusHook | None:
    return next((hook for hook in store.status_hooks.standing(connection) if hook.key == key), None)


def _known(connection: Connection, key: str) -> store.status_hooks.StatusHook:
    found = _standing(connection, key)
    if found is None:
        raise PermanentError(f"There is no hook '{key}'. See: regulars hook list")
    return found


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key) or key == SIGNAL_KEY:
        raise PermanentError(
            f"'{key}' cannot name a hook: use small Latin letters, digits, - and _, at most 40, and another "
            f"word than {SIGNAL_KEY}."
        )


def _check_statuses(connection: Connection, statuses: Sequence[str]) -> None:
    ours = [status.value for status in OrderStatus]
    for word in statuses:
        if word not in ours and not store.status_hooks.has_shop_status(connection, word):
            near = difflib.get_close_matches(word, ours, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise PermanentError(
                f"No order has the status '{word}'.{hint} There are: {', '.join(ours)}, and the shops' own. "
                "For one that is yet to come, add --anyway."
            )


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
