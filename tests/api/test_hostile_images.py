"""Files that are no picture, more than a picture, or too much of one: 400, and nothing is stored."""

import contextlib
import struct
import time
import zlib
from io import BytesIO

import pytest
from PIL import Image

from demo_api.catalog import images
from demo_api.catalog.models import Product
from tests.api.world import picture, pointers, problem, stored_files, upload

PATIENCE = 3  # seconds, on a slow machine; decoding a bomb would take longer, and gigabytes
HTML = b"<script>alert(document.domain)</script>"
PHP = b"<?php system($_GET[0]); ?>"
ZIP = b"PK\x05\x06" + b"\x00" * 18


# Making them ------------------------------------------------------------------------------------------------------


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, data: bytes | None = None) -> bytes:
    """A grey PNG of this size whose pixels compress to almost nothing."""
    if data is None:
        packer = zlib.compressobj(9)
        data = b"".join(packer.compress(bytes(width + 1)) for _ in range(min(height, 200))) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "green", "blue")]
    written = BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:], duration=100)
    return written.getvalue()


def other(kind: str) -> bytes:
    return picture(kind, mode="RGB")


def jpeg_of_size(width: int, height: int) -> bytes:
    """A JPEG whose header promises this size."""
    data = bytearray(picture("JPEG"))
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_of_size(width: int, height: int) -> bytes:
    """An extended WebP whose canvas promises this size."""
    data = bytearray(picture("WEBP", mode="RGBA", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"))
    assert data[12:16] == b"VP8X"
    data[24:27], data[27:30] = (width - 1).to_bytes(3, "little"), (height - 1).to_bytes(3, "little")
    return bytes(data)


def flipped(data: bytes, place: int) -> bytes:
    place %= len(data)
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


PNG, JPEG, WEBP = picture("PNG", (64, 48)), picture("JPEG", (64, 48)), picture("WEBP", (64, 48))

REFUSED: dict[str, bytes] = {
    # No picture of the three kinds, whatever its name says
    "an SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "an EPS": other("EPS"),
    "a GIF": other("GIF"),
    "a GIF with HTML": b"GIF89a/*" + HTML + other("GIF")[6:],
    "a BMP": other("BMP"),
    "a TIFF": other("TIFF"),
    "an ICO": other("ICO"),
    "a PDF": other("PDF"),
    "a JPEG 2000": other("JPEG2000"),
    "an HTML page": b"<!doctype html>" + HTML,
    "a ZIP file": ZIP,
    "text": b"photo",
    "one byte": b"\x89",
    "zeros": bytes(10_000),
    # More than a picture
    "a PNG with HTML behind it": PNG + HTML,
    "a PNG with a byte behind it": PNG + b"\n",
    "a JPEG with a ZIP file behind it": JPEG + ZIP,
    "a JPEG with PHP behind it": JPEG + PHP,
    "two JPEGs": JPEG + JPEG,
    "a WebP with HTML behind it": WEBP + HTML,
    "HTML with a PNG behind it": HTML + PNG,
    # Too much of one
    "a PNG of 144 megapixels": png(12_000, 12_000),
    "a PNG of 2 by 6,001": png(2, 6001),
    "a PNG of 6,000 by 6,000": png(6000, 6000),
    "a PNG of four thousand million squared": png(2**31 - 1, 2**31 - 1, b""),
    "a JPEG of 65,535 by 65,535": jpeg_of_size(65_535, 65_535),
    "a WebP of 16 million by 16 million": webp_of_size(2**24 - 1, 2**24 - 1),
    "an animated PNG": animated("PNG"),
    "an animated WebP": animated("WEBP"),
    "a PNG of 6 MB": PNG + b"x" * 6_000_000,
    # Too little
    "a PNG without pixels": png(0, 0),
    "a PNG without width": png(0, 10),
    "a JPEG without pixels": jpeg_of_size(0, 0),
    "a JPEG without width": jpeg_of_size(0, 10),
    "a PNG cut off": PNG[:-20],
    "a PNG cut off in its header": PNG[:20],
    "a JPEG cut off": JPEG[:-20],
    "a JPEG cut off at once": JPEG[:3],
    "a WebP cut off": WEBP[:-20],
    "a WebP cut off at once": WEBP[:12],
    "a PNG without data": b"\x89PNG\r\n\x1a\n" + PNG[8:33] + chunk(b"IEND", b""),
    "a PNG that begins with its data": b"\x89PNG\r\n\x1a\n" + PNG[33:],
    "a JPEG without a frame": b"\xff\xd8\xff\xd9",
    "a WebP without an image": b"RIFF" + struct.pack("<I", 12) + b"WEBP" + b"ABCD" + bytes(4),
    # Damaged
    "a PNG with a wrong checksum": flipped(PNG, 30),
    "a PNG whose data has a wrong checksum": flipped(PNG, -14),
    "a PNG whose data is no data": png(8, 6, b"not compressed"),
    "a PNG that says it is larger": png(4000, 4000, zlib.compress(bytes(100))),
    "a PNG with a chunk longer than the file": b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31) + b"IHDR" + bytes(50),
    "a JPEG with a segment longer than the file": JPEG[:2] + b"\xff\xe1\xff\xff" + JPEG[2:],
    "a JPEG with a segment of length zero": JPEG[:2] + b"\xff\xe1\x00\x00" + JPEG[2:],
    "a WebP that says it is longer": WEBP[:4] + struct.pack("<I", len(WEBP)) + WEBP[8:],
    "a WebP that says it is shorter": WEBP[:4] + struct.pack("<I", 4) + WEBP[8:],
    "a WebP that says it has four thousand million bytes": WEBP[:4] + b"\xff\xff\xff\xff" + WEBP[8:],
    "a WebP with another canvas than its image": webp_of_size(5000, 4000),
    "a WebP with damaged data": WEBP[:-30] + b"\xff" * 30,
    "a WebP of the right length and nothing in it": b"RIFF" + struct.pack("<I", 4) + b"WEBP",
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_and_nothing_is_stored(staff, shop, case):
    began = time.monotonic()
    # 6 MB are more than the form may have; everything else is read, and is no picture.
    expected = (413, "payload-too-large") if case == "a PNG of 6 MB" else (400, "invalid-input")
    document = problem(upload(staff, "kettle", REFUSED[case], name="photo.jpg"), *expected)

    assert time.monotonic() - began < PATIENCE
    if expected[0] == 400:
        assert pointers(document) == ["/image"]
    assert stored_files() == []
    assert Product.objects.get(slug="kettle").image == ""


def test_a_bomb_is_refused_before_it_is_decoded(staff, shop, monkeypatch):
    def decode(*args):
        raise AssertionError("decoded")

    monkeypatch.setattr(images, "reencode", decode)
    bomb = REFUSED["a PNG of 144 megapixels"]
    assert len(bomb) < 20_000
    problem(upload(staff, "kettle", bomb), 400, "invalid-input")


def test_a_file_of_exactly_the_limit_is_looked_at(staff, shop):
    """5 MiB is the limit of the picture; a byte more is refused by the rule for pictures, not by the form's size."""
    padding = images.LARGEST_FILE - len(PNG) - 12
    full = PNG[:33] + chunk(b"teXt", bytes(padding)) + PNG[33:]
    assert len(full) == images.LARGEST_FILE
    assert upload(staff, "kettle", full).status_code == 200
    more = PNG[:33] + chunk(b"teXt", bytes(padding + 1)) + PNG[33:]
    assert pointers(problem(upload(staff, "kettle", more), 400, "invalid-input")) == ["/image"]


def test_every_byte_of_a_small_picture_may_be_wrong(staff, shop):
    """Whatever is flipped, a reader answers: a picture, or an InvalidImage, and no other exception."""
    for data in (picture("PNG"), picture("JPEG"), picture("WEBP")):
        for place in range(len(data)):
            survives(flipped(data, place))
            survives(data[:place])


def survives(data: bytes) -> None:
    with contextlib.suppress(images.InvalidImage):
        images.reencode(data, images.inspect(data))


# What hides between the pixels, or in front of them, is gone ------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_whatever_is_hidden_in_metadata_does_not_survive(staff, shop, kind, settings):
    if kind == "PNG":
        data = PNG[:33] + chunk(b"tEXt", b"Comment\x00" + PHP + HTML) + PNG[33:]
    elif kind == "JPEG":
        data = picture("JPEG", comment=PHP + HTML)
    else:
        data = picture("WEBP", xmp=PHP + HTML)
    assert PHP in data

    assert upload(staff, "kettle", data).status_code == 200

    (name,) = stored_files()
    kept = (settings.MEDIA_ROOT / name).read_bytes()
    assert PHP not in kept
    assert HTML not in kept


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"Exif\x00\x00",
        b"Exif\x00\x00MM\x00*\xff\xff\xff\xff",
        b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff" + b"\xff" * 40,
    ],
)
def test_broken_metadata_does_not_break_the_upload(staff, shop, exif):
    response = upload(staff, "kettle", picture("JPEG", exif=exif))
    assert response.status_code in (200, 400)
    assert len(stored_files()) == (response.status_code == 200)
