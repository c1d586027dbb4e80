"""Write the tables of docs/rig.md: `python -m installation.house.publish` in the project's folder."""

from __future__ import annotations

from pathlib import Path

from installation.desk.rig_door import ROOT
from installation.house.rig_actions import NONE
from installation.house.rig_controls import HEAD_CONTROLS, MESH_ABOUT, MESH_SIZE, HeadControl
from installation.house.rig_words import HeadWords
from installation.house.rigging import ABOUT_PATTERN, COMMANDS
from installation.outputs.pattern_drawings import PATTERNS
from installation.score.publish import TABLE
from installation.score.shapes import records
from installation.score.tables import record_table, table

DOCS_FILE = Path(__file__).parents[2] / "docs" / "rig.md"


def tables() -> dict[str, str]:
    """Every table by the name that docs/rig.md calls it."""
    found = {record.noun(): record_table(record) for record in records(HeadWords)}
    patterns = [(f"`{pattern}`", ABOUT_PATTERN[pattern]) for pattern in (NONE, *PATTERNS)]
    return found | {"Patterns": table(("pattern", "what it does"), patterns), "Addresses": _addresses()}


def with_tables(docs: str) -> str:
    """`docs` with every table between `<!-- table NAME -->` and `<!-- end -->` as the code has it now."""
    current = tables()
    return TABLE.sub(lambda match: f"{match[1]}{current[match[2]]}\n{match[3]}", docs)


def _addresses() -> str:
    every = "Shows a pattern on all outputs."
    rows = [(f"`{ROOT}/pattern/{{pattern}}`", "a press", every)]
    rows += [(f"`{ROOT}/{{name}}/pattern/{{pattern}}`", "a press", "Shows a pattern on this output.")]
    rows += [
        (f"`{ROOT}/{{name}}/{one.address.replace('{key}', one.docs_key)}`", _takes(one), one.about)
        for one in HEAD_CONTROLS
    ]
    rows.append((f"`{ROOT}/{{name}}/mesh/size`", _ranges(MESH_SIZE), MESH_ABOUT))
    steps = ", ".join(dict.fromkeys(one.step_words for one in HEAD_CONTROLS))
    nudge = f"Moves any of these, such as `nudge/corner/top-left`, by so many steps: {steps}."
    rows.append((f"`{ROOT}/{{name}}/nudge/...`", "steps", nudge))
    rows += [(f"`{ROOT}/{word}`", "a press", about) for word, about in COMMANDS.items()]
    return table(("address", "takes", "what it does"), rows)


def _takes(control: HeadControl) -> str:
    return f"{_ranges(control.ranges)} {control.unit}".rstrip()


def _ranges(ranges: tuple[tuple[float, float], ...]) -> str:
    words = f"{ranges[0][0]:g} to {ranges[0][1]:g}"
    return f"two numbers, {words}" if len(ranges) == 2 else words


if __name__ == "__main__":
    DOCS_FILE.write_text(with_tables(DOCS_FILE.read_text()))
