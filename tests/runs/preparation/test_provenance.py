"""What made a result is stored with it, and `--params` repeats it."""

import json
import shlex
import shutil

import pytest

from lateralnet import __version__, load, preset, run
from lateralnet.errors import InputError
from lateralnet.records.storage import read_json, read_npz
from tests.tiny import TINY, tiny, tiny_flags

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")


def _same_weights(one, other):
    ours, theirs = (read_npz(folder / "artifacts/latest_seed_5.npz") for folder in (one, other))
    return all(array.tobytes() == theirs[name].tobytes() for name, array in ours.items())


@needs_compiler
def test_a_run_is_repeated_from_its_folder_and_flags_win(lateralnet, tmp_path):
    flags = tiny_flags(seed=5, n_training_trials=4)
    asked = ["run", "--device", "cpp", "--run-name", "one", "--no-figures", "--disable-all-stdp",
             "--controls", "shuffled", *flags]  # fmt: skip
    assert lateralnet(*asked)[0] == 0
    stored = read_json(tmp_path / "Runs/one/params.json")
    (made,) = stored["provenance"]
    assert made["lateralnet"] == __version__
    assert shlex.split(made["command"]) == ["lateralnet", *asked]
    assert set(made) >= {"started", "python", "host", "working_folder"}
    again = ["run", "--params", "Runs/one/params.json", "--no-figures", "--run-name"]
    assert lateralnet(*again, "two")[0] == 0
    assert _same_weights(tmp_path / "Runs/one", tmp_path / "Runs/two")
    two = read_json(tmp_path / "Runs/two/params.json")
    for key in ("mode", "network_params", "disable_all_stdp", "controls", "device", "precision"):
        assert two[key] == stored[key], key
    assert set(load(tmp_path / "Runs/two").seeds[0].measures) == {
        "untrained",
        "trained",
        "shuffled",
    }
    assert lateralnet(*again, "three", "--n-training-trials", "2", "--controls", "none")[0] == 0
    three = read_json(tmp_path / "Runs/three/params.json")
    assert three["network_params"] == {**stored["network_params"], "n_training_trials": 2}
    assert three["controls"] == []


@needs_compiler
def test_a_toml_file_describes_a_run(lateralnet, tmp_path):
    lines = [f"{name} = {json.dumps(value)}" for name, value in TINY.items() if name != "n_mon"]
    (tmp_path / "a.toml").write_text(
        'mode = "ll_thesis"\nmulti_seed = 1\nseed_start = 5\n[network_params]\n"n-mon" = 60\n'
        + "\n".join(lines)
    )
    code, _, said = lateralnet("run", "--params", "a.toml", "--run-name", "x", "--no-figures",
                            "--device", "cpp")  # fmt: skip
    assert code == 0, said
    assert load(tmp_path / "Runs/x").params == tiny(seed=5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('mod = "ll_fast"', "mod.*Did you mean mode"),
        ("[network_params]\nn_mom = 3", "n_mom.*n_mon"),
        ("[network_params]\nn_mon = -3", "a.toml.*--n-mon"),
        ("multi_seed = 'x'", "multi_seed"),
        ("controls = 3", "controls"),
        ('mode = "ll_fst"', "ll_fast"),
        ("network_params = 3", "network_params"),
        ("mode = ", "not a TOML file"),
    ],
)
def test_a_description_that_is_wrong_is_refused(lateralnet, tmp_path, text, words):
    (tmp_path / "a.toml").write_text(text)
    code, _, said = lateralnet("run", "--params", "a.toml", "--run-name", "x")
    import re

    assert code == 2 and re.search(words, said), said
    assert "Traceback" not in said and not (tmp_path / "Runs").exists()


def test_params_excludes_what_it_decides(lateralnet, tmp_path):
    (tmp_path / "a.toml").write_text("")
    for flags in (["--mode", "ll_fast"], ["--resume-from", "Runs/y"]):
        code, _, said = lateralnet("run", "--params", "a.toml", *flags)
        assert code == 2 and flags[0] in said
    assert lateralnet("run", "--params", "nowhere.json")[0] == 2


@needs_compiler
def test_the_api_stores_its_call_and_a_resume_adds_to_it(tmp_path):
    run(tiny(), "cpp", runs_dir=tmp_path, run_name="x")
    run(tiny(n_training_trials=8), "cpp", resume_from=tmp_path / "x")
    first, second = read_json(tmp_path / "x/params.json")["provenance"]
    assert first["command"].startswith("lateralnet.run(preset('ll_thesis', ")
    assert "n_mon=60" in first["command"] and "run_name='x'" in first["command"]
    assert "resume_from=" in second["command"]
    # The call stands for itself: it is Python.
    called = {}
    namespace = {"preset": preset, "lateralnet": type("m", (), {"run": staticmethod(
        lambda params, device, **rest: called.update(params=params, device=device))})}  # fmt: skip
    eval(first["command"], namespace)
    assert called["params"] == tiny() and called["device"] == "cpp"


@needs_compiler
def test_the_report_names_the_version_of_the_run_and_its_own(tmp_path):
    from lateralnet.pages.report import write_report
    from lateralnet.records.storage import write_json

    run(tiny(n_training_trials=2), "cpp", runs_dir=tmp_path, run_name="x")
    stored = read_json(tmp_path / "x/params.json")
    stored["provenance"][0]["lateralnet"] = "0.0.7"
    write_json(tmp_path / "x/params.json", stored)
    write_report(tmp_path / "x", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert "0.0.7" in page and __version__ in page and "lateralnet.run(" in page


@needs_compiler
def test_git_state_is_stored_where_there_is_one(tmp_path, monkeypatch):
    import subprocess

    for command in (["init", "-q"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q",
                                     "--allow-empty", "-m", "x"]):  # fmt: skip
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    run(tiny(n_training_trials=2), "cpp", run_name="x")
    (made,) = read_json(tmp_path / "Runs/x/params.json")["provenance"]
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert made["working_folder"]["commit"] == head
    assert made["working_folder"]["changed"] is False or made["working_folder"]["changed"] is True


def test_a_run_that_repeats_nothing_known_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no argument 'run_nam'.*run_name"):
        run(tiny(), "cpp", run_nam="x")
