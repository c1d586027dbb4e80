"""Makes Takes of their words: walks become legs, plates grids, views camera keys."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

from installation.errors import InstallationError
from installation.language.nodes import Node
from installation.language.reading import Reading
from installation.language.times import format_time
from installation.score import limits
from installation.score.clip import clip_of
from installation.score.cue_time import TIME_TOLERANCE, CueTime
from installation.score.figures import gradient_of, shape_of
from installation.score.image import image_of
from installation.score.model import (
    SUBJECT_WORDS,
    DescendSpec,
    PlateSpec,
    ShareKeySpec,
    TakeSpec,
    ViewKeySpec,
    ViewSpec,
    WalkSpec,
)
from installation.score.stops import PLATE, DescentItemSpec, Stop
from installation.score.surfaces import AngleKeySpec, SizeKeySpec, SurfaceSpec
from installation.score.text import text_of
from installation.show.expressions import Number
from installation.show.frame import Plate
from installation.show.score import (
    Descend,
    DescentStop,
    Keyframe,
    Leg,
    Surface,
    Take,
    TakeSubject,
    Track,
    ViewKeyframe,
    Walk,
    steady,
)


def track_of(value: Number | tuple[ShareKeySpec | AngleKeySpec | SizeKeySpec, ...], time: CueTime) -> Track | None:
    """The track of a constant number or of keys; None if all keys had mistakes, which are reported."""
    if not isinstance(value, tuple):
        return steady(value)
    times = time.rising([(one.at, one.node.at("at")) for one in value])
    return (
        Track(tuple(Keyframe(at, one.value, one.ease) for at, one in zip(times, value, strict=True))) if value else None
    )


def take_of(spec: TakeSpec, time: CueTime, shared: TakeSpec | None = None) -> Take | None:
    """The take that `spec` describes, in the camera of the layer `shared`, if any; None after a reported mistake."""
    node = spec.node
    told = [word for word in SUBJECT_WORDS if word in node]
    if len(told) != 1:
        *others, last = (f"`{word}`" for word in SUBJECT_WORDS)
        at_once, one_of_them = " and ".join(f"`{word}`" for word in told), f"{', '.join(others)} or {last}"
        message = f"{at_once} at once: keep one" if told else f"there is nothing to see: add {one_of_them}"
        time.reading.refuse(node, message)
        return None
    subject = SUBJECTS[told[0]](spec, time)
    view = view_of(spec.view, subject, time)
    surface = surface_of(spec.surface, time)
    if surface and subject and not isinstance(subject, Walk | Descend):
        time.reading.refuse(
            node.at("surface"),
            f"{told[0]!r} cannot lie on a body, which wears neurons: give the take a walk or a descent",
        )
    base = view_of(shared.view, subject, time) if shared is not None and shared.view is not None else ()
    drift = spec.drift or (shared.drift if shared is not None else None)
    return Take(subject, view, surface, base, drift) if subject else None


def surface_of(spec: SurfaceSpec | str | None, time: CueTime) -> Surface | None:
    """The body that `spec` describes; None if there is none, and after a reported mistake."""
    if spec is None:
        return None
    if isinstance(spec, str):
        return Surface(spec)
    tracks = [track_of(value, time) for value in (spec.yaw, spec.pitch, spec.roll, spec.size)]
    if not spec.body or None in tracks:
        return None
    yaw, pitch, roll, size = (track for track in tracks if track)
    return Surface(spec.body, yaw, pitch, roll, size, spec.shade)


def walk_of(spec: WalkSpec | tuple[Stop, ...] | Stop | None, node: Node, time: CueTime) -> Walk | None:
    """The walk that `spec` describes; its legs are in seconds on its own clock."""
    if spec is None:
        return None
    if not isinstance(spec, WalkSpec):
        stops = spec if isinstance(spec, tuple) else (spec,)
        return _walk(stops, None, node, time)
    walk = _walk(spec.through, spec, node, time)
    if walk:
        _warn_about_walk(walk, spec, time)
    return walk


def _walk(stops: tuple[Stop, ...], spec: WalkSpec | None, node: Node, time: CueTime) -> Walk | None:
    if not stops:
        return None
    given = spec.duration if spec else None
    timed = [stop for stop in stops if stop.at is not None]
    by_position = spec is not None and spec.position is not None and not timed
    duration = given or (1.0 if by_position else time.seen)
    if duration is None and len(stops) > 1:
        if time.undated:
            time.reading.refuse(node, "nothing says how long this walk takes: give the walk or the cue a duration")
        return None
    duration = duration or 1.0
    if given and time.seen and spec and spec.repeat == "once" and not time.stays and given > time.seen + TIME_TOLERANCE:
        time.reading.refuse(
            spec.node.at("duration"),
            f"{format_time(given)} is beyond the {format_time(time.seen)} that the cue is seen",
        )
    pace = (spec and spec.pace) or ("times" if timed else "even")
    if pace == "even":
        legs = _even(stops, duration, time.reading)
        _ways_are_few(stops, node, time.reading)
        if timed and len(stops) > 1:
            time.reading.refuse(timed[0].node, "an even walk has no times: delete them, or write `pace: times`")
    else:
        legs = _timed(stops, duration, time)
    if spec is None:
        return Walk(legs, duration, even=pace == "even")
    position = None if spec.position is None else track_of(spec.position, time)
    return Walk(legs, duration, pace == "even", spec.ease, spec.repeat, position, _cycle(spec, time))


def _cycle(spec: WalkSpec, time: CueTime) -> float | None:
    """The period of the walk's cyclic neurons; refuses a cycle if none of them has one."""
    stops = spec.through
    if spec.cycle is not None and stops and not any(time.reading.has_cycle(stop.neuron) for stop in stops):
        which = "this neuron does" if len(stops) == 1 else "these neurons do"
        time.reading.refuse(
            spec.node.at("cycle"),
            f"{which} not move in a cycle: only those of a family on a loop do; `installation atlas show` says how a "
            "neuron is drawn",
        )
    return spec.cycle


