from django.urls import path

from participation.rectification import views

app_name = "rectification"
urlpatterns = [
    path("", views.index, name="index"),
    path("open/<uuid:row_id>/", views.open_new, name="open"),
    path("evidence/<uuid:row_id>/", views.evidence, name="evidence"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/accept/", views.accept, name="accept"),
    path("<uuid:row_id>/progress/", views.progress, name="progress"),
    path("<uuid:row_id>/submit/", views.submit, name="submit"),
    path("<uuid:row_id>/verify/", views.verify, name="verify"),
    path("<uuid:row_id>/budget/", views.link, name="link_budget"),
]
