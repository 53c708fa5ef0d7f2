"""Addresses of what is no page of its own: quizzes, certificates, feeds, the PDF of a disclosure."""

from django.urls import path

from cms.pages.content import views
from cms.pages.content.feeds import LatestPages

urlpatterns = [
    path("glossary/", views.glossary, name="glossary"),
    path("guides/", views.section, {"name": "guides"}, name="guides"),
    path("calendar/", views.section, {"name": "calendar"}, name="calendar"),
    path("cases/", views.section, {"name": "cases"}, name="cases"),
    path("news/", views.section, {"name": "news"}, name="news"),
    path("news.atom", LatestPages(), name="content_feed"),
    path("calendar.ics", views.calendar_feed, name="calendar_feed"),
    path("courses/<uuid:course>/quiz/", views.quiz, name="quiz"),
    path("lessons/<uuid:lesson>/done/", views.lesson_done, name="lesson_done"),
    path("certificates/", views.certificates, name="certificates"),
    path("certificates/<slug:code>/", views.certificate, name="certificate"),
    path("releases/<uuid:row_id>/disclosure.pdf", views.disclosure_pdf, name="disclosure_pdf"),
]
