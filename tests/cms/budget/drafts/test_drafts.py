from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from wagtail.models import WorkflowState

from cms.budget.drafts import actions, work
from cms.budget.drafts.models import ImportDraft, MappingProfile
from cms.budget.drafts.queries import government_names
from cms.budget.drafts.work import run
from cms.budget.models import Release
from cms.pages.models import DisclosurePage
from cms.pages.site import build_site, sync_editor_groups
from participation.stakeholders.models import Role, User
from portal.errors import Closed, Conflict, NotAllowed, NotFound
from privacy.log.kinds import LeafKind
from tests.cms.budget.importing.made_up import PLAIN
from tests.factories import make_officeholder, make_user
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]

State, Work = ImportDraft.State, ImportDraft.Work
ROWS = "部门,预算数\n教育局,1234.50\n卫生局,7\n".encode()
MAPPING: dict[str, Any] = {
    "release": {"government": "云川市", "fiscal_year": 2024, "currency": "CNY"},
    "columns": {"department": "部门"},
    "amounts": {"adopted": "预算数"},
}


@pytest.fixture
def editor() -> User:
    return make_officeholder(Role.EDITOR)


def uploaded(editor: User, content: bytes = ROWS, mapping: dict[str, Any] | None = MAPPING) -> ImportDraft:
    draft = actions.upload_draft(
        SimpleUploadedFile("预算.csv", content), name="预算.csv", sha256="0" * 64, acting_user=editor
    )
    if mapping is None:
        return draft
    return actions.set_mapping(draft, settings={}, mapping=mapping, acting_user=editor)


def done(draft: ImportDraft, work: str, editor: User) -> ImportDraft:
    started = actions.start_work(draft, work=work, acting_user=editor)
    run(started.row_id, started.attempt, editor.pk, "en")
    started.refresh_from_db()
    return started


def test_a_check_writes_nothing_and_tells_what_the_import_would_bring(editor: User) -> None:
    draft = done(uploaded(editor), Work.CHECK, editor)
    assert (draft.state, draft.work, draft.report["lines"], draft.failure) == (State.CHECKED, "", 2, "")
    assert draft.report["preview"]["totals"] == [["adopted", 124150, None]]
    assert Release.objects.count() == 0


def test_a_checked_file_becomes_a_draft_release(editor: User) -> None:
    draft = done(done(uploaded(editor), Work.CHECK, editor), Work.IMPORT, editor)
    assert draft.release is not None
    assert (draft.state, draft.release.totals, draft.release.published_at) == (
        State.IMPORTED,
        {"adopted": 124150},
        None,
    )
    assert draft.release.imported_by == editor


def test_the_preview_compares_with_the_release_before(editor: User) -> None:
    done(done(uploaded(editor), Work.CHECK, editor), Work.IMPORT, editor)
    second = done(uploaded(editor, ROWS.replace(b"7\n", b"9\n")), Work.CHECK, editor)
    preview = second.report["preview"]
    assert (preview["totals"], preview["departments"]) == (
        [["adopted", 124350, 124150]],
        [["卫生局", 700, 900]],
    )


def test_the_preview_says_that_a_government_is_new(editor: User) -> None:
    first = done(uploaded(editor), Work.CHECK, editor)
    is_new = [first.report["preview"]["is_new_government"]]
    done(first, Work.IMPORT, editor)
    second = done(uploaded(editor, ROWS.replace(b"7\n", b"9\n")), Work.CHECK, editor)
    is_new.append(second.report["preview"]["is_new_government"])
    assert (is_new, government_names()) == ([True, False], ["云川市"])


