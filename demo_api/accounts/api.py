"""The accounts over REST: `/api/v1/auth/`."""

from hashlib import sha256
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from demo_api.accounts import services
from demo_api.nexus.problems import Problem
from demo_api.rest.conditional import validated
from demo_api.rest.fields import MomentField, StrictSerializer
from demo_api.rest.policy import JSON_BODY, Who, endpoint
from demo_api.rest.throttling import count, throttle_refused
from demo_api.rest.views import ApiView

SIGN_INS_A_NAME = 20  # tries a minute for one user name, from wherever they come


class CredentialsSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, trim_whitespace=False, write_only=True)


class RegistrationSerializer(StrictSerializer):
    username = serializers.CharField(
        max_length=150, validators=[UnicodeUsernameValidator()], help_text="Letters, digits and @ . + - _ only."
    )
    password = serializers.CharField(
        max_length=256, trim_whitespace=False, write_only=True, help_text="At least 8 characters, and not a common one."
    )
    email = serializers.EmailField(max_length=254, required=False, default="", allow_blank=True)


class AccountSerializer(serializers.Serializer[User]):
    username = serializers.CharField(read_only=True)
    email = serializers.EmailField(read_only=True)
    is_staff = serializers.BooleanField(read_only=True, help_text="Whether the account may change the catalogue.")
    date_joined = MomentField(read_only=True)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(read_only=True, help_text="Shown this once. Send it as `Authorization: Bearer ...`.")
    expires_at = MomentField(read_only=True)
    account = AccountSerializer(read_only=True)


class RegisterView(ApiView):
    @extend_schema(
        operation_id="register",
        summary="Register an account",
        description="Makes a customer account. Sign in afterwards to get a token.",
        tags=["auth"],
        request=RegistrationSerializer,
        responses={201: AccountSerializer},
    )
    @endpoint(who=Who.ANYONE, throttle="register", body=JSON_BODY)
    def post(self, request: Request) -> Response:
        form = RegistrationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user = services.register(**form.validated_data)
        return Response(AccountSerializer(user).data, status=status.HTTP_201_CREATED)


class SignInView(ApiView):
    @extend_schema(
        operation_id="sign_in",
        summary="Sign in",
        description=(
            "Gives a new bearer token. It is shown this once: the service keeps only its digest. A caller, and a "
            "user name, can be tried a limited number of times a minute."
        ),
        tags=["auth"],
        request=CredentialsSerializer,
        responses={200: TokenSerializer},
    )
    @endpoint(who=Who.ANYONE, throttle="sign-in", body=JSON_BODY, problems=("wrong-credentials",))
    def post(self, request: Request) -> Response:
        form = CredentialsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        limit_tries(form.validated_data["username"])
        user, token, expires_at = services.sign_in(**form.validated_data)
        data = TokenSerializer({"token": token, "expires_at": expires_at, "account": user}).data
        return Response(data, headers={"Cache-Control": "no-store"})


def limit_tries(username: str) -> None:
    """Counts a try for this user name. Raises Problem too-many-requests past SIGN_INS_A_NAME, whoever asks."""
    calls, remaining = count("sign-in-name", sha256(username.lower().encode()).hexdigest())
    if settings.THROTTLING and calls > SIGN_INS_A_NAME:
        throttle_refused.send(sender=SignInView, scope="sign-in-name")
        raise Problem("too-many-requests", headers={"Retry-After": str(max(1, round(remaining)))})


class SignOutView(ApiView):
    @extend_schema(
        operation_id="sign_out",
        summary="Sign out",
        description="Revokes the token that the request came with.",
        tags=["auth"],
        request=None,
        responses={204: None},
    )
    @endpoint(who=Who.SIGNED_IN, throttle="write")
    def post(self, request: Request) -> Response:
        services.sign_out(token=request.auth)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SignOutEverywhereView(ApiView):
    @extend_schema(
        operation_id="sign_out_everywhere",
        summary="Sign out everywhere",
        description="Revokes every token of the account, this one among them.",
        tags=["auth"],
        request=None,
        responses={204: None},
    )
    @endpoint(who=Who.SIGNED_IN, throttle="write")
    def post(self, request: Request) -> Response:
        services.sign_out_everywhere(user=cast(User, request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(ApiView):
    @extend_schema(
        operation_id="me",
        summary="Read your own account",
        description="The account that the token belongs to.",
        tags=["auth"],
        responses={200: AccountSerializer},
    )
    @endpoint(who=Who.SIGNED_IN, throttle="read")
    def get(self, request: Request) -> Response:
        return validated(AccountSerializer(cast(User, request.user)).data)