def _ways_are_few(stops: tuple[Stop, ...], node: Node, reading: Reading) -> None:
    """Refuses an even walk with more random ways than the player can measure before a show."""
    pools = [reading.pools.get(stop.neuron, (stop.neuron,)) for stop in stops]
    ways = sum(len(a) * len(b) for a, b in set(pairwise(pools)) if len(a) > 1 or len(b) > 1)
    if ways > limits.OPEN_WAYS:
        reading.refuse(
            node,
            f"an even walk with {ways:,} ways left to chance: each is measured before the show, "
            f"{limits.OPEN_WAYS:,} at most; choose from fewer neurons, or write `pace: times`",
        )


def _even(stops: tuple[Stop, ...], duration: float, reading: Reading) -> tuple[Leg, ...]:
    """Legs of equal duration, to be corrected once the atlas has measured their lengths."""
    if len(stops) == 1:
        return (Leg(stops[0].neuron, stops[0].neuron, 0.0, duration),)
    count = len(stops) - 1
    for before, stop in pairwise(stops):
        if before.neuron == stop.neuron:
            reading.refuse(stop.node, "the same neuron twice: an even walk cannot stand still; use `pace: times`")
    return tuple(
        Leg(before.neuron, stop.neuron, duration * i / count, duration * (i + 1) / count)
        for i, (before, stop) in enumerate(pairwise(stops))
    )


