"""For how long data is kept: by a dated rule, or as long as what it belongs to."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from privacy.rights.deadlines import LegalRule, rule
from privacy.rights.registry import PersonalData

# Keys without a period of their own.
AS_LONG_AS: dict[str, str | Promise] = {
    "account": gettext_lazy("as long as the account exists"),
    "record": gettext_lazy("as long as the public record that it belongs to"),
    "case": gettext_lazy("until some time after the case is closed; then its key is destroyed"),
    "roster": gettext_lazy("until the next roster takes its place"),
    "papers": gettext_lazy("as long as the organisation is registered"),
    "readings": gettext_lazy("as long as the log, so that it can be shown who read what"),
    "consents": gettext_lazy("as long as it has to be shown that somebody agreed"),
    "requests": gettext_lazy("as long as it has to be shown how a request was answered"),
    "incidents": gettext_lazy("as long as it has to be shown how an incident was dealt with"),
}


def rule_of(declared: PersonalData) -> LegalRule | None:
    """The rule in force today; None where there is none, and nothing comes to its end."""
    return rule(f"retention/{declared.retention}") if declared.since else None


def period_in_words(declared: PersonalData) -> str:
    if not declared.since:
        return str(AS_LONG_AS.get(declared.retention, declared.retention))
    found = rule_of(declared)
    if found is None:
        return _("no period is on record yet")
    return length_in_words(found)


def length_in_words(found: LegalRule) -> str:
    forms = {
        LegalRule.Unit.HOURS: ngettext("%(number)d hour", "%(number)d hours", found.amount),
        LegalRule.Unit.DAYS: ngettext("%(number)d day", "%(number)d days", found.amount),
        LegalRule.Unit.WORKING_DAYS: ngettext("%(number)d working day", "%(number)d working days", found.amount),
        LegalRule.Unit.MONTHS: ngettext("%(number)d month", "%(number)d months", found.amount),
    }
    return forms[LegalRule.Unit(found.unit)] % {"number": found.amount}


def basis_in_words(found: LegalRule) -> str:
    is_chinese = (get_language() or "").startswith("zh")
    return found.basis if is_chinese or not found.basis_en else found.basis_en
