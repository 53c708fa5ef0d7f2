"""What people may know about who read their data."""

from uuid import UUID

from django.db.models import QuerySet

from privacy.access.models import AccessEvent


def reads_about(subject_ref: UUID) -> QuerySet[AccessEvent]:
    """Every reading of sealed data of this person, organisation or case, newest first. For them, and auditors."""
    found: QuerySet[AccessEvent] = AccessEvent.objects.filter(subject_ref=subject_ref).select_related("actor")
    return found
