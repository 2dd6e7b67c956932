"""Who may see customers, write about them, and say who is who. Nobody may add or delete them here."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail.permission_policies.base import BaseDjangoAuthPermissionPolicy

from wagtail_regulars.models import Customers

VIEW_CUSTOMERS = "wagtail_regulars.view_customers"
VIEW_CONTACT_DATA = "wagtail_regulars.view_contact_data"
EDIT_CUSTOMERS = "wagtail_regulars.edit_customers"
DECIDE_IDENTITY = "wagtail_regulars.decide_identity"


class ViewOnlyPolicy(BaseDjangoAuthPermissionPolicy):
    """Answers "view", and only that, by the permission ``view_customers``."""

    def __init__(self, model: Any) -> None:
        super().__init__(model, auth_model=Customers)

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Whether this user may do this with any customer."""
        return action == "view" and bool(user.has_perm(VIEW_CUSTOMERS))

    def users_with_any_permission(self, actions: Collection[str]) -> Any:
        """The users who may do any of this."""
        codenames = {"view_customers"} if "view" in actions else set()
        if not codenames:
            return self._get_users_with_any_permission_codenames(codenames).none()
        return self._get_users_with_any_permission_codenames(codenames)


def sees_contacts(user: Any) -> bool:
    """Whether e-mails, phones and addresses are shown whole to this user."""
    return bool(user.has_perm(VIEW_CONTACT_DATA))


def may_see_all(user: Any) -> bool:
    """Whether this user may see customers with all that is known of them."""
    return bool(user.has_perms((VIEW_CUSTOMERS, VIEW_CONTACT_DATA)))


def may_edit(user: Any) -> bool:
    """Whether this user may write about customers; whoever changes something sees what it was."""
    return may_see_all(user) and bool(user.has_perm(EDIT_CUSTOMERS))


def may_decide(user: Any) -> bool:
    """Whether this user may say who is who."""
    return may_see_all(user) and bool(user.has_perm(DECIDE_IDENTITY))


def own_permissions() -> QuerySet[Permission]:
    """The plugin's permissions, for the editor of groups."""
    return Permission.objects.filter(content_type__app_label="wagtail_regulars")
