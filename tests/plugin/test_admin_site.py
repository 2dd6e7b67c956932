"""The bundled site: ``regulars serve`` in a process of its own."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from bundled_site import FirstStart, environ, first_start, free_port, new_home, serve_command, serving_ended
from made_once import MadeOnce

PASSWORD, ANOTHER = "an-owners-long-passphrase", "another-long-passphrase"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with an empty store."""
    return new_home(tmp_path / "shops")


@pytest.fixture(scope="session")
def first(made_once: MadeOnce) -> FirstStart:
    return first_start(made_once)


@pytest.fixture
def ownerless(home: Path, first: FirstStart) -> Path:
    """A workspace whose site has its tables, which take long to make, and nobody in them."""
    first.put_into(home)
    return home


Serve = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def serve(home: Path) -> Iterator[Serve]:
    """Start the site; the process, and its address once it answers."""
    running: list[subprocess.Popen[str]] = []

    def start(**given: str) -> tuple[subprocess.Popen[str], str]:
        port = free_port()
        process = subprocess.Popen(
            serve_command(home, port), env=environ(**given), stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        _await(process, f"{address}/admin/login/")
        return process, address

    yield start
    for process in running:
        process.kill()
        process.communicate()


def _await(process: subprocess.Popen[str], address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            assert process.stderr is not None
            pytest.fail(process.stderr.read())
        try:
            requests.get(address, timeout=5).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the site did not answer")


def _login(address: str, password: str) -> requests.Session:
    session = requests.Session()
    page = session.get(f"{address}/admin/login/", timeout=10).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    form = {"username": "owner", "password": password, "csrfmiddlewaretoken": token[1]}
    session.post(f"{address}/admin/login/", data=form, timeout=10)
    return session


@pytest.mark.slow
def test_the_owner_logs_in_and_sees_the_customers_also_after_a_restart(serve: Serve, home: Path) -> None:
    process, address = serve(REGULARS_OWNER_PASSWORD=PASSWORD)
    session = _login(address, PASSWORD)
    listing = session.get(f"{address}/admin/customers/", timeout=10)
    assert "There are no customers to display." in listing.text
    assert requests.get(f"{address}/static/wagtail_regulars/admin.css", timeout=10).status_code == 200
    assert "/admin/login/" in requests.get(f"{address}/admin/customers/", timeout=10).url
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0

    # A changed password of the environment is the owner's from then on; sessions of the old one end.
    _, address = serve(REGULARS_OWNER_PASSWORD="another-long-passphrase")
    assert "/admin/login/" in _login(address, PASSWORD).get(f"{address}/admin/", timeout=10).url
    assert (
        "/admin/login/"
        not in _login(address, "another-long-passphrase").get(f"{address}/admin/", timeout=10).url
    )
    assert b"another-long" not in (home / "site.sqlite3").read_bytes()
    assert oct((home / "site.sqlite3").stat().st_mode & 0o077) == "0o0"


def test_a_first_start_without_a_terminal_asks_for_a_password(first: FirstStart) -> None:
    assert first.returncode == 1
    assert "REGULARS_OWNER_PASSWORD" in first.stderr


def test_a_taken_port_is_told_in_a_line_before_anything_is_said_or_made(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        given = environ(REGULARS_OWNER_PASSWORD=PASSWORD)
        ended = subprocess.run(
            serve_command(home, port), env=given, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) <= 2
    assert f"127.0.0.1, port {port}" in " ".join(ended.stderr.split())
    assert "--port" in ended.stderr
    assert "ERROR" not in ended.stderr
    assert not (home / "site.sqlite3").exists()


@pytest.mark.slow
def test_a_foreign_host_is_refused_and_fills_no_log(ownerless: Path, serve: Serve) -> None:
    process, address = serve(REGULARS_OWNER_PASSWORD=PASSWORD)
    foreign = requests.get(f"{address}/admin/login/", headers={"Host": "evil.example"}, timeout=10)
    assert foreign.status_code == 400
    process.send_signal(signal.SIGTERM)
    _, logged = process.communicate(timeout=20)
    assert "evil.example" not in logged
    assert "Traceback" not in logged


def test_a_site_without_a_store_is_not_started(tmp_path: Path) -> None:
    ended = serving_ended(tmp_path)
    assert ended.returncode == 1
    assert "regulars init" in ended.stderr


@pytest.mark.slow
def test_a_made_up_password_is_shown_once_on_a_terminal_and_it_works(ownerless: Path) -> None:
    port = free_port()
    ours, its = os.openpty()
    process = subprocess.Popen(
        serve_command(ownerless, port), env=environ(), stdout=its, stderr=subprocess.PIPE, text=True
    )
    os.close(its)
    try:
        _await(process, f"http://127.0.0.1:{port}/admin/login/")
        shown = re.search(r"shown only now: (\S+)", os.read(ours, 4_096).decode())
        assert shown is not None
        address = f"http://127.0.0.1:{port}"
        assert "/admin/login/" not in _login(address, shown[1]).get(f"{address}/admin/", timeout=10).url
    finally:
        process.kill()
        process.communicate()
        os.close(ours)
