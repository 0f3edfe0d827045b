"""Accounts have Django's own admin. Tokens have none: it would show their digests, and hand out new ones."""

from django.contrib import admin
from knox.models import AuthToken

admin.site.unregister(AuthToken)
