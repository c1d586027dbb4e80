"""A calibration in words, for the technician who ordered it."""

from __future__ import annotations

from collections.abc import Sequence

from installation.rig.calibration.calibrated import CalibratedHead

POOR_PX = 1.0


def as_text(found: Sequence[CalibratedHead]) -> str:
    """A line for each head, then the part of the wall that its output must show."""
    lines = []
    for one in found:
        fit, head = one.fit, one.head
        lines.append(
            f"{head.output}: {fit.in_words(head.turn)}, {fit.mean_px:.2f} pixels beside what the camera saw on "
            f"average, {fit.worst_px:.2f} at worst"
        )
        if fit.mean_px > POOR_PX:
            lines.append(f"{head.output}: that is much; was everything still, the picture sharp, the room dark?")
    for one in found:
        if one.head.shows:
            lines.append(f"{one.head.output} shows its part of {one.head.shows}, as the rig says now")
            continue
        part = one.place.part
        lines.append(
            f"{one.head.output} shows {part.left:.4f} to {part.right:.4f} of the wall's picture across, {part.top:.4f} "
            f"to {part.bottom:.4f} down"
        )
    return "\n".join(lines)
