from django.urls import include, path

app_name = "privacy"
urlpatterns = [
    path("log/", include("privacy.log.urls")),
    path("records/", include("privacy.history.urls")),
    path("", include("privacy.access.urls")),
]
