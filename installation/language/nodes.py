"""Reads YAML text to nodes with positions. It resolves no types: `on`, `1:30` and `0123` are just words.

It accepts only the part of YAML that a score needs: one document of mappings, lists and words, no anchors, no tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

import yaml

from installation.language import limits

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser if PyYAML has it: it is five times as fast."""


@dataclass(slots=True, eq=False)
class Node:
    """An element of the file; `line` and `column` count from 1, `step` leads here from `parent`: a key or `[2]`."""

    line: int
    column: int
    parent: Node | None = None
    step: str = ""

    @property
    def path(self) -> str:
        above = self.parent.path if self.parent else ""
        return f"{above}.{self.step}" if above and not self.step.startswith("[") else above + self.step


@dataclass(slots=True, eq=False)
class ScalarNode(Node):
    """A word; `plain` if it has no quotes."""

    text: str = ""
    plain: bool = True


@dataclass(slots=True, eq=False)
class SequenceNode(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class MappingNode(Node):
    """Keys and values, in the order of the file."""

    entries: dict[str, tuple[ScalarNode, Node]] = field(default_factory=dict)

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def at(self, key: str) -> Node:
        """The value of `key`, or this node if the key is missing."""
        return self.entries[key][1] if key in self.entries else self


@dataclass(slots=True, eq=False)
class UnreadableNode(Node):
    """Replaces an element that was refused already, so that nobody reports it twice."""


class NodeError(Exception):
    """A mistake of `node`, to be added to the list of mistakes; the message is empty if it was reported already."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node = node
        self.message = message


Refuse = Callable[[Node, str], None]

NODE_NAMES = {ScalarNode: "a word or number", SequenceNode: "a list", MappingNode: "keys and values"}

SYNTAX_HINTS = (
    ("could not find expected ':'", "this is not `key: value`; is the space after a colon missing?"),
    ("mapping values are not allowed", "one colon too many: text with `: ` needs quotes, or the indentation is wrong"),
    ("did not find expected key", "the indentation does not fit the lines above, or a bracket or quote is left open"),
    ("did not find expected '-'", "the indentation does not fit the list above"),
    ("expected <block end>", "the indentation does not fit the lines above, or a bracket or quote is left open"),
    ("did not find expected ','", "a bracket is left open, or a comma is missing"),
    ("expected ',' or", "a bracket is left open, or a comma is missing"),
    ("found unexpected ':'", "a colon needs a space after it, and a value"),
    ("unexpected end of stream", "a quote or bracket is left open"),
    ("cannot start any token", "this character means something else in YAML: put the text in quotes"),
    ("block sequence entries are not allowed", "a list cannot begin here: begin it on a line of its own"),
    ("control characters are not allowed", "an invisible control character: delete it"),
    ("special characters are not allowed", "an invisible control character: delete it"),
)
"""Messages of YAML's parser, and their meaning for an author."""

INDENT_WITH_TAB = re.compile(r"^ *\t[ \t]*[^ \t\r\n]", re.MULTILINE)
MAX_TOLD_INDENTS = 1_000
"""The most reported lines with wrong indentation: an editor corrects them all at once."""

WIDE_SPACES = "\u00a0\u2000-\u200b\u202f\u205f\u3000"
"""Spaces of web pages and word processors that YAML takes for letters."""

INDENT_WITH_WIDE = re.compile(rf"^ *[{WIDE_SPACES}][ {WIDE_SPACES}]*(?:- |[\w'\"-]+:(?:\s|$))", re.MULTILINE)
"""Such spaces before a key or an item; text may contain them."""


SCALAR = yaml.ScalarEvent
COLLECTION_ENDS = frozenset({yaml.SequenceEndEvent, yaml.MappingEndEvent})
NODES: dict[type[yaml.Event], type[Node]] = {
    yaml.MappingStartEvent: MappingNode,
    yaml.SequenceStartEvent: SequenceNode,
    yaml.AliasEvent: UnreadableNode,
}


def compose(text: str, refuse: Refuse) -> Node | None:
    """The one document in `text`, None if it is empty or unreadable; reports every mistake to `refuse`."""
    is_refused = False
    for pattern, what in ((INDENT_WITH_TAB, "a tab"), (INDENT_WITH_WIDE, "a space that YAML does not allow")):
        line, counted = 1, 0
        for found in islice(pattern.finditer(text), MAX_TOLD_INDENTS):
            is_refused = True
            line, counted = line + text.count("\n", counted, found.start()), found.start()
            refuse(Node(line, 1), f"{what} indents this line: use ordinary spaces")
    if is_refused:
        return None
    try:
        return _document(text, refuse)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Node(mark.line + 1, mark.column + 1) if mark else Node(1, 1)
        began = error.context_mark.line + 1 if error.context_mark else where.line
        since = f" (see line {began})" if began < where.line else ""
        refuse(where, _meaning(error.problem or error.context or "") + since)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        refuse(Node(before.count("\n") + 1, len(before) - before.rfind("\n")), _meaning(str(error.reason)))
    except NodeError as wrong:
        refuse(wrong.node, wrong.message)
    return None


def _meaning(problem: str) -> str:
    return next((meaning for said, meaning in SYNTAX_HINTS if said in problem), f"this is not YAML: {problem}")


def _document(text: str, refuse: Refuse) -> Node | None:
    """Builds nodes with an explicit stack, so that no nesting overflows Python's.

    A large score has a hundred thousand events: words, half of them, are made here without a further call.
    """
    root: Node | None = None
    parent: Node | None = None
    key: Node | None = None
    above: list[tuple[Node | None, Node | None]] = []
    loader = LOADER(text)
    try:
        while (event := loader.get_event()) is not None:
            kind = type(event)
            if kind is SCALAR:
                mark = event.start_mark
                node: Node = ScalarNode(mark.line + 1, mark.column + 1, parent, "", event.value, not event.style)
            elif kind in COLLECTION_ENDS:
                parent, key = above.pop()
                continue
            elif (make := NODES.get(kind)) is not None:
                node = make(event.start_mark.line + 1, event.start_mark.column + 1, parent)
            else:
                _refuse_second(event, root)
                continue
            if root is None:
                root = node
            key = _entered(node, parent, key, refuse)
            if event.anchor is not None or (kind is not yaml.AliasEvent and event.tag is not None):
                _refuse_anchors_and_tags(event, node, refuse)
            if kind is not SCALAR and kind is not yaml.AliasEvent:
                above.append((parent, key))
                parent, key = node, None
                if len(above) > limits.DEPTH:
                    told = f"nested more than {limits.DEPTH} deep, which no file of this kind needs"
                    raise NodeError(Node(node.line, node.column), told)
    finally:
        loader.dispose()
    return None if isinstance(root, ScalarNode) and root.plain and not root.text else root


def _entered(node: Node, parent: Node | None, key: Node | None, refuse: Refuse) -> Node | None:
    """Enters a node into its parent; in a mapping, `key` waits for its value. Returns the key that waits now."""
    if type(parent) is MappingNode:
        if key is None:
            return node
        if type(key) is ScalarNode and key.text not in parent.entries:
            key.step = node.step = key.text
            parent.entries[key.text] = (key, node)
        else:
            _refuse_key(parent, key, refuse)
    elif type(parent) is SequenceNode:
        node.step = f"[{len(parent.items)}]"
        parent.items.append(node)
    return None


def _refuse_key(parent: MappingNode, key: Node, refuse: Refuse) -> None:
    """Refuses a key that is there already, or that is no word."""
    if isinstance(key, ScalarNode):
        key.step = key.text
        first = parent.entries[key.text][0].line
        refuse(key, f"{key.text!r} is here for the second time (first on line {first}); keep one")
    elif not isinstance(key, UnreadableNode):
        refuse(key, f"a key must be a word, not {NODE_NAMES[type(key)]}; braces and brackets in text need quotes")


def _refuse_second(event: yaml.Event, root: Node | None) -> None:
    """Refuses the beginning of another document."""
    mark = event.start_mark
    if isinstance(event, yaml.DocumentStartEvent) and root is not None:
        where = Node(mark.line + 1, mark.column + 1) if mark else Node(1, 1)
        raise NodeError(where, "a second document begins here; a file holds one: delete ---")


def _refuse_anchors_and_tags(event: yaml.NodeEvent, node: Node, refuse: Refuse) -> None:
    """Refuses aliases, anchors and tags, with which a line depends on something elsewhere."""
    if isinstance(event, yaml.AliasEvent):
        refuse(node, f"alias *{event.anchor}: aliases are not allowed; write it out")
    elif event.anchor is not None:
        refuse(node, f"anchor &{event.anchor}: anchors are not allowed; delete it, and repeat its content instead")
    if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        refuse(node, f"tag {tag}: tags are not allowed; delete it, and put text in quotes")
