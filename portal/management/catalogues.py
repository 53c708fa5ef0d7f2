"""Message catalogues without GNU gettext: found in the source, kept in step, compiled and checked with Babel.

The source language is English, so the English catalogue fills itself; every other one is for translators.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

# locale folder -> the locale as Babel spells it
LOCALES = {"zh_Hans": "zh_Hans", "en": "en"}
SOURCE_LOCALE = "en"
PACKAGES = ("portal", "cms", "participation", "privacy")
TEMPLATES = ("templates", *PACKAGES)
TEMPLATE_SUFFIXES = {".html", ".txt"}
PLACEHOLDER = re.compile(r"%\((\w+)\)")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def source_texts(base: Path) -> Iterator[tuple[str, str]]:
    """Every file that may hold messages: its path below ``base`` and its text as Python."""
    for package in PACKAGES:
        for path in sorted((base / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(base)), path.read_text("utf-8")
    for folder in TEMPLATES:
        for path in sorted((base / folder).rglob("*")):
            if path.suffix in TEMPLATE_SUFFIXES and "static" not in path.parts:
                text = templatize(path.read_text("utf-8"))
                # Indentation means nothing in a template and would be an error in Python.
                yield str(path.relative_to(base)), "\n".join(line.lstrip() for line in text.splitlines())


def extracted(base: Path | None = None) -> Catalog:
    """A catalogue of everything that the source marks for translation, with the places where it stands."""
    catalog = Catalog(project="Gongzhi", charset="utf-8")
    for name, text in source_texts(base or settings.BASE_DIR):
        source = io.BytesIO(text.encode("utf-8"))
        for _line, message, comments, context in extract("python", source, KEYWORDS, ["Translators:"]):
            # Without line numbers a catalogue changes only when a message does.
            catalog.add(message, locations=[(name, None)], auto_comments=comments, context=context)  # type: ignore[list-item]
    return catalog


def po_path(folder: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / folder / "LC_MESSAGES" / "django.po"


def read(folder: str) -> Catalog:
    path = po_path(folder)
    if not path.exists():
        return Catalog(locale=LOCALES[folder], project="Gongzhi", charset="utf-8")
    with path.open("rb") as source:
        return read_po(source, locale=LOCALES[folder])


def messages(catalog: Catalog) -> Iterator[Message]:
    """The messages of a catalogue without its header."""
    return (message for message in catalog if message.id)


def key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
    # Babel reads the context of a compiled message as bytes.
    context = message.context.decode("utf-8") if isinstance(message.context, bytes) else message.context
    return context, tuple(ids)


def strings(message: Message) -> tuple[str, ...]:
    found = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    return tuple(text or "" for text in found)


def placeholders_agree(message: Message) -> bool:
    """A plural form may leave out the number; anything else that is filled in must be there, and nothing new."""
    _context, ids = key(message)
    wanted = [set(PLACEHOLDER.findall(text)) for text in ids]
    given = [set(PLACEHOLDER.findall(text)) for text in strings(message)]
    if len(ids) == 1:
        return given == wanted
    return all(names <= set.union(*wanted) for names in given)


def update(folder: str, template: Catalog) -> None:
    """Take up new messages, drop those that the source has no more, and compile."""
    catalog = read(folder)
    # The header changes no more than the messages do.
    created = catalog.creation_date
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = created
    catalog.header_comment = "# Messages of Gongzhi. `make messages` keeps this file in step with the source."
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    catalog.fuzzy = False
    if folder == SOURCE_LOCALE:
        for message in messages(catalog):
            if not all(strings(message)):
                message.string = message.id
    path = po_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        write_po(target, catalog, width=100, omit_header=False, sort_output=True)
    compile_catalogue(folder)


def compile_catalogue(folder: str) -> None:
    with po_path(folder).with_suffix(".mo").open("wb") as target:
        write_mo(target, read(folder))


def problems(folder: str, template: Catalog) -> list[str]:
    """What keeps a catalogue from being complete and in step with the source; empty when nothing does."""
    if not po_path(folder).exists():
        return [f"{folder}: there is no catalogue"]
    catalog = read(folder)
    found = []
    present = {key(message) for message in messages(catalog)}
    for message in messages(template):
        if key(message) not in present:
            where = ", ".join(name for name, _line in message.locations)
            found.append(f"{folder}: not in the catalogue: {message.id!r} ({where})")
    for message in messages(catalog):
        if message.fuzzy:
            found.append(f"{folder}: fuzzy: {message.id!r}")
        if not all(strings(message)):
            found.append(f"{folder}: not translated: {message.id!r}")
        elif not placeholders_agree(message):
            found.append(f"{folder}: placeholders differ: {message.id!r}")
    return found + compiled_problems(folder, catalog)


def compiled_problems(folder: str, catalog: Catalog) -> list[str]:
    path = po_path(folder).with_suffix(".mo")
    if not path.exists():
        return [f"{folder}: there is no compiled catalogue"]
    with path.open("rb") as source:
        compiled = translations(read_mo(source))
    written = translations(catalog)
    return [] if compiled == written else [f"{folder}: the compiled catalogue differs from the written one"]


def translations(catalog: Catalog) -> dict[tuple[str | None, tuple[str, ...]], tuple[str, ...]]:
    return {key(message): strings(message) for message in messages(catalog) if any(strings(message))}
