"""The suppression list and the rows of erased persons: what is added once stays, and what is lifted goes."""

from sqlalchemy import select

from regulars_store import Store, erasing, tables
from shop_objects import Counter, day

ANNA, BORYS = "a" * 20, "b" * 20


def listed(store: Store, *digests: str) -> dict[str, tuple[str, str, int | None]]:
    with store.read() as connection:
        found = erasing.suppressed_among(connection, digests)
    return {digest: (one.kind, one.token, one.number) for digest, one in found.items()}


def test_what_is_on_the_list_stays_whose_it_was_until_it_is_lifted(store: Store) -> None:
    rows = [
        erasing.Suppressed("d1", "email", ANNA),
        erasing.Suppressed("d2", "named", ANNA, 2),
        erasing.Suppressed("d3", "object", ANNA),
        erasing.Suppressed("d4", "account", BORYS),
    ]
    with store.write() as connection:
        assert not erasing.anything_suppressed(connection)
        erasing.suppress(connection, rows, now=day(1))
        erasing.suppress(connection, [erasing.Suppressed("d1", "email", BORYS)], now=day(2))
        assert erasing.anything_suppressed(connection)
        assert erasing.highest_number(connection, ANNA) == 2
    everything = {
        "d1": ("email", ANNA, None),
        "d2": ("named", ANNA, 2),
        "d3": ("object", ANNA, None),
        "d4": ("account", BORYS, None),
    }
    assert listed(store, "d1", "d2", "d3", "d4", "d5") == everything
    with store.write() as connection:
        assert erasing.lift_suppression(connection, ANNA) == 1
        assert erasing.lift_suppression(connection, ANNA) == 0
        erasing.suppress(connection, [erasing.Suppressed("d1", "phone", BORYS)], now=day(3))
        assert erasing.lift_suppression(connection, BORYS) == 2
        assert erasing.suppress_again(connection, ANNA) == 0
    assert listed(store, *everything) == {digest: everything[digest] for digest in ("d2", "d3")}
    with store.write() as connection:
        assert erasing.suppress_again(connection, BORYS) == 2
    assert listed(store, *everything) == everything | {"d1": ("phone", BORYS, None)}


def test_words_are_replaced_in_every_journal_whatever_their_letters(counter: Counter) -> None:
    with counter.store.write() as connection:
        row = {"at": day(1), "who": "Olha", "action": "said", "subject": "of ANNA@example.com", "id": 1}
        detail = {"list": ["anna@Example.com", 3], "anna@example.com": None}
        connection.execute(tables.audit.insert().values(**row, detail=detail))
        words = {"anna@example.com": "token", "example.com": "nowhere"}
        assert set(erasing.search(connection, words)) == {"audit.subject", "audit.detail"}
        assert erasing.replace_everywhere(connection, words) == 2
        assert erasing.search(connection, words) == {}
        found = connection.execute(select(tables.audit.c.subject, tables.audit.c.detail)).one()
        assert tuple(found) == ("of token", {"list": ["token", 3], "token": None})


def test_a_longer_address_is_another_one_s_and_inside_a_text_stands_a_mark(counter: Counter) -> None:
    texts = ["joanna@example.com", "ANNA@example.com", "Anna (anna@example.com), o'anna@example.com.ua"]
    with counter.store.write() as connection:
        for number, text in enumerate(texts, 1):
            row = {"at": day(1), "who": "Olha", "action": "said", "subject": text, "id": number, "detail": {}}
            connection.execute(tables.audit.insert().values(**row))
        said = {"account_id": "1:1", "kind": "note", "direction": "", "text": "anna@example.com"}
        connection.execute(tables.interaction.insert().values(**said, at=day(1), who="Olha"))
        words = {"anna@example.com": "token"}
        marks = {"anna@example.com": erasing.MARK}
        assert erasing.search(connection, words) == {"audit.subject": 2, "interaction.text": 1}
        assert erasing.replace_everywhere(connection, words, marks=marks) == 3
        assert erasing.search(connection, words) == {}
        found = connection.scalars(select(tables.audit.c.subject).order_by(tables.audit.c.id)).all()
        assert found == ["joanna@example.com", "token", "Anna ([erased]), o'anna@example.com.ua"]
        assert connection.scalars(select(tables.interaction.c.text)).all() == ["[erased]"]
