"""PUT and DELETE /api/v1/products/{slug}/image/. What is refused as a picture is in test_hostile_images.py."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from demo_api.catalog import images, services
from demo_api.catalog.models import Product
from demo_api.nexus.errors import InvalidFields
from tests.api.world import PRODUCTS, etag, picture, pointers, problem, stored_files, upload

IMAGE = f"{PRODUCTS}kettle/image/"


@pytest.fixture
def put(staff, shop, django_capture_on_commit_callbacks):
    """Uploads to the kettle and commits."""

    def put(data, **options):
        with django_capture_on_commit_callbacks(execute=True):
            return upload(staff, "kettle", data, **options)

    return put


def stored_picture() -> bytes:
    (name,) = stored_files()
    return (Path(settings.MEDIA_ROOT) / name).read_bytes()


@pytest.mark.parametrize(
    ("kind", "extension", "media_type"),
    [("JPEG", "jpg", "image/jpeg"), ("PNG", "png", "image/png"), ("WEBP", "webp", "image/webp")],
)
def test_a_picture_is_stored_and_its_address_works(put, anonymous, kind, extension, media_type):
    response = put(picture(kind, (40, 30)), name=f"My holiday.{extension}")

    assert response.status_code == 200
    address = response.json()["image"]
    # A name of our own: nothing of the caller's is in it.
    assert re.fullmatch(rf"http://testserver/media/products/[0-9a-f]{{32}}\.{extension}", address)
    shown = anonymous.get(address)
    assert (shown.status_code, shown["Content-Type"]) == (200, media_type)
    with Image.open(BytesIO(b"".join(shown.streaming_content))) as opened:
        assert (opened.format, opened.size) == (kind, (40, 30))


@pytest.mark.parametrize(
    "name", ["photo.html", "photo.svg", "../../etc/passwd", "photo", "photo.PNG", "a\\b.php", ".png"]
)
def test_the_files_own_name_does_not_matter(put, name):
    put(picture("PNG"), name=name)
    (stored,) = stored_files()
    assert re.fullmatch(r"products/[0-9a-f]{32}\.png", stored)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "1", "I;16"])
def test_every_kind_of_png_is_taken(put, mode):
    plain = Image.new("L" if mode == "I;16" else "RGBA", (8, 6)).convert(mode)
    written = BytesIO()
    plain.save(written, "PNG")
    assert put(written.getvalue()).status_code == 200


def test_a_cmyk_jpeg_is_taken(put):
    written = BytesIO()
    Image.new("CMYK", (8, 6)).save(written, "JPEG")
    assert put(written.getvalue()).status_code == 200


def test_transparency_stays(put):
    put(picture("PNG", mode="RGBA"))
    with Image.open(BytesIO(stored_picture())) as opened:
        assert opened.mode == "RGBA"


# Metadata ---------------------------------------------------------------------------------------------------------


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[0x010F] = "SecretCameraMaker"
    data[0x0112] = orientation
    data[0x8825] = {2: (52.0, 30.0, 0.0)}  # where it was taken
    return data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_and_with_what_it_was_taken_is_gone(put, kind):
    sent = picture(kind, exif=exif())
    assert b"SecretCameraMaker" in sent

    assert put(sent).status_code == 200

    with Image.open(BytesIO(stored_picture())) as opened:
        assert not opened.getexif()
    assert b"SecretCameraMaker" not in stored_picture()


def test_texts_and_profiles_are_gone(put):
    sent = picture("PNG", icc_profile=b"SecretProfile" * 20, dpi=(300, 300))
    assert put(sent).status_code == 200
    with Image.open(BytesIO(stored_picture())) as opened:
        assert not opened.info


def test_a_picture_taken_sideways_is_turned_upright(put):
    put(picture("JPEG", (40, 30), exif=exif(orientation=6)))
    with Image.open(BytesIO(stored_picture())) as opened:
        assert opened.size == (30, 40)


def test_bytes_are_written_anew(put):
    sent = picture("JPEG", comment=b"<?php system($_GET[0]); ?>")
    put(sent)
    assert b"<?php" not in stored_picture()


# The old file, and failures ---------------------------------------------------------------------------------------


def test_a_new_picture_has_a_new_name_and_the_old_file_goes(put):
    first = put(picture()).json()["image"]
    second = put(picture(size=(9, 9))).json()["image"]
    assert first != second
    assert [Path(second).name] == [Path(name).name for name in stored_files()]


def test_the_old_file_stays_until_the_commit(staff, shop, put, django_capture_on_commit_callbacks):
    put(picture())
    old = stored_files()
    with django_capture_on_commit_callbacks():  # never executed: the transaction was rolled back
        upload(staff, "kettle", picture())
    assert set(old) < set(stored_files())


def test_when_the_row_cannot_be_written_the_new_file_goes_and_the_old_one_stays(put, monkeypatch):
    put(picture())
    old, save = stored_files(), Product.save

    def fail(self, *args, **kwargs):
        assert len(stored_files()) == 2  # the new one is there when the row fails
        raise ImproperlyConfigured("the disk of the database is full")

    monkeypatch.setattr(Product, "save", fail)
    with pytest.raises(ImproperlyConfigured):
        put(picture())
    monkeypatch.setattr(Product, "save", save)

    assert stored_files() == old


def test_a_picture_of_an_old_version_is_refused_before_it_is_stored(put, staff, shop):
    problem(put(picture(), If_Match='"an older version"'), 412, "precondition-failed")
    assert stored_files() == []


def test_delete_takes_the_picture_away(put, staff, anonymous, django_capture_on_commit_callbacks):
    address = put(picture()).json()["image"]
    with django_capture_on_commit_callbacks(execute=True):
        response = staff.delete(IMAGE, headers=etag(staff, f"{PRODUCTS}kettle/"))

    assert response.status_code == 204
    assert staff.get(f"{PRODUCTS}kettle/").json()["image"] is None
    assert stored_files() == []
    problem(anonymous.get(address), 404, "not-found")


def test_deleting_a_picture_that_is_not_there_is_fine(staff, shop):
    assert staff.delete(IMAGE, headers={"If-Match": "*"}).status_code == 204


# The form ---------------------------------------------------------------------------------------------------------


def test_the_form_has_one_file_called_image(staff, shop):
    for body in ({}, {"image": "text"}, {"photo": "text"}):
        response = staff.put(IMAGE, body or {"x": "y"}, format="multipart", headers={"If-Match": "*"})
        assert pointers(problem(response, 400, "invalid-input")) == ["/image"]


def test_json_is_the_wrong_form(staff, shop):
    problem(staff.put(IMAGE, {"image": "x"}, headers={"If-Match": "*"}), 415, "unsupported-media-type")


def test_customers_and_strangers_may_not(anonymous, customer, shop):
    problem(upload(anonymous, "kettle", picture()), 401, "not-authenticated")
    problem(upload(customer, "kettle", picture()), 403, "permission-denied")
    problem(customer.delete(IMAGE, headers={"If-Match": "*"}), 403, "permission-denied")
    assert stored_files() == []


def test_an_unknown_product_has_no_picture(staff, shop):
    problem(upload(staff, "teapot", picture()), 404, "not-found")


# Where Pillow does not exist --------------------------------------------------------------------------------------


@pytest.fixture
def _no_pillow(monkeypatch):
    def unavailable(data, info):
        raise images.ReencodingUnavailable("Pillow is not available here.")

    monkeypatch.setattr(images, "reencode", unavailable)


@pytest.mark.usefixtures("_no_pillow")
def test_in_the_browser_a_checked_picture_is_kept_as_it_was_sent_and_the_answer_says_so(put, settings):
    settings.IMAGE_REENCODING_REQUIRED = False
    sent = picture("PNG")
    response = put(sent)
    assert response["Image-Processing"] == "stored as sent: re-encoding is not available here"
    assert stored_picture() == sent


@pytest.mark.usefixtures("_no_pillow")
def test_anywhere_else_it_is_not_kept(put, shop):
    with pytest.raises(images.ReencodingUnavailable):
        put(picture())
    assert stored_files() == []


def test_the_model_has_the_same_validator(shop):
    """The admin's upload, which does not pass the API, is checked by the same rules."""
    shop.kettle.image = SimpleUploadedFile("drawing.svg", b"<svg/>")
    with pytest.raises(InvalidFields) as raised:
        services.validate(shop.kettle)
    assert raised.value.messages.keys() == {"image"}
