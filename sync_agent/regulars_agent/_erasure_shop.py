"""Erasing a shop: everything that came from it, and everything that was made of that, in one transaction."""

from collections.abc import Mapping

import regulars_store as store
from regulars_agent._at_once import at_once, carry_out
from regulars_agent._erasure_residue import clear_residue
from regulars_agent._leases import held
from regulars_agent._workspace import Workspace
from regulars_store import erasing

_AT_ONCE = 500


def erase_shop(workspace: Workspace, shop: store.Shop, *, who: str) -> Mapping[str, int]:
    """Delete everything of a shop, connected or not; how many rows by table. Harmless twice.

    Its sums go, too; persons whom other shops know stay with what those know. Raises RetryError while another
    worker derives, reads from this shop or writes to it.
    """
    with (
        held(workspace, f"pull:{shop.id}"),
        held(workspace, f"push:{shop.id}"),
        at_once(workspace, dry_run=False) as connection,
    ):
        now = workspace.clock()
        accounts = erasing.let_accounts_go(connection, shop.id)
        persons = store.persons_of(connection, accounts)
        for start in range(0, len(accounts), _AT_ONCE):
            carry_out(workspace, connection, accounts[start : start + _AT_ONCE], now=now)
        erasing.forget_persons(connection, persons)
        rows = erasing.drop_shop(connection, shop.id)
        erasing.forget_marks(connection, accounts)
        told = {"shop": shop.id, "rows": rows}
        store.write_audit(connection, who=who, action="shop erase", subject=shop.name, detail=told, now=now)
    clear_residue(workspace)
    return rows
