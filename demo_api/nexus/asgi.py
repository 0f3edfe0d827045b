"""The ASGI entry, for a server that speaks ASGI. The API is synchronous; Django runs it in threads there."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
django.setup(set_prefix=False)

from demo_api.nexus.handlers import AsgiHandler  # noqa: E402 (needs the settings)

application = AsgiHandler()
