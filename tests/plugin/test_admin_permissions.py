"""Who may see what of the customers in the admin."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.test import Client
from django.urls import NoReverseMatch, reverse
from wagtail.users.forms import GroupForm

from plugin.site_world import LISTING, Shops, login
from regulars_store import tables
from wagtail_regulars._permissions import ViewOnlyPolicy
from wagtail_regulars.mirror.models import Person


@pytest.fixture
def places(people: Shops) -> list[str]:
    person = people.tea.row(tables.person, family_name="Koval")["id"]
    return [LISTING, f"{LISTING}results/", f"{LISTING}{person}/", f"{LISTING}nobody/"]


def test_nobody_sees_anything_without_logging_in(places: list[str]) -> None:
    for place in places:
        answer = Client().get(place)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("codenames", [(), ("access_admin",), ("access_admin", "view_contact_data")])
def test_nobody_sees_customers_without_their_permission(
    places: list[str], site: None, codenames: tuple[str, ...]
) -> None:
    client = login(*codenames)
    for place in places:
        answer = client.get(place)
        assert answer.status_code == 302
        assert "Koval" not in answer.content.decode()


def test_the_menu_is_there_for_those_alone_who_may_see_customers(people: Shops, viewer: Client) -> None:
    assert LISTING in viewer.get("/admin/").content.decode()
    User.objects.get().groups.clear()
    User.objects.get().user_permissions.add(Permission.objects.get(codename="access_admin"))
    assert LISTING not in viewer.get("/admin/").content.decode()


def test_contact_data_is_whole_for_those_who_may_see_it(places: list[str], site: None) -> None:
    client = login("access_admin", "view_customers", "view_contact_data")
    assert "olena@example.com" in client.get(places[0]).content.decode()
    assert "olena@example.com" in client.get(places[2]).content.decode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_file_of_customers_is_handed_out(
    places: list[str], owner: Client, viewer: Client, kind: str
) -> None:
    for place in places[:2]:
        for client in (owner, viewer):
            listing = client.get(place, {"export": kind})
            assert listing.status_code == 200
            assert listing["Content-Type"].startswith("text/html")
            assert "Content-Disposition" not in listing
            assert "Koval" in listing.content.decode()
        assert login("access_admin").get(place, {"export": kind}).status_code == 302


@pytest.mark.parametrize("view", ["add", "edit", "delete", "copy", "history", "usage", "reorder"])
def test_there_is_no_address_for_changing_a_customer(site: None, view: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(f"regulars_customers:{view}", args=["x"])
    with pytest.raises(NoReverseMatch):
        reverse(f"regulars_customers:{view}")


def test_writing_to_a_page_is_refused_even_to_the_owner(places: list[str], owner: Client) -> None:
    for place in places:
        assert owner.post(place).status_code == 405


@pytest.mark.parametrize("action", ["add", "change", "delete", "publish", "copy"])
def test_the_policy_answers_view_and_only_that(site: None, action: str) -> None:
    policy = ViewOnlyPolicy(Person)
    superuser = User.objects.create_superuser("root")
    assert policy.user_has_permission(superuser, "view")
    assert not policy.user_has_permission(superuser, action)
    assert not policy.user_has_permission(AnonymousUser(), "view")
    assert list(policy.users_with_permission("view")) == [superuser]
    assert list(policy.users_with_permission(action)) == []


def test_a_group_can_be_given_the_permissions(site: None) -> None:
    offered = GroupForm().fields["permissions"].queryset
    ours = offered.filter(content_type__app_label="wagtail_regulars")
    assert {one.codename for one in ours} == {
        *("view_customers", "view_contact_data", "connect_shops", "edit_customers", "decide_identity")
    }
    assert not offered.filter(content_type__app_label="regulars_mirror").exists()


def test_customers_are_never_kept_by_a_cache_in_between(people: Shops, owner: Client) -> None:
    assert "private" in owner.get(LISTING)["Cache-Control"]
