from django.urls import path

from participation.consultations import keeping, opening, views

app_name = "consultations"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", opening.new, name="new"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/keep/", keeping.keep, name="keep"),
    path("<uuid:row_id>/keep/dates/", keeping.dates, name="dates"),
    path("<uuid:row_id>/keep/outcome/", keeping.outcome, name="outcome"),
    path("<uuid:row_id>/keep/close/", keeping.close, name="close"),
]
