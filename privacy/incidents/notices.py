"""Telling the people concerned: from versioned templates, in the background, counted, and to be gone on with."""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import task

from privacy.history.actor import acting
from privacy.history.directory import Contact, directory
from privacy.incidents.errors import NotNow, Refused
from privacy.incidents.models import AffectedPerson, Incident, IncidentStep, NoticeBatch, NoticeTemplate
from privacy.incidents.permissions import require_guard
from privacy.incidents.scope import EVERYTHING
from privacy.incidents.timeline import locked, note_step
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind
from privacy.sealing import ring
from privacy.sealing.errors import SealingError
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.opening import unrecorded

# What a template may name.
PLACEHOLDERS = ("name", "number", "day", "what", "fields", "harm", "measures", "message", "contact")
# Without these a notice does not say what it has to (PIPL art. 57, GDPR art. 34).
REQUIRED = ("fields", "harm", "measures", "contact")
# Of mails that go nowhere, for exercises.
NOWHERE = "django.core.mail.backends.dummy.EmailBackend"
_PAGE = 200

Texts = Mapping[str, Mapping[str, str]]


# Templates --------------------------------------------------------------------------------------


def supplied_templates() -> dict[str, Texts]:
    """The templates that come with the portal, by kind of incident."""
    content = resources.files("privacy.incidents").joinpath("notice_templates.json").read_text("utf-8")
    found: dict[str, Texts] = json.loads(content)
    return found


def current_template(kind: str) -> NoticeTemplate | None:
    return NoticeTemplate.objects.filter(kind=kind).order_by("-version").first()


@transaction.atomic
def set_template(*, kind: str, texts: Texts, acting_user: Any) -> NoticeTemplate:
    """Put words in force for notices of one kind, as a new version; the same words again are no new version.

    ``acting_user`` None: whoever sets the portal up. Raises ``Refused`` for a language that is missing, an unknown
    placeholder, or a notice that leaves out what it has to say.
    """
    if acting_user is not None:
        require_guard(acting_user)
    known = {code: {"subject": texts.get(code, {}).get("subject", "").strip()} for code, _name in settings.LANGUAGES}
    for code, text in known.items():
        text["body"] = texts.get(code, {}).get("body", "").replace("\r\n", "\n").strip()
        _require_sound(code, text)
    digest = hashlib.sha256(canonical(known).encode()).hexdigest()
    last = NoticeTemplate.objects.select_for_update().filter(kind=kind).order_by("-version").first()
    if last is not None and last.sha256 == digest:
        return last
    template: NoticeTemplate = NoticeTemplate.objects.create(
        kind=Incident.Kind(kind),
        version=last.version + 1 if last else 1,
        texts=known,
        sha256=digest,
        by=acting_user,
    )
    append_leaf(
        LeafKind.NOTICE_TEMPLATE_SET,
        template,
        public={"version": template.version, "template_sha256": digest},
        committed={},
    )
    return template


def _require_sound(code: str, text: Mapping[str, str]) -> None:
    field = f"body_{code.replace('-', '_')}"
    if not text["subject"] or not text["body"]:
        raise Refused(_("Please write the notice in every language."), field=field)
    try:
        named = {name for _text, name, *_rest in string.Formatter().parse(text["subject"] + text["body"]) if name}
    except ValueError as error:
        raise Refused(_("A brace is open without its end."), field=field) from error
    if unknown := named - set(PLACEHOLDERS):
        raise Refused(_("There is no placeholder %(names)s.") % {"names": ", ".join(sorted(unknown))}, field=field)
    if missing := set(REQUIRED) - named:
        raise Refused(_("A notice has to say: %(names)s.") % {"names": ", ".join(sorted(missing))}, field=field)


# What is sent -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Notice:
    subject: str
    body: str


def write_notice(
    incident: Incident,
    template: NoticeTemplate,
    *,
    language: str,
    name: str,
    fields: list[str],
    message: str,
    contact: str,
) -> Notice:
    """One notice in one language. ``fields`` as "app.model.field", or ``scope.EVERYTHING``."""
    with override(language):
        text = template.texts[language]
        values = {
            "name": name,
            "number": incident.number,
            "day": date_format(timezone.localtime(incident.aware_at), "DATE_FORMAT"),
            "what": incident.get_kind_display(),
            "fields": "\n".join(f"- {words}" for words in sorted({field_in_words(one) for one in fields})),
            "harm": incident.harm,
            "measures": incident.measures,
            "message": message,
            "contact": contact,
        }
        subject, body = text["subject"].format_map(values), text["body"].format_map(values)
        if incident.is_exercise:
            subject = f"{_('Exercise')} · {subject}"
        # A line break would end the header.
        return Notice(" ".join(subject.split()), body)


