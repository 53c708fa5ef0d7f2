"""Addresses of the app, one namespace a room."""

from django.urls import include, path

from participation.stakeholders import views as stakeholders

app_name = "participation"
urlpatterns = [
    path("me/", stakeholders.me, name="me"),
    path("people/", include("participation.stakeholders.urls")),
    path("notifications/", include("participation.following.urls")),
    path("whistleblowing/", include("participation.whistleblowing.urls")),
    path("consultations/", include("participation.consultations.urls")),
    path("feedback/", include("participation.feedback.urls")),
    path("discussion/", include("participation.discussion.urls")),
    path("meetings/", include("participation.meetings.urls")),
    path("allocation/", include("participation.allocation.urls")),
    path("evaluations/", include("participation.evaluations.urls")),
    path("opinion-maps/", include("participation.deliberation.urls")),
    path("moderation/", include("participation.moderation.urls")),
    path("notes/", include("participation.notes.urls")),
    path("desk/", include("participation.balance.urls")),
    path("decisions/", include("participation.decisions.urls")),
    path("rectification/", include("participation.rectification.urls")),
    path("automation/", include("participation.automation.urls")),
    path("recognition/", include("participation.recognition.urls")),
]
