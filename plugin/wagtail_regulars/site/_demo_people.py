"""The people whom the demo's storefront can be looked at as: its users, and their accounts in the shops.

Nothing of it is there but in demo mode: ``REGULARS_DEMO=1``, and a list of people in the workspace.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from regulars_mapping import MisconfiguredError

VARIABLE = "REGULARS_DEMO"
FILE = "demo-shoppers.json"
USER_PREFIX = "demo-"
_MOST_PEOPLE = 20
_MOST_BYTES = 64 * 1024

_Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class DemoShopper(BaseModel):
    """Somebody to look at the storefront as: ``account`` is the account's id in ``shop``."""

    model_config = ConfigDict(frozen=True)

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name: _Text
    shop: _Text
    account: _Text


_PEOPLE = TypeAdapter(Annotated[list[DemoShopper], Field(max_length=_MOST_PEOPLE)])


def in_demo_mode(directory: Path, *, environ: Mapping[str, str]) -> bool:
    """Whether the site of this workspace is a demo's."""
    return environ.get(VARIABLE) == "1" and (directory / FILE).is_file()


def demo_shoppers() -> Sequence[DemoShopper]:
    """The people of this site's demo, in their order. Raises MisconfiguredError for a list that is none."""
    from wagtail_regulars._workspace import directory

    place = directory() / FILE
    try:
        with place.open("rb") as file:
            return _PEOPLE.validate_json(file.read(_MOST_BYTES))
    except (OSError, ValidationError) as error:
        raise MisconfiguredError(
            f"{place} is not the list of people that a demo writes. Start the demo again."
        ) from error


def shopper_of(user: Any) -> DemoShopper | None:
    """The person that this user plays, None for every other user."""
    if not getattr(user, "is_authenticated", False):
        return None
    people = {f"{USER_PREFIX}{shopper.key}": shopper for shopper in demo_shoppers()}
    found = people.get(user.get_username())
    return found if found is not None and _only_plays(user) else None


def account_of(user: Any) -> tuple[str, str] | None:
    """The shop and the account of the person that this user plays: the site's ``account_of``."""
    shopper = shopper_of(user)
    return None if shopper is None else (shopper.shop, shopper.account)


def user_playing(key: str) -> Any | None:
    """The user who plays the person of this key; None where there is no such person."""
    from django.contrib.auth import get_user_model

    user = get_user_model()._default_manager.filter(username=f"{USER_PREFIX}{key}").first()
    return user if user is not None and shopper_of(user) is not None else None


def prepare_shoppers() -> None:
    """A user for each person: without password, e-mail and any right. Idempotent."""
    from django.contrib.auth import get_user_model

    users = get_user_model()._default_manager
    for shopper in demo_shoppers():
        name = f"{USER_PREFIX}{shopper.key}"
        if not users.filter(username=name).exists():
            users.create_user(name, email="", password=None)


def _only_plays(user: Any) -> bool:
    """No real user is ever taken for one of these, whatever the name."""
    real = user.is_superuser or user.is_staff or user.has_usable_password() or user.groups.exists()
    return user.is_active and not real
