"""The storefront's addresses: ``path("regulars/", include("wagtail_regulars.storefront_urls"))``."""

from django.urls import path

from wagtail_regulars._api import api
from wagtail_regulars._api_login import token

urlpatterns = [
    path("api/", api.urls),
    path("token", token, name="regulars_token"),
]
