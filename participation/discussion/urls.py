from django.urls import path

from participation.discussion import views

app_name = "discussion"
urlpatterns = [
    path("<uuid:consultation_id>/events/", views.events, name="events"),
    path("<uuid:consultation_id>/post/", views.post, name="post"),
    path("message/<uuid:row_id>/hide/", views.hide, name="hide"),
    path("message/<uuid:row_id>/restore/", views.restore, name="restore"),
]
