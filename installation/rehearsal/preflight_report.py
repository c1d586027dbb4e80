"""A preflight as text, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from installation.rehearsal.findings import CueCost, Preflight, clock
from installation.rehearsal.flash import FIELD_OF_VIEW

FORMER_NAMES = {"looked": "frames_checked", "dense_seconds": "seconds_checked_frame_by_frame"}
"""Former names of JSON fields; the JSON has both names."""


def as_text(found: Preflight) -> str:
    """For the terminal: first serious findings, then the others, then each cue's load on this machine."""
    checked = f"{found.frames_checked} frames checked, one every {found.every_seconds:g} s"
    lines = [
        f"{found.title}: {clock(found.seconds)}, {checked}",
        *(f"  {one}" for one in found.seen),
        f"{found.seconds_checked_frame_by_frame} s that might flash checked frame by frame",
        *map(str, found.findings),
        f"{found.decoder} decodes {found.mpx_per_second:.1f} Mpx/s here; each cue asks for",
    ]
    for cost in found.costs:
        lines.append(f"  {cost.cue}: {cost.mpx_per_frame:.2f} Mpx a frame, {describe_cost(cost)}")
    lines += [FIELD_OF_VIEW, "nothing must change" if found.passed else "something must change"]
    return "\n".join(lines)


def as_json(found: Preflight) -> str:
    """Everything but the pictures."""
    names = ("title", "seconds", "every_seconds", *FORMER_NAMES.values(), "passed", "decoder")
    values = {name: getattr(found, name) for name in names}
    values |= {former: values[name] for former, name in FORMER_NAMES.items()}
    values |= {"mpx_per_second": round(found.mpx_per_second, 2), "outputs": [asdict(one) for one in found.seen]}
    values |= {"findings": [asdict(one) for one in found.findings], "costs": [asdict(one) for one in found.costs]}
    values["burn_in"] = [{"output": one.output, "share": round(one.share, 4)} for one in found.burn_in]
    values["assumptions"] = [FIELD_OF_VIEW]
    return json.dumps(values, indent=1) + "\n"


def describe_cost(cost: CueCost) -> str:
    """The visible effect of a cue's cost."""
    if cost.load <= 1.0 and cost.step_frames == 1:
        return f"{cost.load:.0%} of this machine"
    size = "at full size" if cost.quality == 1.0 else f"at {cost.quality:.0%} of its width"
    every = "every frame" if cost.step_frames == 1 else f"every {cost.step_frames} frames"
    return f"{cost.load:.3g} times this machine: decoded {size}, {every}"
