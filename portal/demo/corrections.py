"""One budget of the past, corrected: a payment was booked under the wrong item, and one was left out."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from django.db import transaction

from cms.budget.actions import import_release
from cms.budget.drafts.actions import sign_off_release
from cms.budget.importing.mapping import parse_mapping
from cms.models import DisclosurePage, Release
from cms.pages.actions import publish_disclosure
from portal.demo.backdate import at, written_with
from portal.demo.city import City
from portal.demo.content import FOLDER
from portal.demo.ledger import budget_file
from privacy.history.actor import acting

# The year it is about, by distance from the newest, and the days before now on which it came out.
YEAR, CAME_OUT = -2, -64.0
PROGRAMME = "101010"
# In 万元: booked under the first item of the programme instead of the second; left out of the third.
MISBOOKED, LEFT_OUT = Decimal("12.50"), Decimal("3.60")
NOTE = "审计发现一笔支出记错科目、一笔漏记，已按审计意见更正，其余各行未动。"


@transaction.atomic
def load_correction(city: City) -> None:
    """Published as a version of its own; the first one stays readable and says what has become of it."""
    first = city.releases[YEAR]
    name = f"yunchuan-{first.fiscal_year}-corrected.csv"
    if Release.objects.filter(source_name=name).exists():
        return
    editor, reviewer = city.people["editor"], city.people["reviewer"]
    published = city.calendar.on(CAME_OUT)
    with at(city.calendar.on(CAME_OUT - 1), Release), written_with(Release, as_of=first.as_of), acting(editor):
        release = import_release(
            corrected_file(first.fiscal_year),
            source_name=name,
            mapping=parse_mapping((FOLDER / "mapping.toml").read_text("utf-8")),
            acting_user=editor,
        ).release
    if release is None:
        raise RuntimeError("The demo's own corrected file was refused.")
    release.as_of = first.as_of
    Release.objects.filter(pk=release.pk).update(as_of=first.as_of)
    with at(published, Release, DisclosurePage), acting(reviewer):
        sign_off_release(release, note=NOTE, acting_user=reviewer)
        publish_disclosure(
            release=release,
            title=f"云川市{first.fiscal_year}年部门决算（更正）",
            title_en=f"Yunchuan final accounts {first.fiscal_year}, corrected",
            summary="审计后更正：一笔支出记错了科目，一笔漏记。更正了哪几行、各是多少，都可以逐行查看。",
            summary_en="Corrected after the audit: one payment was under the wrong item, one was left out.",
            acting_user=reviewer,
        )


def corrected_file(year: int) -> bytes:
    """The file of the year as it should have been: three lines and the subtotal of their department differ."""
    rows = list(csv.reader(io.StringIO(budget_file(year, offset=YEAR, month=12).decode())))
    mine = [row for row in rows if row[4] == PROGRAMME][:3]
    for row, change in zip(mine, (-MISBOOKED, MISBOOKED, LEFT_OUT), strict=True):
        row[-1] = str(Decimal(row[-1]) + change)
    subtotal = next(row for row in rows if row[0] == "小计" and row[2] == mine[0][2])
    subtotal[-1] = str(Decimal(subtotal[-1]) + LEFT_OUT)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
