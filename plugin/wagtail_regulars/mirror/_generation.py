"""The source of the mirror models, made from the store's own tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, Table, Text
from sqlalchemy.types import JSON, TypeDecorator

from regulars_store import tables

PLACE = Path(__file__).with_name("models.py")
"""The written file."""
_SHOWN = (
    "shop", "programme", "person", "account", "address", "product", "order", "order_line", "refund",
    "person_fact", "offer", "grant",
)  # fmt: skip
_WORDS = {"person": ("customer", "customers")}
# The store checks no reference to a person, since a rebuild makes all of them anew; it holds all the same.
_ALSO_REFERENCES = {"person_id": "person"}
_HEAD = '''"""The store's tables as Django models. Written by `manage.py regulars_mirror`; do not edit."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_regulars.mirror._base import MirrorModel, ThousandthsField
'''


def source() -> str:
    """The text of the models' module for the store's tables of this version."""
    metadata = tables.metadata
    return _HEAD + "".join(_model(metadata.tables[name]) for name in _SHOWN)


def _model(table: Table) -> str:
    one, many = _WORDS.get(table.name, (table.name.replace("_", " "), table.name.replace("_", " ") + "s"))
    return "\n".join(
        [
            "\n",
            f"class {_class_name(table.name)}(MirrorModel):",
            f'    """Rows of the table `{table.name}`."""',
            "",
            *(f"    {line}" for line in _fields(table)),
            "",
            "    class Meta:",
            "        managed = False",
            f'        db_table = "{table.name}"',
            "        default_permissions = ()",
            f'        verbose_name = _("{one}")',
            f'        verbose_name_plural = _("{many}")',
            "",
        ]
    )


def _class_name(table: str) -> str:
    return table.title().replace("_", "")


def _fields(table: Table) -> Iterator[str]:
    keys = list(table.primary_key.columns.keys())
    if len(keys) > 1:
        yield f"pk = models.CompositePrimaryKey({', '.join(map(_quoted, keys))})"
    for column in table.columns:
        yield _field(column, alone=len(keys) == 1)


def _quoted(text: str) -> str:
    """A Python text in double quotes."""
    return f'"{text}"'


def _field(column: Column[Any], *, alone: bool) -> str:
    target = _referenced(column)
    options = ["primary_key=True"] if column.primary_key and alone else []
    options += ["null=True"] if column.nullable else []
    if target is None:
        return f"{column.name} = {_kind(column)}({', '.join(options)})"
    name = column.name.removesuffix("_id")
    arguments = [_quoted(_class_name(target)), "models.DO_NOTHING", "db_constraint=False", *options]
    return f"{name} = models.ForeignKey({', '.join(arguments)})"


def _referenced(column: Column[Any]) -> str | None:
    for key in column.foreign_keys:
        return key.target_fullname.partition(".")[0]
    return _ALSO_REFERENCES.get(column.name)


def _kind(column: Column[Any]) -> str:
    kind = column.type
    if type(kind).__name__ == "Thousandths":
        return "ThousandthsField"
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    for base, field in _KINDS:
        if isinstance(plain, base):
            return f"models.{field}"
    raise TypeError(f"{column}: {kind!r} has no Django field; name one in _KINDS")


# The more special ones first: BigInteger is an Integer.
_KINDS: tuple[tuple[type, str], ...] = (
    (Boolean, "BooleanField"),
    (BigInteger, "BigIntegerField"),
    (Integer, "IntegerField"),
    (DateTime, "DateTimeField"),
    (JSON, "JSONField"),
    (Text, "TextField"),
)
