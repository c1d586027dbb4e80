"""Films and stills: the player with a clock that waits for nobody, pictures decoded exactly, and files as sinks."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from rich.console import Console
from rich.progress import track

from installation.atlas.atlas import Neuron
from installation.atlas.interpolate import Interpolator
from installation.desk.journal.journal import check_score, read_journal
from installation.editions.production import Production
from installation.errors import ScoreError
from installation.files import replacing
from installation.language.limits import PIXELS
from installation.language.times import format_time
from installation.outputs.films.film import Film, film_paths
from installation.outputs.films.formats import FORMATS, FilmFormat, Range, format_named
from installation.outputs.headless import Headless
from installation.outputs.heads.head_canvases import HeadCanvases, HeadSink, monitor_size
from installation.outputs.png import Chunk, PngWriter
from installation.outputs.sink import Sink
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.picture.mixing.canvas import Canvas
from installation.picture.mixing.mixer import Mixer
from installation.picture.supply.supply import ExactSupply
from installation.player.inspection import Inspector
from installation.player.player import Player
from installation.player.provenance import as_text, facts_of_atlas, facts_of_score, png_chunks
from installation.player.report import Report
from installation.player.tiles import ALONE, TILE_PX, TilePainter, frame_alone
from installation.rig.head import Head
from installation.rig.venue import read_venue
from installation.show.clock import FixedClock
from installation.show.compiled_score import compiled
from installation.show.control import Control, Message
from installation.show.frame import Frame, LatentPoint, Shot, View
from installation.show.playing.performance import Performance
from installation.show.timeline import seconds_of
from installation.signals import stopped_by_signals
from installation.sound.sound_track import write_sound_track


class Replay:
    """Replaces the desk: messages come from a journal, or there are none.

    `control` is the state before the messages, None for the initial state.
    """

    def __init__(self, messages: Iterable[Message] = (), control: Control | None = None) -> None:
        self.control = control
        ordered = sorted(messages, key=lambda message: message.order)
        self._by_frame = {number: tuple(group) for number, group in groupby(ordered, lambda message: message.frame)}

    def before(self, frame_number: int) -> list[Message]:
        """The messages that took effect before a frame."""
        return [message for number, group in self._by_frame.items() if number < frame_number for message in group]

    def drain(self, frame_number: int, control: Control) -> Sequence[Message]:  # noqa: ARG002 the protocol's
        """See player.ControlInput.drain."""
        return self._by_frame.get(frame_number, ())

    def tell(self, frame_number: int, control: Control) -> None:
        """Nobody listens."""


class OfflinePlayer:
    """A player without a display that draws every frame from `first` on at full quality. A context manager.

    It owns GL context, decoder, mixer and sinks; it closes the sinks before the context that they read from. Canvases
    have the precision and the alpha of `film`; with `heads` the sinks get the pictures of a rig's monitors.
    """

    def __init__(
        self,
        production: Production,
        sinks: Sequence[Sink],
        first: int,
        replay: Replay | None = None,
        *,
        film: FilmFormat = FORMATS["png"],
        heads: Sequence[Head] = (),
    ) -> None:
        replay = replay or Replay()
        self._performance = performance = Performance(production.score, production.sizes, replay.control)
        performance.follow(replay.before(first), first)
        with ExitStack() as cleanup:
            context = cleanup.enter_context(Headless()).context
            self.mixer = cleanup.enter_context(
                Mixer(context, production.sizes, dither=not film.deep, dtype=film.dtype, alpha=film.alpha)
            )
            for sink in sinks:
                cleanup.enter_context(sink)
            if heads:
                walls = HeadCanvases(context, heads, production.sizes, film.dtype)
                sinks = [cleanup.enter_context(HeadSink(walls, heads, sinks))]
            supply = cleanup.enter_context(ExactSupply(cpu_decoder(production.interpolator), supersampled=True))
            report = Report(supply.statistics, time.process_time, production.score.fps)
            clock = FixedClock(production.score.fps, first)
            self._inspector = cleanup.enter_context(Inspector(partial(cpu_decoder, production.interpolator)))
            self.player = Player(performance, clock, replay, supply, self.mixer, sinks, report)
            self._cleanup = cleanup.pop_all()

    def step(self) -> None:
        """Play a frame and inspect it; raises DeviceError if a picture wrongly came out as one colour."""
        frame = self._performance.frame_at(self.player.step())
        self._inspector.inspect(frame, {name: canvas.pixels() for name, canvas in self.canvases.items()})

    @property
    def canvases(self) -> Mapping[str, Canvas]:
        """The pictures of the last played frame."""
        return self.mixer.canvases

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.__exit__(kind, error, trace)


def export_film(
    production: Production,
    out: Path,
    begin: str = "0",
    end: str | None = None,
    journal: Path | None = None,
    *,
    film: FilmFormat | None = None,
    signal_range: Range | None = None,
    rig: Path | None = None,
    head: str | None = None,
) -> list[Path]:
    """Film the frames from `begin` up to, but not including, `end`, one film per output, and return the files.

    `end` None is the end of the score. A `journal` replays the control of that day. `signal_range` None is the score's;
    `film` None chooses the format by the suffix and that range. With a `rig`, films show the pictures of its monitors,
    or only that of `head`. A signal to stop discards half-written files and raises KeyboardInterrupt.
    """
    signal_range = signal_range or production.score.film_range
    film = film or format_named(None, out, signal_range)
    facts = _facts_of_format(film, signal_range)
    heads: tuple[Head, ...] = ()
    if rig is not None:
        if film.alpha:
            raise ScoreError(f"--rig: a monitor shows no alpha, but {film.title} has it; choose another --format")
        production, heads, digest = _on_wall(production, rig, head)
        facts |= {"rig": {"file": rig.name, "sha256": digest}}
    first = production.frame_number(begin, "--from")
    last = production.running_frames if end is None else production.frame_number(end, "--to")
    if last <= first:
        raise ScoreError(f"--to: {end or 'the end'} is not after --from {begin}; a film has at least one frame")
    replay = Replay()
    if journal is not None:
        recording = read_journal(journal)
        check_score(recording, production.score, journal)
        if first < recording.first_frame:
            since = f"{recording.first_frame}f"
            before = "before that, another edition of the score played, or an older journal beside it has it"
            raise ScoreError(f"--from {begin}: {journal} begins at {since}; {before}; write --from {since}")
        replay = Replay(recording.messages, recording.succession.control if recording.succession else None)
    console = Console(stderr=True)
    stopped: list[bool] = []
    with stopped_by_signals(lambda: stopped.append(True)):
        facts |= {"frames": [first, last]} | ({"journal": journal.name} if journal is not None else {})
        filmed = {one.output: one.source for one in heads} or {output: output for output in production.sizes}
        comments = {
            name: as_text(facts_of_score("film", production, output, {**facts, "head": name} if heads else facts))
            for name, output in filmed.items()
        }
        with ExitStack() as filming:
            sound = None
            if production.score.buses:
                folder = filming.enter_context(tempfile.TemporaryDirectory(prefix="film-"))
                sound = _sound_track(Path(folder) / "sound.wav", production, range(first, last), replay)
            sizes = {one.output: monitor_size(one, production.sizes[one.source]) for one in heads}
            sizes = sizes or dict(production.sizes)
            sink = Film(out, sizes, production.score.fps, comments, sound, film=film, signal_range=signal_range)
            offline = filming.enter_context(OfflinePlayer(production, [sink], first, replay, film=film, heads=heads))
            for _ in track(range(first, last), "Filming", console=console, disable=not console.is_terminal):
                if stopped:
                    raise KeyboardInterrupt  # between two frames: the writers can discard half-written files
                offline.step()
    return list(film_paths(out, tuple(filmed)).values())


def _facts_of_format(film: FilmFormat, signal_range: Range) -> dict[str, object]:
    """The film's format and range for its metadata; empty for the suffix's usual format in SDR."""
    name = next(word for word, one in FORMATS.items() if one is film)
    said = {} if film is format_named(None, Path(f"_{film.suffix}")) else {"format": name}
    return {**said, **({} if signal_range == "sdr" else {"range": signal_range})}


def _on_wall(production: Production, rig: Path, head: str | None) -> tuple[Production, tuple[Head, ...], str]:
    """The production in the sizes of a rig, its heads (or the head named `head`), and the digest of the rig's file.

    Raises ScoreError if no head shows an output.
    """
    venue = read_venue(rig, production.score)
    shown = production.on(venue.heads, ())
    heads = tuple(one for one in venue.heads if one.source in shown.sizes and head in (None, one.output))
    if not heads:
        names = " or ".join(production.sizes)
        raise ScoreError(f"--rig: no head of {rig} shows {names}, so nobody would see it")
    return shown, heads, venue.digest


def _sound_track(path: Path, production: Production, frames: range, replay: Replay) -> Path:
    """Write the sound of the film before its pictures are drawn."""
    performance = Performance(production.score, production.sizes, replay.control)
    performance.follow(replay.before(frames.start), frames.start)

    def control_at(frame_number: int) -> Control:
        performance.follow(replay.drain(frame_number, performance.control), frame_number)
        return performance.control

    write_sound_track(path, production.score, production.path.parent, frames, control_at)
    return path


def write_still(production: Production, out: Path, at: str) -> list[Path]:
    """Write the frame at a time as PNG: to `out` for one output, otherwise to one file per output, named after it."""
    if out.suffix.lower() != ".png":
        raise ScoreError(f"--out: a still is a PNG file; {out} ends in {out.suffix or 'nothing'}, write {out.stem}.png")
    frame_number, score = production.frame_number(at, "--at"), production.score
    timeline = compiled(score).timeline
    length = timeline.order_length
    ends = not score.loop and not score.is_open and score.cues[-1].end == "follow"
    if ends and frame_number >= length:
        raise ScoreError(
            f"--at: {at} is not before the end of this score, which is at {format_time(seconds_of(length, score.fps))}"
        )
    frame = Performance(score, production.sizes).frame_at(frame_number)
    written = []
    for output, size_px in production.sizes.items():
        path = out if len(production.sizes) == 1 else out.with_name(f"{out.stem}-{output}.png")
        tile_px = _tile_px(frame, output, size_px)
        with TilePainter(production.interpolator, output, size_px, tile_px=tile_px) as painter:
            facts = facts_of_score("still", production, output, {"frame": frame_number})
            _write_png(painter, frame, path, png_chunks(f"{score.title}, frame {frame_number}", facts))
        written.append(path)
    return written


def _tile_px(frame: Frame, output: str, size_px: tuple[int, int]) -> tuple[int, int]:
    """The tile size of a still. Effects and mattes read neighbouring pixels, so an output with any is drawn whole."""
    shown = next(one for one in frame.outputs if one.output == output)
    if not shown.has_effects:
        return TILE_PX
    if size_px[0] * size_px[1] > PIXELS:
        raise ScoreError(
            f"--size: {size_px[0]}x{size_px[1]} cannot be drawn at once, and output {output!r} has effects, which look "
            f"beyond tiles; at most {PIXELS / 1e6:.0f} million pixels can"
        )
    return size_px


def draw_neuron(interpolator: Interpolator, neuron: Neuron, side_px: int, out: Path) -> None:
    """Write a neuron's whole picture as PNG, equal to a still of a score that shows only this neuron."""
    shot = Shot(LatentPoint(((neuron.address, 1.0),)), View())
    facts = facts_of_atlas("neuron", interpolator.atlas, {neuron.address: 1.0}, {"size_px": [side_px, side_px]})
    draw_shot(interpolator, shot, (side_px, side_px), out, png_chunks(neuron.name, facts))


def draw_shot(
    interpolator: Interpolator, shot: Shot, size_px: tuple[int, int], out: Path, chunks: Sequence[Chunk]
) -> None:
    """Write a shot as PNG, equal to a still of a score that shows only this shot."""
    with TilePainter(interpolator, ALONE, size_px) as painter:
        _write_png(painter, frame_alone(shot), out, chunks)


def _write_png(painter: TilePainter, frame: Frame, out: Path, chunks: Sequence[Chunk]) -> None:
    console = Console(stderr=True)
    bands = track(
        painter.bands(frame), "Drawing", len(painter), console=console, transient=True, disable=not console.is_terminal
    )
    with replacing(out) as file:
        png = PngWriter(file, painter.size_px, chunks=chunks)
        for band in bands:
            png.write(np.asarray(band, np.uint8))
        png.finish()
