"""What waits to be computed, and the words that say so to whoever reads persons meanwhile."""

from sqlalchemy import Connection

import regulars_store as store

STAGES = ("identity", "facts", "programmes")
"""What ``derive`` does, in its order; keys are marked under these names."""
CHANGES_WAIT = "Changes wait to be computed. Run: regulars compute"


def changes_wait(connection: Connection) -> bool:
    """Whether what is known of persons is older than what the shops or people said."""
    return any(store.dirty_marks(connection, stage, limit=1) for stage in STAGES)
