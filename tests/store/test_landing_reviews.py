"""Reviews in the store, and on the record of the person whose e-mail they bear."""

from regulars_mapping import Kind
from regulars_store import Store, person_record, resolve, tables
from shop_objects import contact, customer, day, open_counter, order, review


def test_a_review_lands_with_its_stars_and_a_moderated_one_changes(store: Store) -> None:
    counter = open_counter(store)
    counter.land(review("22", contact=contact("READER"), bought=True))
    row = counter.row(tables.review)
    assert (row["id"], row["product_id"], row["email_folded"]) == ("1:22", "1:50", "reader@example.com")
    assert (row["stars"], row["published"], row["bought"], row["gone"]) == (4, True, True, False)
    counter.land(review("22", published=False, stars=None))
    row = counter.row(tables.review)
    assert (row["stars"], row["published"], row["bought"]) == (None, False, None)


def test_a_deleted_review_is_gone_and_comes_back_by_a_reading(store: Store) -> None:
    counter = open_counter(store)
    counter.land(review("22"))
    counter.bury(Kind.REVIEW, "22", now=day(2))
    assert counter.row(tables.review)["gone"] is True
    counter.land(review("22"), via="read", now=day(3))
    assert counter.row(tables.review)["gone"] is False


def test_a_review_makes_nobody_and_marks_nobody(store: Store) -> None:
    counter = open_counter(store)
    counter.land(review("22"))
    assert not counter.rows(tables.account)
    assert not counter.rows(tables.dirty)


def test_a_person_has_the_reviews_under_the_emails_of_their_accounts_in_that_shop(store: Store) -> None:
    counter, other = open_counter(store), open_counter(store, name="other")
    counter.land(review("22", contact=contact("ANNA")), review("23", contact=contact("boris")))
    other.land(review("24", contact=contact("anna")))
    counter.land(customer("7", contact=contact("anna")), order("1", contact=contact("nobody")))
    with store.write() as connection:
        resolve(connection, ["1:7"])
    with store.read() as connection:
        record = person_record(connection, "1:7")
    assert record is not None
    assert [row["external_id"] for row in record["reviews"]] == ["22"]
