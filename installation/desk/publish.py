"""Write the tables of docs/desk.md: `python -m installation.desk.publish` in the project's folder."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from installation.desk.desk_file import DeskWords, RuleWords, SacnWords
from installation.desk.state import READINGS
from installation.errors import Refusal
from installation.score.publish import TABLE
from installation.score.tables import record_table, table
from installation.show.controls import CONTROLS, ControlDefinition

DOCS_FILE = Path(__file__).parents[2] / "docs" / "desk.md"


def tables() -> dict[str, str]:
    """Every table by the name that docs/desk.md calls it."""
    controls = [(f"`{control.address}`", _takes(control), control.about) for control in CONTROLS]
    readings = [(f"`/atlas{one.address}`", f"`{one.tag}`", one.unit or "-", one.about) for one in READINGS]
    return {
        "Controls": table(("address", "takes", "what it does"), controls),
        "Readings": table(("address", "type", "unit", "what it says"), readings),
        "Refusals": ", ".join(f"`{reason}`" for reason in get_args(Refusal)) + ".",
        "Desk": record_table(DeskWords),
        "Rule": record_table(RuleWords),
        "Sacn": record_table(SacnWords),
    }


def with_tables(docs: str) -> str:
    """`docs` with every table between `<!-- table NAME -->` and `<!-- end -->` as the code has it now."""
    current = tables()
    return TABLE.sub(lambda match: f"{match[1]}{current[match[2]]}\n{match[3]}", docs)


def _takes(control: ControlDefinition) -> str:
    match control.type:
        case "trigger":
            takes = "nothing, or a press"
        case "level":
            takes = "a level"
        case "switch":
            takes = "0 or 1"
        case "cue":
            takes = "a cue's id as text, empty for none; a press means the one on standby"
        case "query":
            takes = "nothing"
        case "number" if control.kind == "set":
            takes = "a level of its range"
        case _:
            takes = f"{control.low:.9g} to {control.high:.9g} {control.unit}".rstrip()
    if control.fade_seconds:
        return f"{takes}; fades in {control.fade_seconds:g} s unless a second number says otherwise"
    return takes if control.fade_seconds is None else f"{takes}; then a fade in seconds"


if __name__ == "__main__":
    DOCS_FILE.write_text(with_tables(DOCS_FILE.read_text()))
