"""The OpenAPI description of the HTTP API, made from the one table of controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from installation import __version__
from installation.desk.addresses import AddressSpace
from installation.desk.rig_gateway import RigControl, RigGateway
from installation.desk.roles import role_for
from installation.show.controls import CONTROLS, ControlDefinition

ROOT = "/api/v1"

SECONDS = {"type": "number", "minimum": 0.0, "maximum": 3_600.0}

TIMES = {
    "fade": {**SECONDS, "description": "How many seconds the change takes."},
    "hold": {**SECONDS, "description": "How many seconds the value stays; without this, until the next message."},
    "release": {**SECONDS, "description": "How many seconds it then takes to return to the score."},
}

READINGS: Mapping[str, str] = {
    "openapi.json": "This description.",
    "score": "The score that plays: cues on their timeline, outputs, everything that can be moved.",
    "state": "The state of the show now: cue, standby, times, levels, outputs, mistakes, warnings, the rig.",
    "values": "Every value that the player sends to desks, by its address.",
    "feed": "What happened lately, as the page shows it; `since` is the number of the last entry that you have.",
}

ABOUT = f"""The paths are the addresses of docs/desk.md behind `{ROOT}`. Whoever comes from another machine shows the
passcode of a role as `Authorization: Bearer`: `look` reads, `run` plays the show as rehearsed, `edit` does all. A
POST answers once the frame has taken it: 200 with what was done in which frame. Levels, of which only the newest
counts, and what is for the rig are answered at once with 202.

Over WebSocket, `{ROOT}/live` tells the score (`outline`), then the state, then what changes, as JSON. It takes
`{{"number": 1, "do": "/address", "with": [numbers or a cue]}}` and answers `done` or `refused` with that number.
`{ROOT}/pictures` sends small pictures of all outputs: four bytes with the length of a JSON header, the header, a JPEG;
it sends the next once you have sent anything."""


def keys_of(control: ControlDefinition) -> tuple[str, ...]:
    """The keys that the body of a POST to a control may have."""
    match control.type:
        case "cue":
            return ("cue",)
        case "level" | "number" | "switch":
            return ("value", *(TIMES if control.kind == "set" else ()))
    return () if control.fade_seconds is None else ("fade",)


def description(space: AddressSpace | None, rig: RigGateway | None) -> dict[str, Any]:
    """The description for the score that plays; without the score's names before it begins."""
    paths: dict[str, Any] = {f"{ROOT}/{name}": {"get": _reading(name, about)} for name, about in READINGS.items()}
    paths[f"{ROOT}/passcode"] = {"post": _unlocking()}
    for row in CONTROLS:
        if row.kind != "sync":
            paths |= _paths_of(row, space)
    for control in rig.state.controls.values() if rig is not None else ():
        paths[ROOT + control.address] = {"post": _rig_operation(control)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "The Neural Image", "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "securitySchemes": {"passcode": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Refusal": _object(error={"type": "string"}, sentence={"type": "string"})},
        },
        "security": [{"passcode": []}, {}],
    }


def _paths_of(row: ControlDefinition, space: AddressSpace | None) -> dict[str, Any]:
    """A control's path, and the paths that take its value in other units."""
    before, brace, after = row.address.partition("{")
    name, _, after = after.partition("}")
    parameters = [_parameter(name, _names(space, before, after))] if brace else []
    units = {"": "a share of its range" if row.kind == "set" else row.unit}
    if row.kind == "set":
        units["/dmx"] = "0 to 255"
        if row.type == "number":
            units["/value"] = "its own units"
    return {
        ROOT + row.address + ending: {"post": _operation(row, ending, unit), "parameters": parameters}
        for ending, unit in units.items()
    }


def _operation(row: ControlDefinition, ending: str, unit: str) -> dict[str, Any]:
    keys = keys_of(row)
    properties: dict[str, Any] = {key: TIMES[key] for key in keys if key in TIMES}
    if "value" in keys:
        properties["value"] = _value(row, ending) | {"description": unit}
    if "cue" in keys:
        about = "A cue's id; none means the one on standby, empty ends it."
        properties["cue"] = {"type": "string", "description": about}
    role = "look" if row.kind == "sync" else role_for(row.kind)
    about = f"{row.about} Takes the role `{role}`."
    body = _object(("value",) if "value" in keys else (), **properties)
    return _post(about, body, required="value" in keys)


def _value(row: ControlDefinition, ending: str) -> dict[str, Any]:
    if row.type == "switch":
        return {"enum": [0, 1, False, True]}
    if ending == "/value":
        return {"type": "number"}
    low, high = (0.0, 255.0) if ending == "/dmx" else (0.0, 1.0) if row.kind == "set" else (row.low, row.high)
    return {"type": "number", "minimum": low, "maximum": high}


def _rig_operation(control: RigControl) -> dict[str, Any]:
    items = [{"type": "number", "minimum": low, "maximum": high} for low, high in control.ranges]
    values = {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    body = _object(("values",), values=values) if items else _object()
    return _post(f"{control.about} Takes the role `edit`.", body, required=bool(items))


def _reading(name: str, about: str) -> dict[str, Any]:
    parameters = (
        [{"name": "since", "in": "query", "schema": {"type": "integer", "minimum": 0}}] if name == "feed" else []
    )
    answer = {"description": "It.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"summary": about, "parameters": parameters, "responses": {"200": answer, "default": _REFUSED}}


def _unlocking() -> dict[str, Any]:
    about = "Admits this host for twelve hours with the passcode's rights, so that it need not send it again."
    return _post(about, _object(("passcode",), passcode={"type": "string"}), required=True)


_REFUSED = {
    "description": "What the player refused, and why: the reason as OSC names it, and a sentence with the way out.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
}


def _post(about: str, body: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {
        "summary": about,
        "requestBody": {"required": required, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "Done, in the frame that the answer names."},
            "202": {"description": "Accepted for the next frame."},
            "default": _REFUSED,
        },
    }


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _parameter(name: str, names: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"} | ({"enum": names} if names else {})
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _names(space: AddressSpace | None, before: str, after: str) -> list[str]:
    """The names of this score that an address may contain between `before` and `after`."""
    fixed = {row.address for row in CONTROLS}
    names = []
    for address in space.controls if space is not None else ():
        name = address.removeprefix(before).removesuffix(after)
        if address not in fixed and address == f"{before}{name}{after}" and "/" not in name:
            names.append(name)
    return names
