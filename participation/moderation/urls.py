from django.urls import path

from participation.moderation import rule_pages, views

app_name = "moderation"
urlpatterns = [
    path("", views.index, name="index"),
    path("rules/", views.rules, name="rules"),
    path("rules/new/", rule_pages.new, name="new_rule"),
    path("rules/adopt/", rule_pages.adopt, name="adopt_rules"),
    path("log/", views.log, name="log"),
    path("consultations/<uuid:row_id>/", views.look_first, name="look_first"),
    path("decisions/<uuid:row_id>/", views.decision, name="decision"),
    path("decisions/<uuid:row_id>/review/", views.review, name="review"),
    path("decisions/<uuid:row_id>/appeal/", views.appeal, name="appeal"),
    path("appeals/<uuid:row_id>/", views.decide_appeal, name="decide_appeal"),
    path("<slug:kind>/<uuid:row_id>/", views.item, name="item"),
    path("<slug:kind>/<uuid:row_id>/hide/", views.hide, name="hide"),
    path("<slug:kind>/<uuid:row_id>/show/", views.show, name="show"),
    path("<slug:kind>/<uuid:row_id>/keep/", views.keep, name="keep"),
    path("<slug:kind>/<uuid:row_id>/report/", views.report, name="report"),
]
