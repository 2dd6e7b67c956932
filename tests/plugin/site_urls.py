"""The addresses of the tests' site."""

from importlib.util import find_spec

from django.urls import include, path
from wagtail.admin import urls as admin_urls

urlpatterns = [path("admin/", include(admin_urls))]
if find_spec("wagtail_regulars.storefront_urls"):
    urlpatterns.append(path("regulars/", include("wagtail_regulars.storefront_urls")))
