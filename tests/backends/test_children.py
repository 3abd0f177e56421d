"""Child processes: their path, their answers, their ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import backends
from backends.errors import BackendWarning
from backends.host.children import Child, ChildError, end_children, run_function

WORK = "tests.backends.children_work"
ROOT = Path(backends.__file__).parents[1]
WITHIN_S = 30


def _child(name, request=None, **options):
    return Child(f"{WORK}:{name}", request, what="the test's child", **options)


def _gone(pid):
    """Whether a process has ended (or is about to be reaped by whoever adopted it)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def _wait_until(condition):
    deadline = time.monotonic() + WITHIN_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def test_stray_prints_are_harmless():
    assert list(_child("talk", {"n": 3}).messages()) == [{"number": k} for k in range(3)]


def test_warnings_of_ours_arrive_and_others_do_not():
    with pytest.warns(BackendWarning, match="read-only") as seen:
        run_function(f"{WORK}:warn", None, what="x")
    assert len(seen) == 1


def test_the_working_directory_is_not_on_the_path(tmp_path, monkeypatch):
    """A folder ``backends`` and files named as modules there are not taken for ours."""
    (tmp_path / "backends").mkdir()
    for name in ("backends/__init__", "sorn", "json", "lateralnet", "numpy", "pickle"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not ours')\n")
    monkeypatch.chdir(tmp_path)
    for first in ("", str(tmp_path)):
        monkeypatch.setattr(sys, "path", [first, *(p for p in sys.path if p)])
        (found,) = _child("where").messages()
        assert str(tmp_path) not in found["path"] and "" not in found["path"]
        assert found["cwd"] == str(tmp_path)
    # Even where such a folder is on the path of the parent, ours are loaded.
    other = tmp_path / "sub"
    other.mkdir()
    monkeypatch.chdir(other)
    (tmp_path / "json.py").unlink()
    (found,) = _child("where").messages()
    assert str(tmp_path) in found["path"]
    assert Path(found["backends"]) == ROOT / "backends/__init__.py"
    assert Path(found["lateralnet"]) == ROOT / "lateralnet/__init__.py"


def test_another_interpreter_has_our_packages_and_its_own_libraries(tmp_path, monkeypatch):
    python = tmp_path / "python"
    python.symlink_to(Path(sys.executable).resolve())
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "backends.py").write_text("raise RuntimeError('not ours')\n")
    request = {"module": "backends.errors", "folder": str(tmp_path)}
    with pytest.raises(ChildError, match="has no attribute 'work'"):
        run_function("backends.worker:build", request, python=str(python), what="x")


@pytest.mark.parametrize(
    ("how", "told", "words"),
    [
        ("in words", True, "^the make failed.$"),
        ("by a bug", True, r"^ValueError: no such thing \(.*children_work.py:\d+\)$"),
        ("out of memory", True, "^out of memory.$"),
        ("killed", False, "(?s)the test's child was killed with SIGKILL.*the last words"),
        ("terminated", False, "the test's child was ended by signal SIGTERM"),
    ],
)
def test_a_failure_is_told_in_words(how, told, words):
    with pytest.raises(ChildError, match=words) as caught:
        list(_child("fail", how).messages())
    assert caught.value.told is told


def test_a_missing_interpreter_is_told():
    with pytest.raises(ChildError, match="could not be started"):
        _child("talk", python="/no/such/python")


def test_further_requests_are_answered_until_it_ends():
    child = _child("echo")
    assert [child.ask(text) for text in ("1 2", "3")] == [{"heard": "1 2"}, {"heard": "3"}]
    with pytest.raises(ChildError, match=r"(?s)failed with exit code 1.*enough"):
        child.ask("end")


def test_ending_the_children_ends_their_programs_and_lets_them_clean_up(tmp_path):
    child = _child("wait", {"mark": str(tmp_path / "mark")})
    messages = child.messages()
    pids = next(messages)
    end_children()
    with pytest.raises(ChildError, match="SIGTERM"):
        next(messages)
    assert (tmp_path / "mark").exists()
    _wait_until(lambda: _gone(pids["pid"]) and _gone(pids["program"]))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize(
    "stopped", [False, pytest.param(True, marks=pytest.mark.skipif(
        sys.platform != "linux", reason="Linux alone wakes a stopped process"))],
)  # fmt: skip
def test_a_child_ends_with_its_parent_and_takes_along_what_it_started(tmp_path, number, stopped):
    mark = tmp_path / "mark"
    script = (
        "from backends.host.children import Child\n"
        f"child = Child('{WORK}:wait', {{'mark': {str(mark)!r}}}, what='x')\n"
        "for message in child.messages():\n"
        "    print(message['pid'], message['program'], flush=True)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    child, program = (int(word) for word in parent.stdout.readline().split())
    if stopped:  # as Ctrl-Z does, see `backends.host.stopping`
        os.killpg(child, signal.SIGSTOP)
    parent.send_signal(number)
    parent.wait(WITHIN_S)
    parent.stdout.close()
    _wait_until(lambda: _gone(child) and _gone(program))
    assert mark.exists()


def test_a_child_that_does_not_listen_is_ended():
    child = _child("hang")
    pid = child.answer()["pid"]
    child.stop()
    _wait_until(lambda: _gone(pid))
    child.end()


def test_ctrl_c_is_for_the_parent_alone(tmp_path):
    child = _child("wait", {"mark": str(tmp_path / "mark")})
    pids = child.ask("are you there?")
    assert os.getpgid(child.pid) == child.pid != os.getpgrp()
    os.kill(child.pid, signal.SIGINT)
    time.sleep(0.2)
    assert not _gone(pids["pid"])
    child.end()
    assert _gone(pids["pid"])
