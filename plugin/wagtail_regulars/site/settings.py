"""Django settings of the bundled site. The workspace is ``REGULARS_DIRECTORY``, else the working directory.

``REGULARS_SITE_URL`` (``https://crm.example.com``) names the address under which a proxy serves it.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from wagtail_regulars._database import store_database
from wagtail_regulars.site._demo_people import in_demo_mode
from wagtail_regulars.site._secret_key import secret_key

_directory = Path(os.environ.get("REGULARS_DIRECTORY") or ".").resolve()
_public = urlsplit(os.environ.get("REGULARS_SITE_URL", ""))

REGULARS = {"directory": str(_directory)}
REGULARS_DEMO = in_demo_mode(_directory, environ=os.environ)
if REGULARS_DEMO:
    REGULARS["account_of"] = "wagtail_regulars.site._demo_people.account_of"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(_directory / "site.sqlite3"),
        "OPTIONS": {
            "timeout": 15,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    },
    "regulars": store_database(_directory),
}
DATABASE_ROUTERS = ["wagtail_regulars.MirrorRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = secret_key(_directory, environ=os.environ)
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *([_public.hostname] if _public.hostname else [])]
if _public.scheme == "https":
    CSRF_TRUSTED_ORIGINS = [f"https://{_public.netloc}"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

INSTALLED_APPS = [
    "wagtail_regulars",
    "wagtail_regulars.mirror",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "wagtail_regulars.site.urls"
WSGI_APPLICATION = "wagtail_regulars.site.wsgi.application"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# Whoever scans the net asks for hosts that are not ours; the refusal (400) is the answer, and no traceback.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"null": {"class": "logging.NullHandler"}},
    "loggers": {"django.security.DisallowedHost": {"handlers": ["null"], "propagate": False}},
}

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
# Straight from the packages: nothing has to be collected before the first start.
WHITENOISE_USE_FINDERS = True
MEDIA_URL = "/media/"
MEDIA_ROOT = str(_directory / "media")
WAGTAIL_SITE_NAME = "Regulars"
WAGTAILADMIN_BASE_URL = _public.geturl() or "http://localhost:8000"
WAGTAIL_ENABLE_UPDATE_CHECK = False
# An e-mail of the staff is nobody else's business, not even as a digest.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
