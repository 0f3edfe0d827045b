"""Writes. Keyword-only functions, each one transaction; what they raise is in `errors.py`.

A number that matters is never read, changed and written back: stock moves by one conditional UPDATE, and the row
count decides.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from demo_api.catalog import errors, images, selectors
from demo_api.catalog.models import Category, Deletion, Product, Reservation
from demo_api.nexus.errors import InvalidFields
from demo_api.nexus.storage import discard, store
from demo_api.outbox.services import enqueue

Row = TypeVar("Row", bound=Model)
Precondition = Callable[[Any], None]
ACTIVE_RESERVATIONS = 20  # a user's, at once
NO_SUCH_PRODUCT = "There is no product with this slug."
THUMBNAIL_TASK = "demo_api.catalog.tasks.make_thumbnail"
EXPIRY_BATCH = 500  # reservations closed in one transaction


def always(row: Any) -> None:
    """The precondition of a caller that has none."""


@contextmanager
def changing(queryset: QuerySet[Row], row: Row, precondition: Precondition) -> Iterator[Row]:
    """The row as it is now, locked until the transaction ends, once `precondition` has let it pass.

    On PostgreSQL the lock is the row's (FOR UPDATE); on SQLite the transaction holds the only write lock from its
    beginning, and select_for_update does nothing.
    """
    with transaction.atomic():
        current = queryset.select_for_update(of=("self",)).get(pk=row.pk)
        precondition(current)
        yield current


def saved(row: Row) -> Row:
    """Validates the whole row and saves it. Raises InvalidFields with one message for each bad field."""
    validate(row)
    try:
        with transaction.atomic():
            row.save()
            check_references()
    except IntegrityError:
        validate(row)  # a twin was saved since, or what the row refers to was deleted: now the validation sees it
        raise
    return row


def check_references() -> None:
    """PostgreSQL would check foreign keys at the end of the transaction, where nobody can say any more what is wrong.

    SQLite needs no check: its transaction holds the only write lock, so nothing is deleted meanwhile.
    """
    if connection.vendor == "postgresql":
        connection.check_constraints()


def validate(row: Model) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise InvalidFields(error.message_dict) from None


# Products ---------------------------------------------------------------------------------------------------------


def create_product(*, fields: Mapping[str, Any]) -> Product:
    """A new product. Without a `slug` it gets one from its name. Raises InvalidFields, for example for a taken slug."""
    product = Product(**fields)
    product.slug = product.slug or free_slug(Product.objects.all(), product.name)
    with transaction.atomic():
        return saved(product)


def update_product(*, product: Product, fields: Mapping[str, Any], precondition: Precondition = always) -> Product:
    """Sets `fields`. Raises InvalidFields, and whatever `precondition` raises when it sees the row as it is now."""
    with changing(selectors.products(include_inactive=True), product, precondition) as current:
        for name, value in fields.items():
            setattr(current, name, value)
        return saved(current)


def delete_product(*, product: Product, precondition: Precondition = always) -> None:
    """Deletes the product, its closed reservations, and its picture. Raises ProductReserved while stock is held."""
    with changing(selectors.products(include_inactive=True), product, precondition) as current:
        active = current.reservations.filter(state=Reservation.State.ACTIVE).count()
        if active:
            raise errors.ProductReserved(reservations=active)
        current.reservations.all().delete()
        Deletion.objects.create(kind="product", slug=current.slug)
        forget_pictures_on_commit(current)
        current.delete()


def free_slug(queryset: QuerySet[Any], name: str) -> str:
    """A slug made from the name, with a number behind it when it is taken."""
    stem = slugify(name.replace("_", " "))[:70].strip("-") or "item"
    taken = set(queryset.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


# Pictures ---------------------------------------------------------------------------------------------------------


def set_product_image(*, product: Product, data: bytes, precondition: Precondition = always) -> tuple[Product, bool]:
    """Stores the picture and forgets the one before. Gives the product, and whether the picture was re-encoded.

    Raises images.InvalidImage before anything is stored, and StorageFull. A picture whose row could not be written is
    removed again.
    """
    info = images.inspect(data)
    try:
        data, reencoded = images.reencode(data, info), True
    except images.ReencodingUnavailable:
        if settings.IMAGE_REENCODING_REQUIRED:
            raise
        reencoded = False
    stored = ""
    try:
        with changing(selectors.products(include_inactive=True), product, precondition) as current:
            forget_pictures_on_commit(current)
            stored = store(Product.image.field.generate_filename(current, "image" + info.extension), data)
            current.image, current.thumbnail = stored, ""
            current.save()
            enqueue(task=THUMBNAIL_TASK, arguments={"product_id": current.pk})
        return current, reencoded
    except (OperationalError, InterfaceError):
        raise  # the commit may have been done, and the row then names the file: `sweep_media` finds out
    except BaseException:
        if stored:
            discard(stored)
        raise


def remove_product_image(*, product: Product, precondition: Precondition = always) -> Product:
    """Takes the picture away; a product without one stays as it is."""
    with changing(selectors.products(include_inactive=True), product, precondition) as current:
        forget_pictures_on_commit(current)
        current.image = current.thumbnail = ""
        current.save()
        return current


# section: make-thumbnail
def make_thumbnail(*, product_id: int) -> bool:
    """Makes the small picture that belongs to the product's picture. False when there is nothing to do (any more).

    It may run twice, or for a picture that was replaced meanwhile: the UPDATE stores the thumbnail only of the picture
    that the product still has, and a file that no row wants is removed. Raises images.ReencodingUnavailable.
    """
    product = Product.objects.filter(pk=product_id, thumbnail="").exclude(image="").first()
    name = str(product.image.name) if product else ""
    if not name or not default_storage.exists(name):
        return False
    with default_storage.open(name) as file:
        small = images.thumbnail(file.read())
    stored = store(f"thumbnails/{uuid4().hex}.webp", small)
    wanted = 0
    try:
        wanted = Product.objects.filter(pk=product_id, image=name, thumbnail="").update(
            thumbnail=stored, updated_at=timezone.now()
        )
    finally:
        if not wanted:
            discard(stored)
    return bool(wanted)


# end section


def forget_pictures_on_commit(product: Product) -> None:
    """Deletes the product's picture and its thumbnail, as they are now, once the transaction has committed."""
    forget_file_on_commit(product.image.name)
    forget_file_on_commit(product.thumbnail.name)


