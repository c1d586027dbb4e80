"""PNG files, written row by row: a picture of any size needs the memory of a few rows, and gives the same bytes each
time.

Pillow writes PNG only from a whole picture, and without 16 bits a channel; a large print would not fit into memory.
Format: ISO/IEC 15948 (PNG, third edition).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from installation.files import write_atomically

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB = 2
"""The colour type: three channels, no palette, no alpha."""

COMPRESSION = 4
IDAT_BYTES = 1 << 18
MAX_SIDE_PX = 2**31 - 1
"""Width and height are 31 bits in a PNG."""

FILTERED_BYTES = 1 << 22
"""How many bytes are filtered together, so that they stay near the cache."""

SUB, UP = 1, 2
"""Filter types: a byte minus the byte of the pixel to the left, or of the row above."""

PROVENANCE = "Provenance"
"""The keyword of a picture's statement of its origin, in JSON."""

Chunk = tuple[bytes, bytes]
"""A chunk's type and content."""

SRGB: Chunk = b"sRGB", b"\0"
"""The picture is sRGB; rendering intent: perceptual."""


def text_chunks(words: Mapping[str, str]) -> list[Chunk]:
    """Chunks for texts about the file, by keyword, in UTF-8."""
    return [(b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + text.encode()) for key, text in words.items()]


def dpi_chunk(dpi: float) -> Chunk:
    """The chunk for the picture's size on paper."""
    per_metre = round(dpi / 0.0254)
    return b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)


def profile_chunk(icc: bytes) -> Chunk:
    """The chunk for an ICC profile, in place of SRGB."""
    return b"iCCP", b"ICC profile\0\0" + zlib.compress(icc, 9)


class PngWriter:
    """Writes a picture of `size_px` (width, height) into a file, 8 or 16 `bits` a channel, with `chunks` before it."""

    def __init__(
        self, file: IO[bytes], size_px: tuple[int, int], *, bits: int = 8, chunks: Sequence[Chunk] = (SRGB,)
    ) -> None:
        self._file, self._bits = file, bits
        self._waiting = bytearray()
        self._stream = PixelStream(self._data)
        file.write(SIGNATURE)
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", *size_px, bits, RGB, 0, 0, 0))
        for kind, content in chunks:
            self._chunk(kind, content)

    def write(self, rows: Pixels) -> None:
        """Append rows (count, width, 3 or more channels, the first three RGB), the topmost first."""
        self.append(packed(rows[..., :3], self._bits))

    def append(self, rows: PackedRows) -> None:
        """Append packed rows."""
        self._stream.append(rows)

    def finish(self) -> None:
        """Write the rest; the file is then complete, and stays open."""
        self._stream.finish()
        self._chunk(b"IDAT", bytes(self._waiting))
        self._chunk(b"IEND", b"")

    def _data(self, compressed: bytes) -> None:
        self._waiting += compressed
        whole = len(self._waiting) // IDAT_BYTES * IDAT_BYTES
        for first in range(0, whole, IDAT_BYTES):
            self._chunk(b"IDAT", bytes(self._waiting[first : first + IDAT_BYTES]))
        del self._waiting[:whole]

    def _chunk(self, kind: bytes, content: bytes) -> None:
        check = zlib.crc32(content, zlib.crc32(kind))
        self._file.write(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check))


class PackedRows(NamedTuple):
    """Rows of a picture, filtered and compressed so that they can follow others: deflate data that ends at a byte.

    `check` is the Adler-32 of the `length` bytes that they unpack to.
    """

    data: bytes
    check: int
    length: int


def packed(rows: Pixels, bits: int) -> PackedRows:
    """Rows (count, width, channels), packed for PNG or PDF (predictor 15)."""
    deflate = zlib.compressobj(COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    data, check, length = [], 1, 0
    above: NDArray[np.uint8] | None = None
    pixel_bytes = rows.shape[2] * bits // 8
    at_once = max(1, FILTERED_BYTES // (rows.shape[1] * pixel_bytes))
    for first in range(0, len(rows), at_once):
        some = np.ascontiguousarray(rows[first : first + at_once], ">u2" if bits == 16 else np.uint8)
        lines = some.view(np.uint8).reshape(len(some), -1)
        filtered = _filtered(lines, above, pixel_bytes)
        check, length = zlib.adler32(filtered, check), length + len(filtered)
        data.append(deflate.compress(filtered))
        above = lines[-1]
    data.append(deflate.flush(zlib.Z_SYNC_FLUSH))
    return PackedRows(b"".join(data), check, length)


class PixelStream:
    """One zlib stream (RFC 1950) of many packed rows, given to `write` piece by piece."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._check = 1
        write(b"\x78\x5e")  # deflate with a window of 32 KB, fast compression

    def append(self, rows: PackedRows) -> None:
        """Append rows to the stream."""
        self._write(rows.data)
        self._check = _joined(self._check, rows.check, rows.length)

    def finish(self) -> None:
        """End the stream: an empty last block, and the checksum."""
        self._write(b"\x03\x00" + struct.pack(">I", self._check))


def _joined(first: int, second: int, length: int) -> int:
    """The Adler-32 of two joined pieces of data; the second is `length` bytes long."""
    modulus = 65521
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + length * ((first & 0xFFFF) - 1)
    return high % modulus << 16 | low % modulus


def _filtered(lines: NDArray[np.uint8], above: NDArray[np.uint8] | None, pixel_bytes: int) -> bytes:
    """Rows of bytes (count, width), each after its filter type: the one of two filters that gives smaller numbers.

    Without a row `above`, the first row uses SUB.
    """
    found = np.empty((2, len(lines), lines.shape[1] + 1), np.uint8)
    found[0, :, 0], found[1, :, 0] = SUB, UP
    found[0, :, 1 : 1 + pixel_bytes] = lines[:, :pixel_bytes]
    np.subtract(lines[:, pixel_bytes:], lines[:, :-pixel_bytes], out=found[0, :, 1 + pixel_bytes :])
    np.subtract(lines[:1], lines[:1] if above is None else above, out=found[1, :1, 1:])
    np.subtract(lines[1:], lines[:-1], out=found[1, 1:, 1:])
    sizes = np.abs(found[:, :, 1:].view(np.int8)).view(np.uint8).sum(-1, dtype=np.int64)  # (2, count)
    if above is None:
        sizes[1, 0] = sizes[0, 0] + 1
    chosen: NDArray[np.uint8] = found[np.argmin(sizes, 0), np.arange(len(lines))]
    return chosen.tobytes()


def png_bytes(picture: Pixels, chunks: Sequence[Chunk] = (SRGB,)) -> bytes:
    """A picture (height, width, 3 or more channels, the first three RGB) as PNG, without a time; with the picture's 8
    or 16 bits."""
    file = io.BytesIO()
    height, width, _ = picture.shape
    writer = PngWriter(file, (width, height), bits=8 * picture.itemsize, chunks=chunks)
    writer.write(picture)
    writer.finish()
    return file.getvalue()


def write_still(path: Path, picture: NDArray[np.uint8], chunks: Sequence[Chunk] = (SRGB,)) -> None:
    """Write one picture as `path`; see `png_bytes` for its shape."""
    write_atomically(path, png_bytes(picture, chunks))