def _timed(stops: tuple[Stop, ...], duration: float, time: CueTime) -> tuple[Leg, ...]:
    """Legs between the given times; neurons without a time are spread evenly between their neighbours."""
    arrivals = [time.at(stop.at, stop.node) for stop in stops]
    last = -math.inf
    for stop, arrival in zip(stops, arrivals, strict=True):
        if arrival is None:
            continue
        if arrival <= last + TIME_TOLERANCE:
            time.reading.refuse(
                stop.node, f"{format_time(arrival)} does not come after {format_time(last)}, the neuron before"
            )
        elif arrival > duration + TIME_TOLERANCE:
            time.reading.refuse(
                stop.node, f"{format_time(arrival)} is beyond the walk's duration of {format_time(duration)}"
            )
        last = max(last, arrival)
    first = arrivals[0] or 0.0
    arrivals[0] = first
    if arrivals[-1] is None:
        arrivals[-1] = duration
    known = [i for i, arrival in enumerate(arrivals) if arrival is not None]
    times: list[float] = [first]
    for i, j in pairwise(known):
        start, end = arrivals[i] or 0.0, arrivals[j] or 0.0
        if j - i > 1 and end <= start + TIME_TOLERANCE:
            time.reading.refuse(stops[j].node, "there is no time left for the neurons before")
        times += [start + (end - start) * step / (j - i) for step in range(1, j - i + 1)]
    points = [(0.0, stops[0]), *zip(times, stops, strict=True), (duration, stops[-1])]
    return tuple(
        Leg(a.neuron, b.neuron, start, end) for (start, a), (end, b) in pairwise(points) if end > start + TIME_TOLERANCE
    )


def _warn_about_walk(walk: Walk, spec: WalkSpec, time: CueTime) -> None:
    """Warns of anything in a walk that looks unintended."""
    if walk.position is not None:
        for word in ("ease", "repeat"):
            if word in spec.node:
                time.reading.warn(spec.node.at(word), f"{word} has no effect: its position moves this walk, not time")
        return
    if walk.repeat == "loop" and walk.legs[0].a != walk.legs[-1].b:
        time.reading.warn(spec.node.at("through"), "this walk loops but ends elsewhere than it begins, so it jumps")
    if walk.repeat != "once" and spec.duration is None and not time.stays:
        time.reading.warn(spec.node.at("repeat"), "this walk is as long as the cue is seen, so it never repeats")
    if not walk.even and walk.ease != "linear":
        time.reading.warn(spec.node.at("ease"), f"ease {walk.ease} bends the times of this walk")
    if walk.ease == "hold":
        time.reading.warn(spec.node.at("ease"), "a walk with ease hold stays where it begins")
    if len(spec.through) == 1 and "duration" in spec.node and walk.cycle is None:
        time.reading.warn(spec.node.at("duration"), "a walk of one neuron stands still, however long")


def plate_of(spec: PlateSpec, reading: Reading) -> Plate | None:
    """The plate that `spec` describes; the show sets its aspect for each place."""
    told = [word for word in ("layer", "neurons", "family", "map") if word in spec.node]
    if len(told) != 1:
        several = f"{' and '.join(told)} at once: keep one"
        message = several if told else "a plate needs a `layer`, `neurons`, a `family` or a `map`"
        reading.refuse(spec.node, message)
        return None
    neurons = spec.layer or spec.neurons or spec.family or _on_map(spec, reading)
    if not neurons:
        return None
    columns = spec.columns or math.ceil(math.sqrt(len(neurons)))
    if columns > len(neurons):
        reading.warn(spec.node.at("columns"), f"{columns} columns for {len(neurons)} neurons leave cells empty")
    return Plate(neurons, columns, spec.gap)


def _on_map(spec: PlateSpec, reading: Reading) -> tuple[str, ...]:
    """The neurons of the map that `spec` names, row by row; none without a map, or after a reported mistake."""
    if spec.map is None:
        return ()
    node = spec.node.at("map")
    try:
        neurons = reading.on_map(spec.map, spec.columns)
    except InstallationError as error:
        reading.refuse(node, str(error))
        return ()
    if len(neurons) > limits.STOPS:
        reading.refuse(node, f"the atlas has {len(neurons)} neurons, and a plate shows {limits.STOPS} at most; show a "
                             "part of them: a `layer`, a `family` or `neurons`")  # fmt: skip
        return ()
    return neurons


