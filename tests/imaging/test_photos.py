"""Every kind of photo comes out as upright RGB uint8, and what is no photo is refused by name."""

import io
import json
import os
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps, TiffImagePlugin

from wildwear.errors import MissingExtraError, PhotoError
from wildwear.imaging import MAX_PIXELS, photo_size, read_photo
from wildwear.imaging import photos as photos_module
from wildwear.imaging.photos import Header, is_upright_jpeg, read_with_header

CORAL = (240, 128, 96)
BLUE = (16, 48, 208)
LOSSY = 12  # how far JPEG and WebP stray in flat colours, with their subsampled chroma
TURNS = {  # EXIF orientation: the turn that a camera's picture has taken with it
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(image: Image.Image, suffix: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, suffix, **options)
    return buffer.getvalue()


def flat(mode: str, colour: Any, size: tuple[int, int] = (32, 16)) -> Image.Image:
    return Image.new(mode, size, colour)


def scene() -> Image.Image:
    """48 x 32 with four different quarters, so that no turn of it looks like another."""
    image = Image.new("RGB", (48, 32), "white")
    image.paste(CORAL, (0, 0, 24, 16))
    image.paste(BLUE, (24, 0, 48, 16))
    image.paste((20, 120, 20), (0, 16, 24, 32))
    return image


def distance(pixels: NDArray[np.uint8], expected: Any) -> int:
    return int(np.abs(pixels.astype(int) - np.asarray(expected, int)).max())


def png(width: int, height: int) -> bytes:
    """The start of a PNG that says it has this size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))


def jpeg(width: int, height: int) -> bytes:
    """A JPEG whose header lies about its size."""
    content = stored(flat("RGB", CORAL), "JPEG")
    start = content.index(b"\xff\xc0") + 5
    return content[:start] + struct.pack(">HH", height, width) + content[start + 4 :]


def bmp(width: int, height: int) -> bytes:
    content = stored(flat("RGB", CORAL), "BMP")
    return content[:18] + struct.pack("<ii", width, height) + content[26:]


# --- ordinary photos


def test_a_real_photo_has_the_pixels_that_pillow_decodes(shared: Path) -> None:
    photos = sorted((shared / "data/clothing-co-parsing/photos").iterdir())[::200]
    photos += sorted((shared / "data/wild-pool").iterdir())[::200]
    assert len(photos) >= 20
    for path in photos:
        pixels = read_photo(path)
        assert (pixels == np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))).all(), path
        assert photo_size(path) == pixels.shape[:2]


def test_the_size_of_every_test_photo_is_the_one_in_its_coco_file(shared: Path) -> None:
    document = json.loads((shared / "data/wild30/wild30.json").read_text())
    for image in document["images"]:
        path = shared / "data/wild30/photos" / image["file_name"]
        assert photo_size(path) == (image["height"], image["width"]), path


PLAIN = (
    {"quality": 90},
    {"quality": 100, "subsampling": 0},
    {"progressive": True, "comment": b"seen"},
    {"restart_marker_blocks": 1},
)


def test_the_size_of_a_plain_jpeg_needs_no_pillow(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = sorted((shared / "data/clothing-co-parsing/photos").iterdir())[::200]
    expected = [Image.open(path).size[::-1] for path in photos]
    contents = [
        stored(image, "JPEG", **options) for image in (scene(), flat("L", 3, (48, 32))) for options in PLAIN
    ]
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("asked Pillow"))
    assert [photo_size(path) for path in photos] == expected
    assert {photo_size(content) for content in contents} == {(32, 48)}


@settings(max_examples=400)
@given(data=st.data())
def test_a_jpeg_is_read_as_with_pillows_header_however_it_is_damaged(data: st.DataObject) -> None:
    content = bytearray(stored(scene(), "JPEG", **data.draw(st.sampled_from(PLAIN))))
    header = content.index(b"\xff\xda") + 14
    for place in data.draw(st.lists(st.integers(0, header), max_size=3)):
        content[place] = data.draw(st.sampled_from([0, 1, 8, 0xC0, 0xDA, 0xE1, 0xFF]) | st.integers(0, 255))
    damaged = bytes(content[: data.draw(st.sampled_from([None, None, header]) | st.integers(0, header))])

    def found(read: Callable[[bytes], object]) -> object:
        try:
            return read(damaged)
        except PhotoError as error:
            return str(error)

    def pixels_and_header(content: bytes) -> tuple[bytes, object]:
        pixels, header = read_with_header(content)
        return pixels.tobytes(), header

    ways = photo_size, pixels_and_header
    shortcuts = [found(read) for read in ways]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(photos_module, "plain_jpeg", lambda start: None)
        assert [found(read) for read in ways] == shortcuts


def test_a_photo_is_the_same_by_name_path_bytes_and_pil_image(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    scene().save(path)
    expected = np.asarray(scene())
    for source in (str(path), path, path.read_bytes(), Image.open(path), scene(), expected):
        pixels = read_photo(source)
        assert (pixels == expected).all()
        assert pixels.dtype == np.uint8


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_what_is_read_can_be_drawn_on(suffix: str) -> None:
    pixels = read_photo(stored(scene(), suffix))
    pixels[0, 0] = 7
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_the_exif_orientation_is_applied(suffix: str, orientation: int) -> None:
    turn = TURNS[orientation]
    turned = scene() if turn is None else scene().transpose(turn)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options = {"lossless": True} if suffix == "WEBP" else {"subsampling": 0} if suffix == "JPEG" else {}
    content = stored(turned, suffix, exif=exif, **options)
    assert photo_size(content) == (32, 48)
    for source in (content, Image.open(io.BytesIO(content))):
        assert distance(read_photo(source), scene()) <= (LOSSY if suffix == "JPEG" else 0)


@pytest.mark.parametrize(("suffix", "orientation"), [("JPEG", 1), ("JPEG", 2), ("JPEG", 6), ("PNG", 1)])
def test_only_a_jpeg_that_nothing_turns_can_be_shown_as_its_file_is(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    (tmp_path / "photo").write_bytes(stored(scene(), suffix, exif=exif))
    assert is_upright_jpeg(tmp_path / "photo") == ((suffix, orientation) == ("JPEG", 1))


def test_an_orientation_that_follows_the_pixels_of_a_png_is_applied() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    content = stored(scene(), "PNG", exif=exif)
    start = content.index(b"eXIf") - 4
    end = start + 12 + struct.unpack(">I", content[start : start + 4])[0]
    late = content[:start] + content[end:-12] + content[start:end] + content[-12:]
    assert photo_size(late) == (48, 32)
    assert (read_photo(late) == read_photo(content)).all()


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*" + bytes(3)])
def test_damaged_exif_does_not_cost_the_photo(exif: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    content = stored(scene(), "JPEG", exif=exif)
    assert photo_size(content) == read_photo(content).shape[:2] == (32, 48)
    assert capfd.readouterr().err == ""


def test_an_orientation_of_nine_is_ignored() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 9
    assert read_photo(stored(scene(), "JPEG", exif=exif)).shape == (32, 48, 3)


@pytest.mark.parametrize("suffix", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_its_first_frame(suffix: str) -> None:
    options = {"lossless": True} if suffix == "WEBP" else {}
    frames = [flat("RGB", colour) for colour in (CORAL, BLUE, CORAL)]
    content = stored(frames[0], suffix, save_all=True, append_images=frames[1:], duration=100, **options)
    assert Image.open(io.BytesIO(content)).n_frames == 3
    assert distance(read_photo(content), CORAL) == 0


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_a_photo_of_one_pixel_is_a_photo(suffix: str) -> None:
    content = stored(flat("RGB", CORAL, (1, 1)), suffix)
    assert read_photo(content).shape == (1, 1, 3)
    assert photo_size(content) == (1, 1)


def test_a_heic_photo_is_read_with_its_rotation() -> None:
    heif = pytest.importorskip("pillow_heif", reason="needs the extra heic")
    heif.register_heif_opener()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = scene().transpose(Image.Transpose.ROTATE_90)
    turned.info["exif"] = exif.tobytes()  # which pillow-heif writes as a rotation of the file's own
    content = stored(turned, "HEIF", quality=95)
    assert b"irot" in content
    assert photo_size(content) == (32, 48)
    pixels = read_photo(content)
    assert pixels.shape == (32, 48, 3)
    assert distance(pixels[4:12, 4:20], CORAL) <= LOSSY


def test_without_its_extra_a_heic_photo_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wildwear\[heic\]'"):
        read_photo(b"\0\0\0\x18ftypheic" + bytes(40))


# --- kinds of pixels


@pytest.mark.parametrize(
    ("content", "expected", "slack"),
    [
        pytest.param(stored(flat("RGB", CORAL).quantize(4), "PNG"), CORAL, 0, id="palette"),
        pytest.param(stored(flat("RGB", CORAL), "GIF"), CORAL, 0, id="gif"),
        pytest.param(stored(flat("RGB", CORAL), "JPEG", progressive=True), CORAL, LOSSY, id="progressive"),
        pytest.param(stored(flat("L", 77), "JPEG"), (77, 77, 77), 1, id="grey jpeg"),
        pytest.param(stored(flat("L", 77), "PNG"), (77, 77, 77), 0, id="grey png"),
        pytest.param(stored(flat("1", 1), "PNG"), (255, 255, 255), 0, id="one bit, white"),
        pytest.param(stored(flat("1", 0), "TIFF"), (0, 0, 0), 0, id="one bit, black"),
        pytest.param(stored(flat("LA", (77, 255)), "PNG"), (77, 77, 77), 0, id="grey, opaque"),
        pytest.param(stored(flat("LA", (77, 0)), "PNG"), (255, 255, 255), 0, id="grey, transparent"),
        pytest.param(stored(flat("RGBA", (*CORAL, 255)), "PNG"), CORAL, 0, id="opaque"),
        pytest.param(stored(flat("RGBA", (*BLUE, 0)), "PNG"), (255, 255, 255), 0, id="transparent"),
        pytest.param(stored(flat("RGBA", (0, 0, 0, 51)), "PNG"), (204, 204, 204), 0, id="a fifth black"),
        pytest.param(stored(flat("RGB", BLUE), "PNG", transparency=BLUE), (255,) * 3, 0, id="tRNS"),
        pytest.param(stored(flat("CMYK", (0, 0, 0, 0)), "JPEG"), (255, 255, 255), 2, id="cmyk white"),
        pytest.param(stored(flat("CMYK", (0, 0, 0, 255)), "JPEG"), (0, 0, 0), 2, id="cmyk black"),
        pytest.param(stored(flat("CMYK", (255, 0, 0, 0)), "JPEG"), (0, 255, 255), 2, id="cmyk cyan"),
        pytest.param(stored(flat("CMYK", (255, 0, 0, 0)), "TIFF"), (0, 255, 255), 0, id="cmyk tiff"),
        pytest.param(stored(flat("I;16", 0x4D00), "PNG"), (77, 77, 77), 0, id="16-bit grey png"),
        pytest.param(stored(flat("I;16", 0xFFFF), "PNG"), (255, 255, 255), 0, id="16-bit white"),
        pytest.param(stored(flat("I;16", 0x4D00), "TIFF"), (77, 77, 77), 0, id="16-bit grey tiff"),
        pytest.param(stored(flat("I;16B", 0x4D00), "TIFF"), (77, 77, 77), 0, id="16-bit big-endian"),
        pytest.param(stored(flat("I", 0x4D00), "TIFF"), (77, 77, 77), 0, id="16 bits in 32"),
        pytest.param(stored(flat("F", 0.5), "TIFF"), (128, 128, 128), 0, id="float tiff"),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(content: bytes, expected: tuple[int, ...], slack: int) -> None:
    for source in (content, Image.open(io.BytesIO(content))):
        pixels = read_photo(source)
        assert pixels.shape == (16, 32, 3)
        assert pixels.dtype == np.uint8
        assert distance(pixels, expected) <= slack


def test_a_cmyk_photo_keeps_its_colours(shared: Path) -> None:
    path = min((shared / "data/wild30/photos").iterdir())
    expected = read_photo(path)
    content = stored(Image.open(path).convert("RGB").convert("CMYK"), "JPEG", quality=95, subsampling=0)
    assert b"Adobe" in content  # Adobe's tools store CMYK inverted, and mark it so
    assert np.abs(read_photo(content).astype(int) - expected).mean() < 3


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_scaled_and_not_clipped(suffix: str, channels: int) -> None:
    ramp = np.linspace(0, 65535, 256 * channels, dtype=np.uint16).reshape(16, 16, channels)
    _, content = cv2.imencode(suffix, ramp[..., ::-1])
    expected = np.broadcast_to(ramp // 257, (16, 16, 3))
    assert distance(read_photo(content.tobytes()), expected) <= 1


# --- arrays


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.full((2, 3), 77, np.uint8), (77, 77, 77)),
        (np.full((2, 3, 1), 77, np.uint8), (77, 77, 77)),
        (np.full((2, 3, 3), CORAL, np.uint8), CORAL),
        (np.full((2, 3, 4), (*BLUE, 0), np.uint8), (255, 255, 255)),
        (np.full((2, 3, 3), 65535, np.uint16), (255, 255, 255)),
        (np.full((2, 3), 0x4D00, ">u2"), (77, 77, 77)),
        (np.ones((2, 3), np.bool_), (255, 255, 255)),
        (np.full((2, 3, 3), (0.0, 0.5, 1.0)), (0, 128, 255)),
        (np.full((2, 3, 3), 1.0000001, np.float32), (255, 255, 255)),
        (np.full((2, 6, 3), CORAL, np.uint8)[:, ::-2], CORAL),
    ],
)
def test_an_array_is_a_photo(array: NDArray[Any], expected: tuple[int, ...]) -> None:
    pixels = read_photo(array)
    assert pixels.shape == (2, 3, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert distance(pixels, expected) == 0


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((2, 3, 2), np.uint8), r"shape \(2, 3, 2\)"),
        (np.zeros(5, np.uint8), r"shape \(5,\)"),
        (np.zeros((1, 2, 3, 3), np.uint8), "shape"),
        (np.zeros((0, 3, 3), np.uint8), "shape"),
        (np.zeros((2, 3), np.int64), "int64 pixels"),
        (np.full((2, 3, 3), 128.0), r"floats from 128 to 128; float pixels lie in \[0, 1\]"),
        (np.full((2, 3, 3), np.nan), "floats from nan"),
        (np.zeros((2, 3), object), "object pixels"),
    ],
)
def test_an_array_of_another_kind_is_refused(array: NDArray[Any], reason: str) -> None:
    with pytest.raises(PhotoError, match=f"this array: has .*{reason}"):
        read_photo(array)


# --- what is no photo


@pytest.mark.parametrize("header", [png, jpeg, bmp], ids=lambda header: header.__name__)
@pytest.mark.parametrize("side", [11_000, 20_000])
def test_a_bomb_is_refused_by_its_header(
    header: Callable[[int, int], bytes], side: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(header(side, side))

    def decode(*_: Any) -> None:
        pytest.fail("decoded a bomb")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    monkeypatch.setattr(cv2, "imdecode", decode)
    started = time.perf_counter()
    for read in (read_photo, photo_size):
        with pytest.raises(
            PhotoError, match=r"bomb\.png: (has 11000 x 11000 pixels|is too large for Pillow)"
        ):
            read(path)
    assert time.perf_counter() - started < 0.5


def test_the_limit_on_pixels_is_exact_and_can_be_moved() -> None:
    content = stored(scene(), "PNG")
    assert read_photo(content, max_pixels=48 * 32).shape == (32, 48, 3)
    for source in (content, scene()):
        with pytest.raises(PhotoError, match="has 48 x 32 pixels, over the limit of 1,535"):
            read_photo(source, max_pixels=48 * 32 - 1)
    assert MAX_PIXELS > 108_000_000  # the largest photos that phones take


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_truncated_photo_is_refused_by_name(
    suffix: str, share: float, tmp_path: Path, shared: Path
) -> None:
    whole = stored(Image.open(min((shared / "data/wild30/photos").iterdir())).convert("RGB"), suffix)
    path = tmp_path / "cut.photo"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(PhotoError, match=r"cut\.photo: is .*(truncated|damaged)"):
        read_photo(path)


def test_a_progressive_jpeg_that_breaks_off_is_refused(shared: Path) -> None:
    photo = Image.open(min((shared / "data/wild30/photos").iterdir()))
    whole = stored(photo, "JPEG", progressive=True)
    with pytest.raises(PhotoError, match="truncated"):
        read_photo(whole[: len(whole) // 2])


def test_a_jpeg_may_carry_a_trailer_behind_its_end() -> None:
    content = stored(scene(), "JPEG")
    expected = read_photo(content)
    assert (read_photo(content + bytes(100)) == expected).all()
    assert (read_photo(content + b"SEFT some phone's own") == expected).all()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"<!DOCTYPE html><title>404</title>", "is not a photo .*begins with b'<!DOCTYPE html>"),
        (b"\xff\xd8\xff", "is not a photo|truncated"),
        (b"\0" * 5000, "is not a photo"),
        (b"%PDF-1.7 ...", "is not a photo"),
    ],
)
def test_a_file_that_is_no_photo_is_refused_by_name(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "party.jpg"
    path.write_bytes(content)
    for read in (read_photo, photo_size):
        with pytest.raises(PhotoError, match=rf"party\.jpg: .*({reason})"):
            read(path)


def test_a_missing_file_a_folder_and_a_pipe_are_refused_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for name, reason in {
        "missing.jpg": "no such file",
        ".": "is a folder, not a photo",
        "pipe.jpg": "is not a regular file",
        "x" * 300 + ".jpg": "cannot be opened",
        "null\0.jpg": "cannot be opened",
    }.items():
        with pytest.raises(PhotoError, match=reason) as error:
            read_photo(tmp_path / name)
        assert str(tmp_path) in str(error.value)


def test_a_file_that_may_not_be_read_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "private.jpg"
    scene().save(path)
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything

        def refuse(*_: Any) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PhotoError, match=r"private\.jpg: cannot be opened \(Permission denied\)"):
        read_photo(path)


def test_pixels_that_cannot_be_scaled_are_refused_with_the_reason() -> None:
    for image in (flat("I", 70_000), flat("I", -1)):
        with pytest.raises(PhotoError, match="32-bit pixels"):
            read_photo(stored(image, "TIFF"))
    with pytest.raises(PhotoError, match="floats from 300 to 300"):
        read_photo(stored(flat("F", 300.0), "TIFF"))


def test_decoders_print_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[65000] = "a private tag"
    sound = stored(scene(), "TIFF", tiffinfo=tags, compression="tiff_lzw")
    read_photo(sound)
    for content in (sound[:-40], png(40, 40), png(11_000, 9_000), jpeg(11_000, 9_000)[:500]):
        with pytest.raises(PhotoError):
            read_photo(content)
    assert capfd.readouterr() == ("", "")


SOUND = [
    stored(scene(), "JPEG"),
    stored(scene(), "JPEG", progressive=True),
    stored(scene(), "PNG"),
    stored(scene(), "GIF"),
    stored(scene(), "BMP"),
    stored(scene(), "TIFF", compression="tiff_lzw"),
    stored(scene(), "WEBP"),
]


@settings(max_examples=300)
@given(
    sound=st.sampled_from(SOUND),
    damage=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8
    ),
    cut=st.floats(0, 1),
)
def test_damaged_bytes_give_a_photo_or_a_photo_error(
    sound: bytes, damage: list[tuple[float, int]], cut: float
) -> None:
    content = bytearray(sound)
    for place, value in damage:
        content[int(place * len(content))] = value
    try:
        pixels = read_photo(bytes(content[: max(int(cut * 2 * len(content)), 1)]), max_pixels=1_000_000)
    except PhotoError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.shape[2:] == (3,)


def test_a_header_comes_with_the_pixels_that_are_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    content = stored(scene(), "JPEG", exif=exif)
    decoded: list[int] = []
    decode = photos_module._decode_jpeg
    monkeypatch.setattr(photos_module, "_decode_jpeg", lambda content: decoded.append(1) or decode(content))
    pixels, header = read_with_header(content)
    assert np.array_equal(pixels, read_photo(content))
    assert (header.format, header.channels, header.orientation, header.taken) == ("JPEG", 3, 6, None)
    assert len(decoded) == 2


@pytest.mark.parametrize(("image", "channels"), [(scene(), 3), (flat("L", 3, (48, 32)), 1)])
def test_a_plain_jpeg_is_read_without_pillow(
    image: Image.Image, channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = stored(image, "JPEG")
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("asked Pillow"))
    pixels, header = read_with_header(content)
    assert pixels.shape == (32, 48, 3)
    assert header == Header("JPEG", channels, orientation=1, taken=None)


def test_an_address_on_the_web_is_named_as_it_was_given() -> None:
    with pytest.raises(
        PhotoError, match=r"^https://example\.com/1\.jpg: is on the web, no file; load it first"
    ):
        read_photo("https://example.com/1.jpg")
