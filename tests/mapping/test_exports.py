"""The package's public face."""

import importlib
import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest

import regulars_mapping
from regulars_mapping import RegularsError

_MODULES = [module.name for module in pkgutil.iter_modules(regulars_mapping.__path__)]


def _public_names(package: ModuleType) -> set[str]:
    return {
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }


def test_what_is_imported_is_what_is_exported() -> None:
    assert _public_names(regulars_mapping) == set(regulars_mapping.__all__)


def test_every_export_is_named_once() -> None:
    assert len(regulars_mapping.__all__) == len(set(regulars_mapping.__all__))


def test_every_module_is_private() -> None:
    assert [name for name in _MODULES if not name.startswith("_")] == []


@pytest.mark.parametrize("name", _MODULES)
def test_every_error_of_the_package_is_exported_and_in_the_tree(name: str) -> None:
    module = importlib.import_module(f"regulars_mapping.{name}")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Exception) and value.__module__ == module.__name__:
            assert issubclass(value, RegularsError)
            assert getattr(regulars_mapping, value.__name__) is value


def test_every_export_says_its_contract() -> None:
    bare = [
        name
        for name in regulars_mapping.__all__
        if not name.isupper() and not getattr(regulars_mapping, name).__doc__
    ]
    assert bare == []


def test_importing_the_package_reaches_for_nothing_that_connects() -> None:
    code = (
        "import sys, regulars_mapping; "
        "print(sorted({'sqlalchemy', 'requests', 'huey', 'django', 'dns'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
