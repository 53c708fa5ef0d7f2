"""Who signs the log with us is decided by administrators, in the editors' administration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from privacy.log.models import Witness
from privacy.log.notes import NoteError, VerifierKey


class NeverDeleted(ModelPermissionPolicy):  # type: ignore[misc]
    """A witness that is not asked any more is switched off: what it signed stands for good."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action != "delete" and bool(super().user_has_permission(user, action))

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


register_permission_policy(Witness, NeverDeleted(Witness))


class WitnessForm(WagtailAdminModelForm):  # type: ignore[misc]
    def clean_verifier_key(self) -> str:
        text = str(self.cleaned_data["verifier_key"]).strip()
        try:
            key = VerifierKey.parse(text)
        except NoteError as error:
            raise forms.ValidationError(
                _("This is not a verifying key. It looks like name+1a2b3c4d+BAEC... and comes from the witness.")
            ) from error
        if not key.is_cosigner:
            raise forms.ValidationError(_("This key signs logs. Ask the witness for its cosignature key."))
        return text


class WitnessViewSet(ModelViewSet):  # type: ignore[misc]
    """Superusers only, as for every model that no group was given rights to."""

    model = Witness
    name = "witnesses"
    menu_label = _("Witnesses of the log")
    menu_name = "witnesses"
    icon = "key"
    menu_order = 900
    add_to_settings_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    search_backend_name = None
    form_fields = ("name", "url", "verifier_key", "is_asked")
    list_display = (
        "name",
        BooleanColumn("is_asked", label=_("Asked")),
        Column("size", label=_("Last size signed")),
        Column("last_error", label=_("Last failure")),
        DateColumn("last_error_at", label=_("When")),
    )
    inspect_view_fields = ("name", "url", "verifier_key", "is_asked", "size", "last_error", "last_error_at")
    ordering = ("name",)

    def get_form_class(self, for_update: bool = False) -> Any:
        return forms.modelform_factory(Witness, form=WitnessForm, fields=self.form_fields)


@hooks.register("register_admin_viewset")
def register_witness_viewset() -> Any:
    return WitnessViewSet()