def forget_file_on_commit(name: str | None) -> None:
    """Deletes a stored file once the transaction that stopped using it has committed; not before, and not otherwise."""
    if name:
        transaction.on_commit(lambda: discard(name), robust=True)  # what was committed is no failure any more


# Categories -------------------------------------------------------------------------------------------------------


def create_category(*, fields: Mapping[str, Any]) -> Category:
    """A new category. Raises InvalidFields."""
    category = Category(**fields)
    category.slug = category.slug or free_slug(Category.objects.all(), category.name)
    with transaction.atomic():
        return saved(category)


def update_category(*, category: Category, fields: Mapping[str, Any], precondition: Precondition = always) -> Category:
    """Sets `fields`. Raises CategoryCycle when the new parent stands below the category, and InvalidFields."""
    with transaction.atomic():
        lock_tree()
        with changing(selectors.categories(), category, precondition) as current:
            for name, value in fields.items():
                setattr(current, name, value)
            if current.parent and current.parent.pk in selectors.subtree_ids(current):
                raise errors.CategoryCycle(category=current.slug, parent=current.parent.slug)
            return saved(current)


def delete_category(*, category: Category, precondition: Precondition = always) -> None:
    """Deletes an empty category. Raises CategoryInUse while it holds anything."""
    with changing(selectors.categories(), category, precondition) as current:
        products, children = current.products.count(), current.children.count()
        if products or children:
            raise errors.CategoryInUse(products=products, categories=children)
        Deletion.objects.create(kind="category", slug=current.slug)
        current.delete()


