"""Addresses of the room."""

from django.urls import path

from cms.analysis import views

urlpatterns = [
    path("", views.index, name="index"),
    path("compare/", views.comparison, name="compare"),
    path("compare.csv", views.comparison_csv, name="compare_csv"),
    path("class/<str:code>/", views.programme_class, name="class"),
    path("class/<str:code>.csv", views.programme_class_csv, name="class_csv"),
    path("statistics/", views.statistics, name="statistics"),
]
