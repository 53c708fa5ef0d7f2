from django.urls import path

from privacy.history import views

app_name = "history"
urlpatterns = [
    path("<str:label>/<uuid:row_id>/history/", views.record, name="record"),
    path("<str:label>/<uuid:row_id>/history/<int:number>/", views.difference, name="difference"),
]