def lock_tree() -> None:
    """One change of the tree's shape at a time: two moves that are harmless alone can make a cycle together."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog_category tree'))")


# Stock and reservations -------------------------------------------------------------------------------------------


# section: take-stock
def take_stock(*, product: Product, quantity: int) -> None:
    """Takes `quantity` out of stock, or raises InsufficientStock and takes nothing.

    One UPDATE tests and takes in the same step, so that no two buyers can be given the same item.
    """
    taken = Product.objects.filter(pk=product.pk, is_active=True, stock__gte=quantity).update(
        stock=F("stock") - quantity, updated_at=timezone.now()
    )
    if not taken:
        available = Product.objects.filter(pk=product.pk, is_active=True).values_list("stock", flat=True).first()
        raise errors.InsufficientStock(product=product.slug, requested=quantity, available=available or 0)


# end section


def return_stock(*, product_id: int, quantity: int) -> None:
    """Puts `quantity` back into stock."""
    Product.objects.filter(pk=product_id).update(stock=F("stock") + quantity, updated_at=timezone.now())


def reserve(*, user: User, product: Product, quantity: int, key: str) -> tuple[Reservation, bool]:
    """Holds stock for RESERVATION_TTL. Gives the reservation, and whether this call made it.

    The same `key` with the same request gives the reservation that the first call made, in whatever state it is now,
    and takes no more stock. Raises KeyReused for another request with that key, InvalidFields for a product that is not
    for sale, ReservationLimit, InsufficientStock.
    """
    try:
        with transaction.atomic():
            if earlier := reservation_of_key(user, key, product, quantity):
                return earlier, False
            if not product.is_active:
                raise InvalidFields({"product": [NO_SUCH_PRODUCT]})
            User.objects.select_for_update(no_key=True).get(pk=user.pk)  # one at a time, or two count to the limit
            held = Reservation.objects.filter(user=user, state=Reservation.State.ACTIVE).count()
            if held >= ACTIVE_RESERVATIONS:
                raise errors.ReservationLimit(limit=ACTIVE_RESERVATIONS)
            take_stock(product=product, quantity=quantity)
            expires_at = timezone.now() + settings.RESERVATION_TTL
            made = Reservation(
                user=user, product=product, quantity=quantity, idempotency_key=key, expires_at=expires_at
            )
            made.save(force_insert=True)
            return selectors.reservations_of(user).get(pk=made.pk), True
    except IntegrityError:
        # A twin of this request was first; its transaction has committed, and ours has given the stock back.
        earlier = reservation_of_key(user, key, product, quantity)
        if earlier is None:
            raise
        return earlier, False


def reservation_of_key(user: User, key: str, product: Product, quantity: int) -> Reservation | None:
    """The reservation this key stands for. Raises KeyReused when it was made for something else."""
    earlier = selectors.reservations_of(user).filter(idempotency_key=key).first()
    if earlier and (earlier.product_id, earlier.quantity) != (product.pk, quantity):
        raise errors.KeyReused
    return earlier


def release(*, reservation: Reservation) -> Reservation:
    """Gives the stock back. A reservation that is closed already stays as it is: releasing twice is releasing once."""
    with transaction.atomic():
        close(reservation, Reservation.State.RELEASED)
    return selectors.reservations_of(reservation.user).get(pk=reservation.pk)


def close(reservation: Reservation, state: Reservation.State) -> bool:
    """Moves an active reservation to `state` and returns its stock; False when someone else closed it first."""
    closed = Reservation.objects.filter(pk=reservation.pk, state=Reservation.State.ACTIVE).update(
        state=state, updated_at=timezone.now()
    )
    if closed:
        return_stock(product_id=reservation.product_id, quantity=reservation.quantity)
    return bool(closed)


def expire_reservations() -> int:
    """Closes every reservation whose time is over, a batch a transaction. Gives how many it closed."""
    count = 0
    while True:
        due = Reservation.objects.filter(state=Reservation.State.ACTIVE, expires_at__lte=timezone.now())
        with transaction.atomic():
            # Locked first, and stock returned in the order of products: two runs at once share the work, and neither
            # waits for the other in a circle.
            batch = list(due.select_for_update(skip_locked=True).order_by("expires_at")[:EXPIRY_BATCH])
            batch.sort(key=lambda reservation: reservation.product_id)
            count += sum(close(reservation, Reservation.State.EXPIRED) for reservation in batch)
        if len(batch) < EXPIRY_BATCH:
            return count
