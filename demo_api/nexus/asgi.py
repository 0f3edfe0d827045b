"""The ASGI entry, for a server that speaks ASGI. The API is synchronous; Django runs it in threads there."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
application = get_asgi_application()