def test_rejected_rows_are_listed_with_column_and_value_and_can_be_downloaded(editor: User) -> None:
    draft = done(uploaded(editor, ROWS + "民政局,=完成\n".encode()), Work.CHECK, editor)
    (problem,) = [problem for problem in draft.report["problems"] if problem["severity"] == "error"]
    assert (draft.state, problem["row"], problem["column"], problem["value"]) == (State.REJECTED, 3, "预算数", "=完成")
    with draft.problems_file.open("rb") as stored:
        table = list(csv.reader(io.StringIO(stored.read().decode("utf-8-sig"))))
    assert ["3", "预算数", "'=完成"] in [[row[0], row[3], row[4]] for row in table]


def test_a_file_with_rejected_rows_is_not_imported(editor: User) -> None:
    draft = done(uploaded(editor, ROWS + "民政局,x\n".encode()), Work.CHECK, editor)
    with pytest.raises(Closed):
        actions.start_work(draft, work=Work.IMPORT, acting_user=editor)


def test_a_file_that_cannot_be_read_is_explained(editor: User) -> None:
    draft = done(uploaded(editor, mapping={**MAPPING, "amounts": {"adopted": "金额"}}), Work.CHECK, editor)
    assert (draft.state, "金额" in draft.failure) == (State.MAPPED, True)


def test_a_run_that_was_stopped_keeps_nothing(editor: User) -> None:
    started = actions.start_work(uploaded(editor), work=Work.CHECK, acting_user=editor)
    actions.cancel_work(started, acting_user=editor)
    run(started.row_id, started.attempt, editor.pk, "en")
    started.refresh_from_db()
    assert (started.work, started.state, started.report) == ("", State.MAPPED, {})


def test_a_run_cannot_be_stopped_while_lines_are_written(editor: User) -> None:
    draft = uploaded(editor)
    ImportDraft.objects.update(is_writing=True, work=Work.IMPORT, seen_at=timezone.now())
    with pytest.raises(Conflict):
        actions.cancel_work(draft, acting_user=editor)


def test_one_run_at_a_time_until_it_is_silent(editor: User) -> None:
    draft = actions.start_work(uploaded(editor), work=Work.CHECK, acting_user=editor)
    with pytest.raises(Conflict):
        actions.start_work(draft, work=Work.CHECK, acting_user=editor)
    ImportDraft.objects.update(seen_at=timezone.now() - timedelta(minutes=10))
    assert done(draft, Work.CHECK, editor).state == State.CHECKED


def test_the_run_before_a_restart_writes_nothing(editor: User) -> None:
    draft = done(uploaded(editor), Work.CHECK, editor)
    first = actions.start_work(draft, work=Work.IMPORT, acting_user=editor)
    ImportDraft.objects.update(attempt=first.attempt + 1)
    run(first.row_id, first.attempt, editor.pk, "en")
    assert Release.objects.count() == 0


def test_a_run_that_died_after_writing_is_found_again(editor: User) -> None:
    draft = done(done(uploaded(editor), Work.CHECK, editor), Work.IMPORT, editor)
    release = draft.release
    ImportDraft.objects.update(release=None, state=State.CHECKED)
    again = done(draft, Work.IMPORT, editor)
    assert (again.release, again.state, Release.objects.count()) == (release, State.IMPORTED, 1)


