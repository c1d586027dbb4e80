"""A first rig for the connected monitors, to be corrected by hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from installation.rig.monitors import Monitor, printable

HEADER = """\
# Which output is seen on which monitor. `installation check SCORE --rig THIS` says what is wrong with it.
"""


def rig_text(outputs: Sequence[str], monitors: Sequence[Monitor]) -> str:
    """A rig with the outputs, in the score's order, on the monitors from left to right.

    It identifies each monitor by everything that the monitor reports, except values that others report, too.
    """
    serials = Counter(printable(monitor.identity.serial) for monitor in monitors)
    lines = [HEADER + "heads:"]
    for output, monitor in zip(outputs, monitors, strict=False):
        name, serial = map(printable, monitor.identity)
        known = {"connector": monitor.connector, "name": name}
        if serials[serial] == 1:
            known["serial"] = serial
        said = ", ".join(f"{word}: {json.dumps(value)}" for word, value in known.items() if value)
        lines.append(f"  {output}:\n    monitor: {{{said}}}  # {monitor}")
    lines += [f"  # {output}: no monitor was left for it" for output in outputs[len(monitors) :]]
    lines += [f"# no output was left for {monitor}" for monitor in monitors[len(outputs) :]]
    return "\n".join(lines) + "\n"
