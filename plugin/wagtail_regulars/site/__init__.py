"""The site that comes with Regulars: the owner's admin and the storefront's API, ready to run.

``regulars serve`` starts it. A site of one's own has the two apps in its settings instead.
"""

from wagtail_regulars.site._running import Owner, bind, prepare, run

__all__ = ["Owner", "bind", "prepare", "run"]
