"""Files that were made of public data, and a number that says whether anything public may have changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Release


class DataFile(models.Model):
    """One dataset in one format as a stored file. It is made once and kept: its address and digest stay valid."""

    # Empty for a file of several releases.
    release = models.ForeignKey(Release, models.PROTECT, null=True, related_name="data_files")
    dataset = models.CharField(max_length=80)
    format = models.CharField(max_length=16)
    name = models.CharField(_("file"), max_length=200, unique=True)
    row_count = models.PositiveIntegerField(_("rows"))
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dataset", "format"), name="data_file_once"),)

    def __str__(self) -> str:
        return self.name


class PublicEdition(models.Model):
    """One row. Its number rises with every change that a page may show, whichever process makes it."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
