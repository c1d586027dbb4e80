"""Where something is in a file, by names: its draw by chance stays when lines are added elsewhere."""

from __future__ import annotations

from installation.language.nodes import MappingNode, Node, ScalarNode, SequenceNode

SECTION = "cues"
"""The key whose items draw for themselves."""

DRAWN = frozenset({"between", "choose", "shuffle"})
"""What chance draws tells nothing from anything: its pool or its range may change."""

MAX_WORDS = 24
"""That tell one item of a list from another."""


def section_of(node: Node) -> MappingNode | None:
    """The cue in which something stands; None outside."""
    while node.parent is not None:
        if isinstance(node.parent, SequenceNode) and node.parent.step == SECTION and isinstance(node, MappingNode):
            return node
        node = node.parent
    return None


def place_of(node: Node) -> str:
    """The way from its cue to a node, by keys; an item of a list is told by its name, its time or what it says."""
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
    """What tells an item from the others in its list: a layer by its name, which is `layer1` where it has none."""
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
    """What an item says first: its own word, or its first key with what that says."""
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
