"""Reads YAML text to nodes with positions. It resolves no types: `on`, `1:30` and `0123` are just words.

It accepts only the part of YAML that a score needs: one document of mappings, lists and words, no anchors, no tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import yaml

from installation.language import limits

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser if PyYAML has it: it is five times as fast."""

COLLECTION_STARTS = frozenset({yaml.SequenceStartEvent, yaml.MappingStartEvent})
COLLECTION_ENDS = frozenset({yaml.SequenceEndEvent, yaml.MappingEndEvent})


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
    """Builds nodes with an explicit stack, so that no nesting overflows Python's."""
    root: Node | None = None
    documents = 0
    open_nodes: list[_OpenNode] = []
    loader = LOADER(text)
    try:
        while (event := loader.get_event()) is not None:  # a large score has a hundred thousand events
            kind = type(event)
            if kind in COLLECTION_ENDS:
                open_nodes.pop()
            elif (make := NODES.get(kind)) is None:
                documents += kind is yaml.DocumentStartEvent
                if documents > 1:
                    told = "a second document begins here; a file holds one: delete ---"
                    raise NodeError(Node(*_where(event)), told)
            else:
                node = make(event)
                if open_nodes:
                    open_nodes[-1].add(node, refuse)
                else:
                    root = node
                if event.anchor is not None or getattr(event, "tag", None) is not None:
                    _refuse_anchors_and_tags(event, node, refuse)
                if kind in COLLECTION_STARTS:
                    open_nodes.append(_OpenNode(node))
                    _require_depth(node, len(open_nodes))
    finally:
        loader.dispose()
    return None if isinstance(root, ScalarNode) and root.plain and not root.text else root


def _require_depth(node: Node, depth: int) -> None:
    if depth > limits.DEPTH:
        raise NodeError(
            Node(node.line, node.column), f"nested more than {limits.DEPTH} deep, which no file of this kind needs"
        )


def _where(event: yaml.Event) -> tuple[int, int]:
    """Line and column, from 1."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _word(event: yaml.ScalarEvent) -> ScalarNode:
    line, column = _where(event)
    return ScalarNode(line, column, None, "", event.value, not event.style)


NODES: dict[type[yaml.Event], Callable[[Any], Node]] = {
    yaml.ScalarEvent: _word,
    yaml.MappingStartEvent: lambda event: MappingNode(*_where(event)),
    yaml.SequenceStartEvent: lambda event: SequenceNode(*_where(event)),
    yaml.AliasEvent: lambda event: UnreadableNode(*_where(event)),
}


def _refuse_anchors_and_tags(event: yaml.NodeEvent, node: Node, refuse: Refuse) -> None:
    """Refuses aliases, anchors and tags, with which a line depends on something elsewhere."""
    if isinstance(event, yaml.AliasEvent):
        refuse(node, f"alias *{event.anchor}: aliases are not allowed; write it out")
    elif event.anchor is not None:
        refuse(node, f"anchor &{event.anchor}: anchors are not allowed; delete it, and repeat its content instead")
    if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        refuse(node, f"tag {tag}: tags are not allowed; delete it, and put text in quotes")


class _OpenNode:
    """A list or mapping that is not complete yet, and the key that waits for its value."""

    __slots__ = ("key", "node", "waiting")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.key: Node | None = None
        self.waiting = False

    def add(self, child: Node, refuse: Refuse) -> None:
        node = child.parent = self.node
        if isinstance(node, MappingNode):
            if self.waiting:
                self._pair(node, child, refuse)
            else:
                self.key = child
            self.waiting = not self.waiting
        elif isinstance(node, SequenceNode):
            child.step = f"[{len(node.items)}]"
            node.items.append(child)

    def _pair(self, node: MappingNode, value: Node, refuse: Refuse) -> None:
        key = self.key
        if isinstance(key, ScalarNode):
            key.step = value.step = key.text
            if key.text in node.entries:
                first = node.entries[key.text][0].line
                refuse(key, f"{key.text!r} is here for the second time (first on line {first}); keep one")
            else:
                node.entries[key.text] = (key, value)
        elif key is not None and not isinstance(key, UnreadableNode):
            refuse(key, f"a key must be a word, not {NODE_NAMES[type(key)]}; braces and brackets in text need quotes")
