from django.urls import path

from participation.feedback import composing, handling, reading, views

app_name = "feedback"
urlpatterns = [
    path("new/<uuid:consultation_id>/", composing.new, name="new"),
    path("new/<uuid:consultation_id>/similar/", composing.similar, name="similar"),
    path("new/<uuid:consultation_id>/remove-draft/", composing.remove_draft, name="remove_draft"),
    path("reactions/<uuid:line_id>/", reading.react, name="react"),
    path("response-times/", reading.times, name="response_times"),
    path("response-times.csv", reading.times_file, name="response_times_file"),
    path("<uuid:row_id>/", views.detail, name="detail"),
    path("<uuid:row_id>/card/", views.card, name="card"),
    path("<uuid:row_id>/accept/", views.accept, name="accept"),
    path("<uuid:row_id>/attachment/", reading.attachment, name="attachment"),
    path("<uuid:row_id>/translation/", reading.translation, name="translation"),
    path("<uuid:row_id>/merge/", handling.merge, name="merge"),
    path("<uuid:row_id>/separate/", handling.separate, name="separate"),
    path("<uuid:row_id>/extend/", handling.extend, name="extend"),
    path("<uuid:row_id>/passage/", views.reveal_passage, name="reveal_passage"),
    path("<uuid:row_id>/phone/", views.reveal_phone, name="reveal_phone"),
    path("<uuid:row_id>/address/", views.reveal_address, name="reveal_address"),
]
