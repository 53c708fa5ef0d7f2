"""Addresses of figures. Registered in every language; oEmbed, which programs ask, in none (``portal/urls.py``)."""

from django.urls import path

from cms.figures import views

urlpatterns = [
    path("figures/<slug:kind>/<uuid:subject>/", views.figure_page, name="figure"),
    path("figures/<slug:kind>/<uuid:subject>/figure.svg", views.svg, name="svg"),
    path("figures/<slug:kind>/<uuid:subject>/data.csv", views.csv_file, name="csv"),
    # The same without a record: figures that answer a question.
    path("figures/<slug:kind>/", views.figure_page, name="figure"),
    path("figures/<slug:kind>/figure.svg", views.svg, name="svg"),
    path("figures/<slug:kind>/data.csv", views.csv_file, name="csv"),
    path("embed/chart/<slug:kind>/<uuid:subject>/", views.embed, name="embed"),
    path("embed/chart/<slug:kind>/", views.embed, name="embed"),
    path("explore/<uuid:row_id>/", views.explore, name="explore"),
    path("explore/<uuid:row_id>/data.json", views.explore_json, name="explore_json"),
    path("explore/<uuid:row_id>/data.csv", views.explore_csv, name="explore_csv"),
]
