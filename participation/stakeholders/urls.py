from django.urls import path

from participation.stakeholders import offices, views

app_name = "stakeholders"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/register/", views.register, name="register_organisation"),
    path("organisations/<uuid:row_id>/", views.organisation, name="organisation"),
    path("organisations/<uuid:row_id>/verify/", views.verify, name="verify_organisation"),
    path("offices/", offices.index, name="offices"),
    path("offices/<uuid:row_id>/revoke/", offices.revoke, name="revoke_office"),
]
