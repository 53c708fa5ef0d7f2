"""What the content security policy would refuse must not be written in the first place."""

import re

import pytest

from tests.architecture.tree import name_of, templates

FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc\s*=)(?![^>]*type=\"application/(?:ld\+)?json\")[^>]*>", re.I),
    "an inline style sheet": re.compile(r"<style[\s>]", re.I),
    "hx-on": re.compile(r"\bhx-on\b", re.I),
    "hx-vals or hx-headers with js:": re.compile(r"""=\s*["']\s*js:""", re.I),
    "a javascript: address": re.compile(r"javascript:", re.I),
}
COMMENT = re.compile(r"{#.*?#}|{% comment .*?{% endcomment %}|<!--.*?-->", re.S)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what: str) -> None:
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in templates()
        for match in FORBIDDEN[what].finditer(COMMENT.sub("", path.read_text("utf-8")))
    ]
    assert found == []
