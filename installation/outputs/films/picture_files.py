"""Files of single pictures for a folder of pictures: PNG of 8 or 16 bits, and EXR."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from installation.errors import DeviceError
from installation.outputs.films.formats import FORMATS, FilmFormat, Range
from installation.outputs.films.signals import Floats, Picture, eight_bits, light_of, signal_of
from installation.outputs.png import PROVENANCE, SRGB, Chunk, png_bytes, text_chunks

MISSING = "EXR needs one more package: pip install 'installation[exr]'"

CICP: dict[Range, Chunk] = {"pq": (b"cICP", bytes([9, 16, 0, 1])), "hlg": (b"cICP", bytes([9, 18, 0, 1]))}
"""The description of a PNG's signal (ITU-T H.273): BT.2020's primaries, the transfer, RGB, full range."""


class PictureFiles:
    """Makes the files of pictures (height, width, 4) in the format of a film, each with the `comment`.

    The constructor raises DeviceError if the package for the format is missing.
    """

    def __init__(self, film: FilmFormat, signal_range: Range, comment: str) -> None:
        self._film, self._range, self._comment = film, signal_range, comment
        self.suffix = ".exr" if film is FORMATS["exr"] else ".png"
        if self.suffix == ".exr":
            try:
                import OpenEXR  # noqa: F401 only checks that it is installed
            except ImportError:
                raise DeviceError(MISSING) from None

    def bytes_of(self, picture: Picture) -> bytes:
        """The whole file of a picture."""
        if self.suffix == ".exr":
            return _exr_bytes(light_of(picture), self._comment)
        chunks = [CICP.get(self._range, SRGB), *text_chunks({PROVENANCE: self._comment} if self._comment else {})]
        if self._film.deep:
            return png_bytes(signal_of(picture, self._range), chunks)
        return png_bytes(eight_bits(picture), chunks)


def _exr_bytes(light: Floats, comment: str) -> bytes:
    """An EXR file of half floats in BT.709's primaries, which are OpenEXR's default."""
    import OpenEXR

    said = f"{PROVENANCE}: {comment}" if comment else ""
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, "comments": said}
    # OpenEXR writes only to files, and a separate folder makes the name unique.
    with tempfile.TemporaryDirectory(prefix="exr-") as folder:
        file = Path(folder) / "picture.exr"
        OpenEXR.File(header, {"RGBA": np.ascontiguousarray(light.astype(np.float16))}).write(str(file))
        return file.read_bytes()
