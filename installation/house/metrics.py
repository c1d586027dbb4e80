"""The figures of `--report` for monitoring: Prometheus' text format, and the state of health as JSON."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from prometheus_client import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from installation.house.cards import GraphicsCard
from installation.rig.hours import OpeningPhase, OpeningState

STALLED_SECONDS = 3.0
"""A picture whose frame number has not changed for this long stands still; the slowest show has one frame a second."""

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
"""The media type of `metrics_text` and of the house's own metrics."""

MetricKind = Literal["counter", "gauge"]
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProcessStatistics:
    """The player's use of its machine: growth over days is a leak."""

    resident_bytes: int
    cpu_seconds: float
    threads: int
    open_files: int


@dataclass(frozen=True, slots=True)
class HealthSnapshot:
    """A moment of the show: the present `report`, the last frame and its age in seconds, the process, and the state of
    the graphics cards some seconds ago. `opening` is None if the house has no hours.
    """

    report: Mapping[str, Any]
    frame_number: int
    frame_age_seconds: float
    process: ProcessStatistics
    cards: tuple[GraphicsCard, ...] = ()
    opening: OpeningState | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `path` leads to its value in the report, `*` to one sample per key, labelled `label`."""

    name: str
    kind: MetricKind
    about: str
    path: tuple[str, ...]
    label: str = ""


REPORTED = (
    Metric("frames_due_total", "counter", "Frames that were due.", ("frames", "due")),
    Metric("frames_shown_total", "counter", "Frames that were shown.", ("frames", "shown")),
    Metric("frames_skipped_total", "counter", "Frames that were skipped to keep time.", ("frames", "skipped")),
    Metric("frames_late_total", "counter", "Frames after which others had to be skipped.", ("frames", "late")),
    *(
        Metric(f"stage_{figure}_milliseconds", "gauge", about, ("stages", "*", f"{figure}_ms"), "stage")
        for figure, about in (
            ("p50", "A stage of a frame: median."),
            ("p99", "A stage of a frame: 99th percentile."),
            ("worst", "A stage of a frame at worst."),
        )
    ),
    Metric("stage_skipped_total", "counter", "Frames skipped because of it.", ("stages", "*", "skipped"), "stage"),
    Metric("first_frame_seconds", "gauge", "From the command to the first frame.", ("first_frame_seconds",)),
    Metric("pictures_total", "counter", "Pictures of the decoder, by what became of them.", ("pictures", "*"), "what"),
    Metric("output_shown_total", "counter", "Pictures shown.", ("outputs", "*", "shown"), "output"),
    Metric("output_refresh_hertz", "gauge", "The display's refresh rate.", ("outputs", "*", "refresh"), "output"),
    Metric("output_connected", "gauge", "Whether its monitor is connected.", ("outputs", "*", "connected"), "output"),
    Metric("output_late_total", "counter", "Seen after the next was due.", ("outputs", "*", "late"), "output"),
    Metric("output_dropped_total", "counter", "Not shown in step.", ("outputs", "*", "dropped"), "output"),
    Metric("output_skew_milliseconds", "gauge", "Behind the first output.", ("outputs", "*", "skew_ms"), "output"),
    *(
        Metric(f"output_{figure}_milliseconds", "gauge", about, ("outputs", "*", f"{figure}_ms"), "output")
        for figure, about in (
            ("skew_p99", "Behind the first output: 99th percentile."),
            ("skew_worst", "Behind the first output at worst."),
            ("present_p99", "From when a picture was due until it was seen: 99th percentile."),
            ("present_worst", "From when a picture was due until it was seen, at worst."),
        )
    ),
    Metric("machine_clock_milliseconds", "gauge", "Off the house's time.", ("machines", "*", "clock_ms"), "machine"),
    Metric("machine_frame", "gauge", "The last frame that it reported.", ("machines", "*", "frame"), "machine"),
    Metric("machine_plays", "gauge", "Whether it is present and plays.", ("machines", "*", "plays"), "machine"),
    Metric("machine_late_cues_total", "counter", "Came late despite lead.", ("machines", "*", "late_cues"), "machine"),
    Metric("machine_late_messages_total", "counter", "Came late.", ("machines", "*", "late_messages"), "machine"),
    Metric("stream_sent_total", "counter", "Pictures that left the machine.", ("streams", "*", "sent"), "stream"),
    Metric("stream_dropped_total", "counter", "Pictures that did not.", ("streams", "*", "dropped"), "stream"),
    Metric("stream_connected", "gauge", "Whether a receiver takes them.", ("streams", "*", "connected"), "stream"),
    Metric("messages_received_total", "counter", "Messages from desks.", ("messages", "received")),
    Metric("messages_applied_total", "counter", "Messages that took effect.", ("messages", "applied")),
    Metric("messages_refused_total", "counter", "Messages that were refused.", ("messages", "refused")),
    Metric("timecode_running", "gauge", "Whether the followed timecode arrives.", ("messages", "timecode", "running")),
    Metric(
        "timecode_off_frames",
        "gauge",
        "How far the show is behind or ahead of it.",
        ("messages", "timecode", "off_frames"),
    ),
    Metric("timecode_jumps_total", "counter", "Jumps of the timecode.", ("messages", "timecode", "jumps")),
    Metric("timecode_mistakes_total", "counter", "Wrong readings of timecode.", ("messages", "timecode", "mistakes")),
    Metric("messages_failed_total", "counter", "Failures inside the desk.", ("messages", "failed")),
    Metric("journal_refused_total", "counter", "Times the disk refused the journal.", ("messages", "journal_refused")),
    Metric("failures_total", "counter", "Failures that the show has survived.", ("failures", "*"), "what"),
)
"""All metrics, in order; `installation_` precedes each name. A value that a report lacks, or null, has no sample."""


HEALTH = ("frames", "decoder", "outputs", "streams", "machines", "warnings", "failures")
"""The keys of a report that `/health` returns."""


def process_statistics() -> ProcessStatistics:
    """This process's statistics; memory and files are 0 on systems other than Linux."""
    proc = Path("/proc/self")
    if not proc.is_dir():
        return ProcessStatistics(0, sum(os.times()[:2]), threading.active_count(), 0)
    resident_pages = int((proc / "statm").read_text().split()[1])
    return ProcessStatistics(
        resident_bytes=resident_pages * os.sysconf("SC_PAGE_SIZE"),
        cpu_seconds=sum(os.times()[:2]),
        threads=sum(1 for _ in (proc / "task").iterdir()),
        open_files=sum(1 for _ in (proc / "fd").iterdir()),
    )