def descend_of(spec: DescendSpec | tuple[DescentItemSpec, ...] | None, node: Node, time: CueTime) -> Descend | None:
    """The descent that `spec` describes; without a duration it takes the cue's visible time."""
    if spec is None:
        return None
    record = spec if isinstance(spec, DescendSpec) else None
    items = record.through if record else spec if isinstance(spec, tuple) else ()
    position = None if record is None or record.position is None else track_of(record.position, time)
    duration = (record and record.duration) or (1.0 if position else time.seen)
    if duration is None:
        if time.undated:
            time.reading.refuse(
                node, "nothing says how long this descent takes: give the descent or the cue a duration"
            )
        return None
    if len(items) < 2:
        return None
    stops = tuple(
        DescentStop(item.neuron, None if item.place is None else (item.place[0], item.place[1], item.place[2]))
        for item in items
    )
    return Descend(stops, duration, record.repeat if record else "loop", position)


SUBJECTS: Mapping[str, Callable[[TakeSpec, CueTime], TakeSubject | None]] = {
    "walk": lambda spec, time: walk_of(spec.walk, spec.node.at("walk"), time),
    "plate": lambda spec, time: plate_of(spec.plate, time.reading) if spec.plate else None,
    "descend": lambda spec, time: descend_of(spec.descend, spec.node.at("descend"), time),
    "text": lambda spec, time: text_of(spec.text, spec.node.at("text"), time.reading),
    "image": lambda spec, _: image_of(spec.image),
    "clip": lambda spec, time: clip_of(spec.clip, time.reading),
    "shape": lambda spec, _: shape_of(spec.shape),
    "gradient": lambda spec, _: gradient_of(spec.gradient),
}
"""The function for each of SUBJECT_WORDS that makes a subject of its words; None after a reported mistake."""


def view_of(
    spec: ViewSpec | tuple[ViewKeySpec, ...] | None, subject: TakeSubject | None, time: CueTime
) -> tuple[ViewKeyframe, ...]:
    """The camera keys of `spec`; a key takes missing values from the key before. A wrong `subject` is None."""
    if spec is None:
        return (ViewKeyframe(0.0),)
    if isinstance(spec, ViewSpec):
        return (_view_key(spec, ViewKeyframe(0.0), 0.0, subject, time.reading),)
    times = time.rising([(one.at, one.node.at("at")) for one in spec])
    keys: list[ViewKeyframe] = []
    before = ViewKeyframe(0.0)
    for at, one in zip(times, spec, strict=True):
        before = _view_key(one, before, at, subject, time.reading)
        keys.append(before)
    return tuple(keys) or (before,)


def _view_key(
    spec: ViewSpec, before: ViewKeyframe, at: float, subject: TakeSubject | None, reading: Reading
) -> ViewKeyframe:
    into = before.into
    if spec.into is not None:
        into = None if spec.into == PLATE else spec.into
        if subject and not isinstance(subject, Plate):
            reading.refuse(spec.node.at("into"), "`into` needs a plate, and this take shows something else")
        elif isinstance(subject, Plate) and into and into not in subject.neurons:
            reading.refuse(spec.node.at("into"), f"neuron {into} is not on this plate")
        elif isinstance(subject, Plate) and into and (cells := subject.neurons.count(into)) > 1:
            reading.warn(
                spec.node.at("into"), f"neuron {into} is in {cells} cells of this plate: the player uses the first"
            )
    if into != before.into:  # other coordinates: the former x, y and zoom do not apply here
        before = ViewKeyframe(0.0, degrees=before.degrees)
    return ViewKeyframe(
        at,
        _or(spec.x, before.x),
        _or(spec.y, before.y),
        _or(spec.zoom, before.zoom),
        _or(spec.degrees, before.degrees),
        spec.ease if isinstance(spec, ViewKeySpec) else "smooth",
        into,
    )


def _or(told: Number | None, before: Number) -> Number:
    return before if told is None else told
