"""A picture's thumbnail: asked for with the upload, made by a task that may run twice, and gone with the picture."""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from demo_api.catalog import images, services
from demo_api.catalog.models import Product
from demo_api.outbox.models import Entry
from tests.api.world import PRODUCTS, etag, picture, stored_files, upload

KETTLE = f"{PRODUCTS}kettle/"


@pytest.fixture
def put(staff, shop, django_capture_on_commit_callbacks):
    """Uploads to the kettle and commits."""

    def put(data):
        with django_capture_on_commit_callbacks(execute=True):
            response = upload(staff, "kettle", data)
        assert response.status_code == 200, response.content
        return response.json()

    return put


def work() -> list[bool]:
    """What a worker does: runs what the outbox asks for. Gives what each task gave."""
    entries = list(Entry.objects.all())
    Entry.objects.all().delete()
    assert {entry.task for entry in entries} <= {services.THUMBNAIL_TASK}
    return [services.make_thumbnail(**entry.arguments) for entry in entries]


def opened(name: str) -> Image.Image:
    with Image.open(BytesIO((Path(settings.MEDIA_ROOT) / name).read_bytes())) as image:
        image.load()
        return image


def thumbnails() -> list[str]:
    return [name for name in stored_files() if name.startswith("thumbnails/")]


def test_an_upload_asks_for_one_and_shows_it_when_it_is_made(put, anonymous):
    assert put(picture("PNG", (900, 600)))["thumbnail"] is None
    assert work() == [True]

    address = anonymous.get(KETTLE).json()["thumbnail"]
    assert anonymous.get(address)["Content-Type"] == "image/webp"
    (name,) = thumbnails()
    assert (opened(name).format, opened(name).size) == ("WEBP", (320, 213))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("size", "becomes"), [((40, 30), (40, 30)), ((300, 1200), (80, 320))])
def test_every_kind_is_made_smaller_and_none_larger(put, kind, size, becomes):
    put(picture(kind, size))
    work()
    (name,) = thumbnails()
    assert opened(name).size == becomes


def test_transparency_stays(put):
    written = BytesIO()
    Image.new("RGBA", (640, 640), (0, 128, 128, 60)).save(written, "PNG")
    put(written.getvalue())
    work()
    (name,) = thumbnails()
    assert opened(name).mode == "RGBA"


def test_twice_is_once(put):
    put(picture())
    product = Product.objects.get(slug="kettle")
    assert [services.make_thumbnail(product_id=product.pk) for _ in range(2)] == [True, False]
    assert len(thumbnails()) == 1


def test_one_of_a_picture_that_was_replaced_meanwhile_is_not_stored(put, monkeypatch):
    put(picture())
    product = Product.objects.get(slug="kettle")
    make = images.thumbnail

    def replaced_meanwhile(data):
        Product.objects.filter(pk=product.pk).update(image="products/another.png")
        return make(data)

    monkeypatch.setattr(images, "thumbnail", replaced_meanwhile)
    assert services.make_thumbnail(product_id=product.pk) is False
    assert thumbnails() == []
    assert Product.objects.get(slug="kettle").thumbnail == ""


def test_a_new_picture_takes_the_old_thumbnail_with_it(put):
    put(picture("PNG", (400, 400)))
    work()
    (old,) = thumbnails()
    assert put(picture("PNG", (500, 400)))["thumbnail"] is None
    assert thumbnails() == []
    work()
    assert old not in thumbnails()
    assert len(thumbnails()) == 1


@pytest.mark.parametrize("path", [f"{KETTLE}image/", KETTLE], ids=["the picture", "the product"])
def test_it_goes_with_the_picture_and_with_the_product(put, staff, path, django_capture_on_commit_callbacks):
    put(picture())
    work()
    with django_capture_on_commit_callbacks(execute=True):
        assert staff.delete(path, headers=etag(staff, KETTLE)).status_code in (200, 204)
    assert stored_files() == []


@pytest.mark.parametrize("gone", ["product", "picture", "file"])
def test_what_is_gone_when_the_task_comes_is_no_error(put, gone):
    put(picture())
    product = Product.objects.get(slug="kettle")
    if gone == "product":
        product.delete()
    elif gone == "picture":
        Product.objects.filter(pk=product.pk).update(image="")
    else:
        (Path(settings.MEDIA_ROOT) / str(product.image.name)).unlink()
    assert work() == [False]
    assert thumbnails() == []


def test_a_client_cannot_set_it(staff, shop):
    body = {"thumbnail": "https://example.org/x.webp"}
    staff.patch(KETTLE, body, headers=etag(staff, KETTLE))
    assert Product.objects.get(slug="kettle").thumbnail == ""
