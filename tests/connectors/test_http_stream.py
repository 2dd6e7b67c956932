"""A file that comes in pieces: without credentials, and without a word of its signed address."""

from collections.abc import Iterator

import pytest
import responses
from pydantic import SecretStr
from requests import PreparedRequest
from requests.auth import AuthBase

from regulars_connectors import HttpOptions, HttpSession, UnreachableError
from regulars_mapping import RetryError

FILE = "https://files.example.com/bulk-1?Signature=abc"


class Key(AuthBase):
    """The shop's key, which is nobody else's business."""

    def __init__(self) -> None:
        self.key = SecretStr("shpat_key")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["X-Key"] = self.key.get_secret_value()
        return request


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def session() -> HttpSession:
    return HttpSession(HttpOptions(), auth=Key(), sleep=lambda _: None)


@pytest.mark.parametrize("status", [200, 206, 403, 416])
def test_whoever_asks_hears_what_is_answered(
    api: responses.RequestsMock, session: HttpSession, status: int
) -> None:
    api.get(FILE, status=status, body=b"x" * 10_000)
    with session.stream(FILE, headers={"Range": "bytes=7-"}) as stream:
        pieces = list(stream.chunks)
    assert (stream.status, b"".join(pieces)) == (status, b"x" * 10_000)
    assert max(map(len, pieces)) < 5_000
    sent = api.calls[0].request.headers
    assert (sent["Range"], "X-Key" in sent) == ("bytes=7-", False)


@pytest.mark.parametrize(
    ("status", "meaning"), [(500, RetryError), (503, RetryError), (429, RetryError), (302, UnreachableError)]
)
def test_what_may_come_later_and_what_leads_elsewhere_is_raised(
    api: responses.RequestsMock, session: HttpSession, status: int, meaning: type[Exception]
) -> None:
    api.get(FILE, status=status, headers={"Location": f"{FILE}&more"})
    with pytest.raises(meaning) as refused, session.stream(FILE, headers={}):
        pass
    assert "Signature" not in str(refused.value)
    assert len(api.calls) == 1


def test_what_the_reader_does_wrong_is_no_fault_of_the_connection(
    api: responses.RequestsMock, session: HttpSession
) -> None:
    api.get(FILE, body=b"x")
    with pytest.raises(OSError, match="disk"), session.stream(FILE, headers={}):
        raise OSError("the disk is full")
