"""Photos of the place are moderated as whatever else is said."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from participation.moderation.actions import decide_appeal, lodge_appeal, report_item, review_decision
from participation.moderation.models import Decision
from participation.moderation.queries import queue_of
from participation.rectification.photos.actions import add_photo, decide_on_photo
from participation.rectification.photos.models import PlacePhoto
from participation.stakeholders.models import User
from portal.errors import Conflict, NotAllowed
from tests.factories import make_house_rule, make_moderator, make_officer, make_task, make_user
from tests.participation.rectification.test_last_mile import photo_with_a_place

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def photo() -> PlacePhoto:
    return add_photo(make_task(), caption="西门电梯", attachment=photo_with_a_place(), acting_user=make_user())


def refused(photo: PlacePhoto, moderator: User) -> Decision:
    return decide_on_photo(photo, is_shown=False, rule=make_house_rule(), reason="拍到了人。", acting_user=moderator)


def test_a_photo_that_waits_is_on_the_table_of_the_moderators(photo: PlacePhoto) -> None:
    assert [task.item for task in queue_of(make_moderator()).held] == [photo]


def test_whoever_took_a_refused_photo_appeals_and_somebody_else_shows_it(photo: PlacePhoto) -> None:
    first = make_moderator()
    decision = refused(photo, first)
    photo.refresh_from_db()
    assert (photo.status, photo.rule) == ("refused", decision.rule)
    with pytest.raises(NotAllowed):
        lodge_appeal(decision, words="我来。", acting_user=make_user())
    appeal = lodge_appeal(decision, words="没有人，是雕像。", acting_user=photo.author)
    with pytest.raises(NotAllowed):
        decide_appeal(appeal, outcome="granted", reason="属实。", acting_user=first)
    decide_appeal(appeal, outcome="granted", reason="属实。", acting_user=make_moderator())
    photo.refresh_from_db()
    assert (photo.status, photo.rule, photo.reason) == ("shown", None, "")


def test_a_second_moderator_looks_at_a_refusal(photo: PlacePhoto) -> None:
    decision = refused(photo, make_moderator())
    review_decision(decision, outcome="overturned", reason="看不清是谁。", acting_user=make_moderator())
    photo.refresh_from_db()
    assert photo.status == "shown"


def test_a_shown_photo_is_reported_and_hidden(photo: PlacePhoto) -> None:
    decide_on_photo(photo, is_shown=True, acting_user=make_moderator())
    photo.refresh_from_db()
    report_item(photo, reason="personal", acting_user=make_user())
    refused(photo, make_moderator())
    photo.refresh_from_db()
    assert photo.status == "refused"


def test_whoever_belongs_to_the_department_decides_on_no_photo_of_its_task(photo: PlacePhoto) -> None:
    colleague = make_officer(photo.task.department)
    colleague.appointments.create(role="moderator")
    with pytest.raises(NotAllowed):
        decide_on_photo(photo, is_shown=True, acting_user=User.objects.get(pk=colleague.pk))


def test_a_photo_is_shown_once(photo: PlacePhoto) -> None:
    decide_on_photo(photo, is_shown=True, acting_user=make_moderator())
    with pytest.raises(Conflict):
        decide_on_photo(photo, is_shown=True, reason="再看一次。", acting_user=make_moderator())


def test_the_author_finds_the_way_to_appeal_on_the_page_of_the_task(photo: PlacePhoto) -> None:
    decision = refused(photo, make_moderator())
    author, other = Client(), Client()
    author.force_login(photo.author)
    pages = [client.get(photo.task.get_absolute_url()).content.decode() for client in (author, other)]
    assert [decision.get_absolute_url() in page for page in pages] == [True, False]
    assert author.get(decision.get_absolute_url()).status_code == 200


def test_a_moderator_sees_the_photo_on_the_table_and_on_its_own_page(photo: PlacePhoto) -> None:
    moderator = Client()
    moderator.force_login(make_moderator())
    addresses = [
        reverse("participation:moderation:index"),
        reverse("participation:moderation:item", args=["photo", photo.row_id]),
    ]
    pages = [moderator.get(address).content.decode() for address in addresses]
    assert [f'src="{photo.picture_url}"' in page for page in pages] == [True, True]
    assert moderator.get(photo.picture_url).status_code == 200
