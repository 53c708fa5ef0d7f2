from django.urls import path

from participation.evaluations import views

app_name = "evaluations"
urlpatterns = [
    path("new/<uuid:consultation_id>/", views.new, name="new"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/card/", views.card, name="card"),
    path("<uuid:row_id>/attachment/", views.attachment, name="attachment"),
    path("<uuid:row_id>/accept/", views.accept, name="accept"),
]
