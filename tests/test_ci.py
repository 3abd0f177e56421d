"""CI cannot be green by skipping, and repairs what an interrupted installation left."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

CI = Path(__file__).parent.parent / ".ci"
pytestmark = pytest.mark.skipif(not CI.is_dir(), reason="the wheel has no .ci")


@pytest.fixture(scope="module")
def skips():
    spec = importlib.util.spec_from_file_location("skips", CI / "skips.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ALLOWED = {
    "skip": [
        {"reason": "GENN_PATH", "why": "cannot be had"},
        {"reason": "brian2cuda", "without": "cuda", "why": "left out"},
        {"reason": "slow", "most": 1, "why": "takes an hour"},
    ],
    "lane": [
        {"name": "cuda", "ran": "^suite:tests.test_cuda::"},
        {"name": "all", "ran": "^suite:", "least": 2},
    ],
}
RAN = ("suite:tests.test_cuda::test_a", None)
OTHER = ("suite:tests.other::test_a", None)


@pytest.mark.parametrize(
    ("cases", "without", "words"),
    [
        ([RAN, ("suite:tests.x::test_b", "GENN_PATH is not set")], "", None),
        (
            [RAN, ("suite:tests.x::test_b", "no g++")],
            "",
            "not allowed to be: suite:tests.x::test_b",
        ),
        ([RAN, ("suite:tests.x::test_b", "no brian2cuda")], "", "not allowed"),
        ([("suite:tests.test_cuda::test_a", "no brian2cuda")], "cuda", None),
        ([("suite:tests.test_cuda::test_a", "GENN_PATH")], "", "lane cuda did not run"),
        ([], "", "lane cuda did not run"),
        ([RAN, ("suite:tests.x::test_b", "slow")], "", None),
        ([RAN, *[("suite:tests.x::test_b", "slow")] * 2], "", "2 tests skipped for 'slow'"),
        ([RAN], "cud", "names no lane: cud"),
    ],
)
def test_what_was_skipped_is_judged(skips, cases, without, words):
    found = skips.complaints([OTHER, OTHER, *cases], ALLOWED, set(without.split()))
    assert (words is None) == (found == [])
    assert words is None or words in found[0]


def test_a_suite_that_shrank_is_told(skips):
    assert skips.complaints([RAN, OTHER], ALLOWED, set()) == []
    (found,) = skips.complaints([RAN], ALLOWED, set())
    assert "lane all did not run: 1 tests ran" in found


def test_reports_of_pytest_are_understood(skips, tmp_path, monkeypatch, capsys):
    (tmp_path / "test_some.py").write_text(
        "import pytest\ndef test_a(): pass\n"
        "@pytest.mark.skip(reason='just so')\ndef test_b(): pass\n"
    )
    report = tmp_path / "suite.xml"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", "."],
        cwd=tmp_path, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert sorted(skips.cases_of(report)) == [
        ("suite:test_some::test_a", None), ("suite:test_some::test_b", "just so")
    ]  # fmt: skip
    monkeypatch.setenv("CI_WITHOUT", "cuda genn browser torch slow oldest newest suite")
    assert skips.main([str(report)]) == 1
    shown = capsys.readouterr().out
    assert "test_b: just so" in shown and "LEFT OUT by name: browser, cuda" in shown


def test_each_allowed_skip_has_its_reason(skips):
    import tomllib

    allowed = tomllib.loads((CI / "allowed_skips.toml").read_text())
    assert all(len(skip["why"]) > 10 for skip in allowed["skip"])
    lanes = {lane["name"] for lane in allowed["lane"]}
    assert {skip["without"] for skip in allowed["skip"] if "without" in skip} <= lanes


def _bash(folder, script, **environment):
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"source {CI}/lanes.sh\n{script}"], cwd=folder,
        capture_output=True, text=True, timeout=120, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture
def pythons(tmp_path):
    """A Python of version 9.9 whose ``-m venv`` and ``-m pip`` are told apart by a log."""
    python = tmp_path / "bin/python9.9"
    python.parent.mkdir()
    python.write_text(
        f"""#!/bin/sh
echo "$0 $*" >> {tmp_path}/log
case "$*" in
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip "*) [ ! -e {tmp_path}/offline ] ;;
esac
"""
    )
    python.chmod(0o755)
    return {"PATH": f"{python.parent}:{os.environ['PATH']}", "PYENV_ROOT": str(tmp_path / "none")}


def test_a_half_made_environment_is_made_anew(tmp_path, pythons):
    script = 'lane x "8.8 9.9" "some>=1"'
    (tmp_path / "offline").touch()
    assert _bash(tmp_path, script, **pythons).returncode != 0
    assert (tmp_path / ".venv-x/bin/python").exists()  # half made: no packages
    (tmp_path / "offline").unlink()
    made = _bash(tmp_path, script, **pythons)
    assert made.returncode == 0 and made.stdout.strip() == f"{tmp_path}/.venv-x/bin/python"
    calls = (tmp_path / "log").read_text()
    assert _bash(tmp_path, script, **pythons).returncode == 0
    assert "-m pip" not in (tmp_path / "log").read_text()[len(calls) :]  # whole: kept as it is
    other = _bash(tmp_path, 'lane x "8.8 9.9" "other>=1"', **pythons)
    assert other.returncode == 0
    assert "pip install --quiet other>=1" in (tmp_path / "log").read_text()


def test_a_lane_without_its_python_fails(tmp_path, pythons):
    done = _bash(tmp_path, 'python=$(lane x "8.8" "some")', **pythons)
    assert done.returncode != 0 and "no Python 8.8" in done.stderr
    assert "CI_WITHOUT=x" in done.stderr


def test_a_lane_is_left_out_by_its_whole_name(tmp_path):
    script = "for lane in cuda cud torch; do without $lane && echo $lane; done; true"
    assert _bash(tmp_path, script, CI_WITHOUT="cuda genn").stdout.split() == ["cuda"]


def test_the_lowest_versions_are_those_declared():
    shown = subprocess.run(
        [sys.executable, str(CI / "requirements.py"), "3.10", "lowest"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout.split()  # fmt: skip
    assert {"brian2==2.5.4", "numpy==1.26", "tomli==2"} <= set(shown)


@pytest.mark.parametrize("name", ["slow_tests.txt", "wheel_tests.txt"])
def test_the_tests_that_are_named_are_there(name):
    named = (CI / name).read_text().split()
    assert named and [path for path in named if not (CI.parent / path).exists()] == []
