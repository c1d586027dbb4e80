"""A preflight in words, as JSON, and as one HTML page that needs nothing but itself."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from installation.outputs.png import png_bytes
from installation.rehearsal.glimpses import Picture
from installation.rehearsal.preflight import Preflight, clock

STYLE = """
:root { color-scheme: dark; font: 15px/1.5 system-ui, sans-serif; background: #0b0c0e; color: #ecebe8;
  font-variant-numeric: tabular-nums }
body { max-width: 1100px; margin: 32px auto; padding: 0 20px }
h1 { font-size: 1.5rem } h2 { font-size: 1.05rem; margin: 32px 0 8px }
p { color: #aab0b7; margin: 4px 0 } .good { color: #57c98a } .bad { color: #ff9d97 }
table { border-collapse: collapse; width: 100% } th { color: #aab0b7; font-weight: 500 }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid #2b3037; vertical-align: top }
.pictures { display: flex; gap: 4px; flex-wrap: wrap } img { height: 92px; border-radius: 3px; background: #000 }
.load { display: inline-block; height: 10px; background: #6bbcff; border-radius: 2px; margin-right: 8px }
"""


def as_text(found: Preflight) -> str:
    """For the terminal: what must change first, then what to look at, then what each cue asks of this machine."""
    lines = [
        f"{found.title}: {clock(found.seconds)}, {found.looked} frames looked at, one every {found.every_seconds:g} s",
        f"{found.dense_seconds} s that might flash looked at frame by frame",
        *map(str, found.findings),
        f"this machine decodes {found.mpx_per_second:.1f} Mpx/s; each cue asks for",
    ]
    for cost in found.costs:
        lines.append(f"  {cost.cue}: {cost.mpx_per_frame:.2f} Mpx a frame, {_load(cost.load)}")
    lines.append("nothing must change" if found.passed else "something must change")
    return "\n".join(lines)


def as_json(found: Preflight) -> str:
    """Everything but the pictures."""
    values = {name: getattr(found, name) for name in ("title", "seconds", "every_seconds", "looked", "dense_seconds")}
    values |= {"passed": found.passed, "mpx_per_second": round(found.mpx_per_second, 2)}
    values |= {"findings": [asdict(one) for one in found.findings], "costs": [asdict(one) for one in found.costs]}
    values["burn_in"] = [{"output": one.output, "share": round(one.share, 4)} for one in found.burn_in]
    return json.dumps(values, indent=1) + "\n"


def as_html(found: Preflight) -> str:
    """One page with all pictures in it."""
    verdict = "Nothing must change." if found.passed else "Something must change before anybody sees this."
    loads = {cost.cue: cost for cost in found.costs}
    findings = [
        (
            _mark(one.serious),
            f"{clock(one.begin)} to {clock(one.end)}",
            *map(html.escape, (one.cue, one.output, one.sentence)),
        )
        for one in found.findings
    ]
    scenes = [
        (
            f"{html.escape(cue)}<br>{html.escape(name)}",
            f'<div class="pictures">{"".join(_image(one, f"cue {cue}") for one in pictures)}</div>',
            _bar(loads[cue].load) + _load(loads[cue].load) if cue in loads else "",
        )
        for cue, name, pictures in found.scenes
    ]
    maps = "".join(
        _image(_grey(one.map), f"burn-in map of {one.output}")
        + f"<p>{html.escape(one.output)}: {one.share:.1%} bright and still</p>"
        for one in found.burn_in
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Preflight: {html.escape(found.title)}</title><style>{STYLE}</style></head><body>
<h1>Preflight: {html.escape(found.title)}</h1>
<p class="{"good" if found.passed else "bad"}">{verdict}</p>
<p>{clock(found.seconds)} long; {found.looked} frames looked at, one every {found.every_seconds:g} s;
{found.dense_seconds} s that might flash looked at frame by frame.</p>
<h2>Findings</h2>{_table(("", "Time", "Cue", "Output", "What"), findings) if findings else "<p>None.</p>"}
<h2>Cues, and what they ask of this machine ({found.mpx_per_second:.1f} Mpx/s)</h2>
{_table(("Cue", "In its middle", "Cost"), scenes)}
<h2>Burn-in: mean luminance over the whole loop</h2>{maps}
</body></html>
"""


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{row(head, 'th')}{''.join(row(cells, 'td') for cells in rows)}</table>"


def _mark(serious: bool) -> str:
    return '<span class="bad">must change</span>' if serious else "look at"


def _load(load: float) -> str:
    if load <= 1.0:
        return f"{load:.0%} of this machine"
    return f"{load:.1f} times this machine: it will play with fewer key pictures"


def _bar(load: float) -> str:
    return f'<span class="load" style="width:{min(load, 2.0) * 60:.0f}px"></span>'


def _image(picture: Picture, words: str) -> str:
    data = base64.b64encode(png_bytes(picture)).decode()
    return f'<img alt="{html.escape(words)}" src="data:image/png;base64,{data}">'


def _grey(luminance: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Picture:
    """Luminance 0..1 as grey, encoded for the eye."""
    grey = np.round(255 * np.clip(luminance, 0.0, 1.0) ** (1 / 2.2)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
