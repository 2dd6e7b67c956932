"""The mirror models: the store's tables as Django reads them."""

from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import Error, connections, models

from plugin.site_world import HANNA, Shops, bought
from regulars_store import tables
from shop_objects import day
from wagtail_regulars import MirrorRouter, store_database
from wagtail_regulars._database import database_of
from wagtail_regulars.mirror import _generation
from wagtail_regulars.mirror.models import Account, Order, OrderLine, Person, PersonFact
from wagtail_regulars.models import Customers


def test_the_written_models_are_those_of_the_stores_tables() -> None:
    assert _generation.PLACE.read_text(encoding="utf-8") == _generation.source()


def test_every_model_has_the_columns_of_its_table() -> None:
    for model in apps.get_app_config("regulars_mirror").get_models():
        table = tables.metadata.tables[model._meta.db_table]
        columns = {field.column: field for field in model._meta.local_concrete_fields if field.column}
        assert set(columns) == set(table.columns.keys())
        assert not model._meta.managed
        assert not model._meta.default_permissions
        for name, field in columns.items():
            assert field.null == table.c[name].nullable, (table.name, name)


def test_the_command_writes_what_differs_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wagtail_regulars.management.commands.regulars_mirror.PLACE", tmp_path / "models.py")
    with pytest.raises(CommandError, match="differs"):
        call_command("regulars_mirror", "--check")
    call_command("regulars_mirror", stdout=StringIO())
    call_command("regulars_mirror", "--check", stdout=StringIO())
    assert (tmp_path / "models.py").read_text(encoding="utf-8") == _generation.source()


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", skip_checks=True, stdout=StringIO())


def test_values_are_read_as_the_store_means_them(people: Shops) -> None:
    assert Order.objects.get(number="1001").placed_at == datetime(2026, 1, 2, 12, tzinfo=UTC) == day(1)
    assert Order.objects.get(number="1001").placed_at.tzinfo is not None
    line = OrderLine.objects.filter(order__number="1001").first()
    assert line.quantity == Decimal("1.500")
    assert OrderLine.objects.filter(quantity=Decimal("1.5")).count() == 4
    person = Person.objects.get(family_name="Щербак")
    assert person.sources["name"]["account"] == f"{people.tea.shop.id}:7"
    assert str(person) == "Ганна Щербак"
    assert Account.objects.filter(person=person, registered=True).get().shop.name == "tea"
    assert PersonFact.objects.get(person=person).net == 10_000
    assert Order.objects.filter(bought=True, gone=False).count() == 2


def test_the_store_cannot_be_written_through_the_mirror(people: Shops) -> None:
    person = Person.objects.get(family_name="Щербак")
    for writing in (person.save, person.delete, lambda: Person.objects.create(id="x")):
        with pytest.raises(TypeError, match="read only"):
            writing()
    with pytest.raises(Error):
        Person.objects.update(given_name="x")
    connections["regulars"].close()
    assert Person.objects.get(pk=person.pk).given_name == HANNA.given_name


def test_a_landing_underway_does_not_keep_the_site_waiting(people: Shops) -> None:
    with people.store.write() as connection:
        connection.execute(tables.person.update().values(given_name="x"))
        assert Person.objects.get(family_name="Щербак").given_name == HANNA.given_name


def test_what_lands_is_seen_at_the_next_look(people: Shops) -> None:
    before = Order.objects.count()
    people.tea.land(bought("1900", HANNA, 1, customer_id="7"))
    assert Order.objects.count() == before + 1


def test_djangos_tables_stay_out_of_the_store_and_the_mirrors_out_of_django() -> None:
    router = MirrorRouter()
    assert router.allow_migrate("regulars", "auth") is False
    assert router.allow_migrate("default", "regulars_mirror") is False
    assert router.allow_migrate("default", "auth") is None
    assert router.db_for_read(Person) == router.db_for_write(Person) == "regulars"
    assert router.db_for_read(Customers) is None
    assert router.allow_relation(Person(), Account()) is True
    assert router.allow_relation(Person(), Customers()) is False
    assert router.allow_relation(Customers(), Customers()) is None


def test_the_alias_of_a_workspace_is_its_store(place: Path) -> None:
    found = store_database(place, environ={})
    assert found["NAME"] == str(place / "regulars.sqlite3")
    url = "postgresql://anna:s3cret@db.example:5433/shop?sslmode=require&options=-csearch_path%3Dx"
    remote = store_database(place, environ={"REGULARS_STORE_URL": url})
    assert (remote["HOST"], remote["PORT"], remote["NAME"]) == ("db.example", "5433", "shop")
    assert (remote["USER"], remote["PASSWORD"]) == ("anna", "s3cret")
    assert remote["OPTIONS"]["sslmode"] == "require"
    assert remote["OPTIONS"]["options"].startswith("-csearch_path=x ")
    assert database_of("postgresql:///shop?host=/run/x")["OPTIONS"]["host"] == "/run/x"


def test_every_shown_table_has_a_key_of_one_column() -> None:
    for model in apps.get_app_config("regulars_mirror").get_models():
        if model is not PersonFact:
            assert not isinstance(model._meta.pk, models.CompositePrimaryKey)
