"""Prometheus' alert rules and Grafana's board that are shipped: whole, and about metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import installation.house
from installation.house.display_power import DisplayState
from installation.house.health_server import house_metrics
from installation.house.metrics import REPORTED
from installation.house.supervisor import HouseStatistics

FOLDER = Path(installation.house.__file__).parent / "monitoring"

RULES = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
BOARD = json.loads((FOLDER / "board.json").read_text())

OF_A_MOMENT = {"frame_number", "frame_age_seconds", "warnings", "resident_bytes", "card_used_bytes"}
"""Beside those of the report: see metrics_text."""


def known() -> set[str]:
    house = HouseStatistics("playing", 1, 0, 0, 0, False, None, 1, 2, None)
    said = house_metrics(house, {"wall": DisplayState("on", wanted=True)})
    names = {one.name for one in REPORTED} | OF_A_MOMENT
    return {f"installation_{name}" for name in names} | set(re.findall(r"^(installation_\w+)", said, re.MULTILINE))


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"installation_\w+", expression))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_rule_is_whole_and_about_metrics_that_there_are(rule: dict[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["annotations"]["summary"].startswith("{{ $labels.instance }}: ")
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    assert metrics_in(rule["expr"]) <= known()
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_rules_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)


def test_every_panel_of_the_board_is_about_metrics_that_there_are() -> None:
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${source}"
            assert metrics_in(target["expr"])
            assert metrics_in(target["expr"]) <= known(), target["expr"]
    assert [one["name"] for one in BOARD["templating"]["list"]] == ["source", "instance"]
