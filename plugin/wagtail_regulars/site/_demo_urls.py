"""The addresses of the demo's storefront."""

from django.urls import path

from wagtail_regulars.site import _demo_views as views

urlpatterns = [
    path("", views.page, name="regulars_demo"),
    path("login", views.login, name="regulars_demo_login"),
    path("logout", views.logout, name="regulars_demo_logout"),
    path("buy", views.buy, name="regulars_demo_buy"),
]
