"""Every endpoint says who may call it, how often and how large a body it reads; one that says nothing fails here."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from demo_api.rest.policy import CSV_BODY, MIB, Policy, Who
from demo_api.rest.views import ApiView
from tests.api.world import problem

# Views that are not ours to declare, each with why it needs no declaration.
PLAIN = {
    "media": "serves one small stored file, by GET and HEAD only, without asking the database",
    "swagger-ui": "a static page and its settings; no data",
    "redoc": "a static page; no data",
    "redoc-script": "the script of that page; no data",
}
ADMIN = "admin/"  # Django's own: staff by session, CSRF tokens, and DATA_UPLOAD_MAX_MEMORY_SIZE

Route = tuple[str, str | None, Any]


def routes(patterns: list[Any], prefix: str = "") -> Iterator[Route]:
    """Each route as (path, name, view)."""
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here, pattern.name, pattern.callback


def silent(found: Iterator[Route]) -> list[str]:
    """What is wrong with these routes: one line for each method, or view, that declares nothing or nonsense."""
    return [line for route in found if not route[0].startswith(ADMIN) for line in faults(*route)]


def faults(where: str, name: str | None, view: Any) -> list[str]:
    if name in PLAIN:
        return []
    cls = getattr(view, "cls", None)
    if cls is None or not issubclass(cls, ApiView):
        return [f"{where}: not an ApiView, and not listed with a reason"]
    handlers = {method: getattr(cls, method) for method in cls.http_method_names if hasattr(cls, method)}
    return [f"{where} {method}: {fault}" for method, handler in handlers.items() if (fault := fault_of(handler))]


def fault_of(handler: Any) -> str:
    policy = getattr(handler, "policy", None)
    if not isinstance(policy, Policy):
        return "declares no policy"
    if not 0 < settings.THROTTLE_RATES.get(policy.throttle, 0) < 10_000:
        return "does not say how often"
    largest = 10 * MIB if policy.body != CSV_BODY else 256 * MIB  # a CSV file is streamed
    if policy.body is not None and not 0 < policy.body.limit <= largest:
        return "does not say how large"
    return ""


OURS = [route for route in routes(get_resolver().url_patterns) if not route[0].startswith(ADMIN)]
DECLARED = [
    (view.cls, method)
    for where, name, view in OURS
    if issubclass(getattr(view, "cls", object), ApiView)
    for method in view.cls.http_method_names
    if hasattr(view.cls, method)
]


def test_no_endpoint_is_silent():
    assert silent(iter(OURS)) == []


def test_the_walk_finds_the_endpoints():
    """A walk that found nothing would find no fault either."""
    assert {"api/v1/products/<slug:slug>/image/", "api/v1/auth/sign-in/", "health/ready/"} <= {
        here for here, *_ in OURS
    }
    assert len(DECLARED) > 40


def test_every_exception_is_still_needed():
    assert set(PLAIN) == {name for _, name, view in OURS if not issubclass(getattr(view, "cls", object), ApiView)}


STAFFS_OWN = ("api/v1/products", "api/v1/categories", "api/v1/imports")


def test_writes_are_for_accounts_and_the_catalogues_for_staff():
    """Said once more here, so that a slip in a declaration is a failing test and not an open door."""
    public = {"register", "sign-in", "graphql"}  # the last declares a policy for each field of its schema
    for where, name, view in OURS:
        for method in ("post", "put", "patch", "delete"):
            handler = getattr(getattr(view, "cls", None), method, None)
            if handler is None or name in public | set(PLAIN):
                continue
            expected = Who.STAFF if where.startswith(STAFFS_OWN) else Who.SIGNED_IN
            assert handler.policy.who is expected, (where, method)


# Planted faults ---------------------------------------------------------------------------------------------------


class SilentView(ApiView):
    def get(self, request: Request) -> Response:
        return Response({})


class ForeignView(APIView):
    def get(self, request: Request) -> Response:
        return Response({})


class UnlimitedView(ApiView):
    def get(self, request: Request) -> Response:
        return Response({})

    get.policy = Policy(Who.ANYONE, throttle="no-such-scope")  # type: ignore[attr-defined]


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@pytest.mark.parametrize(
    ("view", "fault"),
    [
        (SilentView.as_view(), "planted/ get: declares no policy"),
        (ForeignView.as_view(), "planted/: not an ApiView, and not listed with a reason"),
        (UnlimitedView.as_view(), "planted/ get: does not say how often"),
        (plain, "planted/: not an ApiView, and not listed with a reason"),
    ],
)
def test_a_planted_silent_view_is_found(view, fault):
    assert silent(routes([path("planted/", view, name="planted")])) == [fault]


def test_a_silent_view_does_not_answer(rf, settings):
    """The walk finds it in the tests; the view itself refuses in service."""
    with pytest.raises(ImproperlyConfigured, match="declares no policy"):
        SilentView.as_view()(rf.get("/planted/"))


# What is declared is what happens ---------------------------------------------------------------------------------


def label(value: Any) -> str:
    return str(getattr(value, "__name__", value))


@pytest.mark.parametrize(("cls", "method"), DECLARED, ids=label)
def test_the_declared_permission_is_enforced(cls, method, anonymous, customer, rf):
    """Each endpoint is called by a stranger, and by a customer; whoever is not named is turned away first."""
    where = next(here for here, _, view in OURS if getattr(view, "cls", None) is cls)
    address = "/" + re.sub("<uuid:[a-z_]+>", f"{UUID(int=0)}", where.replace("<slug:slug>", "x"))
    who = getattr(cls, method).policy.who
    stranger, shopper = (client.generic(method.upper(), address).status_code for client in (anonymous, customer))
    assert (stranger == 401) is (who is not Who.ANYONE)
    assert (shopper == 403) is (who is Who.STAFF)


@pytest.mark.parametrize(("cls", "method"), [pair for pair in DECLARED if getattr(*pair).policy.body], ids=label)
def test_the_declared_size_is_enforced(cls, method, staff, shop):
    where = next(here for here, _, view in OURS if getattr(view, "cls", None) is cls)
    address = "/" + where.replace("<slug:slug>", "audio" if "categories" in where else "kettle")
    body = getattr(cls, method).policy.body
    content_type = body.media_type + ("; boundary=x" if "multipart" in body.media_type else "")
    headers = {"If-Match": "*", "Idempotency-Key": "k"}

    if body == CSV_BODY:  # what is said decides, before anything is read: such a body does not have to be made
        said = {"CONTENT_LENGTH": str(body.limit + 1)}
        response = staff.generic(method.upper(), address, b"slug", content_type, headers=headers, **said)
    else:
        response = staff.generic(method.upper(), address, b" " * (body.limit + 1), content_type, headers=headers)

    assert problem(response, 413, "payload-too-large")["limit"] == body.limit
