"""Computes persons of a store, one a transaction, when it is told to: a process beside others."""

import sys

from purchases import NOW
from regulars_marketing import compute
from regulars_store import open_store


def main(url: str, persons: list[str]) -> None:
    store = open_store(url)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for person in persons:
        with store.write() as connection:
            compute(connection, [person], now=NOW)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
