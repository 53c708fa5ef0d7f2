"""What this room holds about people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.rights.purposes import COUNTED, PUBLISHED
from privacy.rights.registry import (
    Audience,
    Basis,
    Empty,
    Keep,
    PersonalData,
    Purpose,
    about,
    in_office,
    nothing_personal,
    register,
)

register(
    in_office(
        "participation.MeetingSeries", "started_by", not_personal="title title_en purpose purpose_en department created"
    ),
    in_office(
        "participation.Meeting",
        "convened_by",
        not_personal=(
            "series consultation department kind title title_en purpose purpose_en scope scope_en starts_at "
            "ends_at registration_ends_at place place_en access access_en online_link stream_link "
            "turn_seconds created opened_at closed_at cancelled_at cancel_reason"
        ),
    ),
    in_office(
        "participation.MeetingMaterial",
        "published_by",
        not_personal="attachment attachment_name attachment_type attachment_sha256 meeting title title_en published_at",
    ),
    in_office(
        "participation.MeetingRecording",
        "published_by",
        not_personal=(
            "attachment attachment_name attachment_type attachment_sha256 meeting kind caption link "
            "published_at withdrawn_at shown"
        ),
    ),
    in_office(
        "participation.MeetingMinutes",
        "drafted_by",
        not_personal="meeting text version created proposed_at answer_by published_at",
    ),
    in_office(
        "participation.MeetingPoll", "asked_by", not_personal="meeting question question_en options opened_at closed_at"
    ),
    PersonalData(
        "participation.MeetingRegistration",
        _("Meetings you registered for"),
        about("person", "organisation"),
        fields="group mark may_record created withdrawn_at attended_at",
        purpose=Purpose.MEETINGS,
        basis=Basis.CONSENT,
        retention="record",
        on_erasure=Keep(COUNTED),
        not_personal="meeting rank",
    ),
    PersonalData(
        "participation.MeetingRegistration",
        _("What you need to take part in a meeting"),
        about("person"),
        fields="needs",
        purpose=Purpose.MEETINGS,
        basis=Basis.CONSENT,
        retention="needs",
        since="meeting__ends_at",
        on_erasure=Empty("needs"),
        on_expiry=Empty("needs"),
    ),
    PersonalData(
        "participation.MinutesOpinion",
        _("What you said about minutes"),
        about("registration__person"),
        fields="agrees words created",
        purpose=Purpose.MEETINGS,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(PUBLISHED),
        not_personal="minutes version",
    ),
    PersonalData(
        "participation.SpeakingTurn",
        _("When you spoke in meetings"),
        about("registration__person"),
        fields="asked_at called_at ended_at seconds",
        purpose=Purpose.MEETINGS,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(COUNTED),
        not_personal="meeting item",
    ),
    PersonalData(
        "participation.MeetingVote",
        _("Your answers in polls of meetings"),
        about("registration__person"),
        fields="choice",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Keep(COUNTED),
        not_personal="poll",
    ),
    nothing_personal("participation.MeetingPlaces", "meeting group places by_lot"),
    nothing_personal(
        "participation.AgendaItem", "meeting number title title_en minutes line programme evaluation task notes"
    ),
    nothing_personal("participation.ActionItem", "meeting item text department due_on task created"),
    nothing_personal("participation.Resolution", "meeting item text created"),
    nothing_personal(
        "participation.MeetingLot", "meeting commitment secret created closed_at names names_sha256 drawn_at opened"
    ),
    nothing_personal(
        "participation.MeetingRule",
        "kind least_people most_people least_drawn most_drawn law law_en valid_from valid_until",
    ),
)
