"""The WSGI entry that servers import: `demo_api.nexus.wsgi.application` (PEP 3333)."""

import os

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
django.setup(set_prefix=False)

from demo_api.nexus.handlers import WsgiHandler  # noqa: E402 (needs the settings)

application = WsgiHandler()

# A server such as gunicorn runs no system checks of its own: a service with a known secret must not start.
call_command("check")
