"""Command-line options made from the table of parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from lateralnet.cli.shared.parameter_types import PresetName
from lateralnet.errors import ParameterError, nearest_names
from lateralnet.parameters.params import parameter_names, spec_of
from lateralnet.parameters.preset_table import PRESET_TEXT, PRESETS
from lateralnet.parameters.presets import preset
from lateralnet.parameters.spec import Spec
from lateralnet.parameters.table import GROUPS

RUN_GROUP = "Run"
_NONE = "none"


# What the short help shows of the parameters: the ones that people change.
_CHANGED_OFTEN = (
    "n_training_trials", "trial_duration_s", "seed", "distance_cm", "direction", "speed_cm_s",
    "test_sweeps", "test_ll_noise_hz", "ll_to_mon_topography_strength",
    "mon_to_ts_topography_strength", "mon_ts_gain_mV", "ll_mon_use_stdp",
)  # fmt: skip
_SELDOM = (
    "save_tag", "replicas", "save_weights_dir", "precision", "fallback", "python", "cuda_arch",
    "genn_backend", "compiler_jobs",
)  # fmt: skip
_ALL_HELP = "lateralnet.help_all"


class GroupedCommand(click.Command):
    """A command with a short help, and ``--help-all`` with every option by topic."""

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options, ``--help-all`` behind them."""
        return [*super().get_params(ctx), _HELP_ALL]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section per topic, or the common options and some examples."""
        whole = bool(ctx.meta.get(_ALL_HELP))
        sections: dict[str, list[tuple[str, str]]] = {RUN_GROUP: []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None or not (whole or _is_common(parameter)):
                continue
            topic = getattr(parameter, "topic", RUN_GROUP)
            short = getattr(parameter, "short", None)
            if not whole and short:
                topic, record = (_CHANGED if topic != RUN_GROUP else topic), (record[0], short)
            sections.setdefault(topic, []).append(record)
        for topic in (RUN_GROUP, _CHANGED, *GROUPS):
            if sections.get(topic):
                with formatter.section(topic):
                    formatter.write_dl(sections[topic])
        if self.examples and not whole:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write_text(line)


_CHANGED = "Parameters one changes"


def _show_all(ctx: click.Context, option: click.Parameter, asked: bool) -> None:
    if asked:
        ctx.meta[_ALL_HELP] = True
        click.echo(ctx.get_help())
        ctx.exit()


_HELP_ALL = click.Option(
    ["--help-all"], is_flag=True, is_eager=True, expose_value=False, callback=_show_all,
    help="Show every option and model parameter, by topic.",
)  # fmt: skip


def _is_common(parameter: click.Parameter) -> bool:
    if isinstance(parameter, ParameterOption) and parameter.topic != RUN_GROUP:
        return parameter.name in _CHANGED_OFTEN
    return parameter.name not in _SELDOM


class ParameterOption(click.Option):
    """The option of one model parameter; `short` is its text in the short help."""

    def __init__(self, *args: Any, topic: str = RUN_GROUP, short: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topic, self.short = topic, short


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
                short=_short(spec),
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
        "--mode", default=default, metavar="MODE", show_default=True, type=PresetName(),
        cls=ParameterOption, short=f"Preset: {', '.join(PRESETS)}.", help=f"Preset. {described}.",
    )  # fmt: skip


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
                help="Runtime: cpp, cuda (cuda:1 for a GPU), genn, runtime, or auto for the "
                "fastest usable one.",
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
                "--genn-backend", default="", metavar="BACKEND",
                help="GeNN's own: cpu, the default, or cuda, which nobody has run so far.",
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
        genn_backend=options["genn_backend"],
        compiler_jobs=options["compiler_jobs"] or available_cores(),
    )


def _metavar(spec: Spec) -> str:
    if spec.choices:
        return "|".join(spec.choices)
    return spec.unit or ("INT" if spec.kind is int else "NUMBER")


_preset = functools.cache(preset)  # the help of every flag looks at all of them


def _short(spec: Spec) -> str:
    unit = f" ({spec.unit})" if spec.unit else ""
    return f"{spec.text[0].upper()}{spec.text[1:]}{unit}."


@functools.cache  # every command that takes parameters shows it
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
