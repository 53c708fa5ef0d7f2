"""A disclosure as a PDF: for filing, for printing, and for those to whom a web page is no document.

What it needs is an extra: where it is not installed nothing here can be made, and pages do not offer it.
"""

from __future__ import annotations

import functools
import hashlib
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

from cms.budget import queries
from cms.budget.models import Release
from cms.budget.queries import Dimension
from cms.performance.funnel import funnel_of_government
from portal.ui.navigation import language_tag

STYLES = Path(__file__).parent / "disclosure_pdf.css"
# A kept file is of this layout; one that is laid out otherwise gets another name.
LAYOUT = 2
FOLDER = "disclosures"
LOCK_SECONDS = 120
TABLES = (Dimension.DEPARTMENT, Dimension.FUNCTION, Dimension.PROGRAMME)


@functools.cache
def is_available() -> bool:
    """Whether this installation can make PDF: WeasyPrint is there, and so are the libraries that it draws with."""
    if find_spec("weasyprint") is None or find_spec("qrcode") is None:
        return False
    try:
        import weasyprint  # type: ignore[import-untyped]  # noqa: F401
    except OSError:
        return False
    return True


def disclosure_pdf(release: Release, language: str, *, base: str) -> bytes:
    """The PDF of a release in a language. ``base``: where this site is, for the addresses in print.

    A published release is laid out once for each language and edition of its page and kept, until it is corrected or
    more is known of its goals; a draft never is.
    """
    page = queries.live_page_of(release, language)
    if release.published_at is None:
        return _make(release, page, language, base)
    edition = f"{page.live_revision_id if page else 0}-{_digest_of_the_rest(release)}"
    name = f"{FOLDER}/{release.row_id}-{language}-{edition}-{LAYOUT}.pdf"
    if not default_storage.exists(name):
        _make_once(name, release, page, language, base)
    if default_storage.exists(name):
        with default_storage.open(name) as file:
            return bytes(file.read())
    return _make(release, page, language, base)


def _digest_of_the_rest(release: Release) -> str:
    """Of what the document says beside the release itself, which does not change."""
    newer = queries.newer_version_of(release, AnonymousUser())
    funnel = funnel_of_government(release.government, AnonymousUser(), release.fiscal_year)
    told: Any = (newer.version if newer else 0,)
    if funnel:
        told = (*told, funnel.stations, funnel.mean, funnel.problems_found, funnel.problems_fixed, funnel.problems_open)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def _make_once(name: str, release: Release, page: Any, language: str, base: str) -> None:
    """Of several who ask at once one makes it, and the others wait for it."""
    key = f"pdf:{name}"
    if cache.add(key, True, LOCK_SECONDS):
        try:
            default_storage.save(name, ContentFile(_make(release, page, language, base)))
        finally:
            cache.delete(key)
        return
    for _attempt in range(LOCK_SECONDS):
        if default_storage.exists(name) or cache.get(key) is None:
            return
        time.sleep(1)


def _make(release: Release, page: Any, language: str, base: str) -> bytes:
    from weasyprint import CSS, HTML  # type: ignore[import-untyped]

    with override(language):
        html = render_to_string("cms/pages/disclosure_pdf.html", _context(release, page, language, base))
    document = HTML(string=html, base_url=base, url_fetcher=_fetch_nothing)
    return bytes(document.write_pdf(stylesheets=[CSS(filename=STYLES)], pdf_identifier=release.source_sha256.encode()))


def square_of(address: str) -> SafeString:
    """The address as a square that a telephone reads (QR code), an SVG element."""
    import qrcode  # type: ignore[import-untyped]
    from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

    image = qrcode.make(address, image_factory=SvgPathImage, border=0, error_correction=qrcode.ERROR_CORRECT_M)
    return mark_safe(image.to_string(encoding="unicode"))  # noqa: S308


def _fetch_nothing(url: str, *args: Any, **kwargs: Any) -> Any:
    """The document carries everything itself: what a page says must never make this server ask another one."""
    raise ValueError(f"Not fetched: {url}")


def _context(release: Release, page: Any, language: str, base: str) -> dict[str, Any]:
    lines = release.lines.all()
    facts = queries.facts_of(release, lines)
    phases = queries.phases_of(release)
    size = queries.size_phase(release)
    tables = []
    for dimension in TABLES:
        if dimension not in facts.dimensions:
            continue
        groups = queries.groups_by(release, dimension, lines.facts())
        rows = [
            (group, [group.amounts.get(phase) for phase in phases], queries.compare(release, group.amounts).rate)
            for group in groups
        ]
        largest = queries.middling_amount(group.amounts.get(size) for group in groups) if size else 0
        tables.append((dimension, rows, largest))
    root = base.rstrip("/")
    address = root + release.get_absolute_url()
    return {
        "release": release,
        "page": page,
        "facts": facts,
        "phases": phases,
        "base": queries.base_phase(release),
        "tables": tables,
        "problems": release.problems.count(),
        "newer": queries.newer_version_of(release, AnonymousUser()),
        "funnel": funnel_of_government(release.government, AnonymousUser(), release.fiscal_year),
        "address": address,
        "verify_address": root + reverse("privacy:log:verify", args=[release.row_id]),
        "square": square_of(address),
        "sums": [facts.amounts.get(phase) for phase in phases],
        "made_on": timezone.localdate(),
        "language": language_tag(language),
        "site_name": settings.WAGTAIL_SITE_NAME,
    }
