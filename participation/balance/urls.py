from django.urls import path

from participation.balance import views

app_name = "balance"
urlpatterns = [
    path("", views.index, name="index"),
    path("answers/<uuid:row_id>/", views.answer, name="answer"),
    path("<uuid:row_id>/", views.board, name="board"),
    path("<uuid:row_id>/answer/", views.answer_new, name="answer_new"),
]
