"""The storefront's addresses: ``path("regulars/", include("wagtail_regulars.storefront_urls"))``."""

from django.urls import path

from wagtail_regulars._api import api
from wagtail_regulars._api_login import token
from wagtail_regulars._connect_woocommerce import KEY, receive_key
from wagtail_regulars._ownership import confirm_ownership
from wagtail_regulars._webhooks import receive_webhook

urlpatterns = [
    path("api/", api.urls),
    path("token", token, name="regulars_token"),
    path("owner/<str:token>", confirm_ownership, name="regulars_owner"),
    path("webhooks/<str:shop>", receive_webhook, name="regulars_webhook"),
    path("keys/<str:request_id>/<str:token>/", receive_key, name=KEY),
]
