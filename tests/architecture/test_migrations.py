"""The tables are what the models say."""

import pytest
from django.core.management import call_command

from tests.architecture.tree import APPS


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration() -> None:
    call_command("makemigrations", *APPS, check=True, dry_run=True)
