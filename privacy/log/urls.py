from django.urls import path

from privacy.log import views

app_name = "log"
urlpatterns = [
    path("", views.index, name="index"),
    path("head.json", views.head_json, name="head"),
    path("vkey", views.vkey, name="vkey"),
    path("entries.json", views.entries_json, name="entries"),
    path("entry/<uuid:record_ref>.json", views.entry_json, name="entry"),
    path("verify/<uuid:record_ref>/", views.verify_record, name="verify"),
]
