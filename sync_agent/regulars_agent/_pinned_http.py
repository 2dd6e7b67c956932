"""HTTP to public addresses only: a name is looked up once, when the connection is made, and what was looked
at is what is connected to. Whoever answers a second look-up otherwise leads nowhere."""

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from regulars_agent._webhook_address import is_inside


class InsideError(Exception):
    """A name that leads inside a machine or a network."""


class PublicAdapter(HTTPAdapter):
    """Connects to no address within a network, whatever name leads there; raises InsideError instead.

    Not where the environment names a proxy: it is the proxy then that looks names up.
    """

    def init_poolmanager(self, *given: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*given, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SafePool}


def public_addresses(host: str, port: int) -> list[str]:
    """The numbers that a name stands for. Raises InsideError where any of them is not public, and OSError or
    UnicodeError for a name that nobody knows."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(address[0]) for *_, address in found))
    if any(is_inside(number) for number in numbers):
        raise InsideError("its name leads inside a machine or a network")
    return numbers


class _Direct(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        try:
            numbers = public_addresses(self._dns_host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        problem: HTTPError = NewConnectionError(self, "the name has no address")
        for number in numbers:
            try:
                return create_connection(
                    (number, self.port), self.timeout, self.source_address, self.socket_options
                )
            except TimeoutError:
                problem = ConnectTimeoutError(self, "there was no connection in time")
            except OSError:
                problem = NewConnectionError(self, "there was no connection")
        raise problem


class _DirectSafe(_Direct, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Direct


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _DirectSafe
