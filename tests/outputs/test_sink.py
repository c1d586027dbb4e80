"""The smallest sink."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import moderngl
import pytest

from installation.failures import FailureLog
from installation.outputs.sink import NullSink, OptionalSink, OutputStatistics, Sink
from installation.picture.mixing.canvas import Canvas


def test_the_null_sink_is_a_sink_and_counts_what_it_takes(gl: moderngl.Context) -> None:
    sink: Sink = NullSink()
    with Canvas(gl, (4, 4)) as left, Canvas(gl, (4, 4)) as right, sink:
        for number in range(3):
            sink.present(number, {"left": left, "right": right})
    assert sink.statistics() == {"left": OutputStatistics(3), "right": OutputStatistics(3)}


class Broken(NullSink):
    """Fails at every second frame."""

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        if frame_number % 2:
            raise ZeroDivisionError("no such picture")
        super().present(frame_number, canvases)


def test_a_sink_that_the_show_can_do_without_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    failures = FailureLog(logging.getLogger())
    with caplog.at_level(logging.WARNING), OptionalSink(Broken(), "the page's pictures", failures) as sink:
        for number in range(1, 6, 2):
            sink.present(number, {})
        sink.present(6, {})
    assert [record.getMessage() for record in caplog.records] == [
        "the page's pictures failed: ZeroDivisionError: no such picture",
        "the page's pictures has recovered after 3 failures",
    ]
    assert failures.counts == {"the page's pictures": 3}
