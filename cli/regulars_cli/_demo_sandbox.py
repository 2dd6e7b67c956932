"""The sandbox shop of a demo: a process of its own, with keys that exist only for this run."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from regulars_mapping import MisconfiguredError

SHOP = "sandbox"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running storefront double. ``environ`` carries its keys to the workspace, and nothing else does."""

    process: subprocess.Popen[str]
    url: str
    certificate: str
    environ: Mapping[str, str]
    customers: int
    orders: int

    def wait(self) -> None:
        """Until the shop ends or somebody interrupts."""
        self.process.wait()


@contextmanager
def running_sandbox(directory: Path, *, customers: int, seed: int) -> Iterator[Sandbox]:
    """A WooCommerce double over HTTPS; ended with the block, and also when this process dies."""
    key, secret = f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}"
    command = [sys.executable, "-m", "regulars_sandbox", "woocommerce", "--tls", "--until-input-ends"]
    command += ["--customers", str(customers), "--seed", str(seed)]
    environ = {**os.environ, "REGULARS_SANDBOX_KEY": key, "REGULARS_SANDBOX_SECRET": secret}
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        command, cwd=directory, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        told = json.loads(process.stdout.readline() or "null") if process.stdout else None
        if told is None:
            raise MisconfiguredError("The sandbox shop did not start; the lines above say why.")
        yield Sandbox(
            process=process,
            url=told["url"],
            certificate=told["certificate"],
            environ={
                "REGULARS_MASTER_KEY": secrets.token_urlsafe(32),
                "SANDBOX_CONSUMER_KEY": key,
                "SANDBOX_CONSUMER_SECRET": secret,
            },
            customers=told["customers"],
            orders=told["orders"],
        )
    finally:
        process.terminate()
        process.wait(timeout=10)
