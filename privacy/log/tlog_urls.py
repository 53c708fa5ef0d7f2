"""The log for programs, under the prefix of the log. It has no language, so it stands outside of the language paths."""

from django.urls import path

from privacy.log import tlog_views as views

app_name = "tlog"
urlpatterns = [
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("tile/<path:rest>", views.tile, name="tile"),
    path("proof/<uuid:ref>.tlog-proof", views.proof, name="proof"),
    path("entry/<uuid:ref>.json", views.entry, name="entry"),
    path("consistency", views.consistency, name="consistency"),
    path("vkey", views.vkey, name="vkey"),
    path("verify_receipt.py", views.verify_receipt, name="verify_receipt"),
]
