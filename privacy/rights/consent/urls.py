from django.urls import path

from privacy.rights.consent import views

app_name = "consent"
urlpatterns = [
    path("my-data/agreements/", views.index, name="index"),
    path("my-data/agreements/verify_consent.py", views.program, name="program"),
    path("my-data/agreements/<uuid:row_id>.json", views.receipt, name="receipt"),
    path("my-data/agreements/<slug:purpose>/", views.decide, name="decide"),
    path("notices/<slug:purpose>/<int:version>/", views.notice, name="notice"),
]
