from django.urls import path

from participation.feedback import views

app_name = "feedback"
urlpatterns = [
    path("new/<uuid:consultation_id>/", views.new, name="new"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/card/", views.card, name="card"),
    path("<uuid:row_id>/accept/", views.accept, name="accept"),
    path("<uuid:row_id>/hide/", views.hide, name="hide"),
    path("<uuid:row_id>/restore/", views.restore, name="restore"),
    path("<uuid:row_id>/phone/", views.reveal_phone, name="reveal_phone"),
    path("<uuid:row_id>/address/", views.reveal_address, name="reveal_address"),
]
