"""The store's tables as Django models that can only be read. No migrations: the store has its own."""
