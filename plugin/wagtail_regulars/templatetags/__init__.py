"""Template tags: ``{% load regulars %}``."""
