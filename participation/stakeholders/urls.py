from django.urls import path

from participation.stakeholders import confidential_pages, details, offices, views
from participation.stakeholders.levels import pages as levels
from participation.stakeholders.registration import pages as registration

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
    path("organisations/<uuid:row_id>/papers/", registration.papers, name="papers"),
    path("organisations/<uuid:row_id>/renew/", registration.renew, name="renew_organisation"),
    path("organisations/<uuid:row_id>/mandates/", registration.mandates, name="mandates"),
    path("organisations/<uuid:row_id>/mandates/<uuid:mandate_id>/revoke/", registration.revoke, name="revoke_mandate"),
    path("papers/<uuid:row_id>/", registration.document_file, name="paper"),
    path("papers/<uuid:row_id>/remove/", registration.remove, name="remove_paper"),
    path("levels/", levels.levels, name="levels"),
    path("levels/telephone/send/", levels.send_code, name="send_code"),
    path("levels/telephone/confirm/", levels.enter_code, name="enter_code"),
    path("levels/residence/", levels.ask_check, name="ask_check"),
    path("residents/", levels.residents, name="residents"),
    path("residents/<uuid:row_id>/", levels.resident, name="resident"),
    path("residents/<uuid:row_id>/open/<slug:name>/", levels.open_resident, name="open_resident"),
    path("rosters/", levels.roster_list, name="rosters"),
    path("rosters/<uuid:row_id>/", levels.roster_decide, name="decide_roster"),
    path("confidential/<uuid:row_id>/open/", confidential_pages.open_confidential, name="open_confidential"),
    path(
        "confidential/<uuid:row_id>/attachment/",
        confidential_pages.confidential_attachment,
        name="confidential_attachment",
    ),
    path("offices/", offices.index, name="offices"),
    path("offices/<uuid:row_id>/revoke/", offices.revoke, name="revoke_office"),
]
