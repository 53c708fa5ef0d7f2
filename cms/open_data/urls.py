"""Addresses of the pages. ``file_urls`` has those of the files, which are the same in every language."""

from django.urls import path

from cms.open_data import feeds, views

urlpatterns = [
    path("", views.index, name="index"),
    path("releases/<uuid:row_id>/", views.release, name="release"),
    path("publications.atom", feeds.AtomPublications(), name="atom"),
    path("publications.rss", feeds.RssPublications(), name="rss"),
    path("departments/<uuid:row_id>.atom", feeds.AtomDepartment(), name="department_atom"),
    path("departments/<uuid:row_id>.rss", feeds.RssDepartment(), name="department_rss"),
]
