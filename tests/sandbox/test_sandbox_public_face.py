"""The package's public face is what ``__all__`` says."""

from __future__ import annotations

import types

import regulars_sandbox


def test_all_names_every_public_member() -> None:
    members = {
        name
        for name, value in vars(regulars_sandbox).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert set(regulars_sandbox.__all__) == members
