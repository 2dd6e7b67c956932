"""The bundled site for any WSGI server; ``REGULARS_DIRECTORY`` names the workspace."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wagtail_regulars.site.settings")
application = get_wsgi_application()
