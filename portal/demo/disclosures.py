"""The city's budgets: imported by the editor, signed off and published by the reviewer."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import F, Q, Sum

from cms.budget.actions import import_release
from cms.budget.checks import run_checks
from cms.budget.drafts.actions import sign_off_release
from cms.budget.importing.mapping import parse_mapping
from cms.models import Department, DisclosurePage, Government, Line, Programme, Release
from cms.pages.actions import publish_disclosure
from participation.models import User
from portal.demo.backdate import at, written_with
from portal.demo.calendar import PUBLISHED_DAYS_AGO, Calendar
from portal.demo.content import FOLDER, read
from portal.demo.ledger import budget_file, source_name
from portal.demo.people import appoint_officers
from portal.demo.reference import approve, load_reference
from portal.demo.tables import hand_in_tables
from privacy.history.actor import acting

# Days before now at which the figures of a year came out, by distance from the newest year.
PUBLISHED = {-2: -330.0, -1: -150.0, 0: -PUBLISHED_DAYS_AGO}
# A programme smaller than this (fen) does not make a headline.
TELLING = 2_000_000_000
SIGN_OFF_NOTE = "已与财政一体化系统导出的原表逐项核对，合计一致。"


def government() -> Government | None:
    return Government.objects.filter(name=read("city")["government"]["name"]).first()


def loaded_calendar(calendar: Calendar) -> Calendar:
    """The calendar that the city was first loaded with, or else ``calendar``: loading twice adds no second year."""
    newest = Release.objects.filter(
        government__name=read("city")["government"]["name"], source_name__startswith="yunchuan-", as_of__isnull=False
    ).order_by("-fiscal_year")
    first = newest.first()
    return Calendar(calendar.now, first.as_of) if first and first.as_of else calendar


@transaction.atomic
def load_disclosures(calendar: Calendar, editor: User, reviewer: User) -> dict[int, Release]:
    """Offset from the newest year -> release."""
    load_reference()
    releases: dict[int, Release] = {}
    for offset in sorted(PUBLISHED):
        year = calendar.year + offset
        found = Release.objects.filter(
            government__name=read("city")["government"]["name"], fiscal_year=year, source_name=source_name(year)
        ).first()
        releases[offset] = found or _disclose(calendar, offset, editor, reviewer)
    return releases


def _disclose(calendar: Calendar, offset: int, editor: User, reviewer: User) -> Release:
    year = calendar.year + offset
    month = 12 if offset else calendar.as_of.month
    published = calendar.on(PUBLISHED[offset])
    as_of = calendar.as_of if offset == 0 else calendar.as_of.replace(year=year, month=12, day=31)
    imported = calendar.on(PUBLISHED[offset] - 1.3)
    with at(imported, Release), written_with(Release, as_of=as_of), acting(editor):
        report = import_release(
            budget_file(year, offset=offset, month=month),
            source_name=source_name(year),
            mapping=parse_mapping((FOLDER / "mapping.toml").read_text("utf-8")),
            acting_user=editor,
        )
    release = report.release
    if release is None:
        raise RuntimeError(f"The demo's own budget file was refused: {report.as_json()['problems'][:3]}")
    release.as_of = as_of
    Release.objects.filter(pk=release.pk).update(as_of=as_of)
    _name_in_english(release.government)
    approve(release, published, editor)
    appoint_officers({row.code: row for row in Department.objects.filter(government=release.government)}, calendar)
    hand_in_tables(release, offset, published, editor)
    with at(published - timedelta(hours=2), Release):
        sign_off_release(release, note=SIGN_OFF_NOTE, acting_user=reviewer)
    title, title_en, summary, summary_en = _headline(release, is_newest=offset == 0)
    with at(published, Release, DisclosurePage), acting(reviewer):
        publish_disclosure(
            release=release,
            title=title,
            title_en=title_en,
            summary=summary,
            summary_en=summary_en,
            acting_user=reviewer,
        )
    release.refresh_from_db()
    # Once more, on the day that the story has: it came out in time.
    run_checks(release)
    return release


def _name_in_english(government: Government) -> None:
    """Budget files name things in one language; the English names are kept beside them."""
    city = read("city")
    Government.objects.filter(pk=government.pk).update(name_en=city["government"]["name_en"], is_fictitious=True)
    government.refresh_from_db()
    departments = {row.code: row for row in Department.objects.filter(government=government)}
    for entry in city["departments"]:
        departments[entry["code"]].name_en = entry["name_en"]
    Department.objects.bulk_update(departments.values(), ["name_en"])
    names = {entry["code"]: entry["name_en"] for row in city["departments"] for entry in row["programmes"]}
    programmes = list(Programme.objects.filter(department__government=government))
    for programme in programmes:
        programme.name_en = names.get(programme.code, "")
    Programme.objects.bulk_update(programmes, ["name_en"])


def _headline(release: Release, *, is_newest: bool) -> tuple[str, str, str, str]:
    """Title and summary in both languages, with what the figures say."""
    lines = Line.objects.filter(release=release).facts()
    whole = lines.aggregate(adjusted=Sum("adjusted"), executed=Sum("executed"))
    rate = percent(whole["executed"], whole["adjusted"])
    year, month = release.fiscal_year, release.as_of.month if release.as_of else 12
    largest = lines.values("department").annotate(total=Sum("adjusted")).order_by("-total")[0]
    department = Department.objects.get(pk=largest["department"])
    share = percent(largest["total"], whole["adjusted"])
    slow = (
        lines.filter(programme__isnull=False)
        .values("programme")
        .annotate(total=Sum("adjusted"), spent=Sum("executed"))
        .filter(Q(total__gte=TELLING))
        .order_by(F("spent") * Decimal("1.0") / F("total"))[0]
    )
    programme = Programme.objects.get(pk=slow["programme"])
    slowest = percent(slow["spent"], slow["total"])
    if is_newest:
        return (
            f"云川市{year}年预算执行：到{month}月底完成{rate}，{programme.name}只有{slowest}",
            f"Yunchuan {year}: {rate} spent by the end of month {month}, {programme.name_en.lower()} only {slowest}",
            f"六个部门的钱总体花得不慢，{department.name}占{share}。最慢的是{programme.name}：预算早就批了，到{month}月底只执行{slowest}。"
            "每一行都能点开，看不明白的可以直接问。",
            f"Six departments spend at a fair pace overall; the {department.name_en} holds {share}. Slowest is "
            f"{programme.name_en.lower()}: approved long ago, and only {slowest} spent. Open any line and ask.",
        )
    return (
        f"云川市{year}年部门决算：执行率{rate}，{department.name}占{share}",
        f"Yunchuan final accounts {year}: {rate} spent, {share} of it on the {department.name_en}",
        f"{year}年六个部门全年执行{rate}。花得最少的是{programme.name}，执行{slowest}。",
        f"In {year} six departments spent {rate} of their budgets. Furthest behind was "
        f"{programme.name_en.lower()} with {slowest}.",
    )


def percent(part: int, whole: int) -> str:
    return f"{(Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1), ROUND_HALF_UP)}%"
