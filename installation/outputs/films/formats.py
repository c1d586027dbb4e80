"""The formats of films: file names, ffmpeg's options, and the precision of colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from installation.errors import ScoreError

Range = Literal["sdr", "pq", "hlg"]
"""How a signal encodes light: as on a monitor (BT.709), or with one of BT.2100's two curves for a higher range.
"""

RANGES: tuple[Range, ...] = get_args(Range)


@dataclass(frozen=True, slots=True)
class FilmFormat:
    """How to write one kind of film. Formats without an `encoder` are folders of pictures.

    `encoder`, `options` and `pixels` are ffmpeg's; `sound` has its options for the sound track. Width and height must
    be multiples of `multiple`. A `deep` film has more than 8 bits a channel and is mixed in single precision. A film
    with `alpha` is transparent where no layer lies. An `is_rgb` film stores red, green and blue without conversion;
    `ranges` are its possible signal ranges.
    """

    title: str
    suffix: str
    encoder: str = ""
    container: str = ""
    options: tuple[str, ...] = ()
    pixels: str = ""
    multiple: tuple[int, int] = (1, 1)
    sound: tuple[str, ...] = ()
    deep: bool = False
    alpha: bool = False
    is_rgb: bool = False
    ranges: tuple[Range, ...] = ("sdr",)

    @property
    def dtype(self) -> str:
        """The precision of its canvases."""
        return "f4" if self.deep else "f1"

    def fitting(self, size_px: tuple[int, int]) -> tuple[int, int]:
        """The smallest size that it can have and that is no smaller than this one."""
        width, height = (-(-side // many) * many for side, many in zip(size_px, self.multiple, strict=True))
        return width, height

    def misfit(self, size_px: tuple[int, int]) -> str:
        """What keeps it from this size, in words; empty if nothing does."""
        if self.fitting(size_px) == size_px:
            return ""
        across, down = self.multiple
        needed = "an even" if across == 2 else f"a multiple of {across} as"
        sides = "width and height" if down > 1 else "width"
        return f"{self.title} needs {needed} {sides}, {size_px[0]}x{size_px[1]} is not"


_AAC = ("-c:a", "aac", "-b:a", "320k")
_PCM = ("-c:a", "pcm_s24le")
_START = ("-movflags", "+faststart")
_HEVC = ("-preset", "medium", "-crf", "16", "-tag:v", "hvc1", *_START)


def _mov(title: str, encoder: str, pixels: str, *options: str, **more: object) -> FilmFormat:
    return FilmFormat(title, ".mov", encoder, "mov", options, pixels, sound=_PCM, **more)  # type: ignore[arg-type]  # checked where it is called


FORMATS: Mapping[str, FilmFormat] = {
    # On a large screen crf 16 is hard to distinguish from the source; a lower crf would only spend bits on the dither's
    # noise.
    "h264": FilmFormat(
        "H.264", ".mp4", "libx264", "mp4", ("-preset", "medium", "-crf", "16", *_START), "yuv420p", (2, 2), _AAC
    ),
    "h265": FilmFormat(
        *("H.265, 10 bits, 4:2:0", ".mp4", "libx265", "mp4", _HEVC, "yuv420p10le", (2, 2), _AAC),
        deep=True,
        ranges=RANGES,
    ),
    "h265-444": FilmFormat(
        *("H.265, 10 bits, 4:4:4", ".mp4", "libx265", "mp4", _HEVC, "yuv444p10le", (1, 1), _AAC),
        deep=True,
        ranges=RANGES,
    ),
    "av1": FilmFormat(
        *("AV1, 10 bits, 4:2:0", ".mp4", "libsvtav1", "mp4", ("-preset", "6", "-crf", "16", *_START)),
        *("yuv420p10le", (2, 2), _AAC),
        deep=True,
        ranges=RANGES,
    ),
    # SVT-AV1 supports only 4:2:0.
    "av1-444": FilmFormat(
        *(
            "AV1, 10 bits, 4:4:4",
            ".mp4",
            "libaom-av1",
            "mp4",
            ("-cpu-used", "6", "-crf", "14", "-row-mt", "1", *_START),
        ),
        *("yuv444p10le", (1, 1), _AAC),
        deep=True,
        ranges=RANGES,
    ),
    "prores-422": _mov(
        *("ProRes 422 HQ", "prores_ks", "yuv422p10le", "-profile:v", "3", "-vendor", "apl0"),
        multiple=(2, 1),
        deep=True,
        ranges=RANGES,
    ),
    "prores-4444": _mov(
        *("ProRes 4444 with alpha", "prores_ks", "yuva444p10le"),
        *("-profile:v", "4", "-vendor", "apl0", "-alpha_bits", "16"),
        deep=True,
        alpha=True,
    ),
    "hap": _mov("HAP", "hap", "rgba", "-format", "hap", multiple=(4, 4), is_rgb=True),
    "hap-q": _mov("HAP Q", "hap", "rgba", "-format", "hap_q", multiple=(4, 4), is_rgb=True),
    "hap-alpha": _mov(
        "HAP with alpha", "hap", "rgba", "-format", "hap_alpha", multiple=(4, 4), is_rgb=True, deep=True, alpha=True
    ),
    "png": FilmFormat("PNG pictures", "", is_rgb=True),
    "png-16": FilmFormat("PNG pictures of 16 bits", "", is_rgb=True, deep=True, ranges=RANGES),
    "exr": FilmFormat("EXR pictures, linear, with alpha", "", is_rgb=True, deep=True, alpha=True),
}
"""The formats by their name for `--format`; the first with a suffix and a range is the default for both."""


def format_named(name: str | None, path: Path, signal_range: Range = "sdr") -> FilmFormat:
    """The format of a film at `path`, by its name, or else by the suffix and the range; raises ScoreError."""
    suffix = path.suffix.lower()
    if name is None:
        fitting = [word for word, one in FORMATS.items() if one.suffix == suffix]
        name = next((word for word in fitting if signal_range in FORMATS[word].ranges), next(iter(fitting), None))
        if name is None:
            suffixes = [kind for kind in dict.fromkeys(one.suffix for one in FORMATS.values()) if kind]
            kinds = ", ".join(f"{kind} ({format_named(None, Path(f'_{kind}')).title})" for kind in suffixes)
            raise ScoreError(f"{path}: a film cannot be '{path.suffix}'; allowed: {kinds}, no suffix (a folder of PNG)")
    found = FORMATS.get(name)
    if found is None:
        raise ScoreError(f"--format: {name!r} is none; allowed are {', '.join(FORMATS)}")
    if found.suffix != suffix:
        named = path.with_suffix(found.suffix).name
        raise ScoreError(
            f"--format {name}: {found.title} is {_kind(found.suffix)}; write --out {named}, not {path.name}"
        )
    if signal_range not in found.ranges:
        others = ", ".join(word for word, one in FORMATS.items() if signal_range in one.ranges)
        raise ScoreError(
            f"--format {name}: {found.title} has no range {signal_range}, which --range or the score's film_range asks "
            f"for; write --range sdr, or one of these formats: {others}"
        )
    return found


def range_named(word: str) -> Range:
    """The range with this name; raises ScoreError."""
    for known in RANGES:
        if known == word:
            return known
    raise ScoreError(f"--range: {word!r} is none; allowed are {', '.join(RANGES)}")


def _kind(suffix: str) -> str:
    return f"a file '{suffix}'" if suffix else "a folder"
