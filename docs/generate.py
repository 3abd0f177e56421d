"""Pages of the site that come from the code: the Python reference, flags, measures, commands."""

from __future__ import annotations

import importlib
import inspect
import pprint
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import lateralnet
from lateralnet.cli.program import cli
from lateralnet.measures.table import documented
from lateralnet.parameters.flags import flags_table

# Packages whose names in `__all__` are public, in the order of the reference.
PACKAGES = (
    "lateralnet",
    "lateralnet.parameters",
    "lateralnet.stimulus",
    "lateralnet.network",
    "lateralnet.simulation",
    "lateralnet.records",
    "lateralnet.measures",
    "lateralnet.decoders",
    "lateralnet.learning",
    "lateralnet.runs",
    "lateralnet.runs.own",
    "lateralnet.studies",
    "lateralnet.devices",
    "lateralnet.figures",
    "lateralnet.errors",
    "sorn",
)


def write_pages(folder: Path) -> None:
    """Write all generated pages, and remove others; one that would not change is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "flags.md": flags_page(),
        "commands.md": commands_page(),
        "measures.md": measures_page(),
        **{f"{name}.rst": package_page(name) for name in PACKAGES},
    }
    for path in folder.iterdir():
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)


def flags_page() -> str:
    """Return every parameter with its flag, range and value in each preset."""
    return (
        "# Flags and parameters\n\n"
        "Made from the table that also checks the values and writes `--help`. A preset that is "
        "not named in the last column has the value of the column before. "
        "`lateralnet params --mode MODE` prints a preset with units and field names.\n\n"
        + flags_table()
    )


def commands_page() -> str:
    """Return the help of every command; model parameters, which share a page, are left out."""
    parts = [
        "# Commands\n\nWhat `lateralnet COMMAND --help` says. The flags of model parameters are on "
        "[a page of their own](flags.md).\n"
    ]
    for name, command, context in _commands(cli, click.Context(cli, info_name="lateralnet")):
        about = inspect.cleandoc(command.help or "").replace("<", "\\<")
        parts.append(f"## {name}\n\n{about}\n")
        parts.append(f"```text\n{context.command_path} {' '.join(_usage(command, context))}\n```\n")
        rows = [
            record
            for parameter in command.get_params(context)
            if not hasattr(parameter, "parameter_name")
            and (record := parameter.get_help_record(context))
            and getattr(parameter, "topic", "Run") == "Run"
        ]
        if rows:
            parts.append("| option | meaning |\n|---|---|")
            parts += [f"| `{_cell(option)}` | {_cell(text)} |" for option, text in rows]
            parts.append("")
    return "\n".join(parts)


def _usage(command: click.Command, context: click.Context) -> list[str]:
    return command.collect_usage_pieces(context)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")


def _commands(
    group: click.Group, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _commands(command, inner)
        else:
            yield inner.command_path.removeprefix("lateralnet "), command, inner


_ABOUT_MEASURES = """# Measures

Every number in the results of a test: `measures` of a seed, `maps` in its results file. Terminal,
summary, report, figures, evidence and sweeps take names, units, digits and directions from this
table. To add a measure, compute it in `lateralnet/measures/` and give it a line in
`lateralnet/measures/table.py`.

A measure with a chance level has three more numbers: `…_chance` and `…_chance_sd`, its mean and SD
with the cells shuffled, and `…_p`, the share of shuffles at least as good.

Tables show a dash where a number says nothing, while files keep it: the spread of a bias
(`sigma_…`, `delta_…`) where less than half of the way along the body is decoded, and the order of
a map (`spearman`, `cells_near_diagonal`) where fewer than ten cells fire.

Over seeds, a mean stands with its 95 % interval by Student's t, cut at the bounds of the measure (a
correlation does not exceed 1). Two conditions are compared seed by seed: the mean difference, and
in how many seeds the first is better, whichever way is good.

"""


def measures_page() -> str:
    """Return the table of measures that terminal, reports, figures and sweeps use."""
    return _ABOUT_MEASURES + documented() + "\n"


def package_page(name: str) -> str:
    """Return the reference of a package: its purpose, then each public name."""
    package = importlib.import_module(name)
    title = f"``{name}``"
    lines = [title, "=" * len(title), "", f".. currentmodule:: {name}", ""]
    lines += [inspect.getdoc(package) or "", ""]
    for public in _public(package):
        value = getattr(package, public)
        lines += [public, "-" * len(public), "", *_entry(name, public, value), ""]
    return "\n".join(lines)


def _public(package: Any) -> list[str]:
    if hasattr(package, "__all__"):
        return list(package.__all__)
    own = (n for n, v in vars(package).items() if getattr(v, "__module__", "") == package.__name__)
    return [name for name in own if not name.startswith("_")]


def _entry(package: str, public: str, value: Any) -> list[str]:
    # A name that a package only hands on is described where it is; here a line points there.
    if inspect.ismodule(value):
        return [f"The module ``{value.__name__}``, see :doc:`{value.__name__}`."]
    if package == "lateralnet" or not _name_in_front(value):
        if inspect.isclass(value):
            return [f".. autoclass:: {package}.{public}", "   :members:"]
        if callable(value):
            return [f".. autofunction:: {package}.{public}"]
        if type(value).__module__ != "builtins":  # an object that stands for its class
            kind = f"{type(value).__module__}.{type(value).__qualname__}"
            return [f".. autoclass:: {kind}", "   :members:"]
        shown = sorted(value) if isinstance(value, (set, frozenset, dict)) else value
        lines = pprint.pformat(shown, width=80, compact=True).splitlines()
        return [
            ".. code-block:: python",
            "",
            f"   {public} = {lines[0]}",
            *(f"   {x}" for x in lines[1:]),
        ]
    return [f"See :obj:`lateralnet.{_name_in_front(value)}`."]


def _name_in_front(value: Any) -> str:
    """Return the name under which `lateralnet` itself has a value, or nothing."""
    return next((n for n in lateralnet.__all__ if getattr(lateralnet, n) is value), "")


def shown_figure(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Put a figure that `lateralnet.draw` returned into a tutorial, as a notebook shows it."""
    from sphinx_gallery.scrapers import figure_rst

    figure = block_vars["example_globals"].pop("figure", None)
    if figure is None or hasattr(figure, "number"):  # pyplot's figures are found by themselves
        return ""
    path = next(block_vars["image_path_iterator"])
    figure.savefig(path)
    return figure_rst([path], gallery_conf["src_dir"], figure.get_suptitle())
