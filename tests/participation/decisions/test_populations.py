"""Files that say how many people live in each part of a place."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from participation.decisions.models import PopulationPart
from participation.decisions.population_files import read_populations
from portal.errors import Invalid
from tests.factories import make_government
from tests.log_entries import entries

FILE = """
[[populations]]
government = "云川市"
valid_from = 2025-01-01
source = "人口普查"
parts = [ { district = "城南区", district_en = "South", age_from = 0, age_to = 34, people = 210000 },
          { district = "城南区", district_en = "South", age_from = 35, people = 350000 } ]
"""


@pytest.mark.django_db
def test_a_file_is_entered_by_command_with_its_leaf(tmp_path: Path) -> None:
    government, path, out = make_government(), tmp_path / "population.toml", StringIO()
    path.write_text(FILE, "utf-8")
    call_command("decision_population", path, stdout=out)
    assert [str(part) for part in PopulationPart.objects.filter(government=government)] == ["城南区 0–34", "城南区 35+"]
    assert out.getvalue() == "云川市 2025-01-01: 2\n"
    assert len(entries(kind="decision_population.entered")) == 1


@pytest.mark.django_db
def test_a_government_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "population.toml"
    path.write_text(FILE, "utf-8")
    with pytest.raises(CommandError, match="云川市"):
        call_command("decision_population", path)


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("age_from = 35", "age_from = 30"),
        ("people = 350000", "people = 0"),
        ("age_to = 34", "age_to = -1"),
        ("people = 350000", 'people = "many"'),
        ("valid_from = 2025-01-01", 'valid_from = "soon"'),
        ('source = "人口普查"', ""),
        ("age_from = 35", "height = 35"),
        ("[[populations]]", "[[peoples]]"),
    ],
)
def test_what_is_no_population_is_refused_with_the_reason(said: str, instead: str) -> None:
    with pytest.raises(Invalid):
        read_populations(FILE.replace(said, instead).encode())