def field_in_words(name: str) -> str:
    """ "Telephone" for "participation.user.phone"."""
    if name == EVERYTHING:
        return _("everything that is kept sealed for you")
    label, _dot, field = name.rpartition(".")
    try:
        model = apps.get_model(label)
        return f"{model._meta.verbose_name}{_(': ')}{model._meta.get_field(field).verbose_name}"
    except (LookupError, ValueError, FieldDoesNotExist):
        return name


def preview(incident: Incident, *, message: str, contact: str) -> dict[str, Notice]:
    """The notice to somebody with every field that is concerned, by language. Raises ``NotNow`` without a template."""
    template = _template_for(incident)
    return {
        code: write_notice(
            incident,
            template,
            language=code,
            name="…",
            fields=list(incident.scope.get("fields", {})),
            message=message,
            contact=contact,
        )
        for code, _name in settings.LANGUAGES
    }


def _template_for(incident: Incident) -> NoticeTemplate:
    template = current_template(incident.kind)
    if template is None:
        raise NotNow(_("There is no template for this kind of incident yet."))
    return template


# Sending ----------------------------------------------------------------------------------------


def _require_open(incident: Incident) -> None:
    if incident.state != Incident.State.ASSESSED:
        raise NotNow(_("Notices are sent once the scope is known, and before everybody has been told."))


@transaction.atomic
def begin_notices(incident: Incident, *, message: str, contact: str, acting_user: Any) -> NoticeBatch:
    """Begin to tell everybody who has not been told. Raises ``NotNow`` before the scope is known, where nobody is left
    or a batch is on its way; ``Refused`` where harm and measures are not written down: a notice has to say them."""
    require_guard(acting_user)
    found = locked(incident)
    _require_open(found)
    if not found.harm or not found.measures:
        raise Refused(_("Write down first what may follow for people and what was done: every notice says so."))
    if not contact.strip():
        raise Refused(_("Please say whom people can ask."), field="contact")
    if found.batches.exclude(state=NoticeBatch.State.DONE).exists():
        raise NotNow(_("Notices are being sent already."))
    total = found.affected.filter(notice=AffectedPerson.Notice.PENDING).count()
    if not total:
        raise NotNow(_("There is nobody who has not been told."))
    batch: NoticeBatch = NoticeBatch.objects.create(
        incident=found,
        template=_template_for(found),
        message=message.strip(),
        contact=contact.strip(),
        total=total,
        by=acting_user,
    )
    _append(batch)
    note_step(found, IncidentStep.Kind.NOTICES, what="begun", words=batch.message, acting_user=acting_user)
    transaction.on_commit(lambda: send_notices.enqueue(str(batch.row_id), str(batch.run)))
    return batch


@transaction.atomic
def resume_notices(batch: NoticeBatch, *, acting_user: Any) -> NoticeBatch:
    """Go on with those who have not been told; whoever was sending stops. Raises ``NotNow`` where it is done."""
    require_guard(acting_user)
    locked(batch.incident)
    found = NoticeBatch.objects.select_for_update(of=("self",)).select_related("incident").get(pk=batch.pk)
    if found.state == NoticeBatch.State.DONE:
        raise NotNow(_("All notices have been sent."))
    found.state, found.problem, found.run = NoticeBatch.State.SENDING, "", uuid4()
    found.save(update_fields=["state", "problem", "run"])
    note_step(found.incident, IncidentStep.Kind.NOTICES, what="resumed", acting_user=acting_user)
    transaction.on_commit(lambda: send_notices.enqueue(str(found.row_id), str(found.run)))
    return found


@transaction.atomic
def try_again(incident: Incident, *, acting_user: Any) -> int:
    """Have those tried again who could not be reached. Returns how many."""
    require_guard(acting_user)
    found = locked(incident)
    _require_open(found)
    failed = found.affected.filter(notice=AffectedPerson.Notice.FAILED)
    count: int = failed.update(notice=AffectedPerson.Notice.PENDING, problem="", told_at=None)
    note_step(found, IncidentStep.Kind.NOTICES, what="again", words=str(count), acting_user=acting_user)
    return count


