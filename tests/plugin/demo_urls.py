"""The addresses of the small site in demo mode."""

from django.urls import include, path

from plugin.site_urls import urlpatterns as usual

urlpatterns = [*usual, path("shop/", include("wagtail_regulars.site._demo_urls"))]
