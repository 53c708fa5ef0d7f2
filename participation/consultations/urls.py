from django.urls import path

from participation.consultations import opening, views

app_name = "consultations"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", opening.new, name="new"),
    path("<uuid:row_id>/", views.detail, name="detail"),
]
