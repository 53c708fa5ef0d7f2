from django.urls import path

from participation.evaluations import views
from participation.evaluations.calls import views as calls
from participation.evaluations.opinions import views as opinions
from participation.evaluations.reports import views as reports

app_name = "evaluations"
urlpatterns = [
    path("calls/", calls.calls, name="calls"),
    path("calls/new/<uuid:consultation_id>/", calls.new_call, name="new_call"),
    path("calls/<uuid:row_id>/", calls.call, name="call"),
    path("calls/<uuid:row_id>/apply/", calls.apply, name="apply"),
    path("calls/<uuid:row_id>/invite/", calls.invite, name="invite"),
    path("seats/<uuid:row_id>/decide/", calls.decide, name="decide_seat"),
    path("seats/<uuid:row_id>/answer/", calls.answer, name="answer_invitation"),
    path("seats/<uuid:row_id>/declare/", calls.declare, name="declare"),
    path("authors/<uuid:row_id>/decide/", calls.decide_on_interest, name="decide_interest"),
    path("authors/<uuid:row_id>/recuse/", calls.recuse, name="recuse"),
    path("authors/<uuid:row_id>/lead/", calls.lead, name="lead"),
    path("work/", reports.work, name="work"),
    path("reports/<uuid:row_id>/", reports.report, name="report"),
    path("reports/<uuid:row_id>/page/<slug:name>/", reports.page, name="report_page"),
    path("reports/<uuid:row_id>/evidence/", reports.evidence, name="evidence"),
    path("reports/<uuid:row_id>/evidence/<int:number>/remove/", reports.remove_evidence, name="remove_evidence"),
    path("reports/<uuid:row_id>/workbook/", reports.workbook, name="workbook"),
    path("reports/<uuid:row_id>/workbook/take/", reports.take_workbook, name="take_workbook"),
    path("reports/<uuid:row_id>/check/", reports.check_answers, name="check_answers"),
    path("reports/<uuid:row_id>/form/", reports.form_check, name="form_check"),
    path("reports/<uuid:row_id>/reply/", reports.reply, name="reply"),
    path("reports/<uuid:row_id>/correct/", reports.begin_correction, name="begin_correction"),
    path("evidence/<uuid:row_id>/", reports.evidence_file, name="evidence_file"),
    path("programmes/<uuid:row_id>/", opinions.opinions, name="opinions"),
    path("programmes/<uuid:row_id>/score/<uuid:consultation_id>/", opinions.give_score, name="give_score"),
    path("programmes/<uuid:row_id>/official/", opinions.record_score, name="record_score"),
    path("again/", opinions.reevaluations, name="reevaluations"),
    path("again/<uuid:row_id>/", opinions.reevaluation, name="reevaluation"),
    path("again/<uuid:row_id>/draw/", opinions.draw, name="draw"),
    path("new/<uuid:consultation_id>/", views.new, name="new"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/card/", views.card, name="card"),
    path("<uuid:row_id>/attachment/", views.attachment, name="attachment"),
    path("<uuid:row_id>/accept/", views.accept, name="accept"),
    path("<uuid:row_id>/extend/", views.extend, name="extend"),
    path("<uuid:row_id>/versions/", views.versions, name="versions"),
    path("<uuid:row_id>/correct/", views.correct, name="correct"),
]
