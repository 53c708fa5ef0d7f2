from django.urls import path

from privacy.rights import views

app_name = "rights"
urlpatterns = [
    path("my-data/", views.mine, name="mine"),
    path("my-data/export/", views.ask, name="ask_export"),
    path("my-data/export/<uuid:row_id>/", views.progress, name="progress"),
    path("my-data/export/<uuid:row_id>/link/", views.link, name="link"),
    path("my-data/export/file/<str:token>/", views.file, name="file"),
    path("privacy-desk/retention/", views.retention, name="retention"),
]
