"""Addresses of the app. All of them are ``cms:budget:...``: to a reader there is one place for open budgets."""

from django.urls import include, path

from cms.budget.urls import urlpatterns as budget
from cms.pages import history
from cms.pages import views as pages
from cms.performance.urls import urlpatterns as performance

app_name = "cms"
everything = [
    path("", pages.index, name="index"),
    path("search/", pages.search, name="search"),
    path("pages/<int:pk>/history/", history.page_history, name="page_history"),
    *budget,
    *performance,
]
urlpatterns = [path("", include((everything, "budget")))]
