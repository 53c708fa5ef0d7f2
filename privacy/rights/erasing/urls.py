from django.urls import path

from privacy.rights.erasing import views

app_name = "erasing"
urlpatterns = [
    path("my-data/erasure/", views.ask, name="ask"),
    path("erasures/", views.queue, name="queue"),
    path("erasures/holds/", views.holds, name="holds"),
    path("erasures/holds/<uuid:row_id>/", views.hold, name="hold"),
    path("erasures/<uuid:row_id>/", views.detail, name="detail"),
    path("erasures/<uuid:row_id>/certificate.txt", views.certificate, name="certificate"),
    path("erasures/<uuid:row_id>/take-back/", views.withdraw, name="withdraw"),
    path("erasures/<uuid:row_id>/refuse/", views.refuse, name="refuse"),
]
