from django.urls import path

from participation.stakeholders import confidential_pages, details, offices, views

app_name = "stakeholders"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/register/", views.register, name="register_organisation"),
    path("organisations/<uuid:row_id>/", views.organisation, name="organisation"),
    path("organisations/<uuid:row_id>/verify/", views.verify, name="verify_organisation"),
    path("organisations/<uuid:row_id>/details/", details.organisation_details, name="organisation_details"),
    path("organisations/<uuid:row_id>/open/<slug:name>/", details.open_organisation, name="open_organisation"),
    path(
        "organisations/<uuid:row_id>/owners/<uuid:person_id>/open/<slug:name>/", details.open_owner, name="open_owner"
    ),
    path("confidential/<uuid:row_id>/open/", confidential_pages.open_confidential, name="open_confidential"),
    path(
        "confidential/<uuid:row_id>/attachment/",
        confidential_pages.confidential_attachment,
        name="confidential_attachment",
    ),
    path("offices/", offices.index, name="offices"),
    path("offices/<uuid:row_id>/revoke/", offices.revoke, name="revoke_office"),
]
