"""On which law each right of the charter rests: entered by administrators, shown on the public page."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.history.records import History


class LegalBasis(models.Model):
    """The article behind one act of the charter (``portal.charter.matrix.Act``)."""

    act = models.CharField(_("what is done"), max_length=40, unique=True)
    basis = models.CharField(_("legal basis"), max_length=300)
    basis_en = models.CharField(_("legal basis in English"), max_length=300, blank=True)
    url = models.URLField(_("address of the text"), blank=True)

    # Words of the administration about laws that anybody can look up.
    history = History(in_log=False)

    class Meta:
        verbose_name = _("legal basis")
        verbose_name_plural = _("legal bases")

    def __str__(self) -> str:
        return self.basis
