"""The addresses of the bundled site."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView
from wagtail.admin import urls as admin_urls

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="wagtailadmin_home")),
    path("admin/", include(admin_urls)),
    path("regulars/", include("wagtail_regulars.storefront_urls")),
]
if settings.REGULARS_DEMO:
    urlpatterns.append(path("shop/", include("wagtail_regulars.site._demo_urls")))
