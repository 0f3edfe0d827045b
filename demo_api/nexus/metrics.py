"""What happened, as numbers that Prometheus reads (https://prometheus.io/docs/instrumenting/exposition_formats/).

Each gunicorn worker counts for itself. With PROMETHEUS_MULTIPROC_DIR the counts lie in files there, one a process, and
whichever worker is asked adds them up. Without it, an answer tells of one process only: enough for `runserver`.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import Error, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client import Gauge as Level
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from demo_api.nexus.caches.breaker import breaker_moved
from demo_api.nexus.gauges import GAUGES
from demo_api.rest.caching import cache_answered
from demo_api.rest.throttling import throttle_refused

GetResponse = Callable[[HttpRequest], HttpResponseBase]
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
STATES = {"closed": 0, "half-open": 1, "open": 2}

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each, which nobody asks for
OWN = CollectorRegistry()
requests = Counter(
    "nexus_requests", "Requests answered, by method, route and status.", ["method", "route", "status"], registry=OWN
)
seconds = Histogram(
    "nexus_request_seconds",
    "Seconds from a request to its response, without sending it.",
    ["method", "route"],
    buckets=BUCKETS,
    registry=OWN,
)
answers = Counter(
    "nexus_cache_answers",
    "Requests for a kept answer: hit, stale (the one before), or miss (made for this request).",
    ["outcome"],
    registry=OWN,
)
recomputed = Counter("nexus_cache_recomputations", "Answers that were made and kept.", registry=OWN)
refused = Counter("nexus_throttle_refusals", "Requests refused with 429, by limit.", ["scope"], registry=OWN)
opened = Counter("nexus_redis_breaker_openings", "How often Redis was found to be away.", registry=OWN)
breaker = Level(
    "nexus_redis_breaker_state",
    "The worst breaker of a running process: 0 closed, 1 half-open, 2 open.",
    registry=OWN,
    multiprocess_mode="livemax",
)


class MetricsMiddleware:
    """Counts and times each request. Its labels are of a known number, whatever is sent."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in METHODS else "other"
        route = request.resolver_match.route if request.resolver_match else "none"  # a 404, or a file of the handbook
        requests.labels(method, route, str(response.status_code)).inc()
        seconds.labels(method, route).observe(time.perf_counter() - started)
        return response


# What others tell -------------------------------------------------------------------------------------------------


def listen() -> None:
    """Counts what the caches, the breaker and the throttles send. They know nothing of this module."""
    cache_answered.connect(count_answer, dispatch_uid="metrics")
    throttle_refused.connect(count_refusal, dispatch_uid="metrics")
    breaker_moved.connect(note_breaker, dispatch_uid="metrics")
    for outcome in ("hit", "miss", "stale"):
        answers.labels(outcome)  # shown as 0 from the beginning


def count_answer(outcome: str, **_: Any) -> None:
    if outcome == "recomputed":
        recomputed.inc()
    else:
        answers.labels(outcome).inc()


def count_refusal(scope: str, **_: Any) -> None:
    refused.labels(scope).inc()


def note_breaker(state: str, **_: Any) -> None:
    breaker.set(STATES[state])
    if state == "open":
        opened.inc()


# The text ---------------------------------------------------------------------------------------------------------


class RegisteredGauges(Collector):
    """The gauges of the apps. One that cannot be read now, because the database is away, is left out."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for gauge in GAUGES.values():
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
            try:
                with transaction.atomic():
                    reading = gauge.read()
            except Error:
                continue
            for labels, value in reading.items():
                family.add_metric(labels, value)
            yield family


def exposition() -> bytes:
    """All numbers as text. Every gauge is asked once."""
    now = CollectorRegistry()
    now.register(RegisteredGauges())
    return generate_latest(counted()) + generate_latest(now)


def counted() -> CollectorRegistry:
    """What all processes have counted together, or this one alone."""
    if not settings.METRICS_FOLDER:
        return OWN
    everyone = CollectorRegistry()
    MultiProcessCollector(everyone, path=settings.METRICS_FOLDER)  # type: ignore[no-untyped-call]
    return everyone
