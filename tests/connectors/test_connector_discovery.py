"""Connectors are found by entry points, and what is missing is said."""

import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from regulars_connectors import Connector, UnknownPlatformError, _discovery, connector_class, platforms
from regulars_mapping import MisconfiguredError


def test_an_installed_platform_is_found() -> None:
    assert "woocommerce" in platforms()
    assert issubclass(connector_class("woocommerce"), Connector)
    assert connector_class("woocommerce").platform == "woocommerce"


def test_an_unknown_platform_names_what_is_installed() -> None:
    with pytest.raises(UnknownPlatformError, match=r"Installed: .*woocommerce"):
        connector_class("magento")


@pytest.mark.parametrize(
    "value", ["no_such_module:Thing", "regulars_mapping:Nothing", "regulars_mapping:Kind"]
)
def test_a_broken_installation_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    broken = EntryPoints([EntryPoint("broken", value, _discovery.GROUP)])
    monkeypatch.setattr(_discovery, "entry_points", lambda group: broken.select(group=group))
    with pytest.raises(MisconfiguredError, match="broken"):
        connector_class("broken")


def test_finding_platforms_loads_none() -> None:
    loaded = set(sys.modules)
    platforms()
    assert set(sys.modules) == loaded
