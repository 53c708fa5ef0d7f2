"""A disclosure as a PDF: whole, kept, and without a word of a draft."""

from __future__ import annotations

import re
import zlib
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from cms.pages import pdf
from tests.factories import make_line, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _can_be_made() -> None:
    # Asked here and not at import: the answer takes seconds, and every process of a run imports this file.
    if not pdf.is_available():
        pytest.skip("WeasyPrint or the libraries it draws with are not installed")


def unpacked(content: bytes) -> bytes:
    """Every compressed stream of a PDF, one after the other."""
    parts = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.S):
        try:
            parts.append(zlib.decompressobj().decompress(stream))
        except zlib.error:
            continue
    return b"".join([content, *parts])


def test_it_is_made_once_for_each_release_and_language_and_kept(client: Client, monkeypatch: Any) -> None:
    release = make_release()
    for _number in range(30):
        make_line(release)
    address = f"/budget/releases/{release.row_id}/disclosure.pdf"
    first = client.get(address)
    assert (first.status_code, first["Content-Type"], first.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert first.content.count(b"\n") > 10
    pages = max(int(number) for number in re.findall(rb"/Count (\d+)", unpacked(first.content)))
    assert pages >= 2
    made: list[str] = []
    real = pdf._make
    monkeypatch.setattr(pdf, "_make", lambda *args: made.append(args[2]) or real(*args))
    assert client.get(address).content == first.content
    client.get(f"/en{address}")
    client.get(f"/en{address}")
    assert made == ["en"]
    kept = default_storage.listdir(pdf.FOLDER)[1]
    assert sorted(name.split("-")[5:7] for name in kept if str(release.row_id) in name) == [["en", "0"], ["zh", "hans"]]


def test_it_is_made_anew_once_the_release_was_corrected(client: Client) -> None:
    release = make_line(make_release(fiscal_year=2025)).release
    first = pdf.disclosure_pdf(release, "en", base="http://testserver/")
    make_line(make_release(fiscal_year=2025))
    again = pdf.disclosure_pdf(release, "en", base="http://testserver/")
    assert again != first
    assert pdf.disclosure_pdf(release, "en", base="http://testserver/") == again


def test_it_carries_its_address_as_a_square_that_telephones_read() -> None:
    release = make_line().release
    told = pdf._context(release, None, "en", "http://testserver/")
    assert told["address"] == f"http://testserver{release.get_absolute_url()}"
    assert told["verify_address"].endswith(f"/log/verify/{release.row_id}/")
    assert told["square"] == pdf.square_of(told["address"])
    assert told["square"].startswith("<svg")


def test_every_table_ends_with_the_same_total() -> None:
    line = make_line(adopted=300)
    make_line(line.release, line.programme, adopted=500)
    told = pdf._context(line.release, None, "en", "http://testserver/")
    assert told["sums"][0] == 800
    assert {sum(amounts[0] for _group, amounts, _rate in rows) for _dimension, rows, _largest in told["tables"]} == {
        800
    }


def test_nothing_is_fetched_for_it() -> None:
    with pytest.raises(ValueError, match="Not fetched"):
        pdf._fetch_nothing("http://127.0.0.1/secret")


def test_a_draft_is_nobodys_pdf(client: Client) -> None:
    release = make_line(make_release(published=False)).release
    assert client.get(f"/budget/releases/{release.row_id}/disclosure.pdf").status_code == 404


def test_an_installation_that_makes_none_says_so_and_offers_none(client: Client, monkeypatch: Any) -> None:
    release = make_line().release
    assert "disclosure.pdf" in client.get(f"/budget/releases/{release.row_id}/").content.decode()
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    answer = client.get(f"/budget/releases/{release.row_id}/disclosure.pdf")
    assert answer.status_code == 404
    assert "disclosure.pdf" not in client.get(f"/budget/releases/{release.row_id}/").content.decode()
