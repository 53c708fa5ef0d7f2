from django.urls import path

from privacy.rights.processing import views

app_name = "processing"
urlpatterns = [
    path("privacy-desk/processing/", views.index, name="index"),
    path("privacy-desk/processing/fix/", views.fix, name="fix"),
    path("privacy-desk/processing/versions/<int:number>/", views.version, name="version"),
    path("privacy-desk/processing/versions/<int:number>.csv", views.version_csv, name="version_csv"),
    path("privacy-desk/processing/versions/<int:number>.json", views.version_json, name="version_json"),
    path("privacy-desk/processing/assessments/<uuid:row_id>/", views.assessment, name="assessment"),
    path("privacy-desk/processing/<slug:key>/", views.activity, name="activity"),
    path("privacy-desk/processing/<slug:key>/assessment/", views.assess, name="assess"),
]
