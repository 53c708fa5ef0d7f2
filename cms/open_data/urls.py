"""Addresses of the pages. ``file_urls`` has those of the files, which are the same in every language."""

from django.urls import path, re_path

from cms.open_data import feeds, indicator_views, views

urlpatterns = [
    path("", views.index, name="index"),
    path("releases/<uuid:row_id>/", views.release, name="release"),
    path("indicators/", indicator_views.indicators, name="indicators"),
    path("scores/", indicator_views.scores, name="scores"),
    re_path(r"^(?P<name>indicators|scores)\.(?P<ending>csv|xlsx)$", indicator_views.list_file, name="list_file"),
    path("publications.atom", feeds.AtomPublications(), name="atom"),
    path("publications.rss", feeds.RssPublications(), name="rss"),
    path("departments/<uuid:row_id>.atom", feeds.AtomDepartment(), name="department_atom"),
    path("departments/<uuid:row_id>.rss", feeds.RssDepartment(), name="department_rss"),
]
