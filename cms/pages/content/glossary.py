"""The glossary: what the words of budgets and performance mean, kept once for both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelsearch import index
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import RevisionMixin

TERMS = Path(__file__).parent / "data" / "glossary.toml"
QUERY_MAX = 100


class GlossaryTermQuerySet(models.QuerySet["GlossaryTerm"]):
    def visible_to(self, user: Any) -> GlossaryTermQuerySet:
        """What a word means is for everybody."""
        return self


class GlossaryTerm(RevisionMixin, index.Indexed, models.Model):  # type: ignore[misc]
    """A term of the field (术语) in both languages, in plain words.

    ``aliases``: other forms under which the term stands in texts, one a line; a comma inside a form is part of it.
    """

    class Topic(models.TextChoices):
        BUDGET = "budget", _("Budget and its stages")
        MONEY = "money", _("Kinds of money")
        CLASSIFICATION = "classification", _("Classifications")
        PERFORMANCE = "performance", _("Goals and indicators")
        EVALUATION = "evaluation", _("Evaluation and its use")
        PARTICIPATION = "participation", _("Disclosure and participation")

    slug = models.SlugField(_("short name for addresses"), max_length=60, unique=True)
    topic = models.CharField(_("topic"), max_length=20, choices=Topic)
    name = models.CharField(_("term in Chinese"), max_length=60)
    name_en = models.CharField(_("term in English"), max_length=80)
    aliases = models.TextField(_("other forms in Chinese"), blank=True)
    aliases_en = models.TextField(_("other forms in English"), blank=True)
    definition = models.TextField(_("meaning in Chinese"), max_length=600)
    definition_en = models.TextField(_("meaning in English"), max_length=800)
    source = models.CharField(_("source"), max_length=200, blank=True)
    source_en = models.CharField(_("source in English"), max_length=200, blank=True)
    see_also = models.ManyToManyField("self", blank=True, verbose_name=_("see also"))

    objects = GlossaryTermQuerySet.as_manager()
    search_fields = (
        index.SearchField("name", boost=3),
        index.SearchField("name_en", boost=3),
        index.SearchField("aliases"),
        index.SearchField("aliases_en"),
        index.SearchField("definition"),
        index.SearchField("definition_en"),
        index.FilterField("topic"),
    )
    panels = (
        MultiFieldPanel([FieldPanel("slug"), FieldPanel("topic")], heading=_("Where it stands")),
        MultiFieldPanel(
            [FieldPanel(name) for name in ("name", "aliases", "definition", "source")], heading=_("In Chinese")
        ),
        MultiFieldPanel(
            [FieldPanel(name) for name in ("name_en", "aliases_en", "definition_en", "source_en")],
            heading=_("In English"),
        ),
        FieldPanel("see_also"),
    )

    class Meta:
        verbose_name = _("glossary term")
        verbose_name_plural = _("glossary terms")
        ordering = ("topic", "pk")

    def __str__(self) -> str:
        return f"{self.name} · {self.name_en}"

    def get_absolute_url(self) -> str:
        """The term in the list; the list leads on where the glossary has no page yet."""
        return f"{glossary_url()}#{self.slug}"

    def forms(self, language: str) -> list[str]:
        """Every form under which the term may stand in a text of a language."""
        name, others = (self.name_en, self.aliases_en) if language.startswith("en") else (self.name, self.aliases)
        return [form for form in (name, *(line.strip() for line in others.splitlines())) if form]


def glossary_url() -> str:
    return reverse("cms:budget:glossary")


def page_context(query: Mapping[str, str]) -> dict[str, Any]:
    """The terms by topic, narrowed by ``topic`` and by a text ``q`` in either language."""
    text = query.get("q", "").strip()[:QUERY_MAX]
    topic = query.get("topic", "")
    topic = topic if topic in GlossaryTerm.Topic.values else ""
    terms = list(GlossaryTerm.objects.prefetch_related("see_also"))
    shown = [term for term in terms if topic in ("", term.topic) and _speaks_of(term, text)]
    grouped = [(label, [term for term in shown if term.topic == value]) for value, label in GlossaryTerm.Topic.choices]
    return {
        "groups": [(label, _ordered(found)) for label, found in grouped if found],
        "topics": GlossaryTerm.Topic.choices,
        "topic": topic,
        "q": text,
        "count": len(shown),
        "all_count": len(terms),
    }


def _ordered(terms: list[GlossaryTerm]) -> list[GlossaryTerm]:
    """By the alphabet in English; in Chinese, where no order by sound is at hand, from the general to the special."""
    if (get_language() or "").startswith("en"):
        return sorted(terms, key=lambda term: term.name_en.casefold())
    return terms


def _speaks_of(term: GlossaryTerm, text: str) -> bool:
    wanted = text.casefold()
    texts = (term.name, term.name_en, term.aliases, term.aliases_en, term.definition, term.definition_en)
    return any(wanted in each.casefold() for each in texts)


@transaction.atomic
def load_terms() -> int:
    """Enter the terms that the product carries and that are not there yet; what editors changed stays. The number
    that was entered."""
    given = tomllib.loads(TERMS.read_text("utf-8"))["term"]
    there = set(GlossaryTerm.objects.values_list("slug", flat=True))
    new = [entry for entry in given if entry["slug"] not in there]
    for entry in new:
        values = {name: value for name, value in entry.items() if name != "see_also"}
        for name in ("aliases", "aliases_en"):
            values[name] = "\n".join(values.get(name, []))
        GlossaryTerm(**values).save()
    by_slug = {term.slug: term for term in GlossaryTerm.objects.all()}
    for entry in new:
        by_slug[entry["slug"]].see_also.add(*(by_slug[slug] for slug in entry.get("see_also", ()) if slug in by_slug))
    return len(new)
