"""Records as JSON Schema, draft 7, which every editor's YAML plug-in knows."""

from __future__ import annotations

from installation.language.containers import Record, keys
from installation.language.scalars import Schema


def definition(record: type[Record]) -> Schema:
    """The schema of one record. A former word is a property, too, marked as deprecated: the player accepts it."""
    known = keys(record)
    properties = {word: _described(one.kind.schema(), one.about, one.default) for word, one in known.items()}
    for former, word in record.former_words.items():
        described = _described(known[word].kind.schema(), f"The former word for `{word}`.", "")
        properties[former] = described | {"deprecated": True}
    definition: Schema = {
        "description": (record.__doc__ or "").partition("\n")[0],
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    required = [word for word, one in known.items() if one.required]
    return definition | ({"required": required} if required else {}) | record.schema_constraints


def _described(schema: Schema, about: str, default: str) -> Schema:
    """The schema with its description; wraps a $ref, because draft 7 ignores any key beside one."""
    body = {"allOf": [schema]} if "$ref" in schema else schema
    return {"description": f"{about} If missing: {default}." if default else about} | body
