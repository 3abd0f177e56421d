"""Scratch folders: those of ended processes are removed, those of living ones stay."""

import os
import subprocess
import sys

import pytest

from backends.errors import ProgramRunError
from backends.host.scratch import PREFIX, VARIABLE, Scratch, remove_abandoned

HOLD = (
    "import sys; from backends.host.scratch import Scratch\n"
    "scratch = Scratch(1); print(scratch.path, flush=True); sys.stdin.readline()"
)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def _holder(*before):
    return subprocess.Popen(
        [*before, sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip


def test_only_what_nobody_holds_is_removed(place):
    living, killed = _holder(), _holder()
    held, left = (process.stdout.readline().strip() for process in (living, killed))
    killed.kill()
    killed.wait(30)
    foreign = place / "lateralnet-something"
    foreign.mkdir()
    remove_abandoned(place)
    assert os.path.isdir(held) and foreign.exists()
    assert not os.path.exists(left)
    living.communicate("end", timeout=30)
    killed.communicate()
    assert not os.path.exists(held)


def test_a_process_of_another_container_keeps_its_folder(place):
    """In another PID namespace the process id says nothing here."""
    apart = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        apart = ["unshare", "--pid", "--fork"]
        if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
            pytest.skip("no PID namespace can be made here")
    living = _holder(*apart)
    held = living.stdout.readline().strip()
    remove_abandoned(place)
    assert os.path.isdir(held)
    living.communicate("end", timeout=30)


def test_a_link_is_not_followed(place):
    (place / "mine").mkdir()
    (place / f"{PREFIX}x").symlink_to(place / "mine")
    remove_abandoned(place)
    assert (place / "mine").exists()


def test_a_scratch_folder_is_new_private_empty_and_removed_once():
    scratch = Scratch(1000)
    assert list(scratch.path.iterdir()) == []
    assert scratch.path.stat().st_mode & 0o777 == 0o700
    remove_abandoned(scratch.path.parent)
    assert scratch.path.exists()
    scratch.remove()
    assert not scratch.path.exists()
    scratch.remove()


def test_a_place_that_cannot_be_written_is_told(monkeypatch):
    monkeypatch.setenv(VARIABLE, "/proc/nothing")
    with pytest.raises(ProgramRunError, match=f"scratch folder.*/proc/nothing.*{VARIABLE}"):
        Scratch(1)
