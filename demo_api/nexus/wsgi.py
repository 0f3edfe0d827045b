"""The WSGI entry that servers import: `demo_api.nexus.wsgi.application` (PEP 3333)."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
application = get_wsgi_application()

# A server such as gunicorn runs no system checks of its own: a service with a known secret must not start.
call_command("check")
