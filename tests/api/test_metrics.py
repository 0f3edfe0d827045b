"""/metrics: what is counted, that labels stay few, and who may look."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, transaction
from prometheus_client.parser import text_string_to_metric_families

from demo_api.imports.models import Import
from demo_api.nexus import gauges
from demo_api.nexus.caches.breaker import CircuitBreaker
from demo_api.nexus.gauges import GAUGES, Gauge
from demo_api.outbox.services import enqueue
from tests.api.world import AUTH, PRODUCTS, problem, queued_import

TOKEN = "a-token-of-20-characters"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(client) -> Samples:
    """Every number, by its name and its labels, as Prometheus' own parser reads them."""
    response = client.get("/metrics")
    assert response.status_code == 200, response.content
    families = text_string_to_metric_families(response.content.decode())
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


@pytest.fixture
def grown(anonymous) -> Callable[..., float]:
    """By how much a number has grown since the fixture was made."""
    before = samples(anonymous)

    def grown(name: str, **labels: str) -> float:
        key = (name, tuple(sorted(labels.items())))
        return samples(anonymous)[key] - before.get(key, 0)

    return grown


# What is counted --------------------------------------------------------------------------------------------------


def test_requests_are_counted_by_method_route_and_status(grown, anonymous, shop):
    anonymous.get(PRODUCTS)
    anonymous.get(f"{PRODUCTS}kettle/")
    anonymous.get(f"{PRODUCTS}none/")
    anonymous.post(PRODUCTS, {})
    detail = "api/v1/products/<slug:slug>/"
    assert grown("nexus_requests_total", method="GET", route="api/v1/products/", status="200") == 1
    assert grown("nexus_requests_total", method="GET", route=detail, status="200") == 1
    assert grown("nexus_requests_total", method="GET", route=detail, status="404") == 1
    assert grown("nexus_requests_total", method="POST", route="api/v1/products/", status="401") == 1
    assert grown("nexus_request_seconds_count", method="GET", route=detail) == 2
    assert grown("nexus_request_seconds_bucket", method="GET", route=detail, le="+Inf") == 2


def test_labels_are_few_whatever_is_asked_for(anonymous, shop):
    def ask_strangely(number):
        anonymous.get(f"/nowhere/{number}/")
        anonymous.get(f"{PRODUCTS}none-{number}/")
        anonymous.generic(f"METHOD{number}", PRODUCTS)
        return samples(anonymous).keys()

    ask_strangely(0)
    first = ask_strangely(1)
    assert [ask_strangely(number) for number in range(2, 9)] == [first] * 7
    assert {dict(labels).get("method") for _, labels in first} >= {"other", "GET"}
    assert "none" in {dict(labels).get("route") for _, labels in first}


def test_kept_answers_are_counted(grown, anonymous, shop, settings):
    settings.RESPONSE_CACHE = True
    for _ in range(3):
        anonymous.get(PRODUCTS)
    found = [grown("nexus_cache_answers_total", outcome=outcome) for outcome in ("hit", "miss", "stale")]
    assert (found, grown("nexus_cache_recomputations_total")) == ([2, 1, 0], 1)


def test_refusals_are_counted_by_limit(grown, anonymous, settings):
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "sign-in": 1}
    for _ in range(3):
        anonymous.post(f"{AUTH}sign-in/", {"username": "x", "password": "y"})
    assert grown("nexus_throttle_refusals_total", scope="sign-in") == 2


def test_tries_for_one_name_are_counted_as_refusals_too(grown, anonymous, monkeypatch):
    monkeypatch.setattr("demo_api.accounts.api.SIGN_INS_A_NAME", 1)
    for _ in range(3):
        anonymous.post(f"{AUTH}sign-in/", {"username": "x", "password": "y"})
    assert grown("nexus_throttle_refusals_total", scope="sign-in-name") == 2


def test_the_breaker_shows_its_state(grown, anonymous):
    breaker = CircuitBreaker(rest=0)
    breaker.failed()
    assert grown("nexus_redis_breaker_openings_total") == 1
    assert samples(anonymous)[("nexus_redis_breaker_state", ())] == 2
    assert breaker.allows()
    assert samples(anonymous)[("nexus_redis_breaker_state", ())] == 1
    breaker.succeeded()
    assert samples(anonymous)[("nexus_redis_breaker_state", ())] == 0


# Gauges -----------------------------------------------------------------------------------------------------------


def test_the_outbox_says_how_much_waits(anonymous):
    with transaction.atomic():
        for number in range(3):
            enqueue(task="demo_api.none", arguments={"number": number})
    assert samples(anonymous)[("nexus_outbox_entries", ())] == 3


def test_imports_are_counted_by_state(staff, shop, anonymous):
    queued_import(staff, "slug,name,price,category\n")
    shown = samples(anonymous)
    assert {labels: number for (name, labels), number in shown.items() if name == "nexus_imports"} == {
        (("state", state),): float(state == "queued") for state in Import.State.values
    }


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(gauges, "GAUGES", GAUGES)
    before = dict(GAUGES)
    yield gauges.register
    GAUGES.clear()
    GAUGES.update(before)


def test_an_app_can_add_a_gauge_with_labels(anonymous, registered):
    registered(Gauge("nexus_jobs", "Jobs by state.", lambda: {("waiting",): 2, ("running",): 1}, labels=("state",)))
    assert samples(anonymous)[("nexus_jobs", (("state", "waiting"),))] == 2


def test_a_gauge_that_cannot_be_read_is_left_out_and_the_others_stay(anonymous, registered):
    def fail():
        raise OperationalError("the database is away")

    registered(Gauge("nexus_broken", "Cannot be read.", fail))
    assert {"nexus_outbox_entries"} <= {name for name, _ in samples(anonymous)}
    assert "nexus_broken" not in {name for name, _ in samples(anonymous)}


def test_two_gauges_of_one_name_are_refused(registered):
    registered(Gauge("nexus_twice", "", dict))
    with pytest.raises(ValueError, match="nexus_twice"):
        registered(Gauge("nexus_twice", "", dict))


# Who may look -----------------------------------------------------------------------------------------------------


def test_with_a_token_only_who_sends_it_may_look(anonymous, staff, settings):
    settings.METRICS_TOKEN = TOKEN
    for client, sent in [(anonymous, ""), (anonymous, f"Bearer {TOKEN}x"), (anonymous, TOKEN), (anonymous, "Bearer é")]:
        problem(client.get("/metrics", headers={"Authorization": sent}), 401, "not-authenticated")
    problem(staff.get("/metrics"), 401, "not-authenticated")
    response = anonymous.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")


def test_in_production_there_are_none_without_a_token(anonymous, settings):
    settings.ENVIRONMENT = "production"
    problem(anonymous.get("/metrics"), 404, "not-found")


@pytest.mark.parametrize(
    "accept", ["*/*", "text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3"]
)
def test_prometheus_and_a_browser_get_text(anonymous, accept):
    response = anonymous.get("/metrics", headers={"Accept": accept})
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_looking_is_limited_too(anonymous, settings):
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "health": 2}
    assert [anonymous.get("/metrics").status_code for _ in range(3)] == [200, 200, 429]


def test_other_methods_and_parameters_are_refused(anonymous):
    problem(anonymous.post("/metrics"), 405, "method-not-allowed")
    problem(anonymous.get("/metrics?name[]=x"), 400, "invalid-input")


def test_a_short_token_is_a_check_with_a_hint(settings):
    settings.METRICS_TOKEN = "short"
    with pytest.raises(SystemCheckError, match=r"nexus\.E005"):
        call_command("check")
