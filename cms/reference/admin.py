"""Classifications, other names and mergers in the editors' administration. Every change goes through its action."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views.generic import CreateView, EditView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from cms.budget.actions import set_jurisdiction
from cms.budget.models import Department, Government, Programme
from cms.budget.permissions import may_set_jurisdiction
from cms.classification.actions import (
    correct_entry,
    declare_department_alias,
    declare_merger,
    declare_programme_alias,
    withdraw_declaration,
)
from cms.classification.models import ClassificationEntry, DepartmentAlias, DepartmentMerger, ProgrammeAlias
from cms.classification.permissions import may_declare
from portal.errors import GongzhiError
from portal.ui.forms import show_refusal

if TYPE_CHECKING:
    from participation.stakeholders.models import User


class DeclaringPolicy(ModelPermissionPolicy):  # type: ignore[misc]
    """Whoever may declare may do all of it; nobody deletes: what was said stays on record."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action in ("view", "add", "change") and may_declare(user)

    def user_has_any_permission(self, user: User, actions: Iterable[str]) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


class CorrectingPolicy(DeclaringPolicy):
    """Codes come from files; here they are only corrected."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action != "add" and super().user_has_permission(user, action)


class GovernmentPolicy(ModelPermissionPolicy):  # type: ignore[misc]
    """Governments come with their first budget; here it is said which rules apply to them."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action in ("view", "change") and may_set_jurisdiction(user)

    def user_has_any_permission(self, user: User, actions: Iterable[str]) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


register_permission_policy(Government, GovernmentPolicy(Government))
for _model in (DepartmentAlias, ProgrammeAlias, DepartmentMerger):
    register_permission_policy(_model, DeclaringPolicy(_model))
register_permission_policy(ClassificationEntry, CorrectingPolicy(ClassificationEntry))


class ByAction:
    """Mixin for a view: what an action refuses stands beside the field that it concerns."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        except GongzhiError as error:
            show_refusal(form, error)
            # Wagtail says it above the form only where its own check has failed.
            self.produced_error_message = self.get_error_message()  # type: ignore[attr-defined]
            answer = self.form_invalid(form)  # type: ignore[attr-defined]
        return answer


class ReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))


# Codes -------------------------------------------------------------------------------------------------


class CorrectionForm(ReasonForm):
    class Meta:
        model = ClassificationEntry
        fields = ("name", "name_en", "meaning", "meaning_en")


class CorrectEntry(ByAction, EditView):  # type: ignore[misc]
    def save_instance(self) -> ClassificationEntry:
        words = dict(self.form.cleaned_data)
        entry: ClassificationEntry = ClassificationEntry.objects.get(pk=self.object.pk)
        correct_entry(entry, reason=words.pop("reason"), acting_user=self.request.user, **words)
        return entry


class EntryIndex(IndexView):  # type: ignore[misc]
    def get_base_queryset(self) -> QuerySet[ClassificationEntry]:
        return ClassificationEntry.objects.select_related("version")


class EntryViewSet(ModelViewSet):  # type: ignore[misc]
    model = ClassificationEntry
    name = "classification_codes"
    menu_label = _("Codes of classifications")
    icon = "list-ul"
    copy_view_enabled = False
    index_view_class = EntryIndex
    edit_view_class = CorrectEntry
    search_fields = ("code", "name", "name_en")
    search_backend_name = None
    list_display = ("code", "name", "name_en", Column("version", label=_("Edition")))
    list_filter = ("version",)
    ordering = ("code",)

    def get_form_class(self, for_update: bool = False) -> Any:
        return CorrectionForm


# Governments -------------------------------------------------------------------------------------------


class JurisdictionForm(ReasonForm):
    class Meta:
        model = Government
        fields = ("jurisdiction",)


class SetJurisdiction(ByAction, EditView):  # type: ignore[misc]
    def save_instance(self) -> Government:
        government: Government = Government.objects.get(pk=self.object.pk)
        set_jurisdiction(government, **self.form.cleaned_data, acting_user=self.request.user)
        return government


class GovernmentViewSet(ModelViewSet):  # type: ignore[misc]
    model = Government
    name = "governments"
    menu_label = _("Rules that apply to governments")
    icon = "globe"
    copy_view_enabled = False
    edit_view_class = SetJurisdiction
    search_fields = ("name", "name_en")
    search_backend_name = None
    list_display = ("name", "name_en", "jurisdiction")
    ordering = ("pk",)

    def get_form_class(self, for_update: bool = False) -> Any:
        return JurisdictionForm


# Other names, mergers and splits -----------------------------------------------------------------------


class WithdrawalForm(ReasonForm):
    """What was declared is not edited: it is taken back, with a reason, and said anew."""

    reason = forms.CharField(
        label=_("Reason for taking it back"),
        help_text=_("It stays on record, with this reason. To correct it, take it back and declare it anew."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    class Meta:
        fields: tuple[str, ...] = ()


class Withdraw(ByAction, EditView):  # type: ignore[misc]
    def save_instance(self) -> Any:
        withdraw_declaration(self.object, reason=self.form.cleaned_data["reason"], acting_user=self.request.user)
        return self.object


def _words(view: Any) -> dict[str, Any]:
    return {**view.form.cleaned_data, "acting_user": view.request.user}


class DeclareDepartmentAlias(ByAction, CreateView):  # type: ignore[misc]
    def save_instance(self) -> DepartmentAlias:
        words = _words(self)
        return declare_department_alias(words.pop("department"), **words)


class DeclareProgrammeAlias(ByAction, CreateView):  # type: ignore[misc]
    def save_instance(self) -> ProgrammeAlias:
        words = _words(self)
        return declare_programme_alias(words.pop("programme"), **words)


class DeclareMerger(ByAction, CreateView):  # type: ignore[misc]
    def save_instance(self) -> DepartmentMerger:
        words = _words(self)
        return declare_merger(words.pop("predecessor"), words.pop("successor"), **words)


SAID = ("note", "note_en", "source")
NAMES = ("code", "name", "name_en", "valid_from", "valid_until")


class DeclarationForm(ReasonForm):
    reason = forms.CharField(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def _post_clean(self) -> None:
        """The action checks; the model's own check would ask the database for what the action refuses in words."""


