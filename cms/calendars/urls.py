"""Addresses of the calendar of working days and of the periods that laws set."""

from django.urls import path, re_path

from cms.calendars import views

PLACE = r"^(?P<jurisdiction>[A-Z]{2}(?:-[A-Z0-9]{1,6})*)/(?P<year>[12][0-9]{3})/"

urlpatterns = [
    path("", views.index, name="index"),
    path("import/", views.import_days, name="import"),
    re_path(PLACE + "$", views.year, name="year"),
    re_path(PLACE + r"days\.csv$", views.days_csv, name="days_csv"),
    re_path(PLACE + r"(?P<month>1[0-2]|[1-9])/$", views.month, name="month"),
]
