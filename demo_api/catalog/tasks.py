"""Tasks: thin shells around services, each of which may run twice. Only workers import this module."""

from celery import shared_task

from demo_api.catalog import services


@shared_task  # type: ignore[untyped-decorator]  # Celery ships no types
def make_thumbnail(product_id: int) -> None:
    """Makes the small picture of a product whose picture is new."""
    services.make_thumbnail(product_id=product_id)


@shared_task  # type: ignore[untyped-decorator]
def expire_reservations() -> None:
    """Closes every reservation whose time is over."""
    services.expire_reservations()
