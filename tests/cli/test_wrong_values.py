"""Every option of every command with a wrong value: exit code 2, one sentence, nothing on disk."""

import shutil
import sys

import click
import pytest

from lateralnet import run
from lateralnet.cli import program
from lateralnet.cli.shared import parameter_types as types
from lateralnet.parameters.params import parameter_names, spec_of
from lateralnet.simulation import session
from lateralnet.studies.design import Axis, Design
from lateralnet.studies.sweeps import sweep_design
from tests.studies.fake_work import WORK
from tests.tiny import TINY, tiny

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")

# What a command needs beside the option under test.
NEEDED = {
    "evaluate": ["run"], "plot": ["run"], "watch": ["run"], "report": ["run"], "decode": ["run"],
    "export": ["run", "--output", "o.nwb"], "summarise": ["sweep"], "reproduce": ["topography"],
    "sweep": ["--vary", "distance_cm=1,2", "--seeds", "1:2"],
    "search": ["--tune", "mon_ts_gain_mV=60:110", "--seeds", "1:2", "--confirm-seeds", "5:6"],
}  # fmt: skip
# Wrong texts, by the name of the option, where its type does not say what is wrong.
WRONG_TEXTS = {
    "run_name": "..", "save_tag": "a\nb", "controls": "placebo", "device": "sundial",
    "precision": "float16", "python": "/no/such/python", "cuda_arch": "nine", "mode": "ll_wrong",
    "only": "no_such_figure", "formats": "bmp", "kind": "wav", "vary": "distance_cm",
    "seeds": "1:1", "name": "..", "scheduler": "nonsense", "cluster": "lunar",
    "cluster_option": "walltime", "resource": "GPU=many", "measure": "beauty",
    "tune": "mon_ts_gain_mV=5", "confirm_seeds": "1:2", "scale": "huge", "recipe": "goulash",
    "condition": "asleep", "distances_cm": "-1", "window_ms": "nan", "direction": "up",
    "test_stimulus": "loud", "decoders": "oracle", "devices": "sundial", "replicas": "0",
    "genn_backend": "opencl", "n_mon": "0",
}  # fmt: skip
ALSO_NEEDED = {  # options that say nothing without another
    "recipe": ["learning"],
    "resource": ["--cluster", "local"],
    "cluster_option": ["--cluster", "slurm"],
}  # fmt: skip


def _commands(group=program.cli, at=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*at, name))
        else:
            yield (*at, name), command


COMMANDS = {" ".join(path): command for path, command in _commands() if path[0] != "sorn"}


def _options(command):
    context = click.Context(command)
    return [p for p in command.get_params(context) if p.name not in ("help", "help_all")]


def _wrong(option):
    """Return a wrong text for an option."""
    if getattr(option, "topic", "Run") != "Run" and option.name in parameter_names():
        return "nonsense" if spec_of(option.name).choices else "nan"
    if isinstance(option.type, (click.IntRange, click.types.IntParamType)):
        return "many"
    if isinstance(option.type, click.FloatRange):
        return "nan"
    if isinstance(option.type, click.Choice):
        return "nonsense"
    if isinstance(option.type, (types.OutputFile, types.OutputFolder)):
        return "/dev/full"
    if isinstance(option.type, types.AnyPath):
        return "x" * 300
    return WRONG_TEXTS[option.name]  # a new option has its wrong text here


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a run and a sweep."""
    folder = tmp_path_factory.mktemp("place")
    run(tiny(n_training_trials=2), "cpp", runs_dir=folder, run_name="run")
    axes = (Axis("distance_cm", (1.0, 2.0)),)
    sizes = {**TINY, "n_training_trials": 2}
    design = Design(mode="ll_thesis", fixed=sizes, axes=axes, seeds=(1,))
    sweep_design(design, folder / "sweep", "cpp", work=WORK)
    return folder


@pytest.fixture
def lateralnet(place, monkeypatch, capsys):
    """Call the command line in `place`; a program that is started there is a failure."""
    monkeypatch.chdir(place)
    monkeypatch.setattr(session.Session, "__init__", _started)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["lateralnet", *arguments])
        with pytest.raises(SystemExit) as ended:
            program.main()
        shown = capsys.readouterr()
        return ended.value.code, shown.out, shown.err

    return call


def _started(*arguments, **options):
    raise AssertionError("the simulation was started")


def _tree(folder):
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_value_is_one_sentence(lateralnet, place, name):
    before = _tree(place)
    needed = NEEDED.get(name, [])
    for option in _options(COMMANDS[name]):
        if isinstance(option, click.Argument):
            given = [*ALSO_NEEDED.get(option.name, []), "x" * 300, *needed[1:]]
        elif option.is_flag:
            given = [*needed, f"{option.opts[0]}=x"]
        else:
            more = ALSO_NEEDED.get(option.name, needed[:1] if name == "reproduce" else [])
            given = [*(more if name == "reproduce" else [*needed, *more])]
            given += [option.opts[0], _wrong(option)]
        code, shown, told = lateralnet(*name.split(), *given)
        case = f"{name} {' '.join(given)[:200]}: {code} {told}"
        assert code == 2 and shown == "", case
        assert told.splitlines()[-1].startswith("Error: ") and "Traceback" not in told, case
        assert told.count("Error: ") == 1, case
        assert _tree(place) == before, case
