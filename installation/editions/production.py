"""A production: a score with its atlas, read, checked and measured for a performance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.atlas.joined import JoinedAtlas
from installation.atlas.routes import prepare
from installation.editions.shader_trials import try_shaders
from installation.errors import ScoreError
from installation.language.limits import PIXELS
from installation.language.reading import nearest
from installation.language.times import parse_time
from installation.rig.head import Head, sizes_on
from installation.rig.monitors import Monitor
from installation.score import reader
from installation.score.reader import CheckResult
from installation.score.score_scalars import frames_per_second
from installation.show.compiled_score import compiled
from installation.show.frame import Shader, ShowValue
from installation.show.score import Score, Text


@dataclass(frozen=True, slots=True)
class Production:
    """A prepared score, its atlas, and the size in pixels (width, height) of each output.

    `path` is its file, `settings` are the command line's values for its parameters. `files` are the files that the
    score names; `shader_seconds` has the measured seconds per frame of each shader, drawn alone on this machine.
    """

    score: Score
    interpolator: Interpolator
    sizes: Mapping[str, tuple[int, int]]
    warnings: tuple[str, ...] = ()
    path: Path = Path()
    settings: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    shader_seconds: Mapping[Shader, float] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        fps: str | None = None,
        size: tuple[int, int] | None = None,
        output: str | None = None,
        settings: Sequence[str] = (),
        day: str | None = None,
        known: Interpolator | None = None,
        check: Callable[[Path], CheckResult] | None = None,
        in_tiles: bool = False,
    ) -> Production:
        """Read the score in `path`; `fps` and `size` replace the score's own, `output` selects one output.

        `settings` such as `near=0.7` are the parameters' values until a desk moves them; `day`, such as 2027-03-01, is
        the day of the house for which chance draws. `known` is used again, with its cached results, if it has the
        score's atlas. `check` replaces score.reader.check. Outputs drawn `in_tiles` may have any size. Raises
        ScoreError for the author's mistakes, AtlasError for a damaged atlas.
        """
        parts = known.atlas.parts if known is not None and isinstance(known.atlas, JoinedAtlas) else ()
        parts = parts or ((known.atlas,) if known is not None else ())
        opened = {part.folder: part for part in parts if part.is_current}

        def open_atlas(folder: Path) -> Atlas:
            if folder not in opened:
                opened[folder] = Atlas.open(folder)
            return opened[folder]

        report = check(path) if check else reader.check(path, open_atlas=open_atlas)
        if report.score is None or report.atlas_folder is None:
            raise ScoreError("\n".join(map(str, report.mistakes)), report.mistakes)
        score = report.score if fps is None else replace(report.score, fps=_frames_per_second(fps))
        score = _on_day(_with_settings(score, settings), day)
        atlas = open_atlas(report.atlas_folder)
        if report.further_atlases:
            atlas = JoinedAtlas(atlas, {name: open_atlas(one) for name, one in report.further_atlases.items()})
        score = _with_names(score, atlas)
        same = known is not None and (known.atlas.folder, known.atlas.digest) == (atlas.folder, atlas.digest)
        interpolator = known if known is not None and same else Interpolator(atlas)
        shown = [one for one in score.outputs if output in (None, one.name)]
        if not shown:
            names = ", ".join(one.name for one in score.outputs)
            raise ScoreError(f"--output: {output!r} is not an output of {path}; it has {names}")
        for one in shown:
            width, height = size or (one.width, one.height)
            if width * height > PIXELS and not in_tiles:
                raise ScoreError(
                    f"output {one.name!r}: {width}x{height} are {width * height / 1e6:.0f} million pixels, and at most "
                    f"{PIXELS / 1e6:.0f} can be drawn at once; choose a smaller size, or draw a still or a print"
                )
        sizes = {one.name: size or (one.width, one.height) for one in shown}
        return cls(
            prepare(score, interpolator),
            interpolator,
            sizes,
            tuple(map(str, report.warnings)),
            path,
            tuple(settings),
            report.files,
            try_shaders(score, sizes),
        )

    def on(self, heads: Sequence[Head], monitors: Sequence[Monitor]) -> Production:
        """The production on the heads of a rig: outputs in their monitors' pixels, without those that no head shows."""
        return replace(self, sizes=sizes_on(heads, monitors, self.sizes)) if heads else self

    @property
    def frames(self) -> int:
        """The number of frames to rehearse: every cue once, those on call behind the others."""
        return compiled(self.score).timeline.length

    @property
    def running_frames(self) -> int:
        """The number of frames of one round of the running order."""
        return compiled(self.score).timeline.order_length

    def frame_number(self, time: str, option: str) -> int:
        """A time from the command line (90s, 1:30, 45f, or plain seconds) as a frame number; raises ScoreError."""
        text = f"{time}s" if time.replace(".", "", 1).isdigit() else time
        try:
            seconds = parse_time(text, self.score.fps).seconds(0.0)
        except ValueError as error:
            raise ScoreError(f"{option}: {error}") from None
        return round(Fraction(seconds) * self.score.fps)


def _with_names(score: Score, atlas: Atlas) -> Score:
    """The score with the names of the atlas' neurons, if it has texts that may show them."""
    texts = (take.subject for cue in score.cues for layer in cue.layers for take in layer.takes)
    if not any(isinstance(text, Text) and any(isinstance(part, ShowValue) for part in text.parts) for text in texts):
        return score
    return replace(score, names=tuple((neuron.address, neuron.name) for neuron in atlas.neurons))


def _with_settings(score: Score, settings: Sequence[str]) -> Score:
    """The score with other defaults for its parameters; raises ScoreError."""
    parameters = {one.name: one for one in score.parameters}
    for setting in settings:
        name, equals, text = setting.partition("=")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not equals or not math.isfinite(value):
            raise ScoreError(f"--set: {setting!r} is not NAME=NUMBER, such as near=0.7")
        parameter = parameters.get(name)
        if parameter is None:
            have = f"it has {', '.join(parameters)}" if parameters else "it has none"
            raise ScoreError(f"--set: {name!r} is not a parameter of this score; {have}{nearest(name, parameters)}")
        if not parameter.low <= value <= parameter.high:
            raise ScoreError(f"--set: {value:g} is outside {parameter.low:g}..{parameter.high:g}, the range of {name}")
        parameters[name] = replace(parameter, default=value)
    return replace(score, parameters=tuple(parameters.values())) if settings else score


def _on_day(score: Score, day: str | None) -> Score:
    """The score on a day of the house; raises ScoreError."""
    if day is None:
        return score
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise ScoreError(f"--day: {day!r} is not a day such as 2027-03-01") from None
    if not score.daily:
        raise ScoreError("--day: this score is the same on every day; `seed: daily` in it makes days differ")
    return replace(score, day=found.isoformat())


def _frames_per_second(text: str) -> Fraction:
    try:
        return frames_per_second(text)
    except ValueError as error:
        raise ScoreError(f"--fps: {error}") from None
