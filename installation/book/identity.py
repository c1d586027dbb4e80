"""The provenance that an exported picture carries, and making the same picture again."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg  # type: ignore[import-untyped]  # it has no types
from PIL import Image

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.book.atlas_map import AtlasMap
from installation.book.contact_sheet import write_sheet
from installation.book.map_picture import draw_map
from installation.book.paper import Paper
from installation.book.pictures import IMAGE_FORMATS
from installation.book.printing import PrintOrder, write_print
from installation.book.profiles import MADE, Conversion, profile
from installation.book.sheet_pages import write_sheet_pages
from installation.book.subject import of_atlas, of_score
from installation.editions.production import Production
from installation.errors import DeviceError, InstallationError, ScoreError
from installation.files import read_regular
from installation.outputs.films.formats import format_named, range_named
from installation.outputs.png import PROVENANCE
from installation.player.offline import draw_neuron, export_film, write_still
from installation.player.provenance import FORMAT, versions
from installation.show.frame import View

FILMS = (".mp4", ".mov")
MAX_SIDECAR_BYTES = 2**22
MAX_CHARACTERS = 2**22

Facts = Mapping[str, Any]


def facts_in(path: Path) -> Facts:
    """The provenance in a file, or in the JSON beside it. Raises ScoreError if neither has any."""
    if not path.is_file():
        raise ScoreError(f"{path}: there is no such file; `identify` takes a picture, print or film")
    for read in (_in_film if path.suffix.lower() in FILMS else _in_picture, _beside):
        text = read(path)
        try:
            found = json.loads(text) if text else None
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("neural_image"), int):
            if found["neural_image"] > FORMAT:
                raise ScoreError(f"{path}: was made by a newer version; update the program to make it again")
            return found
    raise ScoreError(f"{path}: says nothing about where it comes from, and {path.name}.json is not beside it")


def _in_picture(path: Path) -> str:
    try:
        with Image.open(path, formats=IMAGE_FORMATS) as picture:
            if PROVENANCE in picture.info:
                return str(picture.info[PROVENANCE])
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        pass
    # Pillow does not read a TIFF with four inks or 16 bits, but its description is plain text in the file.
    try:
        with path.open("rb") as file:
            head = file.read(MAX_CHARACTERS)
            file.seek(max(0, path.stat().st_size - MAX_CHARACTERS))
            tail = file.read(MAX_CHARACTERS)
    except OSError as error:
        raise ScoreError(f"{path}: {error.strerror}") from error
    mark = f"{PROVENANCE}: ".encode()
    # A PDF says it twice, once with escapes of its own, which are not JSON.
    every = (rest for data in (head, tail) for rest in data.split(mark)[1:])
    return next(filter(None, (_first_object(rest.decode("utf-8", "replace")) for rest in every)), "")


def _first_object(text: str) -> str:
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return ""
    return text[:end]


def _in_film(path: Path) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", f"file:{path}", "-f", "ffmetadata", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        if key == "comment":
            return _first_object(
                value.replace("\\=", "=").replace("\\;", ";").replace("\\#", "#").replace("\\\\", "\\")
            )
    return ""


def _beside(path: Path) -> str:
    try:
        return read_regular(path.with_name(f"{path.name}.json"), MAX_SIDECAR_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Origin:
    """The files that a picture was made from, if found; `missing` lists why it cannot be made again, and `differs` what
    may change its pixels."""

    score: Path | None
    atlas: Path | None
    missing: tuple[str, ...]
    differs: tuple[str, ...]


def origin_of(facts: Facts, beside: Path, score: Path | None = None, atlas: Path | None = None) -> Origin:
    """Look for a picture's source files: those named by the caller, beside the picture, and in the current folder."""
    missing: list[str] = []
    differs = _changed_versions(facts)
    told = facts.get("score")
    if isinstance(told, dict):
        name = str(told.get("file"))
        candidates = [score] if score else [beside / name, Path(name), Path("scores") / name]
        found = next((one for one in candidates if one.is_file()), None)
        if found is None:
            missing.append(f"the score {name} is not here; name it with --score FILE")
            return Origin(None, None, tuple(missing), differs)
        try:
            production = Production.open(found, in_tiles=True)
        except InstallationError as error:
            return Origin(found, None, (str(error),), differs)
        if production.score.digest != told.get("sha256"):
            missing.append(f"{found} was changed since: its sha256 is {production.score.digest[:12]}..., then "
                           f"{str(told.get('sha256'))[:12]}...")  # fmt: skip
        opened = production.interpolator.atlas
    else:
        found = None
        try:
            opened = Atlas.open(atlas or SHIPPED_ATLAS)
        except InstallationError as error:
            return Origin(None, None, (str(error),), differs)
    if opened.digest != facts.get("atlas"):
        missing.append(f"the atlas {opened.folder} is another one: its digest is {opened.digest[:12]}..., then "
                       f"{str(facts.get('atlas'))[:12]}...; name the one of that time with --atlas DIR")  # fmt: skip
    if (journal := facts.get("journal")) and not (beside / str(journal)).is_file():
        missing.append(f"the journal {journal} is not beside it")
    if isinstance(rig := facts.get("rig"), dict):
        missing += _missing_rig(rig, beside)
    return Origin(found, opened.folder, tuple(missing), differs)


