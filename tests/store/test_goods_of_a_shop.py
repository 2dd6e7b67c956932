"""Products and categories by what their owner calls them."""

import pytest

from regulars_mapping import Kind, fold_text
from regulars_store import FoundGoods, Store, find_goods
from shop_objects import Counter, day, open_counter, product


@pytest.fixture
def tea(store: Store) -> Counter:
    return open_counter(store, name="tea")


def found(tea: Counter, *, skus: tuple[str, ...] = (), categories: tuple[str, ...] = ()) -> FoundGoods:
    codes, names = ([fold_text(word) for word in words] for words in (skus, categories))
    with tea.store.read() as connection:
        return find_goods(connection, tea.shop.id, skus=codes, categories=names)


def test_products_are_found_by_sku_and_categories_by_name_however_they_are_cased(tea: Counter) -> None:
    tea.land(
        product("50", sku="Кава-1", categories=("Кава", "Подарунки"), category_ids=("5", "6")),
        product("51", sku="кава-1 ", categories=("кава",), category_ids=("7",)),
        product("52", sku="TEA-1", categories=("Tea",)),
        product("53", categories=("Hidden",), category_ids=("",)),
    )
    read = found(tea, skus=("КАВА-1", "tea-1", "no"), categories=("КАВА", "Tea", "Hidden"))
    assert read.products == {"кава-1": ("50", "51"), "tea-1": ("52",)}
    assert read.categories == {"кава": ("5", "7")}
    assert found(tea) == FoundGoods()


def test_goods_of_another_shop_and_goods_that_are_gone_are_not_found(store: Store, tea: Counter) -> None:
    coffee = open_counter(store, name="coffee")
    coffee.land(product("50", sku="SKU-1", categories=("Coffee",), category_ids=("5",)))
    assert found(tea, skus=("SKU-1",), categories=("Coffee",)) == FoundGoods()
    tea.land(product("50", sku="SKU-1", categories=("Coffee",), category_ids=("5",)))
    assert found(tea, skus=("SKU-1",), categories=("Coffee",)) != FoundGoods()
    tea.bury(Kind.PRODUCT, "50", now=day(9))
    assert found(tea, skus=("SKU-1",), categories=("Coffee",)) == FoundGoods()


def test_a_product_that_changes_leaves_its_categories(tea: Counter) -> None:
    tea.land(product("50", 0, sku="A", categories=("Coffee",), category_ids=("5",)))
    tea.land(product("50", 1, sku="B", categories=("Coffee", "Coffee"), category_ids=("9", "9")))
    assert found(tea, skus=("A", "B"), categories=("Coffee",)) == FoundGoods(
        {"b": ("50",)}, {"coffee": ("9",)}
    )


def test_the_order_of_arrival_makes_no_difference(store: Store, tea: Counter) -> None:
    coffee = open_counter(store, name="coffee")
    versions = [
        product("50", 0, categories=("Coffee",), category_ids=("5",)),
        product("50", 1, categories=("Tea",), category_ids=("6",)),
    ]
    for one in versions:
        tea.land(one)
    for one in reversed(versions):
        coffee.land(one)
    for counter in (tea, coffee):
        assert found(counter, categories=("Coffee", "Tea")).categories == {"tea": ("6",)}
