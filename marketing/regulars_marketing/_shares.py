"""Integer arithmetic of shares, exact on both databases."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_NAME = "regulars_goods_share"


def goods_share(amount: int, goods: int, total: int) -> int:
    """The goods' part of a bare refund of ``amount`` on an order: ``amount * goods / total``, half up.

    Minor units throughout. Where the order asked for nothing there is no proportion, and the whole amount
    is taken for goods. Nothing below zero comes out and nothing above ``goods``.
    """
    if amount <= 0 or goods <= 0:
        return 0
    return min(goods, amount if total <= 0 else (2 * amount * goods + total) // (2 * total))


class GoodsShare(FunctionElement[int]):
    """`goods_share` in SQL: ``GoodsShare(amount, goods, total)``, all columns, none NULL."""

    type = BigInteger()
    inherit_cache = True
    name = _NAME

    def __init__(
        self, amount: ColumnElement[int], goods: ColumnElement[int], total: ColumnElement[int]
    ) -> None:
        super().__init__(amount, goods, total)


@compiles(GoodsShare, "sqlite")
def _on_sqlite(element: GoodsShare, compiler: SQLCompiler, **options: Any) -> str:
    return f"{_NAME}{compiler.process(element.clause_expr, **options)}"


@compiles(GoodsShare, "postgresql")
def _on_postgresql(element: GoodsShare, compiler: SQLCompiler, **options: Any) -> str:
    amount, goods, total = (f"{compiler.process(clause, **options)}::numeric" for clause in element.clauses)
    return (
        f"CASE WHEN {amount} <= 0 OR {goods} <= 0 THEN 0 WHEN {total} <= 0 THEN least({goods}, {amount})"
        f" ELSE least({goods}, div(2 * {amount} * {goods} + {total}, 2 * {total})) END"
    )


def teach_shares(connection: Connection) -> None:
    """Make `GoodsShare` known to this connection; once a connection, nothing to do on PostgreSQL.

    SQLite has integers of 64 bits only: a product of two large sums (rials, dong) would silently become a
    floating-point number there, so the product is made in Python.
    """
    raw = connection.connection
    if connection.dialect.name != "sqlite" or raw.info.get(_NAME) or raw.driver_connection is None:
        return
    raw.driver_connection.create_function(_NAME, 3, goods_share, deterministic=True)
    raw.info[_NAME] = True
