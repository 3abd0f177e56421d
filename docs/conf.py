"""Sphinx: how the site is built. `make docs` does it, with warnings as errors."""

import os
import re
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import generate

from lateralnet.version import __version__

project = "lateralnet"
copyright = "the lateralnet developers"
author = "The lateralnet developers"
release = version = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "tutorials", "gallery/**/*.ipynb", "gallery/**/*.py"]
html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = "lateralnet"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_prev_next": False,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
}
html_sidebars = {
    page: [] for page in ("index", "start", "extending", "about")
}  # nothing beside them
smartquotes_action = "qe"  # quotes and dots; "--" stays what a shell understands

# Names of a docstring's "Returns" and "Attributes" are plain words here, no links to chase.
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "attrs_block"]
suppress_warnings = ["config.cache"]  # a function in the gallery's settings cannot be stored

sphinx_gallery_conf = {
    "examples_dirs": "tutorials",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/\d\d_",
    "within_subsection_order": "FileNameSortKey",
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 0,
    "write_computation_times": False,
    "download_all_examples": False,
    "abort_on_example_error": False,
    "only_warn_on_example_error": False,
    "reset_modules": ("matplotlib",),
    "image_scrapers": ("matplotlib", "generate.shown_figure"),
    "default_thumb_file": str(Path(__file__).parent / "figures" / "ts_map_before_after.png"),
    "plot_gallery": os.environ.get("DOCS_GALLERY", "1") != "0",  # 0 leaves the tutorials out
}
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")

generate.write_pages(Path(__file__).parent / "reference" / "generated")


def _outside_files_as_downloads(app: object, page: str, source: list[str]) -> None:
    """Let a page link to a Markdown file of the repository that is no page of the site."""
    source[0] = re.sub(r"\]\((\.\./[^)#]+\.md)\)", r"](path:\1)", source[0])


def _readable(app, what, name, obj, options, signature, returned):
    """Shorten a signature: no path of this machine, no address of a function, no hundred fields."""
    if signature:
        signature = signature.replace(repr(sys.executable), "sys.executable")
        signature = signature.replace("<function <lambda>>", "...").replace("<factory>", "...")
        signature = "(**fields)" if signature.count("=") > 40 else signature
    return signature, returned


def setup(app):
    app.connect("autodoc-process-signature", _readable)
    app.connect("source-read", _outside_files_as_downloads)
