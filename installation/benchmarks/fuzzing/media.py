"""An artist's own files: pictures, fonts and films."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from PIL import Image

from installation.benchmarks.fuzzing.mutation import broken_bytes
from installation.benchmarks.fuzzing.rounds import Format, Reader
from installation.media.film_file import FilmReader
from installation.media.font_file import SHIPPED, font_facts
from installation.media.image_file import image_facts

KINDS = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "TIFF": ("1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "I"),
    "WEBP": ("RGB", "RGBA"),
    "EPS": ("RGB",),  # not a supported format, whatever the file's name
    "GIF": ("P",),
}


@contextmanager
def one_file(
    name: str, examples: Callable[[], Sequence[bytes]], take: Callable[[Path], object], folder: Path
) -> Iterator[Reader]:
    good = examples()
    file = folder / name

    def read(data: bytes) -> bool:
        file.write_bytes(data)
        take(file)
        return True

    yield Reader(lambda chance: _broken(chance, good), read)


def _broken(chance: Random, good: Sequence[bytes]) -> bytes:
    """A broken example, often with changed bytes in its header: readers trust sizes and offsets."""
    if chance.random() < 0.5:
        return broken_bytes(chance, good)
    data = bytearray(chance.choice(good))
    for _ in range(chance.randint(1, 6)):
        end = min(len(data), 600) if chance.random() < 0.6 else len(data)
        data[chance.randrange(end)] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
    return bytes(data)


def _images() -> list[bytes]:
    return [_image(kind, mode) for kind, modes in KINDS.items() for mode in modes] + [
        _image("TIFF", "RGB", compression=compression) for compression in ("tiff_lzw", "tiff_deflate", "packbits")
    ]


def _image(kind: str, mode: str, **options: str) -> bytes:
    content = io.BytesIO()
    Image.new(mode, (23, 17), 1).save(content, kind, **options)
    return content.getvalue()


def _fonts() -> list[bytes]:
    """The shipped font, reduced to two letters, uncompressed and compressed."""
    found = []
    for flavor in (None, "woff"):
        content = io.BytesIO()
        with TTFont(SHIPPED) as font:
            subset = Subsetter(Options())
            subset.populate(text="ab")
            subset.subset(font)
            font.flavor = flavor
            font.save(content)
        found.append(content.getvalue())
    return found


def _films() -> list[bytes]:
    """Six grey frames in each container."""
    import av  # imported here, since it is an extra

    found = []
    for kind, codec in (("mp4", "mpeg4"), ("matroska", "mpeg4"), ("avi", "mjpeg"), ("mpegts", "mpeg2video")):
        content = io.BytesIO()
        with av.open(content, "w", format=kind) as container:
            stream: Any = container.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 32, 32, "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(6):
                grey = np.full((32, 32, 3), 40 * number, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
            container.mux(stream.encode())
        found.append(content.getvalue())
    return found


def _play(path: Path) -> None:
    with FilmReader(path) as reader:
        for number in (0, 5, 2):
            reader.frame(number)


image: Format = partial(one_file, "picture.png", _images, image_facts)
font: Format = partial(one_file, "font.ttf", _fonts, font_facts)
film: Format = partial(one_file, "film.mp4", _films, _play)
