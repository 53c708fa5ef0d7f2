from django.urls import path

from participation.decisions import keeping, views
from participation.decisions.objecting import views as objecting

app_name = "decisions"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", keeping.new, name="new"),
    path("burdens/", views.burdens, name="burdens"),
    path("options/<uuid:row_id>/file/", views.option_file, name="option_file"),
    path("objections/<uuid:row_id>/", objecting.objection, name="objection"),
    path("objections/<uuid:row_id>/<slug:act>/", objecting.act, name="objection_act"),
    path("petitions/<uuid:row_id>/", objecting.petition, name="of_petition"),
    path("petitions/<uuid:row_id>/sign/", objecting.sign, name="sign"),
    path("petitions/<uuid:row_id>/substance/", objecting.substance, name="substance"),
    path("commitments/<uuid:row_id>/", views.commitment, name="commitment"),
    path("commitments/<uuid:row_id>/task/", keeping.open_task, name="open_task"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/rate/", views.rate, name="rate"),
    path("<uuid:row_id>/receipt/", views.receipt, name="receipt"),
    path("<uuid:row_id>/object/", objecting.new_objection, name="object"),
    path("<uuid:row_id>/petition/", objecting.new_petition, name="petition"),
    path("<uuid:row_id>/panel/", views.join, name="join"),
    path("<uuid:row_id>/judge/", keeping.judge, name="judge"),
    path("<uuid:row_id>/charter.json", views.charter_file, name="charter"),
    path("<uuid:row_id>/ballots-<int:number>.json", views.ballots_file, name="ballots"),
    path("<uuid:row_id>/keep/", keeping.keep, name="keep"),
    path("<uuid:row_id>/keep/<slug:act>/", keeping.act, name="act"),
]
