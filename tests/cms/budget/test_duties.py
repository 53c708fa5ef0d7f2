"""Separation of duties, and the sign-off that publication waits for."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override

from cms.budget.actions import publish_release
from cms.budget.checks import blocking
from cms.budget.checks.actions import override_check
from cms.budget.drafts.actions import remove_draft, sign_off_release
from cms.budget.drafts.models import ImportDraft
from cms.budget.models import Release
from cms.pages.actions import publish_disclosure
from cms.pages.models import DisclosureIndexPage, DisclosurePage
from cms.pages.site import sync_editor_groups
from participation.stakeholders.models import Role, User
from portal.errors import Closed, GongzhiError, NotAllowed
from tests.cms.budget.checks.made_up import SUMMARY, with_tables
from tests.factories import make_officeholder, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]

REASON = "原件如此，财政部门已确认，将在下一版更正。"
WORDS = {"title": "标题", "title_en": "Title", "summary": "摘要", "summary_en": "Summary"}
COMMENTS = {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
State = ImportDraft.State


def drafted(release: Release, owner: User, state: str = State.IMPORTED) -> ImportDraft:
    file = SimpleUploadedFile("a.csv", b"x")
    return ImportDraft.objects.create(owner=owner, file=file, name="a.csv", size=1, release=release, state=state)


def outcome(act: Any, *args: Any, **values: Any) -> str:
    try:
        act(*args, **values)
    except GongzhiError as error:
        return type(error).__name__
    return "done"


# Who imports, answers for an error, signs off and publishes (a letter is a person, None the operator, - nobody), and
# how the last two steps end.
STEPS = [
    ("a", "-", "b", "c", "done", "done"),
    ("a", "-", "b", "b", "done", "done"),
    ("a", "-", "b", "a", "done", "done"),
    ("a", "-", "a", "b", "NotAllowed", "Closed"),
    ("a", "-", "-", "b", "", "Closed"),
    ("a", "-", None, "a", "done", "NotAllowed"),
    ("a", "-", None, "b", "done", "done"),
    ("a", "b", "b", "b", "done", "NotAllowed"),
    ("a", "b", "b", "c", "done", "done"),
    ("a", "b", "c", "b", "done", "done"),
    ("a", "a", "b", "a", "done", "done"),
    ("a", "-", "b", None, "done", "done"),
    (None, "-", None, None, "done", "done"),
    (None, "-", "-", "b", "", "done"),
    (None, "b", "-", "b", "", "NotAllowed"),
]


@pytest.mark.parametrize(
    ("importer", "answers", "signer", "publisher", "signing", "publishing"),
    STEPS,
    ids=["-".join(str(who) for who in row[:4]) for row in STEPS],
)
def test_what_one_person_may_not_do_alone(
    importer: str | None, answers: str, signer: str | None, publisher: str | None, signing: str, publishing: str
) -> None:
    people: dict[str | None, User | None] = {name: make_officeholder(Role.REVIEWER) for name in "abc"} | {None: None}
    release = with_tables((SUMMARY, 5, 3, "1,006.00")) if answers != "-" else make_release(published=False)
    Release.objects.filter(pk=release.pk).update(imported_by=people[importer])
    if answers != "-":
        (finding,) = blocking(release)
        override_check(finding, reason=REASON, acting_user=people[answers])
    if signer != "-":
        assert outcome(sign_off_release, release, note="", acting_user=people[signer]) == signing
    assert outcome(publish_release, release, acting_user=people[publisher]) == publishing


def test_an_import_that_nobody_signed_off_says_who_has_to() -> None:
    editor, reviewer = make_officeholder(Role.EDITOR), make_officeholder(Role.REVIEWER)
    release = make_release(published=False, imported_by=editor)
    draft = drafted(release, editor)
    with override("en"), pytest.raises(Closed) as caught:
        publish_release(release, acting_user=reviewer)
    assert f"other than {editor}" in str(caught.value.message)
    assert caught.value.data == {"url": f"/admin/budget-import/{draft.row_id}/check/"}


def test_an_upload_that_the_operator_imported_waits_for_the_sign_off_as_well() -> None:
    release = make_release(published=False)
    drafted(release, make_officeholder(Role.EDITOR))
    assert outcome(publish_release, release, acting_user=None) == "Closed"


def test_a_program_that_publishes_waits_for_the_sign_off_as_well(site: Any) -> None:
    release = make_release(published=False, imported_by=make_officeholder(Role.EDITOR))
    reviewer = make_officeholder(Role.REVIEWER)
    assert outcome(publish_disclosure, release=release, acting_user=reviewer, **WORDS) == "Closed"
    assert not DisclosurePage.objects.exists()


@pytest.mark.parametrize("scheduled", [False, True])
def test_a_page_written_by_hand_is_not_published_before_the_sign_off(
    site: Any, client: Client, scheduled: bool
) -> None:
    editor, reviewer = make_officeholder(Role.EDITOR), make_officeholder(Role.REVIEWER)
    sync_editor_groups(reviewer, {"reviewer"})
    release = make_release(published=False, imported_by=editor)
    draft = drafted(release, editor)
    index = DisclosureIndexPage.objects.get(locale__language_code="zh-hans")
    page = index.add_child(
        instance=DisclosurePage(title="草稿", summary="摘要", release=release, live=False, locale=index.locale)
    )
    page.save_revision()
    client.force_login(reviewer)
    form = {
        "title": "题",
        "slug": page.slug,
        "summary": "摘要",
        "release": release.pk,
        "action-publish": "1",
    } | COMMENTS
    if scheduled:
        form["go_live_at"] = "2099-01-01 00:00"
    address = f"/admin/pages/{page.pk}/edit/"
    assert client.post(address, form).status_code == 409
    signed = {"title": "题", "summary": "摘要", "note": "", "confirmed": "on"}
    assert client.post(f"/admin/budget-import/{draft.row_id}/sign-off/", signed).status_code == 302
    assert client.post(address, form).status_code == 302
    release.refresh_from_db()
    assert (release.published_at is None, DisclosurePage.objects.count()) == (scheduled, 1)


def test_whoever_imported_is_told_that_somebody_else_signs_off(site: Any, client: Client) -> None:
    editor, other = make_officeholder(Role.EDITOR), make_officeholder(Role.EDITOR)
    draft = drafted(make_release(published=False, imported_by=editor), editor)
    for person, is_offered in ((editor, False), (other, True)):
        sync_editor_groups(person, {"editor"})
        client.force_login(person)
        page = client.get(f"/admin/budget-import/{draft.row_id}/check/")
        assert ("sign_off_form" in page.context, bool(page.context.get("objection"))) == (is_offered, not is_offered)


def test_an_upload_stays_until_its_release_is_signed_off() -> None:
    editor = make_officeholder(Role.EDITOR)
    draft = drafted(make_release(published=False, imported_by=editor), editor)
    with pytest.raises(Closed):
        remove_draft(draft, acting_user=editor)


def test_nobody_signs_off_what_is_still_being_checked() -> None:
    editor = make_officeholder(Role.EDITOR)
    release = make_release(published=False, imported_by=editor)
    drafted(release, editor, State.CHECKED)
    with pytest.raises(Closed):
        sign_off_release(release, note="", acting_user=make_officeholder(Role.REVIEWER))


def test_readers_are_told_that_only_the_operator_signed_off() -> None:
    release = make_release(published=False)
    sign_off_release(release, note="", acting_user=None)
    assert [(problem.severity, problem.code) for problem in release.problems.all()] == [
        ("info", "signed_off_by_operator")
    ]


def test_other_editors_see_an_upload_only_while_it_waits_for_its_sign_off() -> None:
    editor, other = make_officeholder(Role.EDITOR), make_officeholder(Role.EDITOR)
    draft = drafted(make_release(published=False, imported_by=editor), editor)
    seen = []
    for state in State:
        ImportDraft.objects.filter(pk=draft.pk).update(state=state)
        seen += [state] * ImportDraft.objects.visible_to(other).count()
    assert seen == [State.IMPORTED]


def test_somebody_without_the_right_to_publish_is_told_so_first() -> None:
    with pytest.raises(NotAllowed):
        publish_release(make_release(published=False), acting_user=make_officeholder(Role.EDITOR))