def test_checks_that_break_do_not_hide_what_was_written(editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(release: Release) -> None:
        raise RuntimeError

    monkeypatch.setattr("cms.budget.drafts.work.run_checks", broken)
    with override("en"):
        draft = done(done(uploaded(editor), Work.CHECK, editor), Work.IMPORT, editor)
    assert (draft.state, draft.release is not None, draft.failure.startswith("The lines were imported")) == (
        State.IMPORTED,
        True,
        True,
    )


def test_an_import_is_done_when_its_checks_are_and_goes_on_with_them(
    editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(release: Release) -> None:
        raise KeyboardInterrupt

    draft = done(uploaded(editor), Work.CHECK, editor)
    with monkeypatch.context() as patched:
        patched.setattr("cms.budget.drafts.work.run_checks", cut_off)
        with pytest.raises(KeyboardInterrupt):
            done(draft, Work.IMPORT, editor)
    draft.refresh_from_db()
    release = draft.release
    assert (draft.state, draft.work, release is not None) == (State.CHECKED, Work.IMPORT, True)
    ImportDraft.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    again = done(draft, Work.IMPORT, editor)
    assert (again.state, again.release, Release.objects.count()) == (State.IMPORTED, release, 1)


def test_what_breaks_after_the_lines_were_written_does_not_say_that_nothing_was(
    editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **fields: Any) -> None:
        raise OSError

    finish = work._finish
    draft = done(uploaded(editor), Work.CHECK, editor)
    calls = iter([fails, finish])
    monkeypatch.setattr("cms.budget.drafts.work._finish", lambda *args, **fields: next(calls)(*args, **fields))
    with override("en"):
        draft = done(draft, Work.IMPORT, editor)
    assert (draft.failure.startswith("The lines were imported"), draft.state, draft.release is not None) == (
        True,
        State.CHECKED,
        True,
    )


def test_a_removed_draft_takes_its_file_with_it(
    editor: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    draft = done(uploaded(editor), Work.CHECK, editor)
    storage, name = draft.file.storage, draft.file.name
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_draft(draft, acting_user=editor)
    assert (storage.exists(name or ""), ImportDraft.objects.count()) == (False, 0)


def test_a_mapping_is_kept_for_the_next_file(editor: User) -> None:
    profile = actions.save_profile(uploaded(editor), name="部门预算", acting_user=editor)
    assert (profile.government, profile.mapping["columns"]) == ("云川市", {"department": "部门"})
    actions.save_profile(uploaded(editor), name="部门预算", acting_user=editor)
    assert MappingProfile.objects.count() == 1


def test_signing_off_is_recorded_once_with_a_leaf(editor: User) -> None:
    draft = done(done(uploaded(editor), Work.CHECK, editor), Work.IMPORT, editor)
    assert draft.release is not None
    other = make_officeholder(Role.EDITOR)
    actions.sign_off_release(draft.release, note="与决算表核对", acting_user=other)
    draft.refresh_from_db()
    assert (draft.state, draft.release.signed_off_by, len(entries(kind=LeafKind.RELEASE_SIGNED_OFF))) == (
        State.SIGNED_OFF,
        other,
        1,
    )
    with pytest.raises(Conflict):
        actions.sign_off_release(draft.release, note="", acting_user=other)


def test_only_the_owner_and_reviewers_see_a_draft(editor: User) -> None:
    draft = uploaded(editor)
    other, reviewer, auditor = (make_officeholder(role) for role in (Role.EDITOR, Role.REVIEWER, Role.AUDITOR))
    seen = [draft in ImportDraft.objects.visible_to(user) for user in (editor, other, reviewer, auditor, make_user())]
    assert seen == [True, False, True, False, False]
    with pytest.raises(NotFound):
        actions.remove_draft(draft, acting_user=other)
    with pytest.raises(NotAllowed):
        actions.remove_draft(draft, acting_user=auditor)


# The pages ---------------------------------------------------------------------------------------


@pytest.fixture
def site(editor: User) -> Client:
    build_site()
    sync_editor_groups(editor, [Role.EDITOR])
    client = Client()
    client.force_login(editor)
    return client


def url(step: str, draft: ImportDraft, *args: str) -> str:
    return reverse(f"budget_imports:{step}", args=[draft.row_id, *args])


def test_from_the_upload_to_the_review(
    site: Client, editor: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with override("en"):
        answer = site.post(reverse("budget_imports:index"), {"file": SimpleUploadedFile("2024年预算.csv", ROWS)})
        draft = ImportDraft.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, draft.get_absolute_url())
        page = site.get(url("settings", draft))
        settings = {name: field.value() for name, field in ((f.name, f) for f in page.context["form"])}
        assert site.post(url("settings", draft), settings).status_code == 302
        page = site.get(url("columns", draft))
        values = {field.name: field.value() or "" for field in page.context["form"]}
        assert (values["department"], values["adopted"], values["fiscal_year"]) == ("0", "1", 2024)
        with django_capture_on_commit_callbacks(execute=True):
            answer = site.post(url("columns", draft), {**values, "government": "云川市", "profile_name": "年初预算"})
        assert answer.status_code == 302
        checked = site.get(url("check", draft))
        assert "1,241.50" in checked.content.decode()
        assert '<div class="help-block help-warning"><p>“云川市”' in checked.content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            site.post(url("start", draft, "import"))
        release = Release.objects.get()
        other = make_officeholder(Role.EDITOR)
        sync_editor_groups(other, [Role.EDITOR])
        site.force_login(other)
        assert site.get(url("check", draft)).context["sign_off_form"] is not None
        sent = {"title": "云川市2024年预算", "summary": "钱花在哪里", "note": "已核对", "confirmed": "on"}
        answer = site.post(url("sign_off", draft), sent)
    page = DisclosurePage.objects.get(release=release)
    release.refresh_from_db()
    assert (answer.status_code, page.live, release.signed_off_by, release.published_at) == (302, False, other, None)
    assert WorkflowState.objects.filter(object_id=str(page.pk), status="in_progress").count() == 1
    assert MappingProfile.objects.get().name == "年初预算"


def test_a_file_that_cannot_be_read_is_refused_beside_its_field(site: Client) -> None:
    answer = site.post(reverse("budget_imports:index"), {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04rest")})
    assert (answer.status_code, ImportDraft.objects.count()) == (400, 0)


UNUSABLE = {
    "no toml": "[release",
    "unknown key": "[release]\nplanet = 1\n",
    "encoding": '[file]\nencoding = "utf-16"\n',
    "sheet": '[file]\nsheet = "二"\n',
    "no archive": '[file]\nmember = "a.csv"\n',
    "columns": "",
}


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE)
def test_a_mapping_file_that_cannot_be_used_leaves_nothing_behind(site: Client, text: str) -> None:
    whole = text + PLAIN.replace('"amount"', '"no such column"') if "release" not in text else text
    sent = {
        "file": SimpleUploadedFile("a.csv", "department,amount\n教育局,1\n".encode()),
        "mapping": SimpleUploadedFile("map.toml", whole.encode()),
    }
    storage = ImportDraft._meta.get_field("file").storage
    before = storage.listdir("importdraft")[1] if storage.exists("importdraft") else []
    answer = site.post(reverse("budget_imports:index"), sent)
    after = storage.listdir("importdraft")[1] if storage.exists("importdraft") else []
    assert (answer.status_code, ImportDraft.objects.count(), after) == (400, 0, before)
    assert answer.context["form"].errors


def test_progress_is_told_and_the_page_reloads_at_the_end(site: Client, editor: User) -> None:
    draft = actions.start_work(uploaded(editor), work=Work.CHECK, acting_user=editor)
    running = site.get(url("progress", draft))
    run(draft.row_id, draft.attempt, editor.pk, "en")
    assert ("<progress" in running.content.decode(), site.get(url("progress", draft)).headers.get("HX-Refresh")) == (
        True,
        "true",
    )


def test_somebody_elses_draft_is_not_there(site: Client) -> None:
    draft = uploaded(make_officeholder(Role.EDITOR))
    steps = ("draft", "settings", "columns", "check", "progress", "problems", "remove")
    assert {site.get(url(step, draft)).status_code for step in steps} == {404}


def test_a_citizen_has_no_way_in() -> None:
    client = Client()
    client.force_login(make_user())
    assert client.get(reverse("budget_imports:index")).status_code in (302, 403)


def test_what_names_no_import_is_not_found(client: Client, editor: User) -> None:
    build_site()
    sync_editor_groups(editor, [Role.EDITOR])
    client.force_login(editor)
    assert client.post(f"/admin/budget-import/{'-' * 36}/start/check/").status_code == 404
