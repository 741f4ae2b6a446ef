"""
Give two buttons of the theme names that a screen reader can speak, and a list its items.

The search button is named otherwise than it reads, and the arrows that open parts of the
list of pages have no name at all. Both are written by the theme into every page. Docutils
marks an entry of the bibliography by a role that is no longer one, inside a list that then
has no items. MyST-NB names what shows a hidden cell otherwise than it reads. pandas writes
the corner of a table as a heading of nothing.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

_SEARCH = re.compile(r'(<button [^>]*search-button-field[^>]*?) aria-label="Search"')
_ARROW = '<summary><span class="toctree-toggle"'
_ENTRY = 'role="doc-biblioentry"'
_HIDDEN = '<summary aria-label="Toggle hidden content">'
_NAMED = '<summary aria-label="Show or hide the pages below"><span class="toctree-toggle"'


def named(page: str) -> str:
    """Name the buttons of a page, and the items of its bibliography."""
    return (
        _SEARCH.sub(r'\1 aria-label="Search Ctrl+K"', page)
        .replace(_ARROW, _NAMED)
        .replace(_ENTRY, 'role="listitem"')
        .replace(_HIDDEN, "<summary>")
        .replace("<th></th>", "<td></td>")
    )


def name_all(app: Sphinx, exception: Exception | None) -> None:
    """Rewrite the pages once they are there."""
    if exception is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        if (better := named(page)) != page:
            path.write_text(better, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the rewriting."""
    app.connect("build-finished", name_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
