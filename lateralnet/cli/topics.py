"""The commands by topic: where each lives, and what the list of commands says of it.

A module is loaded when its command is called, not to list it.
"""

from __future__ import annotations

import importlib

import click

from lateralnet.cli.foreign_sorn import foreign_sorn
from lateralnet.errors import InputError

_RUNS, _DEVICES = "lateralnet.cli.runs", "lateralnet.cli.devices"
_SHOWS, _SWEEP = "lateralnet.cli.shows", "lateralnet.cli.sweep"
_STUDIES = "lateralnet.cli.studies"
# Topic -> command -> module and words.
TOPICS: dict[str, dict[str, tuple[str, str]]] = {
    "Science": {
        "run": (_RUNS, "Train and test networks; files and figures to Runs/<name>/."),
        "evaluate": (_RUNS, "Test saved weights under another stimulus."),
        "params": (_RUNS, "Print the parameters of a preset and flags."),
        "plot": (_SHOWS, "Redraw the figures of a run from its files."),
        "watch": (_SHOWS, "Write a moving picture of a test, as a page, GIF or MP4."),
        "report": (_SHOWS, "Write one page that shows a run or a sweep, offline."),
        "export": (_SHOWS, "Write the spikes of the tests as NWB, SONATA or Neo."),
        "cite": (_SHOWS, "Print what to cite for a run."),
    },
    "Studies": {
        "sweep": (_SWEEP, "Compute what is missing of varied parameters and seeds."),
        "summarise": (_SWEEP, "Print means with intervals, paired with the control."),
        "search": ("lateralnet.cli.search", "Search a recipe with Optuna, and confirm it."),
        "reproduce": (_STUDIES, "Run a published study again."),
        "decode": ("lateralnet.cli.decode", "Decode place and distance, beside the bound."),
    },
    "Devices": {
        "devices": (_DEVICES, "Show which devices can run here, and why others cannot."),
        "doctor": (_DEVICES, "Examine this machine for each device."),
        "build": (_DEVICES, "Build a program ahead of its first run."),
        "compare": (_DEVICES, "Run the same networks on several devices and compare."),
        "benchmark": (_DEVICES, "Time the phases of a run on several devices."),
        "cache": ("lateralnet.cli.cache", "Show or remove built programs."),
    },
    "Networks of another kind": {
        "sorn": ("sorn.cli", "Self-organising recurrent network, five plasticity rules."),
    },
    "Shell": {
        "completion": ("lateralnet.cli.completion", "Let a shell complete commands and names."),
    },
}
_MODULE_OF = {name: module for topic in TOPICS.values() for name, (module, _) in topic.items()}


class Commands(click.Group):
    """The commands, by topic."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of their topics."""
        return list(_MODULE_OF)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command, its module loaded."""
        if name not in _MODULE_OF:
            return None
        command: click.Command = getattr(importlib.import_module(_MODULE_OF[name]), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuse `sorn` where another package of that name is installed."""
        if args[0] == "sorn" and foreign_sorn():
            raise InputError(foreign_sorn())
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by topic."""
        for topic, commands in TOPICS.items():
            with formatter.section(topic):
                formatter.write_dl([(name, words) for name, (_, words) in commands.items()])
