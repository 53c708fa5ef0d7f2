"""Addresses of the app. All of them are ``cms:budget:...``: to a reader there is one place for open budgets."""

from django.urls import include, path

from cms.budget.urls import urlpatterns as budget
from cms.pages import views as pages

app_name = "cms"
everything = [
    path("", pages.index, name="index"),
    path("search/", pages.search, name="search"),
    *budget,
]
urlpatterns = [path("", include((everything, "budget")))]
