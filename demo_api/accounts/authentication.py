"""Bearer tokens (RFC 6750): found by their digest, in one query, without writing anything."""

import re

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

TOKEN = re.compile(rb"[0-9a-f]{64}")


class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]
    """`Authorization: Bearer <token>`. Raises AuthenticationFailed for a malformed, expired or unknown token."""

    def authenticate_credentials(self, token: bytes) -> tuple[AbstractBaseUser, AuthToken]:
        if not TOKEN.fullmatch(token):
            raise AuthenticationFailed("This is not a token of this service.")
        found = (
            AuthToken.objects.filter(digest=hash_token(token.decode("ascii")), expiry__gt=timezone.now())
            .select_related("user")
            .first()
        )
        if found is None or not found.user.is_active:
            raise AuthenticationFailed("The token is unknown, expired or revoked. Sign in again.")
        return found.user, found
