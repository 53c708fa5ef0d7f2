from django.urls import path

from participation.balance import answering, views

app_name = "balance"
urlpatterns = [
    path("", views.index, name="index"),
    path("answers/<uuid:row_id>/", views.answer, name="answer"),
    path("answers/<uuid:row_id>/correct/", answering.correct, name="correct"),
    path("drafts/", answering.drafts, name="drafts"),
    path("drafts/publish/", answering.publish, name="publish"),
    path("drafts/<uuid:row_id>/", answering.draft, name="draft"),
    path("drafts/<uuid:row_id>/change/", answering.change, name="draft_change"),
    path("drafts/<uuid:row_id>/part/", answering.part, name="draft_part"),
    path("drafts/<uuid:row_id>/without-part/", answering.without_part, name="draft_without_part"),
    path("drafts/<uuid:row_id>/submit/", answering.submit, name="draft_submit"),
    path("drafts/<uuid:row_id>/review/", answering.review, name="draft_review"),
    path("drafts/<uuid:row_id>/drop/", answering.drop, name="draft_drop"),
    path("<uuid:row_id>/", views.board, name="board"),
    path("<uuid:row_id>/answer/", views.answer_new, name="answer_new"),
    path("<uuid:row_id>/balance/", views.balance, name="balance"),
    path("<uuid:row_id>/themes/", views.themes, name="themes"),
    path("<uuid:row_id>/themes/tag/", views.tag, name="tag"),
    path("<uuid:row_id>/themes/remove/", views.theme_remove, name="theme_remove"),
    path("<uuid:row_id>/report/", views.report, name="report"),
    path("<uuid:row_id>/report.csv", views.report_csv, name="report_csv"),
]
