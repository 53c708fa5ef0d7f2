"""The colours, weight and hygiene of what every page loads."""

import gzip
import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "portal" / "static" / "gongzhi"
CSS = (STATIC / "css" / "gongzhi.css").read_text("utf-8")
GROUPS = ["g-citizen", "g-social", "g-enterprise", "g-gov", "g-research"]
TEXT = ["ink", "ink-2", "brand", "brand-2", "seal", "done", "warn", "bad", "focus", *GROUPS]
GROUNDS = ["paper", "surface", "sunk", "wash"]


def tokens(scheme: str) -> dict[str, str]:
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS)
    return {name: light if scheme == "light" else dark for name, light, dark in pairs}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_every_ground(scheme: str) -> None:
    colours = tokens(scheme)
    faint = {
        f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2)
        for text, ground in product(TEXT, GROUNDS)
        if contrast(colours[text], colours[ground]) < 4.5
    }
    assert faint == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("brand-ink", "brand"),
        ("brand-ink", "brand-2"),
        ("seal-ink", "seal"),
        *(("tile-ink", f"t{n}") for n in range(6)),
    ],
)
def test_text_can_be_read_on_a_filled_ground(scheme: str, text: str, ground: str) -> None:
    colours = tokens(scheme)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_edge_of_a_field_can_be_seen(scheme: str, ground: str) -> None:
    assert contrast(tokens(scheme)["edge"], tokens(scheme)[ground]) >= 3


def test_browsers_without_light_dark_get_the_light_colours() -> None:
    flat = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})[;,]", CSS.split("@supports")[0]))
    assert flat == tokens("light")


# What belongs to one kind of page; the other scripts may be loaded by any page.
OF_ONE_PAGE = {
    "verification": {"verify.js", "verify-proof.js", "waiting.js"},
    "evaluation": {"autosave.js"},
    "opinion map": {"opinion-map.js"},
    "result that renews itself": {"live-parts.js"},
    "ballot": {"ballot.js"},
    "feedback": {"similar.js"},
}
# Comes with a library that is loaded only when somebody asks for it: tests/portal/test_vendored.py weighs both.
ON_REQUEST = {"explorer.js"}


def test_the_style_sheet_is_light() -> None:
    assert len(gzip.compress(CSS.encode(), 9)) <= 20 * 1024


@pytest.mark.parametrize("page", ["any", *OF_ONE_PAGE])
def test_own_scripts_are_light(page: str) -> None:
    scripts = {path.name for path in (STATIC / "js").glob("*.js")} - ON_REQUEST
    names = OF_ONE_PAGE.get(page) or scripts.difference(*OF_ONE_PAGE.values())
    content = b"".join((STATIC / "js" / name).read_bytes() for name in sorted(names))
    assert len(gzip.compress(content, 9)) <= 10 * 1024


def test_the_stylesheet_loads_nothing_and_italicises_nothing() -> None:
    assert re.findall(r"url\(|@import|italic|oblique", CSS) == []


def test_layers_are_declared_in_their_order() -> None:
    assert "@layer reset, tokens, base, components, utilities;" in CSS


def test_every_token_that_is_read_is_defined() -> None:
    defined = set(re.findall(r"(--[\w-]+):", CSS))
    assert set(re.findall(r"var\((--[\w-]+)", CSS)) - defined == set()


def test_templates_use_only_icons_that_exist() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    templates = Path(settings.BASE_DIR).glob("templates/**/*.html")
    used = {name for path in templates for name in re.findall(r'{% icon "([\w-]+)"', path.read_text("utf-8"))}
    assert used - drawn == set()


def test_no_template_carries_inline_style_or_script() -> None:
    faults = [
        f"{path.relative_to(settings.BASE_DIR)}: {found}"
        for path in sorted(Path(settings.BASE_DIR).glob("templates/**/*.html"))
        for found in re.findall(r"\sstyle=|<style|\son[a-z]+=\"|hx-on|<script(?![^>]*\ssrc=)", path.read_text("utf-8"))
    ]
    assert faults == []
