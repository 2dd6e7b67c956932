"""``regulars shop webhooks``: what it takes, and what it says where there is nothing to tell."""

import pytest

from command_line import CommandLine


@pytest.mark.parametrize("other", [["--url", "https://crm.example.com/x"], ["--rotate"], ["--secret"]])
def test_removing_goes_with_nothing_else(regulars: CommandLine, other: list[str]) -> None:
    said = regulars("shop", "webhooks", "tea", "--remove", *other)
    assert said.code == 2
    assert "--remove takes no other option" in said.err


@pytest.mark.parametrize("arguments", [[], ["--remove"], ["--url", "https://crm.example.com/x"]])
def test_a_shop_that_is_not_there_is_named(regulars: CommandLine, arguments: list[str]) -> None:
    regulars.begin()
    said = regulars("shop", "webhooks", "coffee", *arguments)
    assert said.code == 1
    assert "no shop named coffee" in said.err
