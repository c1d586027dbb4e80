"""Places in a file by names instead of lines, so that a random draw stays the same if lines are added elsewhere."""

from __future__ import annotations

from installation.language.nodes import MappingNode, Node, ScalarNode, SequenceNode

SECTION = "cues"
"""The key whose items each make their own random draws."""

DRAWN = frozenset({"between", "choose", "shuffle"})
"""Keys of random draws, which do not identify an item, because their pool or range may change."""

MAX_WORDS = 24
"""The most words that identify an item of a list."""


def section_of(node: Node) -> MappingNode | None:
    """The cue that contains a node; None outside of cues."""
    while node.parent is not None:
        if isinstance(node.parent, SequenceNode) and node.parent.step == SECTION and isinstance(node, MappingNode):
            return node
        node = node.parent
    return None


def place_of(node: Node) -> str:
    """The path from its cue to a node, by keys; a list item is identified by its name, its time or its first words."""
    steps: list[str] = []
    section = section_of(node)
    while node.parent is not None and node is not section:
        if isinstance(node.parent, SequenceNode):
            steps.append(told(node, node.parent))
        else:
            steps.append(node.step)
        node = node.parent
    return "/".join(reversed(steps))


def told(item: Node, items: SequenceNode) -> str:
    """The text that identifies an item in its list; for a layer without a name it is `name=layer1`, by its number."""
    if isinstance(item, MappingNode):
        for word in ("name", "at"):
            if word in item and isinstance(named := item.at(word), ScalarNode):
                return f"{word}={named.text}"
    if items.step == "layers":
        return f"name=layer{items.items.index(item) + 1}"
    words = _words(item)
    alike = [one for one in items.items if _words(one) == words]
    twin = next(number for number, one in enumerate(alike) if one is item)
    return ",".join(words) + (f"+{twin}" if twin else "")


def _words(item: Node) -> list[str]:
    """The first words of an item: its own word, or its first key with the words of its value."""
    words: list[str] = []
    ahead = [item]
    if isinstance(item, MappingNode):
        ahead = list(next(iter(item.entries.values()), ()))
    while ahead and len(words) < MAX_WORDS:
        node = ahead.pop(0)
        if isinstance(node, ScalarNode):
            words.append(node.text)
        elif isinstance(node, SequenceNode):
            ahead = [*node.items, *ahead]
        elif isinstance(node, MappingNode) and not DRAWN & node.entries.keys():
            ahead = [part for pair in node.entries.values() for part in pair] + ahead
    return words
