"""Redoc without a third party: its page asks other hosts for fonts, and its script for a logo. Ours ask nobody."""

from functools import cache
from pathlib import Path

import drf_spectacular_sidecar
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from demo_api.nexus.problems import safe_methods_only

SCRIPT = Path(drf_spectacular_sidecar.__file__).parent.joinpath(
    "static", "drf_spectacular_sidecar", "redoc", "bundles", "redoc.standalone.js"
)
LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
NOTHING = b"data:,"  # an image that fails at once; Redoc then shows its name alone


@cache
def script() -> bytes:
    """Redoc's script, with NOTHING in place of the logo's address."""
    return SCRIPT.read_bytes().replace(LOGO, NOTHING)


@safe_methods_only
@cache_control(max_age=3600, public=True)  # seconds
def redoc_script(request: HttpRequest) -> HttpResponse:
    """The script of `/api/redoc/`."""
    return HttpResponse(script(), content_type="text/javascript; charset=utf-8")
