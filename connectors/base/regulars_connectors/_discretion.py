"""What must not outlast a request: shops repeat queries in ``Link``, and urllib3 logs every URL whole.

A query may hold an e-mail that was searched for, a coupon's code, or a signature.
"""

import logging
import re
from collections.abc import Mapping

from requests.structures import CaseInsensitiveDict

_LINK_QUERY = re.compile(r"\?[^>]*")
_TARGET_QUERY = re.compile(r"\?\S*")
_URLLIB3 = logging.getLogger("urllib3.connectionpool")


def kept_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """An answer's headers without cookies, and without the queries of its links."""
    kept = CaseInsensitiveDict(headers)
    kept.pop("Set-Cookie", None)
    if "Link" in kept:
        kept["Link"] = _LINK_QUERY.sub("", kept["Link"])
    return kept


def keep_queries_out_of_logs() -> None:
    """From now on urllib3 logs no query. Harmless twice."""
    _URLLIB3.addFilter(_without_query)


def _without_query(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(
            _TARGET_QUERY.sub("?…", value) if isinstance(value, str) else value for value in record.args
        )
    return True
