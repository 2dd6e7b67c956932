"""The secrets that messages to hooks are signed with; two of one hook while they are being changed.

Kept as a shop's would be, under ``hook:<key>``; a new one is shown once, when it is made.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

import regulars_store as store
from regulars_agent._secrets import environment_variable
from regulars_agent._status_sending import new_signing_secret, signing_key
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError, PermanentError

HOOK_SECRET = "status_hook_secret"  # noqa: S105 - the name of a secret, not one
HOOK_SECRET_BEFORE = "status_hook_secret_before"  # noqa: S105 - the name of a secret, not one
OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=30)
_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class RotatedHook:
    """A hook that signs with another secret now (in a rehearsal: would). The one before signs too until
    ``until``, None where it has ended. ``secret`` is the one that was made, None where it was given."""

    key: str
    until: datetime | None
    secret: SecretStr | None = None


def secret_place(key: str) -> str:
    """Under which name, in the place of a shop's, a hook's secret is kept."""
    return f"hook:{key}"


def keep_secret(workspace: Workspace, key: str, given: SecretStr | None) -> SecretStr | None:
    """Keep the given secret, or a new one, which is the answer; one that a variable gives stays."""
    place = secret_place(key)
    if given is None and workspace.secrets.given_for(place, HOOK_SECRET):
        signing_key(workspace.secrets.get(place, HOOK_SECRET))
        return None
    secret = given or new_signing_secret()
    workspace.secrets.set(place, HOOK_SECRET, secret)
    return None if given is not None else secret


def forget_secrets(workspace: Workspace, key: str) -> None:
    """Drop what a hook was signed with."""
    for name in (HOOK_SECRET, HOOK_SECRET_BEFORE):
        workspace.secrets.delete(secret_place(key), name)


def signing_keys(workspace: Workspace, hook: store.status_hooks.StatusHook) -> list[bytes]:
    """By what a message to a hook is signed now: its secret, and the one before while that holds.

    Raises MisconfiguredError where its secret is missing or unusable.
    """
    place = secret_place(hook.key)
    secret = workspace.secrets.find(place, HOOK_SECRET)
    if secret is None:
        raise MisconfiguredError(
            f"The signing secret of the hook {hook.key} is missing. Give it in the variable "
            f"{environment_variable(place, HOOK_SECRET)}, or end the hook and add it anew."
        )
    before = _before(workspace, hook)
    return [signing_key(each) for each in (secret, before) if each is not None]


def _before(workspace: Workspace, hook: store.status_hooks.StatusHook) -> SecretStr | None:
    """The secret before, while it holds; one in a variable holds for as long as it is there."""
    place = secret_place(hook.key)
    holds = hook.secret_until is not None and hook.secret_until > workspace.clock()
    if not holds and not workspace.secrets.given_for(place, HOOK_SECRET_BEFORE):
        return None
    return workspace.secrets.find(place, HOOK_SECRET_BEFORE)


def rotate_secret(
    workspace: Workspace,
    hook: store.status_hooks.StatusHook,
    *,
    who: str,
    given: SecretStr | None = None,
    overlap: timedelta = OVERLAP,
    dry_run: bool = False,
) -> RotatedHook:
    """Sign with another secret, ``given`` or new, from now on; for ``overlap`` with the one before too, so
    that receivers may change in their time.

    Broken off, it may be called again. Raises PermanentError while the one before still holds, unless both
    are to end at once (no overlap); MisconfiguredError where a variable gives the secret, and for what is
    none.
    """
    place = secret_place(hook.key)
    if given is not None:
        signing_key(given)
    present = _changeable(workspace, hook, overlap)
    secret = given or new_signing_secret()
    until = workspace.clock() + overlap if overlap and present is not None else None
    if not dry_run:
        if present is not None and until is not None:
            workspace.secrets.set(place, HOOK_SECRET_BEFORE, present)
        _note(workspace, hook, until=until, who=who)
        workspace.secrets.set(place, HOOK_SECRET, secret)
        if until is None:
            workspace.secrets.delete(place, HOOK_SECRET_BEFORE)
    return RotatedHook(hook.key, until, None if given is not None or dry_run else secret)


def _changeable(
    workspace: Workspace, hook: store.status_hooks.StatusHook, overlap: timedelta
) -> SecretStr | None:
    """The present secret, where it may be changed."""
    place = secret_place(hook.key)
    if not _NONE <= overlap <= LONGEST_OVERLAP:
        raise PermanentError(f"Two secrets hold together for at most {LONGEST_OVERLAP.days} days.")
    if workspace.secrets.given_for(place, HOOK_SECRET):
        raise MisconfiguredError(
            f"The variable {environment_variable(place, HOOK_SECRET)} gives the secret of {hook.key}. Put "
            f"another one there, and this one into {environment_variable(place, HOOK_SECRET_BEFORE)} for as "
            "long as both are to hold."
        )
    present, before = workspace.secrets.find(place, HOOK_SECRET), _before(workspace, hook)
    # Equal where a change was broken off before the new one was kept.
    if overlap and before is not None and before != present:
        raise PermanentError(
            f"The secret before of {hook.key} holds until {hook.secret_until:%Y-%m-%d %H:%M} UTC. Wait until "
            "then, or end both at once: --overlap 0"
        )
    return present


def _note(
    workspace: Workspace, hook: store.status_hooks.StatusHook, *, until: datetime | None, who: str
) -> None:
    detail = {"until": None if until is None else until.isoformat()}
    with workspace.store.write() as connection:
        store.status_hooks.overlap(connection, hook.id, until=until)
        store.write_audit(
            connection, who=who, action="hook rotate", subject=hook.key, detail=detail, now=workspace.clock()
        )


def forget_old_secrets(workspace: Workspace) -> int:
    """Drop the secrets before of those hooks with which they hold no more; how many."""
    now = workspace.clock()
    with workspace.store.read() as connection:
        hooks = store.status_hooks.standing(connection)
    over = [hook for hook in hooks if hook.secret_until is not None and hook.secret_until <= now]
    for hook in over:
        workspace.secrets.delete(secret_place(hook.key), HOOK_SECRET_BEFORE)
        with workspace.store.write() as connection:
            store.status_hooks.overlap(connection, hook.id, until=None)
    return len(over)
