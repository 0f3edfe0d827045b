"""The built handbook, a folder of static files at `/` (SITE_ROOT), as this service serves it beside the API."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers


def add_headers(headers: dict[str, str], path: str, url: str) -> None:
    """WhiteNoise's hook: tells a page that a live API stands beside it.

    A page reads the `Server-Timing` entry of its own navigation, so it knows without asking for anything
    (https://www.w3.org/TR/server-timing/).
    """
    if path.endswith((".html", "sw.js")):  # the worker that keeps the handbook offline asks too, and gives way
        headers["Server-Timing"] = 'nexus-api;desc="/"'


def missing_page(request: HttpRequest) -> HttpResponse | None:
    """The handbook's own 404 page when a person with a browser asked for a page; None for programs and the API."""
    page = settings.SITE_ROOT / "404.html"
    wants_html = "text/html" in request.headers.get("Accept", "")
    if not wants_html or request.path.startswith(("/api/", "/health/", "/media/")) or not page.is_file():
        return None
    response = HttpResponse(page.read_bytes(), status=404, headers={"Server-Timing": 'nexus-api;desc="/"'})
    patch_vary_headers(response, ["Accept"])
    response._csp_exempt = True  # type: ignore[attr-defined]  # the page brings a policy of its own
    return response
