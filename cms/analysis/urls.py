"""Addresses of the room."""

from django.urls import path

from cms.analysis import adhoc_views, views

urlpatterns = [
    path("", views.index, name="index"),
    path("ask/", adhoc_views.ask, name="ask"),
    path("ask.csv", adhoc_views.ask_csv, name="ask_csv"),
    path("ask.xlsx", adhoc_views.ask_xlsx, name="ask_xlsx"),
    path("compare/", views.comparison, name="compare"),
    path("compare.csv", views.comparison_csv, name="compare_csv"),
    path("class/<str:code>/", views.programme_class, name="class"),
    path("class/<str:code>.csv", views.programme_class_csv, name="class_csv"),
    path("statistics/", views.statistics, name="statistics"),
]