def metrics_text(snapshot: HealthSnapshot) -> str:
    """All metrics in Prometheus' text format, version 0.0.4."""
    process = snapshot.process
    lines = [
        line
        for metric in REPORTED
        for line in metric_lines(metric, list(_samples(snapshot.report, metric.path, metric.label, {})))
    ]
    for metric, value in (
        (Metric("frame_number", "gauge", "The last frame that was shown.", ()), snapshot.frame_number),
        (Metric("frame_age_seconds", "gauge", "Since then.", ()), snapshot.frame_age_seconds),
        (Metric("warnings", "gauge", "What needs a person's attention.", ()), len(snapshot.report.get("warnings", ()))),
        (Metric("resident_bytes", "gauge", "Memory of the player.", ()), process.resident_bytes),
        (Metric("cpu_seconds_total", "counter", "Processor time of the player.", ()), process.cpu_seconds),
        (Metric("threads", "gauge", "Threads of the player.", ()), process.threads),
        (Metric("open_files", "gauge", "Open files and sockets of the player.", ()), process.open_files),
    ):
        lines += metric_lines(metric, [({}, value)])
    for metric, figure in (
        (Metric("card_used_bytes", "gauge", "Memory of a graphics card in use.", ()), "used_bytes"),
        (Metric("card_total_bytes", "gauge", "Memory of a graphics card.", ()), "total_bytes"),
        (Metric("card_celsius", "gauge", "How hot a graphics card is.", ()), "celsius"),
    ):
        lines += metric_lines(metric, list(_of_cards(snapshot.cards, figure)))
    if snapshot.opening is not None:
        states = [({"state": state}, state == snapshot.opening.state) for state in get_args(OpeningPhase)]
        lines += metric_lines(Metric("opening", "gauge", "The state of the house by its hours.", ()), states)
        lines += metric_lines(Metric("door", "gauge", "The former name of installation_opening.", ()), states)
    return "\n".join(lines) + "\n"


def health(snapshot: HealthSnapshot) -> dict[str, object]:
    """The state of health: `status` is `standing` if the picture has not moved for STALLED_SECONDS, else `playing`."""
    standing = snapshot.frame_age_seconds > STALLED_SECONDS
    opening = asdict(snapshot.opening) if snapshot.opening else None
    return {
        "status": "standing" if standing else "playing",
        "frame": snapshot.frame_number,
        "frame_age_seconds": round(snapshot.frame_age_seconds, 3),
        **{name: snapshot.report[name] for name in HEALTH if name in snapshot.report},
        "opening": opening,
        "door": opening,  # its former name
        "process": asdict(snapshot.process),
        "cards": [asdict(card) for card in snapshot.cards],
    }


def _of_cards(cards: Sequence[GraphicsCard], figure: str) -> Iterator[tuple[Labels, float]]:
    """One figure of every card that reports it."""
    for number, card in enumerate(cards):
        value = getattr(card, figure)
        if value is not None:
            yield {"card": str(number), "name": card.name}, value


def _samples(value: Any, path: tuple[str, ...], label: str, labels: Labels) -> Iterator[tuple[Labels, float]]:
    """The numbers at the end of `path`."""
    if not path:
        if isinstance(value, (int, float)):
            yield labels, value
    elif isinstance(value, Mapping):
        keys = list(value) if path[0] == "*" else [path[0]]
        for key in keys:
            named = {label: key} if path[0] == "*" else labels
            yield from _samples(value.get(key), path[1:], label, named)


def metric_lines(metric: Metric, samples: Sequence[tuple[Labels, float]]) -> list[str]:
    """The lines of one metric; none if it has no sample."""
    if not samples:
        return []
    family = _FAMILIES[metric.kind](f"installation_{metric.name}", metric.about, labels=tuple(samples[0][0]))
    for labels, value in samples:
        family.add_metric(tuple(labels.values()), value)
    return generate_latest(_Collected(family)).decode().removesuffix("\n").split("\n")


class _Collected(Collector):
    """A collector of one metric, for the library's interface."""

    def __init__(self, family: CounterMetricFamily | GaugeMetricFamily) -> None:
        self._family = family

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        yield self._family


_FAMILIES: Mapping[MetricKind, type[CounterMetricFamily | GaugeMetricFamily]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
}
