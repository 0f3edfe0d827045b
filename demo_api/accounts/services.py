"""Registering, signing in and out. A token is shown once, when it is made; the database keeps only its digest."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from knox.models import AuthToken

from demo_api.accounts.errors import WrongCredentials
from demo_api.nexus.errors import InvalidFields

TAKEN = "This user name is taken."


def register(*, username: str, password: str, email: str = "") -> User:
    """A new customer account. Raises InvalidFields for a taken name or a weak password."""
    user = User(username=username, email=email)
    messages: dict[str, list[str]] = {}
    if User.objects.filter(username__iexact=username).exists():
        messages["username"] = [TAKEN]
    try:
        validate_password(password, user)
    except ValidationError as error:
        messages["password"] = error.messages
    if messages:
        raise InvalidFields(messages)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise InvalidFields({"username": [TAKEN]}) from None
    return user


def sign_in(*, username: str, password: str) -> tuple[User, str, datetime]:
    """The account, a new token, and when the token expires. Raises WrongCredentials, whichever of the two is wrong."""
    user = authenticate(username=username, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    with transaction.atomic():
        forget_old_tokens(user)
        record, token = AuthToken.objects.create(user=user)
    return user, token, record.expiry


def forget_old_tokens(user: User) -> None:
    """Deletes the account's expired tokens, and its oldest ones beyond TOKENS_PER_USER - 1."""
    tokens = AuthToken.objects.filter(user=user)
    tokens.filter(expiry__lte=timezone.now()).delete()
    kept = tokens.order_by("-created").values_list("digest", flat=True)[: settings.TOKENS_PER_USER - 1]
    tokens.exclude(digest__in=list(kept)).delete()


def sign_out(*, token: AuthToken) -> None:
    """Revokes this token."""
    token.delete()


def sign_out_everywhere(*, user: User) -> int:
    """Revokes every token of the account. Gives how many there were."""
    count, _ = AuthToken.objects.filter(user=user).delete()
    return int(count)
