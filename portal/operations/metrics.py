"""What whoever runs the portal watches, in the format of Prometheus: promises, the log, work that waits, requests.

Only numbers: no label holds a name, an address or a path with an id in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from participation.discussion.hub import pages_open
from participation.feedback.models import Feedback
from participation.following.models import Letter
from participation.rectification.models import RectificationTask
from portal.operations.readiness import log_lag_seconds
from privacy.access.models import AccessAlert
from privacy.log.models import Checkpoint, PendingLeaf
from privacy.log.tree import tree_size

# Days before an answer is due in which it counts as near.
NEAR_DAYS = 3

registry = CollectorRegistry()
requests = Counter("gongzhi_requests", "Requests that were answered", ["part", "method", "status"], registry=registry)
seconds = Histogram(
    "gongzhi_request_seconds",
    "Time to the first byte of an answer",
    ["part"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=registry,
)


def _family(name: str, words: str, values: dict[str, float], label: str = "state") -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"gongzhi_{name}", words, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _one(name: str, words: str, number: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gongzhi_{name}", words, value=number)


def feedback_by_clock() -> dict[str, float]:
    """Unanswered public feedback by how its clock stands."""
    today = timezone.localdate()
    near = today + timedelta(days=NEAR_DAYS)
    found = Feedback.objects.visible_to(AnonymousUser()).filter(answered__isnull=True)
    counts: dict[str, float] = found.aggregate(
        late=Count("pk", filter=Q(due_on__lt=today)),
        near=Count("pk", filter=Q(due_on__gte=today, due_on__lte=near)),
        in_time=Count("pk", filter=Q(due_on__gt=near)),
        no_clock=Count("pk", filter=Q(due_on__isnull=True)),
    )
    return counts


class Portal(Collector):
    """Asks the database at each scrape; every figure is one query."""

    def collect(self) -> Iterator[Metric]:
        yield _family("feedback_open", "Public feedback without an answer", feedback_by_clock(), "clock")
        yield from _tasks()
        yield from _log()
        yield from _waiting()
        yield _one("sockets", "Pages that listen to this process", pages_open())


def _tasks() -> Iterable[Metric]:
    counts = dict(RectificationTask.objects.order_by().values_list("status").annotate(Count("pk")))
    states = {state: float(counts.get(state, 0)) for state in RectificationTask.Status.values}
    yield _family("rectification_tasks", "Rectification tasks", states)
    overdue = RectificationTask.objects.overdue().count()
    yield _one("rectification_tasks_overdue", "Rectification tasks past their deadline", overdue)


def _log() -> Iterable[Metric]:
    yield CounterMetricFamily("gongzhi_log_entries", "Entries of the public log", value=tree_size())
    yield _one("log_waiting", "Leaves that have no number yet", PendingLeaf.objects.count())
    yield _one("log_lag_seconds", "How long the first of them has been waiting", log_lag_seconds())
    signed = Checkpoint.objects.order_by("-pk").values_list("created", flat=True).first()
    if signed is not None:
        age = (timezone.now() - signed).total_seconds()
        yield _one("log_signed_seconds_ago", "Age of the last signature under the log", age)


def _waiting() -> Iterable[Metric]:
    tasks = dict(DBTaskResult.objects.order_by().values_list("status").annotate(Count("pk")))
    yield _family("background_tasks", "Background tasks", {state.lower(): number for state, number in tasks.items()})
    letters = Letter.objects.exclude(state__in=(Letter.State.SENT, Letter.State.DROPPED))
    counts = dict(letters.order_by().values_list("state").annotate(Count("pk")))
    yield _family("letters", "E-mails that were not sent", counts)
    alerts = AccessAlert.objects.filter(state=AccessAlert.State.OPEN).count()
    yield _one("reading_alerts_open", "Alerts about readings of sealed data that nobody has looked into", alerts)


registry.register(Portal())


def as_text() -> bytes:
    return generate_latest(registry)
