from django.urls import path

from participation.allocation import keeping, views
from participation.allocation.ballots import views as ballots
from participation.allocation.proposals import views as proposals
from participation.allocation.results import views as results

app_name = "allocation"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", keeping.new, name="new"),
    path("desk/", proposals.desk, name="desk"),
    path("check/", results.check, name="check"),
    path("check/<uuid:row_id>/", results.checked, name="checked"),
    path("check/<uuid:row_id>/progress/", results.check_progress, name="check_progress"),
    path("project/<uuid:row_id>/", proposals.project, name="project"),
    path("project/<uuid:row_id>/file/", proposals.attachment, name="attachment"),
    path("project/<uuid:row_id>/change/", proposals.change, name="change"),
    path("project/<uuid:row_id>/<slug:act>/", proposals.act, name="project_act"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/propose/", proposals.propose, name="propose"),
    path("<uuid:row_id>/ballot/", ballots.ballot, name="ballot"),
    path("<uuid:row_id>/mine/", ballots.mine, name="mine"),
    path("<uuid:row_id>/results/", results.results, name="results"),
    path("<uuid:row_id>/progress/", results.progress, name="progress"),
    path("<uuid:row_id>/verify/", results.verify, name="verify"),
    path("<uuid:row_id>/ballots.pb", results.ballots_file, name="ballots_file"),
    path("<uuid:row_id>/lot.txt", results.lot_file, name="lot_file"),
    path("<uuid:row_id>/result.json", results.result_file, name="result_file"),
    path("<uuid:row_id>/keep/", keeping.keep, name="keep"),
    path("<uuid:row_id>/keep/<slug:act>/", keeping.act, name="act"),
]
