from django.urls import path

from participation.automation import views

app_name = "automation"
urlpatterns = [
    path("", views.index, name="index"),
    path("rules/", views.rules, name="rules"),
    path("rules/new/<slug:does>/", views.set_rule, name="set_rule"),
    path("rules/<uuid:row_id>/", views.rule, name="rule"),
    path("rules/<uuid:row_id>/stop/", views.stop, name="stop"),
    path("rules/<uuid:row_id>/start/", views.start, name="start"),
    path("rules/<uuid:row_id>/run/", views.run, name="run"),
    path("<uuid:row_id>/", views.deed, name="deed"),
    path("<uuid:row_id>/confirm/", views.confirm, name="confirm"),
    path("<uuid:row_id>/dismiss/", views.dismiss, name="dismiss"),
]
