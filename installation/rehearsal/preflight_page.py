"""A preflight as one self-contained HTML page."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from installation.outputs.png import png_bytes
from installation.rehearsal.findings import BurnIn, CueCost, Preflight, clock
from installation.rehearsal.flash import FIELD_OF_VIEW
from installation.rehearsal.head_pictures import Picture
from installation.rehearsal.preflight_report import describe_cost

STYLE = """
:root { color-scheme: dark; font: 15px/1.5 system-ui, sans-serif; background: #0b0c0e; color: #ecebe8;
  font-variant-numeric: tabular-nums }
body { max-width: 1180px; margin: 40px auto 80px; padding: 0 24px }
h1 { font-size: 1.7rem; font-weight: 650; margin: 0 0 6px } h2 { font-size: 1.1rem; margin: 44px 0 10px }
p { color: #aab0b7; margin: 4px 0; max-width: 75ch } .good { color: #57c98a } .bad { color: #ff9d97 }
.note { color: #f2b552 } .verdict { font-size: 1.15rem }
.checks { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 10px; padding: 0;
  margin: 22px 0; list-style: none }
.checks li { background: #131518; border: 1px solid #2b3037; border-radius: 10px; padding: 10px 14px }
.checks strong { display: block; font-weight: 600 }
table { border-collapse: collapse; width: 100% } th { color: #aab0b7; font-weight: 500 }
th, td { text-align: left; padding: 9px 18px 9px 0; border-bottom: 1px solid #2b3037; vertical-align: top }
td small { color: #aab0b7; display: block }
.pictures { display: flex; gap: 4px } .pictures img { height: 86px; border-radius: 3px; background: #000 }
.load { display: block; width: 150px; height: 8px; background: #2b3037; border-radius: 4px; margin: 8px 0 4px }
.load span { display: block; height: 8px; background: #57c98a; border-radius: 4px }
.load .over { background: #f2b552 }
.maps { display: flex; flex-wrap: wrap; gap: 18px } figure { margin: 0 }
figure img { height: 150px; border-radius: 4px }
figcaption { color: #aab0b7; padding-top: 4px } figcaption b { color: #ecebe8; font-weight: 600 }
.scale { width: 260px; height: 10px; border-radius: 5px; margin: 14px 0 2px }
@media (max-width: 700px) { .pictures { flex-wrap: wrap } }
"""

CHECKS = {
    "missing": "Missing neurons",
    "flashes": "Flashes",
    "red flashes": "Red flashes",
    "black": "Black",
    "burn-in": "Burn-in",
}
"""The checks of every show, and their names for people."""

HEAT = ((0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164))
"""From dark to bright: the colours' lightness grows with luminance."""


def as_html(found: Preflight) -> str:
    """One page that includes all pictures."""
    verdict = "Nothing must change." if found.passed else "Something must change before the show opens."
    findings = [(_mark(one.serious), *map(html.escape, (one.when, one.output, one.sentence))) for one in found.findings]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Preflight: {html.escape(found.title)}</title><style>{STYLE}</style></head><body>
<h1>{html.escape(found.title)}</h1>
<p class="verdict {"good" if found.passed else "bad"}">{verdict}</p>
<p>{clock(found.seconds)} long; {found.frames_checked} frames checked, one every {found.every_seconds:g} s;
{found.seconds_checked_frame_by_frame} s that might flash checked frame by frame.<br>
{html.escape("; ".join(map(str, found.seen)))}.</p>
<ul class="checks">{"".join(_check(found, kind) for kind in CHECKS)}</ul>
<h2>What was found</h2>
{_table(("", "When", "Output", "What"), findings) if findings else "<p>Nothing.</p>"}
<p><small>{html.escape(FIELD_OF_VIEW)}</small></p>
<h2>Every cue, and what it demands of this machine</h2>
<p>{_speed(found)}</p>
{_table(("Cue", "In its middle", "Cost"), _cues(found))}
<h2>Burn-in</h2><p>Mean luminance over the whole show. A part that stays bright may burn into a panel.</p>
<div class="maps">{"".join(map(_map, found.burn_in))}</div>{_scale()}
</body></html>
"""


def _check(found: Preflight, kind: str) -> str:
    """One check and its result."""
    of_kind = [one for one in found.findings if one.kind == kind]
    if not of_kind:
        return f'<li><strong>{CHECKS[kind]}</strong><span class="good">none</span></li>'
    grade = "bad" if any(one.serious for one in of_kind) else "note"
    return f'<li><strong>{CHECKS[kind]}</strong><span class="{grade}">found: {len(of_kind)}</span></li>'


def _cues(found: Preflight) -> list[tuple[str, str, str]]:
    costs = {cost.cue: cost for cost in found.costs}
    return [
        (
            f"{html.escape(name)}<small>{html.escape(cue)}</small>",
            f'<div class="pictures">{"".join(_image(one, f"cue {cue}") for one in pictures)}</div>',
            f"{_bar(costs[cue])}{describe_cost(costs[cue])}" if cue in costs else "",
        )
        for cue, name, pictures in found.scenes
    ]


def _map(one: BurnIn) -> str:
    picture = _image(_heat(one.map), f"burn-in map of {one.output}")
    caption = f"<b>{html.escape(one.output)}</b> {one.share:.1%} bright and still"
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


def _scale() -> str:
    colours = ", ".join("rgb({} {} {})".format(*colour) for colour in HEAT)
    bar = f'<div class="scale" style="background:linear-gradient(90deg, {colours})"></div>'
    return f"{bar}<p><small>black to white</small></p>"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{row(head, 'th')}{''.join(row(cells, 'td') for cells in rows)}</table>"


def _speed(found: Preflight) -> str:
    if not found.costs:
        return "Not checked."
    return f"{html.escape(found.decoder)} decodes {found.mpx_per_second:.1f} million pixels a second here."


def _mark(serious: bool) -> str:
    return '<span class="bad">must change</span>' if serious else "check"


def _bar(cost: CueCost) -> str:
    """The bar of a cue's load, full at the machine's limit."""
    over = ' class="over"' if cost.load > 1.0 else ""
    return f'<span class="load"><span{over} style="width:{min(cost.load, 1.0):.0%}"></span></span>'


def _image(picture: Picture, words: str) -> str:
    data = base64.b64encode(png_bytes(picture)).decode()
    return f'<img alt="{html.escape(words)}" src="data:image/png;base64,{data}">'


def _heat(luminance: NDArray[np.float64]) -> Picture:
    """Luminance 0..1 as colour, spread by perceived brightness."""
    at = np.clip(luminance, 0.0, 1.0) ** (1 / 2.2)
    stops = np.linspace(0.0, 1.0, len(HEAT))
    channels = [np.interp(at, stops, [colour[channel] for colour in HEAT]) for channel in range(3)]
    return np.round(np.stack(channels, axis=-1)).astype(np.uint8)
