from django.urls import path

from participation.whistleblowing import desk, reporting

app_name = "whistleblowing"
urlpatterns = [
    path("", reporting.index, name="index"),
    path("case/", reporting.case, name="case"),
    path("desk/", desk.index, name="desk"),
    path("desk/<uuid:row_id>/", desk.opened, name="opened"),
    path("desk/<uuid:row_id>/reply/", desk.answer, name="reply"),
    path("desk/<uuid:row_id>/state/", desk.state, name="state"),
    path("desk/<uuid:row_id>/step-back/", desk.step_back, name="step_back"),
    path("desk/<uuid:row_id>/destroy/", desk.destroy, name="destroy"),
    path("desk/<uuid:row_id>/files/<uuid:file_id>/", desk.file, name="file"),
]
