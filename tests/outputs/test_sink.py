"""The smallest sink."""

from __future__ import annotations

import moderngl

from installation.outputs.sink import NullSink, OutputStatistics, Sink
from installation.picture.canvas import Canvas


def test_the_null_sink_is_a_sink_and_counts_what_it_takes(gl: moderngl.Context) -> None:
    sink: Sink = NullSink()
    with Canvas(gl, (4, 4)) as left, Canvas(gl, (4, 4)) as right, sink:
        for number in range(3):
            sink.present(number, {"left": left, "right": right})
    assert sink.statistics() == {"left": OutputStatistics(3), "right": OutputStatistics(3)}
