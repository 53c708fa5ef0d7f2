"""Ballot files that somebody has counted on a page."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from participation.allocation.counting import pabulib
from participation.allocation.counting.election import Election, Project
from participation.allocation.models import Allocation
from participation.allocation.results.checking import INTERRUPTED_AFTER, WAITING_MOST, count_file, forget_file_counts
from participation.allocation.results.models import AllocationResult, FileCount, ProjectResult
from participation.allocation.results.tasks import count_ballots
from participation.models import FrozenBallots
from participation.stakeholders.models import User
from tests.participation.allocation.rounds import (
    DAY,
    approving,
    close,
    listed_round,
    vote,
)

pytestmark = pytest.mark.django_db
CHECK = {"utility": "cost", "completion": "add1u", "stop": "overspend"}


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def at(name: str, record: Any, *more: Any) -> str:
    return reverse(f"participation:allocation:{name}", args=[record.row_id, *more])


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def counted(*ballots: Any) -> Allocation:
    allocation = listed_round(600, 400, 300)
    vote(allocation, *(ballots or [approving(1)] * 4 + [approving(2)] * 3 + [approving(2, 3)] * 2))
    close(allocation)
    count_ballots.func(AllocationResult.objects.get().pk)
    allocation.refresh_from_db()
    return allocation


def test_a_ballot_file_is_counted_in_the_background_and_recognised() -> None:
    counted()
    upload = SimpleUploadedFile("ballots.pb", FrozenBallots.objects.get().text.encode())
    response = Client().post(reverse("participation:allocation:check"), {"file": upload, **CHECK})
    asked = FileCount.objects.get()
    assert response["Location"] == at("checked", asked)
    assert "every 2s" in page(Client(), at("checked", asked))
    assert "HX-Refresh" not in Client().get(at("check_progress", asked))
    count_file.call(asked.pk)
    told = page(Client(), at("checked", asked))
    asked.refresh_from_db()
    winners = [str(row.proposal.number) for row in ProjectResult.objects.won()]
    assert ([row["id"] for row in asked.found["rows"]], asked.text, asked.progress) == (winners, "", 100)
    assert ("byte for byte" in told, Client().get(at("check_progress", asked))["HX-Refresh"]) == (True, "true")


def test_a_counted_file_is_forgotten_after_a_day() -> None:
    FileCount.objects.create(sha256="0" * 64, created=timezone.now() - DAY)
    young = FileCount.objects.create(sha256="1" * 64)
    old = FileCount.objects.get(sha256="0" * 64)
    assert Client().get(at("checked", old)).status_code == 404
    forget_file_counts()
    assert list(FileCount.objects.all()) == [young]


@pytest.mark.parametrize(
    ("content", "status"), [(b"\xff\xfe", 400), (b"", 400), (b"x" * 2000, 413)], ids=["no text", "empty", "large"]
)
def test_a_file_that_is_no_ballot_file_is_refused_in_words(content: bytes, status: int, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1000
    response = Client().post(
        reverse("participation:allocation:check"), {"file": SimpleUploadedFile("x", content), **CHECK}
    )
    assert (response.status_code, bool(response.context["form"].errors)) == (status, True)


def test_what_cannot_be_counted_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    half = FileCount.objects.create(sha256="0" * 64, text="META\nkey;value\n")
    count_file.call(half.pk)
    assert "The file has no section" in page(Client(), at("checked", half))
    monkeypatch.setattr("participation.allocation.results.checking.SECONDS_AT_ONCE", -1)
    listed = pabulib.write(Election([Project("1", Fraction(5))], [{0: 1}], Fraction(9)))
    long = FileCount.objects.create(sha256="1" * 64, text=listed)
    count_file.call(long.pk)
    assert "Count it with the command" in page(Client(), at("checked", long))


def test_too_many_files_wait_their_turn() -> None:
    FileCount.objects.bulk_create(FileCount(sha256="0" * 64) for _file in range(WAITING_MOST))
    sent = {"file": SimpleUploadedFile("x.pb", b"META"), **CHECK}
    assert Client().post(reverse("participation:allocation:check"), sent).status_code == 409


def test_files_whose_count_was_interrupted_keep_nobody_waiting() -> None:
    long_ago = timezone.now() - 2 * INTERRUPTED_AFTER
    FileCount.objects.bulk_create(FileCount(sha256="0" * 64, created=long_ago) for _file in range(WAITING_MOST))
    sent = {"file": SimpleUploadedFile("x.pb", b"META"), **CHECK}
    assert Client().post(reverse("participation:allocation:check"), sent).status_code == 302