def _missing_rig(told: Facts, beside: Path) -> list[str]:
    name = str(told.get("file"))
    if not (beside / name).is_file():
        return [f"the rig {name} is not beside it"]
    now = hashlib.sha256((beside / name).read_bytes()).hexdigest()
    return [] if now == told.get("sha256") else [f"the rig {name} was changed since"]


def _changed_versions(facts: Facts) -> tuple[str, ...]:
    then, now = facts.get("versions", {}), versions()
    return tuple(
        f"{name} was {then[name]}, and is {now.get(name, 'not there')} now: pixels may differ by rounding"
        for name in sorted(then)
        if now.get(name) != then[name]
    )


def make_again(facts: Facts, origin: Origin, beside: Path, out: Path) -> list[Path]:
    """Make the same picture, print or film again. Raises ScoreError if something for it is missing."""
    if origin.missing:
        raise ScoreError("it cannot be made again: " + "; ".join(origin.missing))
    kind = facts.get("kind")
    try:
        match kind:
            case "still":
                return write_still(_production(facts, origin), out, f"{int(facts['frame'])}f")
            case "film":
                first, last = facts["frames"]
                journal = beside / str(facts["journal"]) if "journal" in facts else None
                signal_range = range_named(str(facts.get("range", "sdr")))
                return export_film(
                    *(_production(facts, origin), out, f"{int(first)}f", f"{int(last)}f", journal),
                    film=format_named(str(facts["format"]) if "format" in facts else None, out, signal_range),
                    signal_range=signal_range,
                    rig=beside / str(facts["rig"]["file"]) if "rig" in facts else None,
                    head=str(facts["head"]) if "head" in facts else None,
                )
            case "neuron" if origin.atlas is not None:
                opened = Atlas.open(origin.atlas)
                (address,) = facts["neurons"]
                draw_neuron(Interpolator(opened), opened.find(address), int(facts["size_px"][0]), out)
                return [out]
            case "sheet" if origin.atlas is not None:
                opened = Atlas.open(origin.atlas)
                shown = [opened.find(one) for one in facts["neurons"]]
                if "paper" in facts:
                    write_sheet_pages(opened, out, shown, Paper(**facts["paper"]), str(facts["title"]))
                else:
                    write_sheet(opened, out, shown, int(facts["size_px"]))
                return [out]
            case "map" if origin.atlas is not None:
                return [_map_again(facts, Atlas.open(origin.atlas), out)]
            case "print":
                return _print_again(facts, origin, out)
    except (KeyError, TypeError, ValueError) as error:
        raise ScoreError(f"it cannot be made again: what it says about itself is incomplete ({error})") from error
    raise ScoreError(f"it cannot be made again: no command makes a {kind!r} from what it says about itself")


def _production(facts: Facts, origin: Origin) -> Production:
    assert origin.score is not None
    width, height = facts["size_px"]
    return Production.open(
        origin.score,
        fps=str(facts["fps"]),
        size=(int(width), int(height)),
        output=str(facts["output"]),
        settings=[str(one) for one in facts.get("settings", ())],
        in_tiles=True,
    )


def _map_again(facts: Facts, atlas: Atlas, out: Path) -> Path:
    width, height = (int(side) for side in facts["size_px"])
    draw_map(AtlasMap(tuple(facts["neurons"]), int(facts["columns"])), atlas, (width, height), out, str(facts["by"]))
    return out


def _print_again(facts: Facts, origin: Origin, out: Path) -> list[Path]:
    name = str(facts["profile"]["name"])
    if name not in MADE:
        raise ScoreError(f"it cannot be made again: it needs the printer's profile {name}; use `installation print`")
    sheet = Paper(**facts["paper"])
    if origin.score is not None:
        subject = of_score(origin.score, f"{int(facts['frame'])}f", str(facts["output"]), sheet)
    elif origin.atlas is not None:
        subject = of_atlas(str(facts["words"]), origin.atlas, View(*facts["view"]))
    else:
        raise DeviceError("there is nothing here from which to print it")
    write_print(PrintOrder(subject, sheet, Conversion(profile(name), facts["intent"]), out))
    return [out]


def same_files(first: Path, second: Path) -> bool:
    """Whether two files have the same bytes."""
    return first.read_bytes() == second.read_bytes()


def told(facts: Facts) -> Sequence[tuple[str, str]]:
    """The facts in readable form, one line each."""
    lines = []
    for key, value in facts.items():
        if key == "networks" and isinstance(value, dict):
            lines += [(f"network {name}", f"{one.get('attribution')}") for name, one in value.items()]
        elif key == "neurons" and isinstance(value, dict):
            lines.append((key, ", ".join(name if share == 1 else f"{name}:{share:g}" for name, share in value.items())))
        elif isinstance(value, dict):
            lines.append((key, ", ".join(f"{name} {one}" for name, one in value.items())))
        else:
            lines.append((key, ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
    return lines
