"""The frame that disclosures stand in: languages, home and index pages, editors' groups, and the review workflow.

Everything is created only where it is missing, so that it may run on an empty database, after every release of the
software, and between tests; what editors have changed since is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupPagePermission,
    Locale,
    Page,
    Site,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from cms.pages.models import DisclosureIndexPage, HomePage

if TYPE_CHECKING:
    from participation.stakeholders.models import User

EDITORS = "Budget editors"
REVIEWERS = "Budget reviewers"
GROUP_OF_ROLE = {"editor": EDITORS, "reviewer": REVIEWERS}
PAGE_PERMISSIONS = {EDITORS: ("add", "change"), REVIEWERS: ("add", "change", "publish")}
WORKFLOW = "预算公开审核 · Budget disclosure"

# What the pages are called before an editor renames them: content, written once in each language.
HOME = {
    "zh-hans": ("共治", "看得见的账本，听得见的声音，兑现得了的承诺。"),
    "en": ("Gongzhi", "Open books, heard voices, kept promises."),
}
INDEX = {
    "zh-hans": ("预算公开", "每一份预算：钱从哪里来、花到哪里去、有没有花完，以及大家怎么说。"),
    "en": ("Open budgets", "Every budget: what was planned, what was spent, and what people said about it."),
}
INDEX_SLUG = "disclosures"


@transaction.atomic
def build_site() -> HomePage:
    """Create whatever is missing; answers with the home page in the default language."""
    locales = [Locale.objects.get_or_create(language_code=code)[0] for code, _name in settings.LANGUAGES]
    if not Collection.get_first_root_node():
        Collection.add_root(name="Root")
    root = Page.get_first_root_node() or Page.add_root(
        instance=Page(title="Root", slug="root", locale=locales[0], content_type=_content_type(Page))
    )
    home = _home(root, locales)
    _put_on_site(home)
    _remove_welcome_page(root)
    indexes = _indexes(home, locales)
    _groups(indexes)
    _workflow(indexes)
    return home


def _content_type(model: type[Page]) -> ContentType:
    return ContentType.objects.get_for_model(model)


def _home(root: Page, locales: list[Locale]) -> HomePage:
    default = locales[0]
    home = HomePage.objects.filter(locale=default).first()
    if home is None:
        title, introduction = HOME[default.language_code]
        # The welcome page that comes with Wagtail may still sit on the plain name.
        slug = "home" if not root.get_children().filter(slug="home").exists() else "gongzhi"
        root.refresh_from_db()
        home = root.add_child(instance=HomePage(title=title, slug=slug, introduction=introduction, locale=default))
    for locale in locales[1:]:
        if not home.has_translation(locale):
            _translated(home, locale, *HOME[locale.language_code])
    return home


def _indexes(home: HomePage, locales: list[Locale]) -> list[DisclosureIndexPage]:
    default = locales[0]
    index = DisclosureIndexPage.objects.filter(locale=default).first()
    if index is None:
        title, introduction = INDEX[default.language_code]
        home.refresh_from_db()
        index = home.add_child(
            instance=DisclosureIndexPage(title=title, slug=INDEX_SLUG, introduction=introduction, locale=default)
        )
    for locale in locales[1:]:
        if not index.has_translation(locale):
            _translated(index, locale, *INDEX[locale.language_code])
    return list(index.get_translations(inclusive=True))


def _translated(page: Page, locale: Locale, title: str, introduction: str) -> None:
    translation = page.copy_for_translation(locale)
    translation.title = translation.draft_title = title
    translation.introduction = introduction
    translation.save_revision().publish()


def _put_on_site(home: HomePage) -> None:
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        Site.objects.create(
            hostname="localhost", site_name=settings.WAGTAIL_SITE_NAME, root_page=home, is_default_site=True
        )
    elif site.root_page_id != home.pk and not HomePage.objects.filter(pk=site.root_page_id).exists():
        site.root_page = home
        site.site_name = settings.WAGTAIL_SITE_NAME
        site.save()


def _remove_welcome_page(root: Page) -> None:
    """The page that a new Wagtail starts with: the only kind of page that has no kind of its own."""
    for page in root.get_children().filter(content_type=_content_type(Page), numchild=0):
        page.delete()


def _groups(indexes: Iterable[Page]) -> None:
    access = Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
    translations, _created = ContentType.objects.get_or_create(app_label="wagtail_localize", model="translation")
    translate, _created = Permission.objects.get_or_create(
        content_type=translations, codename="submit_translation", defaults={"name": "Can submit translations"}
    )
    indexes = list(indexes)
    for name, actions in PAGE_PERMISSIONS.items():
        group, created = Group.objects.get_or_create(name=name)
        if created:
            group.permissions.add(access)
        # Handing a page to translation makes a draft (WAGTAILLOCALIZE_SYNC_LIVE_STATUS_ON_TRANSLATE): it publishes
        # nothing, and the draft goes through the workflow.
        group.permissions.add(translate)
        for page in indexes:
            if not GroupPagePermission.objects.filter(group=group, page=page).exists():
                for action in actions:
                    GroupPagePermission.objects.create(group=group, page=page, permission_type=action)


def give_to_editors(pages: Iterable[Page]) -> None:
    """Let editors write below these pages, and reviewers publish what went through the workflow."""
    pages = list(pages)
    _groups(pages)
    _workflow(pages)


def _workflow(indexes: Iterable[Page]) -> None:
    """Draft, review, publish: what an editor submits waits for one of the reviewers."""
    workflow, created = Workflow.objects.get_or_create(name=WORKFLOW)
    if created:
        task = GroupApprovalTask.objects.create(name=WORKFLOW)
        task.groups.add(Group.objects.get(name=REVIEWERS))
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    for page in indexes:
        WorkflowPage.objects.get_or_create(page=page, defaults={"workflow": workflow})


def sync_editor_groups(user: User, role_names: Iterable[str]) -> None:
    """Put somebody into exactly the editors' groups that go with the offices held (``editor``, ``reviewer``)."""
    held = set(role_names)
    for role, name in GROUP_OF_ROLE.items():
        group, _created = Group.objects.get_or_create(name=name)
        if role in held:
            user.groups.add(group)
        else:
            user.groups.remove(group)
