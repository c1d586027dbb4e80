"""Hooks of MkDocs: README.md and its neighbours become pages, and files beside `docs/` that pages link to go along."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PAGES = {name: f"{name}.md" for name in ("ARCHITECTURE", "CHANGELOG", "CONTRIBUTING", "SECURITY")} | {
    "README": "index.md"
}
_BESIDE = re.compile(r"\]\(\.\./([\w./-]+)")
"""A link of a page in `docs/` to a file outside, such as a score or the sheet of the atlas."""

_EXAMPLE = re.compile(r"^\[(examples/\w+\.py)\]\(\1\)$", re.MULTILINE)
"""A paragraph that is nothing but a link to an example."""

_REMARK = re.compile(r"^<!-- .* -->$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is not in `docs/`."""
    for name, page in PAGES.items():
        text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text.replace("](docs/", "](")))
    pages = [file.content_string for file in files.documentation_pages()]
    for path in sorted({path for text in pages for path in _BESIDE.findall(text)}):
        if not path.endswith(".md"):
            files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Of a page: its links to what was added, its examples in full, and no remarks beside its tables."""
    markdown = _REMARK.sub("", _EXAMPLE.sub(_in_full, markdown))
    return _BESIDE.sub(lambda link: f"]({PAGES.get(link[1].removesuffix('.md'), link[1])}", markdown)


def _in_full(example: re.Match[str]) -> str:
    return f"```python\n{(ROOT / 'docs' / example[1]).read_text(encoding='utf-8')}```"
