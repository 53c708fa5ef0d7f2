"""What this room holds about people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.rights.registry import Audience, Basis, Delete, PersonalData, Purpose, about, nothing_personal, register

register(
    PersonalData(
        "cms.LessonDone",
        _("Lessons you have read"),
        about("person"),
        fields="lesson done_at",
        purpose=Purpose.LEARNING,
        basis=Basis.CONSENT,
        retention="account",
        seen_by=Audience.SELF,
        on_erasure=Delete(),
    ),
    PersonalData(
        "cms.Certificate",
        _("Certificates of courses"),
        about("person"),
        fields="title title_en code score passed_on",
        purpose=Purpose.LEARNING,
        basis=Basis.CONSENT,
        retention="account",
        seen_by=Audience.SELF,
        on_erasure=Delete(),
        not_personal="course",
    ),
    nothing_personal(
        "cms.CalendarEntry", "latest_revision kind title title_en starts_on starts_at ends_on place place_en url"
    ),
    nothing_personal("cms.CalendarPage", "page_ptr summary teaser teaser_alt"),
    nothing_personal("cms.CaseIndexPage", "page_ptr summary teaser teaser_alt"),
    nothing_personal("cms.CasePage", "page_ptr summary teaser teaser_alt outcome year programme task body"),
    nothing_personal(
        "cms.ConsentNotice",
        (
            "latest_revision live has_unpublished_changes first_published_at last_published_at live_revision "
            "go_live_at expire_at expired purpose title title_en text text_en categories categories_en "
            "controller controller_en recipients recipients_en"
        ),
    ),
    nothing_personal("cms.CoursePage", "page_ptr summary teaser teaser_alt minutes audience body quiz pass_mark"),
    nothing_personal("cms.DisclosureIndexPage", "page_ptr introduction"),
    nothing_personal("cms.DisclosurePage", "page_ptr release summary body"),
    nothing_personal("cms.GlossaryPage", "page_ptr summary teaser teaser_alt"),
    nothing_personal(
        "cms.GlossaryTerm",
        (
            "latest_revision slug topic name name_en aliases aliases_en definition definition_en source "
            "source_en see_also"
        ),
    ),
    nothing_personal("cms.GuideIndexPage", "page_ptr summary teaser teaser_alt"),
    nothing_personal("cms.HomePage", "page_ptr introduction"),
    nothing_personal("cms.LessonPage", "page_ptr summary teaser teaser_alt minutes body"),
    nothing_personal("cms.NewsIndexPage", "page_ptr summary teaser teaser_alt"),
    nothing_personal("cms.NewsPage", "page_ptr summary teaser teaser_alt date body"),
    nothing_personal("cms.StandardPage", "page_ptr summary teaser teaser_alt body"),
)
