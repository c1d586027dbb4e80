"""The keys of a rehearsal: the action of each, and its text for the help."""

from __future__ import annotations

from typing import Literal

Action = Literal[
    "go",
    "back",
    "pause",
    "next",
    "previous",
    "frame forward",
    "frame back",
    "second forward",
    "second back",
    "start",
    "cue start",
    "slower",
    "faster",
    "rate one",
    "loop",
    "solo",
    "labels",
    "bounds",
    "timing",
    "explain",
    "blackout",
    "panic",
    "engage",
    "audition",
    "lock",
    "help",
    "quit",
]

KEYS: dict[str, tuple[Action, str]] = {
    "space": ("go", "GO: starts the cue on standby"),
    "backspace": ("back", "Back to the previous cue"),
    "p": ("pause", "Pause and play"),
    "down": ("next", "Next cue on standby"),
    "up": ("previous", "Previous cue on standby"),
    "right": ("frame forward", "One frame forward"),
    "left": ("frame back", "One frame back"),
    "shift+right": ("second forward", "One second forward"),
    "shift+left": ("second back", "One second back"),
    "home": ("start", "To the start of the score"),
    "enter": ("cue start", "To the start of this cue"),
    "-": ("slower", "Half as fast, down to 1/4"),
    "+": ("faster", "Twice as fast, up to 16"),
    "=": ("faster", ""),
    "shift+=": ("faster", ""),
    "1": ("rate one", "At the score's own speed"),
    "o": ("loop", "Loop this cue, or stop looping"),
    "tab": ("solo", "Next output alone, then all; or double-click"),
    "n": ("labels", "Names and levels"),
    "s": ("bounds", "Bounds and title safe area"),
    "t": ("timing", "Frame number and timing"),
    "x": ("explain", "Explain: layer, channel and tree behind a picture"),
    "b": ("blackout", "Blackout and back"),
    "end": ("panic", "Panic: fades to black"),
    "a": ("audition", "Audition the next cue on this output, or stop"),
    "e": ("engage", "Ignore the desk, or listen to it again"),
    "shift+k": ("lock", "Lock the show, or unlock it"),
    "?": ("help", "Show this help; F1 works on every keyboard"),
    "shift+/": ("help", ""),
    "shift+?": ("help", ""),
    "h": ("help", ""),
    "f1": ("help", ""),
    "escape": ("quit", "End the rehearsal"),
}

HELP = (
    *((key, meaning) for key, (_, meaning) in KEYS.items() if meaning),
    ("pointer", "Drag the timeline to scrub; double-click an output"),
)

RATES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


def action_of(key: str) -> Action | None:
    found = KEYS.get(key)
    return found[0] if found else None


def rate_after(rate: float, action: Literal["slower", "faster"]) -> float:
    """The next of RATES in that direction, or the same rate at the end."""
    others = [one for one in RATES if (one > rate if action == "faster" else one < rate)]
    if not others:
        return rate
    return min(others) if action == "faster" else max(others)
