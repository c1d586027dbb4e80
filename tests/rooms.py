"""Which room may name which: the one table, shown in ARCHITECTURE.md and held against the code by test_imports.py."""

from __future__ import annotations

HALL = (*("errors", "failures", "files", "notices", "optional_service", "owner", "signals", "systems"),)
"""Modules beside the rooms, which everybody may name and which name no room."""

EVERYTHING = "everything"

ROOMS: dict[str, tuple[str, ...]] = {
    "show": (),
    "show.playing": ("show",),
    "language": ("show",),
    "atlas": ("show",),
    "media": (),
    "score": ("atlas", "language", "media", "show", "sound"),
    "sound": (
        "show",
        "show.playing",
    ),
    "desk.journal": ("show",),
    "desk.midi": (),
    "desk.sensors": (),
    "desk.timecode": (
        "show",
        "show.playing",
    ),
    "desk.network": ("desk", "desk.timecode", "show"),
    "desk": (
        *("desk.journal", "desk.midi", "desk.network", "desk.sensors", "desk.timecode"),
        *("language", "show", "show.playing"),
    ),
    "desk.page": ("desk", "desk.network", "desk.timecode", "show", "show.playing"),
    "rig": ("desk", "language", "show", "show.playing"),
    "rig.warps": ("media", "rig"),
    "rig.calibration": ("rig", "rig.warps"),
    "picture": ("show",),
    "picture.ways": ("atlas", "media", "picture"),
    "picture.decoding": ("atlas", "picture", "picture.ways", "show"),
    "picture.decoding.choosing": ("atlas", "picture", "picture.decoding", "picture.ways", "show"),
    "picture.mixing": ("media", "picture", "show"),
    "picture.sources": ("media", "picture", "picture.decoding", "picture.ways", "show"),
    "picture.supply": ("picture", "picture.decoding", "picture.sources", "show"),
    "outputs": ("picture", "picture.mixing", "rig"),
    "outputs.heads": ("outputs", "picture", "picture.mixing", "rig"),
    "outputs.films": ("outputs", "picture.mixing"),
    "outputs.feeds": ("outputs", "outputs.films", "picture", "picture.mixing", "rig", "sound"),
    "outputs.windows": ("outputs", "outputs.heads", "picture", "picture.mixing", "rig", "show"),
    "fleet": ("desk.journal", "rig", "show", "show.playing"),
    "house": ("desk.journal", "desk.network", "fleet", "outputs.films", "rig", "show"),
    "editions": (
        "atlas",
        "desk",
        "desk.journal",
        "language",
        "picture",
        "rig",
        "score",
        "show",
        "show.playing",
    ),
    "player": (
        *("atlas", "desk", "desk.journal", "desk.network", "desk.page", "editions", "fleet", "house", "language"),
        *("outputs", "outputs.feeds", "outputs.films", "outputs.heads", "outputs.windows"),
        *(
            "picture",
            "picture.decoding",
            "picture.decoding.choosing",
            "picture.mixing",
            "picture.sources",
            "picture.supply",
            "rig",
            "show",
            "show.playing",
            "sound",
        ),
    ),
    "rehearsal": (
        *("atlas", "editions", "outputs", "outputs.heads", "outputs.windows"),
        *("picture", "picture.decoding", "picture.decoding.choosing", "picture.mixing", "picture.supply"),
        *("player", "rig", "show", "show.playing"),
    ),
    "book": (
        *("atlas", "desk", "editions", "language", "media", "outputs", "outputs.films"),
        *(
            "picture",
            "picture.decoding",
            "picture.decoding.choosing",
            "picture.ways",
            "player",
            "rig",
            "score",
            "show",
            "show.playing",
        ),
    ),
    "soak": ("desk", "desk.journal", "desk.network", "house", "rig", "score", "show", "show.playing"),
    "studio.networks.published": (),
    "studio.networks.wirings": (),
    "studio.networks": ("language", "studio.networks.published", "studio.networks.wirings"),
    "studio.objectives": ("atlas", "media"),
    "studio.recipes": ("atlas", "language", "media", "studio.objectives"),
    "studio": (
        *("atlas", "media", "picture", "picture.decoding", "picture.ways"),
        *("studio.networks", "studio.objectives", "studio.recipes"),
    ),
    "studio.page": ("desk.network", "studio"),
    "benchmarks": (EVERYTHING,),
    "benchmarks.fuzzing": (EVERYTHING,),
    "benchmarks.machines": (EVERYTHING,),
    "commands": (EVERYTHING,),
    "commands.processes": (EVERYTHING,),
}
"""Room -> the other rooms that its modules may name in an import; nobody names `benchmarks` or `commands`."""

CIRCLES = {("desk", "desk.network")}
"""The one pair that names each other: the desk opens its sockets, and a socket leaves what it hears at the desk."""

NOT_NAMED = {
    "installation.show": ("numpy", "torch", "moderngl", "glfw", "yaml", "pydantic", "time", "random", "socket"),
    "installation.picture": ("time", "random"),
}
"""Room -> libraries that none of its modules may name: chance is a hash of seed and place, the clock an argument."""

NAMED_ALL_THE_SAME = {("installation.show.clock", "time")}
"""Exceptions: the clock is the one impure module of the show."""

NOT_LOADED = {
    "installation.show": ("numpy", "torch", "moderngl", "glfw", "yaml", "pydantic"),
    "installation.language": ("torch", "moderngl", "glfw"),
    "installation.media": ("torch", "moderngl", "glfw"),
    "installation.score": ("torch", "moderngl", "glfw", "av"),
    "installation.picture": ("installation.score", "installation.desk", "installation.outputs", "glfw"),
    "installation.outputs": ("installation.score", "installation.desk", "torch"),
    "installation.rig": ("torch", "moderngl", "glfw", "installation.score"),
    "installation.desk": ("torch", "moderngl", "glfw", "installation.picture", "installation.outputs"),
    "installation.atlas": ("moderngl", "glfw", "installation.score", "installation.desk", "installation.picture"),
    "installation.editions.last_good_files": ("torch", "pydantic", "moderngl"),  # the house itself has it
    "installation.player": ("installation.studio",),
    "installation.commands.cli": ("torch", "moderngl", "glfw"),
}
"""Room or module -> what a fresh process that imports it must not load, be it through others."""

MAY_LOAD_TORCH = (
    "installation.atlas.",
    "installation.benchmarks.",
    "installation.book.",
    "installation.commands.",
    "installation.editions.",
    "installation.picture.",
    "installation.player.",
    "installation.rehearsal.",
    "installation.studio.",
)
MAY_NAME_GLFW = "installation.outputs.windows."


def table() -> str:
    """The table as ARCHITECTURE.md shows it."""
    rows = [f"| `{room.replace('.', '/')}/` | {_shown(named)} |" for room, named in ROOMS.items()]
    return "\n".join(["| room | names |", "|---|---|", *rows])


def _shown(named: tuple[str, ...]) -> str:
    if named == (EVERYTHING,):
        return "everything; nobody names it"
    return ", ".join(f"`{one.replace('.', '/')}`" for one in named) or "no other room"
