from django.urls import path

from privacy.log import views

app_name = "log"
urlpatterns = [
    path("", views.index, name="index"),
    path("verify/<uuid:record_ref>/", views.verify_record, name="verify"),
]
