"""`/api/v1/reservations/`: stock held for the account that asks, and for nobody else to see."""

import re
from typing import cast
from uuid import UUID

from django.contrib.auth.models import User
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from demo_api.catalog import selectors, services
from demo_api.catalog.api.docs import IDEMPOTENCY_KEY, conditional_read
from demo_api.catalog.api.params import PageParams
from demo_api.catalog.api.serializers import (
    ReservationPageSerializer,
    ReservationSerializer,
    ReservationWriteSerializer,
)
from demo_api.catalog.models import Reservation
from demo_api.nexus.problems import invalid_header
from demo_api.rest.conditional import validated
from demo_api.rest.pages import keyset_page
from demo_api.rest.params import NoParams
from demo_api.rest.policy import JSON_BODY, Who, endpoint
from demo_api.rest.views import ApiView

KEY = re.compile(r"[\x21-\x7e]{1,255}")


def idempotency_key(request: Request) -> str:
    """The request's Idempotency-Key. Raises Problem invalid-input when it is missing or malformed."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise invalid_header("Idempotency-Key", "Required: a key of your own that stands for this request.", "required")
    if not KEY.fullmatch(key):
        raise invalid_header("Idempotency-Key", "1 to 255 visible ASCII characters without spaces.")
    return key


class ReservationView(ApiView):
    """What the views of one reservation share."""

    def reservation(self, reservation_id: UUID) -> Reservation:
        """The caller's own reservation. Somebody else's is as good as none: NotFound."""
        found = selectors.reservations_of(cast(User, self.request.user)).filter(uuid=reservation_id).first()
        if found is None:
            raise NotFound("You have no reservation with this id.")
        return found


class ReservationListView(ApiView):
    @extend_schema(
        operation_id="list_reservations",
        summary="List your reservations",
        description="Your own reservations, newest first, whatever became of them.",
        tags=["reservations"],
        parameters=[PageParams, *conditional_read],
        responses={200: ReservationPageSerializer, 304: None},
    )
    @endpoint(who=Who.SIGNED_IN, throttle="read")
    def get(self, request: Request) -> Response:
        params = PageParams.read(request)
        user = cast(User, request.user)
        changed = selectors.reservations_last_modified(user)
        page = keyset_page(selectors.reservations_of(user), request, params, ordering="-created_at")
        return validated(page.document(ReservationSerializer, request), last_modified=changed)

    @extend_schema(
        operation_id="create_reservation",
        summary="Reserve stock",
        description=(
            "Takes the quantity out of stock and holds it for 15 minutes. Sent again with the same `Idempotency-Key`, "
            "the request takes nothing more: it answers with the reservation that the first one made, as it is now, "
            "and `Idempotent-Replayed: true`. A refusal is not remembered."
        ),
        tags=["reservations"],
        parameters=[IDEMPOTENCY_KEY],
        request=ReservationWriteSerializer,
        responses={201: OpenApiResponse(ReservationSerializer, "Reserved, now or by the first request with this key.")},
    )
    @endpoint(
        who=Who.SIGNED_IN,
        throttle="write",
        body=JSON_BODY,
        problems=("insufficient-stock", "reservation-limit", "idempotency-key-reused"),
    )
    def post(self, request: Request) -> Response:
        key = idempotency_key(request)
        form = ReservationWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        reservation, made = services.reserve(user=cast(User, request.user), key=key, **form.validated_data)
        headers = {"Location": request.build_absolute_uri(f"{request.path}{reservation.uuid}/")}
        if not made:
            headers["Idempotent-Replayed"] = "true"
        data = ReservationSerializer(reservation).data
        return validated(data, last_modified=reservation.updated_at, status=status.HTTP_201_CREATED, headers=headers)


class ReservationDetailView(ReservationView):
    @extend_schema(
        operation_id="read_reservation",
        summary="Read a reservation",
        description="One of your own reservations.",
        tags=["reservations"],
        parameters=conditional_read,
        responses={200: ReservationSerializer, 304: None},
    )
    @endpoint(who=Who.SIGNED_IN, throttle="read", problems=("not-found", "invalid-input"))
    def get(self, request: Request, reservation_id: UUID) -> Response:
        NoParams.read(request)
        reservation = self.reservation(reservation_id)
        return validated(ReservationSerializer(reservation).data, last_modified=reservation.updated_at)


class ReservationReleaseView(ReservationView):
    @extend_schema(
        operation_id="release_reservation",
        summary="Release a reservation",
        description="Gives the stock back. A reservation that is closed already stays as it is.",
        tags=["reservations"],
        request=None,
        responses={200: ReservationSerializer},
    )
    @endpoint(who=Who.SIGNED_IN, throttle="write", problems=("not-found",))
    def post(self, request: Request, reservation_id: UUID) -> Response:
        released = services.release(reservation=self.reservation(reservation_id))
        return validated(ReservationSerializer(released).data, last_modified=released.updated_at)
