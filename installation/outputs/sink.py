"""A sink: where finished pictures go. `NullSink` is the smallest one and shows what every sink must do."""

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
    """Of one output: frames shown so far and its display's refresh rate in Hz; None for what is not measured.

    `connected` is whether the monitor that a rig names for it works now.

    `skew_ms` is how far its last picture appeared after the first output's of the same frame; 99 of 100 appeared no
    later than `skew_p99_ms`, and none later than `skew_worst_ms`. `present_p99_ms` and `present_worst_ms` are the time
    from when a frame was due until it appeared. A picture is `late` that appeared when the next was due already;
    `dropped` are those that this output did not show in step, because its window froze or its monitor was away.
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
    """What the player gives every frame to. A context manager; `close()` twice is fine.

    Leaving the `with` block without an error finishes what is being made; `close()` alone, or an error, discards it.
    """

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        """Show or take the picture of every output. The canvases stay the mixer's and change with the next frame.

        Raises DeviceError when the sink can no longer do so.
        """

    def statistics(self) -> Mapping[str, OutputStatistics]:
        """By output, of those that have been presented."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class NullSink(Owner):
    """Takes every picture, shows none and counts: for rehearsals without a display, and for measuring."""

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
