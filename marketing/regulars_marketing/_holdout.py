"""Who is held out of a programme, so that its effect can be measured. Pure."""

from collections.abc import Iterable
from hashlib import blake2b

_PARTS = 100


def is_held_out(key: str, account_ids: Iterable[str], share: int) -> bool:
    """Whether the person with these accounts is among the ``share`` in a hundred of the programme's accounts.

    It follows from the ids alone, so that it stays through all versions of the programme. One account that is
    held out holds out the person, whoever else is merged into them.
    """
    return any(_part(key, account_id) < share for account_id in account_ids)


def _part(key: str, account_id: str) -> int:
    digest = blake2b(f"{key} {account_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _PARTS