class DepartmentAliasForm(DeclarationForm):
    department = forms.ModelChoiceField(Department.objects.select_related("government"), label=_("Department"))

    class Meta:
        model = DepartmentAlias
        fields = ("department", *NAMES, *SAID)


class ProgrammeAliasForm(DeclarationForm):
    programme = forms.ModelChoiceField(Programme.objects.all(), label=_("Programme"))
    under = forms.ModelChoiceField(
        Department.objects.all(),
        label=_("Department that it stands under there"),
        required=False,
        help_text=_("Left empty: the one that the programme belongs to."),
    )

    class Meta:
        model = ProgrammeAlias
        fields = ("programme", "under", *NAMES, *SAID)


class MergerForm(DeclarationForm):
    class Meta:
        model = DepartmentMerger
        fields = ("predecessor", "successor", "since", *SAID)
        widgets = {"since": forms.DateInput(attrs={"type": "date"})}


class DeclarationViewSet(ModelViewSet):  # type: ignore[misc]
    copy_view_enabled = False
    edit_view_class = Withdraw
    search_backend_name = None
    form_class: Any = None

    def get_form_class(self, for_update: bool = False) -> Any:
        if for_update:
            return forms.modelform_factory(self.model, form=WithdrawalForm, fields=())
        return self.form_class


STANDING = BooleanColumn("withdrawn_at", label=_("Withdrawn"))


class DepartmentAliasViewSet(DeclarationViewSet):
    model = DepartmentAlias
    name = "department_aliases"
    menu_label = _("Other names of departments")
    icon = "group"
    add_view_class = DeclareDepartmentAlias
    form_class = DepartmentAliasForm
    list_display = ("department", "code", "name", "valid_from", "valid_until", STANDING)
    search_fields = ("code", "name", "name_en", "department__name")


class ProgrammeAliasViewSet(DeclarationViewSet):
    model = ProgrammeAlias
    name = "programme_aliases"
    menu_label = _("Other names of programmes")
    icon = "list-ul"
    add_view_class = DeclareProgrammeAlias
    form_class = ProgrammeAliasForm
    list_display = ("programme", "code", "name", "valid_from", "valid_until", STANDING)
    search_fields = ("code", "name", "name_en", "programme__name")


class MergerViewSet(DeclarationViewSet):
    model = DepartmentMerger
    name = "department_mergers"
    menu_label = _("Mergers and splits of departments")
    icon = "resubmit"
    add_view_class = DeclareMerger
    form_class = MergerForm
    list_display = ("predecessor", "successor", "since", STANDING)
    search_fields = ("predecessor__name", "successor__name")


class ReferenceGroup(ModelViewSetGroup):  # type: ignore[misc]
    menu_label = _("Names and codes")
    menu_icon = "tag"
    menu_order = 160
    items = (GovernmentViewSet, EntryViewSet, DepartmentAliasViewSet, ProgrammeAliasViewSet, MergerViewSet)


@hooks.register("register_admin_viewset")
def register_reference_group() -> Any:
    return ReferenceGroup()
