"""Command-line options made from the table of parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lateralnet.errors import ParameterError, nearest_names
from lateralnet.parameters.params import parameter_names, spec_of
from lateralnet.parameters.presets import PRESET_TEXT, PRESETS, preset
from lateralnet.parameters.spec import Spec
from lateralnet.parameters.table import GROUPS

RUN_GROUP = "Run"
_NONE = "none"


class GroupedCommand(click.Command):
    """A command whose help lists options by topic, and which suggests close flags."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section per topic."""
        sections: dict[str, list[tuple[str, str]]] = {RUN_GROUP: []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                topic = getattr(parameter, "topic", RUN_GROUP)
                sections.setdefault(topic, []).append(record)
        for topic in (RUN_GROUP, *GROUPS):
            if sections.get(topic):
                with formatter.section(topic):
                    formatter.write_dl(sections[topic])


class ParameterOption(click.Option):
    """The option of one model parameter."""

    def __init__(self, *args: Any, topic: str = RUN_GROUP, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topic = topic


def parameter_options(names: tuple[str, ...] = parameter_names()) -> Callable[[Any], Any]:
    """Return a decorator that adds the options of some parameters."""

    def decorate(command: Any) -> Any:
        for name in reversed(names):
            spec = spec_of(name)
            flags = [spec.flag, *spec.aliases]
            if spec.kind is bool:
                flags = [f"{flag}/--no-{flag[2:]}" for flag in flags]
            command = click.option(
                name,
                *flags,
                cls=ParameterOption,
                topic=spec.group,
                default=None,
                type=bool if spec.kind is bool else str,
                metavar=None if spec.kind is bool else _metavar(spec),
                help=_help(name, spec),
            )(command)
        return command

    return decorate


def given_values(options: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that were given, as values of their kind.

    Raises
    ------
    ParameterError
        For a text that is no value of the parameter, with its range.
    """
    given = {}
    for name, text in options.items():
        if name in parameter_names() and text is not None:
            spec = spec_of(name)
            value: Any = None if spec.optional and text == _NONE else text
            given[name] = spec.check(name, value)
    return given


def mode_option(default: str | None = "ll_thesis") -> Callable[[Any], Any]:
    """Return the decorator of ``--mode``."""
    described = "; ".join(f"{name}: {text}" for name, text in PRESET_TEXT.items())
    return click.option(
        "--mode", default=default, metavar="MODE", show_default=True, help=f"Preset. {described}."
    )


def checked_mode(mode: str) -> str:
    """Return `mode`; raise `ParameterError` with the known ones."""
    if mode not in PRESETS:
        raise ParameterError(
            f"--mode {mode!r} is unknown; known modes: {', '.join(PRESETS)}."
            f"{nearest_names(mode, PRESETS)}"
        )
    return mode


def device_options(command: Any) -> Any:
    """Add ``--device`` and what belongs to it."""
    for option in reversed(
        (
            click.option(
                "--device", default="auto", metavar="DEVICE", show_default=True,
                help="Runtime: cpp, cuda, genn, runtime, or auto for the fastest usable one.",
            ),
            click.option(
                "--precision", default="float64", metavar="TYPE", show_default=True,
                help="float64 or float32.",
            ),
            click.option(
                "--fallback", is_flag=True,
                help="Switch to cpp, and say so, when the device asked for cannot run.",
            ),
            click.option(
                "--python", "python", default=None, metavar="PATH",
                help="Interpreter that has Brian2 and the device's extension.",
            ),
            click.option(
                "--cuda-arch", default="", metavar="X.Y",
                help="Compute capability to compile for; default: that of the GPU found.",
            ),
            click.option(
                "--compiler-jobs", default=None, type=click.IntRange(1), metavar="N",
                help="Compilers at once; default: the cores available.",
            ),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def device_options_of(options: dict[str, Any]) -> Any:
    """Return the `DeviceOptions` of parsed options."""
    import sys

    from backends.host.toolchain import available_cores
    from lateralnet.simulation.session import DeviceOptions

    return DeviceOptions(
        device=options["device"],
        precision=options["precision"],
        fallback=options["fallback"],
        python=options["python"] or sys.executable,
        cuda_arch=options["cuda_arch"],
        compiler_jobs=options["compiler_jobs"] or available_cores(),
    )


def existing_path(text: str) -> Path:
    """Type of a path argument."""
    return Path(text)


def _metavar(spec: Spec) -> str:
    if spec.choices:
        return "|".join(spec.choices)
    return spec.unit or ("INT" if spec.kind is int else "NUMBER")


_preset = functools.cache(preset)  # the help of every flag looks at all of them


def _help(name: str, spec: Spec) -> str:
    """Text, range, and the value in each preset."""
    values: dict[str, list[str]] = {}
    for mode in PRESETS:
        value = getattr(_preset(mode), name)
        shown = (
            {True: "on", False: "off", None: _NONE}.get(value, value)
            if (value is None or isinstance(value, bool))
            else value
        )
        values.setdefault(str(shown), []).append(mode)
    if len(values) == 1:
        presets = next(iter(values))
    else:
        presets = ", ".join(f"{'/'.join(modes)} {value}" for value, modes in values.items())
    allowed = "" if spec.kind is bool else f" ({spec.range_text})"
    if spec.optional:
        allowed = f" ({spec.range_text}, or none)" if spec.low is not None else " (or none)"
    text = spec.text[0].upper() + spec.text[1:]
    return f"{text}{allowed}. [{presets}]"
