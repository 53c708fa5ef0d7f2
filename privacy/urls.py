from django.urls import include, path

app_name = "privacy"
urlpatterns = [
    path("log/", include("privacy.log.urls")),
    path("records/", include("privacy.history.urls")),
    path("incidents/", include("privacy.incidents.urls")),
    path("", include("privacy.access.urls")),
    path("", include("privacy.rights.urls")),
    path("", include("privacy.rights.consent.urls")),
    path("", include("privacy.rights.processing.urls")),
    path("", include("privacy.rights.requests.urls")),
    path("", include("privacy.rights.erasing.urls")),
]
