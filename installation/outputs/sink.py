"""A sink: the destination of finished pictures. `NullSink` is the smallest one and shows what every sink must do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from installation.failures import FailureLog
from installation.owner import Owner
from installation.picture.mixing.canvas import Canvas


@dataclass(frozen=True, slots=True)
class OutputStatistics:
    """The statistics of one output: frames shown so far, and its display's refresh rate in Hz; None for unmeasured
    values.

    `connected` says whether the monitor that a rig names for it is connected now.

    `skew_ms` is how far its last picture appeared after the first output's of the same frame; 99 of 100 appeared no
    later than `skew_p99_ms`, and none later than `skew_worst_ms`. `present_p99_ms` and `present_worst_ms` are the time
    from when a frame was due until it appeared. A picture counts as `late` if the next was due already when it
    appeared; `dropped` counts pictures that this output did not show in step, because its window froze or its monitor
    was disconnected.
    """

    shown: int
    refresh: float | None = None
    skew_ms: float | None = None
    skew_p99_ms: float | None = None
    skew_worst_ms: float | None = None
    present_p99_ms: float | None = None
    present_worst_ms: float | None = None
    late: int | None = None
    dropped: int | None = None
    connected: bool | None = None


class Sink(Protocol):
    """Receives every frame from the player. A context manager; `close()` twice is fine.

    A `with` block that ends without an error finishes the sink's work; `close()` alone, or an error, discards it.
    """

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """Show or take the picture of every output. The mixer keeps the canvases and changes them with the next frame.

        Raises DeviceError if the sink can no longer do so.
        """

    def statistics(self) -> Mapping[str, OutputStatistics]:
        """The statistics of every presented output, by name."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class NullSink(Owner):
    """Counts every picture and shows none: for rehearsals without a display, and for measurements."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:  # noqa: ARG002 the protocol's
        for output in canvases:
            self._shown[output] = self._shown.get(output, 0) + 1

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return {output: OutputStatistics(shown) for output, shown in self._shown.items()}

    def close(self) -> None:
        pass


class OptionalSink(Owner):
    """A sink that a show can do without: its errors are logged once and counted, and the other sinks go on."""

    def __init__(self, sink: Sink, what: str, failures: FailureLog) -> None:
        self._sink, self._what, self._failures = sink, what, failures

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        with self._failures.guard(self._what, Exception):
            self._sink.present(frame_number, canvases)

    def statistics(self) -> Mapping[str, OutputStatistics]:
        return self._sink.statistics()

    def close(self) -> None:
        self._sink.close()