@task()
def send_notices(row_id: str, run: str) -> None:
    """Send what is left of a batch, over one connection. Each person is marked right after their notice went out, so
    that a process which is killed tells at most one person twice, and nobody never."""
    batch = NoticeBatch.objects.select_related("incident", "template").get(row_id=row_id)
    if not _is_mine(batch, run):
        return
    connection = get_connection(NOWHERE) if batch.incident.is_exercise else get_connection()
    try:
        connection.open()
        for person, contact in _to_tell(batch):
            if not _is_mine(batch, run):
                return
            _tell(batch, person, contact, connection)
    except (OSError, SMTPException) as error:
        _stop(batch, run, f"{type(error).__name__}: {error}"[:300])
        return
    finally:
        connection.close()
    _finish(batch, run)


def _is_mine(batch: NoticeBatch, run: str) -> bool:
    return NoticeBatch.objects.filter(pk=batch.pk, run=run, state=NoticeBatch.State.SENDING).exists()


def _to_tell(batch: NoticeBatch) -> Iterator[tuple[AffectedPerson, Contact | None]]:
    after = 0
    pending = AffectedPerson.objects.filter(incident=batch.incident, notice=AffectedPerson.Notice.PENDING)
    while page := list(pending.filter(pk__gt=after).order_by("pk")[:_PAGE]):
        ring.prefetch(page)
        real = [Subject(one.scope_type, one.subject_ref) for one in page if one.scope_type != Scope.PORTAL]
        contacts = directory().contacts_of(real) if real else {}
        for person in page:
            yield person, contacts.get(Subject(person.scope_type, person.subject_ref))
        after = page[-1].pk


def _tell(batch: NoticeBatch, person: AffectedPerson, contact: Contact | None, connection: Any) -> None:
    # To whom it belongs, and nobody else.
    with unrecorded():
        try:
            fields = list(person.details["fields"])
            address = person.address or (contact.email if contact else "")
        except SealingError as error:
            return _mark(batch, person, AffectedPerson.Notice.FAILED, type(error).__name__)
    if not address:
        return _mark(batch, person, AffectedPerson.Notice.FAILED, "no address")
    notice = write_notice(
        batch.incident,
        batch.template,
        language=contact.language if contact else settings.LANGUAGE_CODE,
        name=contact.name if contact else "",
        fields=fields,
        message=batch.message,
        contact=batch.contact,
    )
    try:
        EmailMessage(notice.subject, notice.body, None, [str(address)], connection=connection).send()
    except SMTPRecipientsRefused:
        return _mark(batch, person, AffectedPerson.Notice.FAILED, "refused")
    return _mark(batch, person, AffectedPerson.Notice.SENT, "")


def _mark(batch: NoticeBatch, person: AffectedPerson, notice: AffectedPerson.Notice, problem: str) -> None:
    counter = "sent" if notice == AffectedPerson.Notice.SENT else "failed"
    with transaction.atomic():
        AffectedPerson.objects.filter(pk=person.pk).update(notice=notice, problem=problem, told_at=timezone.now())
        NoticeBatch.objects.filter(pk=batch.pk).update(**{counter: F(counter) + 1})


def _stop(batch: NoticeBatch, run: str, problem: str) -> None:
    NoticeBatch.objects.filter(pk=batch.pk, run=run).update(state=NoticeBatch.State.STOPPED, problem=problem)


@transaction.atomic
def _finish(batch: NoticeBatch, run: str) -> None:
    done: NoticeBatch | None = NoticeBatch.objects.select_for_update().filter(pk=batch.pk, run=UUID(run)).first()
    if done is None or done.state != NoticeBatch.State.SENDING:
        return
    done.state, done.finished = NoticeBatch.State.DONE, timezone.now()
    done.save(update_fields=["state", "finished"])
    _append(done)
    with acting(None):
        words = f"{done.sent}/{done.total}"
        note_step(batch.incident, IncidentStep.Kind.NOTICES, what="finished", words=words, acting_user=None)


def _append(batch: NoticeBatch) -> None:
    append_leaf(
        LeafKind.INCIDENT_NOTICES,
        batch,
        public={
            "state": "finished" if batch.finished else "begun",
            "version": batch.template.version,
            "template_sha256": batch.template.sha256,
            "people": batch.total,
            "sent": batch.sent,
            "failed": batch.failed,
        },
        committed={"message": batch.message},
    )
