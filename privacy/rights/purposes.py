"""The closed vocabularies of what is held about people: what for, on which basis, and who may see it."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """What data is used for. Each is one activity in the record of processing."""

    NONE = "none", _("About nobody")
    ACCOUNT = "account", _("Your account: signing in, your language, your settings")
    SECURITY = "security", _("Keeping accounts and the portal secure")
    IDENTITY = "identity", _("Making sure that everybody counts once, and that organisations are who they say")
    TAKING_PART = "taking_part", _("Hearing what you say, publishing it and answering it")
    COUNTING = "counting", _("Counting votes, ratings and reactions, each person once")
    MEETINGS = "meetings", _("Holding meetings, and minutes of them")
    NOTICES = "notices", _("Telling you of what you follow")
    MODERATION = "moderation", _("Moderating, and hearing appeals against it")
    REPORTING = "reporting", _("Receiving reports of wrongdoing")
    LEARNING = "learning", _("Courses and certificates")
    RECOGNITION = "recognition", _("Awards and badges")
    OFFICE = "office", _("Showing who did what in office")
    PROOF = "proof", _("Showing who read and changed what")
    RIGHTS = "rights", _("Answering to your rights over your data")
    INCIDENTS = "incidents", _("Finding and ending breaches, and telling those affected")


class Basis(models.TextChoices):
    """Why the law allows it. See ``articles``."""

    NONE = "none", _("About nobody")
    CONSENT = "consent", _("You agreed to it, and may take that back")
    SERVICE = "service", _("Without it, what you asked for cannot be done")
    DUTY = "duty", _("The law gives the authority this task")
    SUPERVISION = "supervision", _("Public supervision in the public interest")
    SECURITY = "security", _("The law demands that data is kept secure, and that this can be shown")

    @property
    def articles(self) -> tuple[str, ...]:
        """In the Personal Information Protection Law (个人信息保护法) and the GDPR."""
        return tuple(str(one) for one in _ARTICLES[self])


_ARTICLES: dict[str, tuple[str | Promise, ...]] = {
    Basis.NONE: (),
    Basis.CONSENT: (_("PIPL art. 13(1)"), _("GDPR art. 6(1)(a)")),
    Basis.SERVICE: (_("PIPL art. 13(2)"), _("GDPR art. 6(1)(b)")),
    Basis.DUTY: (_("PIPL art. 13(3), 34"), _("GDPR art. 6(1)(e)")),
    Basis.SUPERVISION: (_("PIPL art. 13(5)"), _("GDPR art. 6(1)(e)")),
    Basis.SECURITY: (_("PIPL art. 51, 56"), _("GDPR art. 6(1)(c), 32")),
}


class Audience(models.TextChoices):
    """Who can see it besides the person."""

    SELF = "self", _("nobody else")
    OFFICES = "offices", _("those in office who need it, on the record where it is sealed")
    PUBLIC = "public", _("everybody")
    NUMBERS = "numbers", _("nobody; only numbers are shown, and small ones not at all")


class Category(models.TextChoices):
    """The kind of information that a purpose needs, as a record of processing names it."""

    CONTACT = "contact", _("name and contact")
    IDENTITY = "identity", _("identity and authority to act")
    OPINION = "opinion", _("opinions and contributions")
    VOTE = "vote", _("votes and ratings")
    OFFICE = "office", _("acts in office")
    USE = "use", _("use of the portal")
    CASE = "case", _("reports of wrongdoing")


_CATEGORIES: dict[str, tuple[Category, ...]] = {
    Purpose.NONE: (),
    Purpose.ACCOUNT: (Category.CONTACT, Category.USE),
    Purpose.SECURITY: (Category.USE,),
    Purpose.IDENTITY: (Category.CONTACT, Category.IDENTITY),
    Purpose.TAKING_PART: (Category.OPINION,),
    Purpose.COUNTING: (Category.VOTE,),
    Purpose.MEETINGS: (Category.OPINION, Category.USE),
    Purpose.NOTICES: (Category.USE,),
    Purpose.MODERATION: (Category.OPINION, Category.OFFICE),
    Purpose.REPORTING: (Category.CASE,),
    Purpose.LEARNING: (Category.USE,),
    Purpose.RECOGNITION: (Category.OPINION, Category.VOTE),
    Purpose.OFFICE: (Category.OFFICE,),
    Purpose.PROOF: (Category.USE, Category.OFFICE),
    Purpose.RIGHTS: (Category.CONTACT, Category.USE),
    Purpose.INCIDENTS: (Category.CONTACT, Category.USE),
}


def categories_of(purpose: Purpose) -> tuple[Category, ...]:
    return _CATEGORIES[purpose]


def label_of(purpose: str) -> str | Promise:
    return Purpose(purpose).label


# Why data stays when a person is erased.
PUBLISHED = _("It was published, and was answered and relied on; it stays, said by somebody whose account was erased.")
COUNTED = _("It was counted in a result that is public; taken out, the result would no longer be right.")
MODERATED = _("What moderators decided has to stay open to review.")
