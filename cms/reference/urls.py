"""Addresses of classifications."""

from django.urls import path

from cms.reference import views

urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:scheme>/", views.scheme, name="scheme"),
    path("<slug:scheme>/<str:code>/", views.code, name="code"),
]
