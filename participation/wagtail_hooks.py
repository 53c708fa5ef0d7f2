"""What administrators enter in the administration for this app: the legal basis of each right of the charter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSet

from participation.stakeholders.legal_basis import LegalBasis
from portal.charter.matrix import Act


class LegalBasisForm(WagtailAdminModelForm):  # type: ignore[misc]
    act = forms.ChoiceField(label=_("What is done"), choices=Act.choices)


class LegalBasisViewSet(ModelViewSet):  # type: ignore[misc]
    """Superusers only, as for every model that no group was given rights to."""

    model = LegalBasis
    name = "legal-bases"
    menu_label = _("Legal bases")
    menu_name = "legal-bases"
    icon = "doc-full"
    menu_order = 910
    add_to_settings_menu = True
    copy_view_enabled = False
    search_backend_name = None
    form_fields = ("act", "basis", "basis_en", "url")
    list_display = (Column("act", label=_("What is done")), "basis", "basis_en")
    ordering = ("act",)

    def get_form_class(self, for_update: bool = False) -> Any:
        return forms.modelform_factory(LegalBasis, form=LegalBasisForm, fields=self.form_fields)


@hooks.register("register_admin_viewset")
def register_legal_basis_viewset() -> Any:
    return LegalBasisViewSet()
