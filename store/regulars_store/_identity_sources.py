"""Where an account's words come from: the payload, and how and when it was observed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from regulars_mapping import Kind
from regulars_store._driver import utc
from regulars_store._identity_queries import read_wanted
from regulars_store._observed import MAPPED

# Of an order's versions the one that its rows come from; a customer's account names its own.
_TOLD = f"""
    SELECT a.id, o.kind, o.external_id, o.sequence, o.observed_at, o.via
    FROM @ids CROSS JOIN account AS a CROSS JOIN observation AS o
    WHERE a.id = wanted.value AND a.version_of IS NULL AND o.shop_id = a.shop_id
      AND o.kind = '{Kind.CUSTOMER.value}' AND o.external_id = a.external_id
      AND o.sequence = a.version_sequence
    UNION ALL
    SELECT a.id, o.kind, o.external_id, o.sequence, o.observed_at, o.via
    FROM @ids CROSS JOIN account AS a CROSS JOIN "order" AS r CROSS JOIN observation AS o
    WHERE a.id = wanted.value AND r.id = a.version_of AND o.shop_id = r.shop_id
      AND o.kind = '{Kind.ORDER.value}' AND o.external_id = r.external_id AND o.sequence = (
        SELECT v.sequence FROM observation AS v
        WHERE v.shop_id = o.shop_id AND v.kind = o.kind AND v.external_id = o.external_id
          AND v.outcome = '{MAPPED}'
        ORDER BY v.version_at DESC, v.sequence DESC LIMIT 1)"""  # noqa: S608 - words of ours


@dataclass(frozen=True, slots=True)
class PayloadSource:
    """One observation: the ``sequence`` counts those of its object from 1; ``via`` is how it came."""

    kind: str
    external_id: str
    sequence: int
    observed_at: datetime
    via: str


def sources_of(connection: Connection, account_ids: Collection[str]) -> dict[str, PayloadSource]:
    """The payload from which each of these accounts has its e-mail, phone and name, by account id.

    Missing is an account of which only versions tell that no longer count. Retention never takes a version
    that counts.
    """
    rows = read_wanted(connection, _TOLD, sorted(account_ids))
    return {id_: PayloadSource(kind, name, number, utc(at), via) for id_, kind, name, number, at, via in rows}
