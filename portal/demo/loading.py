"""Loading the city, once: what is there already is left alone."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone, translation

from cms.models import Department, Programme
from cms.pages.content.defaults import build_content
from cms.pages.site import build_site
from participation.feedback.actions import reveal_phone
from participation.following.telling import of_the_past
from participation.models import (
    Evaluation,
    EvaluationEvidence,
    MeetingMaterial,
    MeetingRecording,
    PlacePhoto,
    ProgressReport,
)
from participation.notes.actions import add_note
from participation.stakeholders.actions import open_confidential_passage
from portal.demo.allocation import load_allocations
from portal.demo.calendar import Calendar
from portal.demo.city import City
from portal.demo.content import stories
from portal.demo.corrections import load_correction
from portal.demo.decisions import load_decisions
from portal.demo.desk import load_desk
from portal.demo.disclosures import government, load_disclosures, loaded_calendar
from portal.demo.erasures import load_erasures
from portal.demo.evaluations import load_evaluations
from portal.demo.incidents import load_incidents
from portal.demo.last_mile import load_last_mile
from portal.demo.meetings import load_meetings
from portal.demo.news import load_news
from portal.demo.notice import CACHE_KEY
from portal.demo.opinion_maps import load_opinion_maps
from portal.demo.pages import load_pages
from portal.demo.people import citizens, load_organisations, load_people
from portal.demo.performance import load_performance
from portal.demo.recognition import load_automation, load_awards
from portal.demo.reference import name_departments
from portal.demo.reports import load_reports
from portal.demo.rights import load_rights
from portal.demo.statistics import load_statistics
from portal.demo.stories import Telling
from privacy.log.sequencer import publish_checkpoint, sequence_pending
from privacy.log.triggers import lifted
from privacy.sealing.inventory import file_columns


def load() -> Iterator[str]:
    """Load whatever is missing; says what it is about to do."""
    # Messages that actions keep are written in the city's language.
    with translation.override("zh-hans"):
        calendar = loaded_calendar(Calendar.at(timezone.now()))
        yield "pages"
        build_site()
        build_content()
        yield "people"
        load_people(calendar)
        people = citizens()
        yield "budgets"
        releases = load_disclosures(calendar, people["editor"], people["reviewer"])
        city_government = government()
        departments = {row.code: row for row in Department.objects.filter(government=city_government)}
        programmes = {
            row.code: row
            for row in Programme.objects.filter(department__government=city_government).select_related("department")
        }
        name_departments(departments, people["editor"])
        load_performance(releases, people["editor"], people["reviewer"])
        load_statistics(releases, people["editor"])
        yield "organisations"
        load_organisations(calendar)
        city = City(calendar, citizens(), releases, departments, programmes)
        for story in stories():
            telling = Telling(story, city)
            if not telling.is_told:
                yield telling.title
                with of_the_past():
                    telling.tell()
                _call_back(telling)
                _note(telling)
        yield "evaluations"
        load_evaluations(city)
        yield "desk"
        load_desk(city)
        yield "meetings"
        load_meetings(city)
        yield "opinion maps"
        load_opinion_maps(city)
        yield "last mile"
        load_last_mile(city)
        yield "automation and awards"
        load_automation(city)
        load_awards(city)
        yield "decisions"
        load_decisions(city)
        yield "allocations"
        load_allocations(city)
        yield "reports"
        load_reports(city)
        yield "incidents"
        load_incidents(city)
        yield "rights over data"
        load_rights(city)
        yield "erasures"
        load_erasures(city)
        yield "stories told"
        load_pages(city)
        load_correction(city)
        load_news(city)
        yield "log"
        sequence_pending()
        publish_checkpoint()
        cache.delete(CACHE_KEY)


def _call_back(telling: Telling) -> None:
    """A moderator opens a number that somebody left, or a confidential passage: reading it is a record of its own, made
    now and not dated back."""
    for entry in telling.story.get("calls", []):
        reveal_phone(
            telling.feedback[entry["feedback"] - 1],
            purpose=entry["purpose"],
            acting_user=telling.person("moderator"),
        )
    for entry in telling.story.get("opens", []):
        part = telling.feedback[entry["feedback"] - 1].confidential
        if part is not None:
            open_confidential_passage(part, purpose=entry["purpose"], acting_user=telling.person("moderator"))


def _note(telling: Telling) -> None:
    for entry in telling.story.get("notes", []):
        add_note(telling.feedback[entry["feedback"] - 1], text=entry["say"], acting_user=telling.person(entry["by"]))


def start_over() -> None:
    """Empty the database, and what people attached."""
    for model in (Evaluation, EvaluationEvidence, MeetingMaterial, MeetingRecording, PlacePhoto, ProgressReport):
        for record in model._default_manager.exclude(attachment=""):
            record.attachment.delete(save=False)
    for column in file_columns():
        for batch in column.batches(column.rows()):
            for row in batch:
                column.field.storage.delete(row.held)
    with lifted(connection):
        call_command("flush", interactive=False, verbosity=0)
    cache.clear()
