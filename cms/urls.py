"""Addresses of the app. To a reader there is one place for open budgets, ``cms:budget:...``, and some beside it."""

from django.urls import include, path

from cms.analysis.departments import department
from cms.analysis.urls import urlpatterns as analysis
from cms.budget.urls import urlpatterns as budget
from cms.calendars.urls import urlpatterns as calendars
from cms.figures.urls import urlpatterns as figures
from cms.open_data import views as open_data_views
from cms.open_data.urls import urlpatterns as open_data
from cms.pages import history
from cms.pages import views as pages
from cms.pages.content.urls import urlpatterns as content
from cms.performance.urls import urlpatterns as performance
from cms.reference.urls import urlpatterns as classification
from cms.search.views import search, suggest

app_name = "cms"
everything = [
    path("", pages.index, name="index"),
    path("search/", search, name="search"),
    path("search/suggest/", suggest, name="suggest"),
    path("departments/<uuid:row_id>/", department, name="department"),
    path("pages/<int:pk>/history/", history.page_history, name="page_history"),
    path("releases/<uuid:row_id>/lines.csv", open_data_views.lines_csv, name="lines_csv"),
    *budget,
    *performance,
    *content,
]
urlpatterns = [
    path("budget/", include((everything, "budget"))),
    path("analysis/", include((analysis, "analysis"))),
    path("open-data/", include((open_data, "open_data"))),
    path("", include((figures, "figures"))),
    path("classification/", include((classification, "classification"))),
    path("calendars/", include((calendars, "calendars"))),
]
