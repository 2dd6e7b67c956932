"""One module a revision, newest depends on the one before."""
