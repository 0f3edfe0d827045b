"""Uploaded images: what is accepted is decided from the file's own structure, before anything decodes a pixel.

The structure is read here, in plain Python, because the same code runs where Pillow does not exist. Re-encoding,
which drops metadata and whatever hides between the pixels, is a step of its own that says when it is not available.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File

LARGEST_FILE = 5 * 1024 * 1024  # bytes
LARGEST_SIDE = 6000  # pixels
THUMBNAIL_SIDE = 320  # pixels
MOST_PIXELS = 24_000_000  # width times height: what decoding may cost, known before it begins


class InvalidImage(ValueError):
    """The bytes are not an image that is accepted here. The message says why, for the person who sent it."""


class ReencodingUnavailable(RuntimeError):
    """There is no Pillow here, so the image was checked but can only be kept as it was sent."""


@dataclass(frozen=True)
class ImageInfo:
    """What the file's structure says: `format` is JPEG, PNG or WEBP; width and height are in pixels."""

    format: str
    width: int
    height: int

    @property
    def extension(self) -> str:
        return {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[self.format]


def inspect(data: bytes) -> ImageInfo:
    """What image this is. Raises InvalidImage unless it is one whole JPEG, PNG or still WebP and nothing else."""
    if len(data) > LARGEST_FILE:
        raise InvalidImage(f"The file has {len(data)} bytes; at most {LARGEST_FILE} are accepted.")
    for signature, reader in READERS.items():
        if re.match(signature, data, re.DOTALL):
            try:
                info = reader(data)
            except (struct.error, IndexError):
                raise InvalidImage("The file ends in the middle of the image.") from None
            return check_size(info)
    raise InvalidImage("Only JPEG, PNG and WebP images are accepted; this file is none of them.")


def check_size(info: ImageInfo) -> ImageInfo:
    if not info.width or not info.height:
        raise InvalidImage("The image has no pixels.")
    if max(info.width, info.height) > LARGEST_SIDE or info.width * info.height > MOST_PIXELS:
        raise InvalidImage(
            f"The image is {info.width} by {info.height} pixels; at most {LARGEST_SIDE} a side and "
            f"{MOST_PIXELS} in all are accepted."
        )
    return info


def reencode(data: bytes, info: ImageInfo) -> bytes:
    """The same picture, decoded and written again without metadata.

    Raises InvalidImage when the pixels cannot be decoded, ReencodingUnavailable where Pillow does not exist.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise ReencodingUnavailable("Pillow is not available here.") from None
    try:
        with Image.open(BytesIO(data), formats=[info.format]) as opened:
            if opened.size != (info.width, info.height):
                raise InvalidImage("The image's size is not the one its header says.")
            picture = ImageOps.exif_transpose(opened)
            alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
            picture = picture.convert("RGBA" if alpha and info.format != "JPEG" else "RGB")
            picture.info.clear()
            written = BytesIO()
            picture.save(written, format=info.format, **SAVE_OPTIONS[info.format])
    except InvalidImage:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError):
        raise InvalidImage("The image is damaged: its pixels cannot be decoded.") from None
    return written.getvalue()


def thumbnail(data: bytes) -> bytes:
    """A small WebP of a stored picture, at most THUMBNAIL_SIDE pixels a side; a smaller one is not made larger.

    Raises ReencodingUnavailable where Pillow does not exist.
    """
    try:
        from PIL import Image
    except ImportError:
        raise ReencodingUnavailable("Pillow is not available here.") from None
    with Image.open(BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as opened:
        opened.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))  # a JPEG is decoded at a fraction of its size
        picture = opened.convert("RGBA" if "A" in opened.getbands() or "transparency" in opened.info else "RGB")
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    written = BytesIO()
    picture.save(written, format="WEBP", quality=80)
    return written.getvalue()


SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 88, "optimize": True},
    "PNG": {"optimize": True},
    "WEBP": {"quality": 88},
}


def validate_image_file(file: "File[bytes]") -> None:
    """The model's validator. Raises ValidationError with the reason; an empty field is fine."""
    if getattr(file, "_committed", False):
        return  # what storage holds was checked when it came
    file.seek(0)
    try:
        inspect(file.read(LARGEST_FILE + 1))
    except InvalidImage as error:
        raise ValidationError(str(error), code="invalid_image") from None
    finally:
        file.seek(0)


# The three structures ---------------------------------------------------------------------------------------------


def inspect_png(data: bytes) -> ImageInfo:
    """Walks the chunks to IEND (PNG specification, section 5): sizes and checksums right, and nothing after the end."""
    width, height = struct.unpack(">II", data[16:24])
    kinds = [kind for kind, _ in png_chunks(data)]
    if kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        raise InvalidImage("The PNG is not whole: its chunks are missing or out of order.")
    if b"acTL" in kinds:
        raise InvalidImage("Animated images are not accepted.")
    return ImageInfo("PNG", width, height)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 8
    kind = b""
    while kind != b"IEND":
        (length,) = struct.unpack(">I", data[position : position + 4])
        kind = data[position + 4 : position + 8]
        content = data[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack(">I", data[position + 8 + length : position + 12 + length])
        if zlib.crc32(kind + content) != checksum:
            raise InvalidImage("The PNG is damaged: a checksum is wrong.")
        yield kind, content
        position += 12 + length
    if position != len(data):
        raise InvalidImage("There is something after the end of the PNG image.")


def inspect_jpeg(data: bytes) -> ImageInfo:
    """Walks the segments to the end of the image (ITU T.81, annex B), and refuses anything after it."""
    size: tuple[int, int] | None = None
    position = 2
    while True:
        marker = data[position + 1]
        if data[position] != 0xFF:
            raise InvalidImage("The JPEG is damaged: a segment does not begin with a marker.")
        if marker == 0xFF:  # a fill byte before a marker
            position += 1
            continue
        if marker == 0xD9:
            break
        (length,) = struct.unpack(">H", data[position + 2 : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            size = (width, height)
        position += 2 + length
        if marker == 0xDA:
            position = end_of_scan(data, position)
    if position + 2 != len(data):
        raise InvalidImage("There is something after the end of the JPEG image.")
    if size is None:
        raise InvalidImage("The JPEG has no frame header.")
    return ImageInfo("JPEG", *size)


MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # not a stuffed byte, restart or fill


def end_of_scan(data: bytes, position: int) -> int:
    """Where the entropy-coded bytes end and the next marker begins."""
    found = MARKER_AFTER_SCAN.search(data, position)
    if found is None:
        raise InvalidImage("The file ends in the middle of the image.")
    return found.start()


def inspect_webp(data: bytes) -> ImageInfo:
    """Reads the RIFF container (WebP container specification): its length is the file's, and the image is still."""
    (length,) = struct.unpack("<I", data[4:8])
    if length + 8 != len(data):
        raise InvalidImage("The WebP file is not as long as it says: cut off, or something stands after its end.")
    kind, content = data[12:16], data[20:]
    if kind == b"VP8X":
        if content[0] & 0b10:
            raise InvalidImage("Animated images are not accepted.")
        width, height = (int.from_bytes(content[start : start + 3], "little") + 1 for start in (4, 7))
    elif kind == b"VP8L":
        bits = struct.unpack("<I", content[1:5])[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", content[6:10]))
    else:
        raise InvalidImage("The WebP file holds no image.")
    return ImageInfo("WEBP", width, height)


READERS: dict[bytes, Callable[[bytes], ImageInfo]] = {
    rb"\x89PNG\r\n\x1a\n": inspect_png,
    rb"\xff\xd8\xff": inspect_jpeg,
    rb"RIFF....WEBP": inspect_webp,
}
