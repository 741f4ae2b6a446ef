"""Build the site: `uv run sphinx-build -W --keep-going docs docs/_build/html`."""

import os
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

# Pages are executed in a kernel that shows figures inline, whatever the caller's backend.
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Text is laid out for a page, whatever the terminal that builds it.
os.environ["COLUMNS"] = "80"

project = "learnclimate"
author = "The learnclimate developers"
copyright = "The learnclimate developers"
version = release = installed_version("learnclimate")

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.bibtex",
    "mathml",
    "accessible_theme",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "jupyter_execute", "**.ipynb_checkpoints"]
suppress_warnings = ["mystnb.unknown_mime_type"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# Never from a cache: it would not notice that the library changed.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True

autosummary_generate = True
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
# A name in single backticks is a link where it is one of ours.
default_role = "autolink"
numpydoc_show_class_members = False
python_use_unqualified_type_names = True

bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
bibtex_default_style = "plain"

html_theme = "pydata_sphinx_theme"
html_title = "learnclimate"
html_static_path = ["_static"]
html_css_files = ["learnclimate.css"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
# Pages without pages below them have nothing to list at the side.
html_sidebars = {name: [] for name in ("index", "bibliography", "changelog", "cite")}
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 6,
    "show_prev_next": True,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
