"""Run by Alembic: on the connection that the store gives it, inside the store's transaction."""

from alembic import context

from regulars_store._tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table only by making it anew.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
