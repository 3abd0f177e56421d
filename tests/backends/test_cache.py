"""The program cache: what is used is what was built, by us, and whole."""

import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from backends import build
from backends.base import BuildOptions
from backends.cache import cached, integrity
from backends.cache.listing import entries, remove
from backends.errors import BackendWarning, ProgramBuildError
from backends.host import scratch
from backends.registry import get_backend
from backends.smoke import smoke_spec
from lateralnet.cli.program import cli
from lateralnet.simulation.session import DeviceOptions

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
KEY = "cpp-0123"
FILES = {"main": bytes(range(256)) * 4, "manifest.json": b'{"spec": 1}', "lib/a.bin": b"abc"}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A cache; what does not fit there goes to a scratch folder beside it."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path / "scratch"))
    monkeypatch.setenv("LATERALNET_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _make(folder):
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return {"device": "cpp"}


def _content(kept):
    return {name: (kept.folder / name).read_bytes() for name in FILES}


def test_what_is_there_is_not_built_again(place):
    first = cached(place, KEY, _make)
    again = cached(place, KEY, lambda folder: pytest.fail("built again"))
    assert (first.built, again.built) == (True, False)
    assert again.folder == first.folder and again.facts == first.facts == {"device": "cpp"}


@pytest.mark.parametrize("name", [*FILES, integrity.SEAL])
@pytest.mark.parametrize("damage", ["empty", "half", "gone", "longer"])
def test_a_damaged_file_is_noticed_and_the_program_built_again(place, name, damage):
    path = cached(place, KEY, _make).folder / name
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        changed = {"empty": b"", "half": content[: len(content) // 2], "longer": content + b"x"}
        path.write_bytes(changed[damage])
    again = cached(place, KEY, _make)
    assert again.built and _content(again) == FILES
    assert not cached(place, KEY, _make).built


def test_no_flipped_bit_is_used(place):
    rng = random.Random(1)
    for _ in range(60):
        folder = cached(place, KEY, _make).folder
        path = folder / rng.choice([*FILES, integrity.SEAL])
        content = bytearray(path.read_bytes())
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        assert _content(cached(place, KEY, _make)) == FILES
        assert cached(place, KEY, _make).facts == {"device": "cpp"}


@needs_compiler
def test_a_truncated_program_runs_again(place):
    backend = get_backend("cpp")
    options = BuildOptions(sys.executable, 1, place)
    program = backend.build(smoke_spec(), options)
    main = program.folder / "main"
    program.close()
    main.write_bytes(main.read_bytes()[:1000])
    again = backend.build(smoke_spec(), options)
    assert again.info["built"]
    again.close()


def test_a_failed_build_leaves_nothing_and_a_killed_one_is_cleared(place):
    def fail(folder):
        _make(folder)
        raise ProgramBuildError("no")

    with pytest.raises(ProgramBuildError):
        cached(place, KEY, fail)
    assert [path.name for path in (place / "programs").iterdir()] == [f"{KEY}.lock"]
    (place / "programs" / f"{KEY}.building.abc").mkdir()
    cached(place, KEY, _make)
    assert sorted(p.name for p in (place / "programs").iterdir()) == [KEY, f"{KEY}.lock"]


def test_files_and_folders_are_on_the_disk_before_it_counts(place, monkeypatch):
    events = []
    fsync, rename = os.fsync, type(place).rename

    def recorded(descriptor):
        events.append(os.readlink(f"/proc/self/fd/{descriptor}").partition("/programs")[2])
        fsync(descriptor)

    def renamed(path, target):
        events.append("renamed")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", recorded)
    monkeypatch.setattr(type(place), "rename", renamed)
    cached(place, KEY, _make)
    at = events.index("renamed")
    flushed = {"/".join(event.split("/")[2:]) for event in events[:at]}  # below the build's folder
    assert flushed == {"", *FILES, "lib", integrity.SEAL}
    assert events[at + 1 :] == [""]  # the folder of all programs


def test_two_that_want_the_same_build_it_once(place):
    builds, kept = [], []

    def make(folder):
        builds.append(folder)
        both.wait(10)
        return _make(folder)

    both = threading.Barrier(2)
    threads = [
        threading.Thread(target=lambda: kept.append(cached(place, KEY, make))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    both.wait(30)
    for thread in threads:
        thread.join(30)
    assert len(builds) == 1
    assert sorted(one.built for one in kept) == [False, True]


def _disown(path, monkeypatch):
    if os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)


def _planted(place):
    folder = cached(place, KEY, _make).folder
    (folder / "main").write_bytes(b"evil")
    integrity.seal(folder, {"device": "cpp"})
    return folder


def _built_aside(place, words):
    """The program is ours, built in a scratch folder that goes with it, and the user is told."""
    with pytest.warns(BackendWarning, match=words):
        kept = cached(place, KEY, _make)
    assert kept.built and _content(kept) == FILES
    assert place not in kept.folder.parents
    kept.release()
    assert not kept.folder.exists()


def test_a_program_of_another_user_is_not_used(place, monkeypatch):
    planted = _planted(place)
    _disown(planted, monkeypatch)
    _built_aside(place, "cpp-0123 belongs to another user|programs belongs to another user")
    assert (planted / "main").read_bytes() == b"evil"


def test_a_program_that_others_can_change_is_not_used(place):
    _planted(place).chmod(0o777)
    _built_aside(place, "can be written by other users")


def test_a_link_in_the_place_of_a_program_is_not_followed(place):
    planted = _planted(place)
    planted.rename(place / "elsewhere")
    planted.symlink_to(place / "elsewhere")
    _built_aside(place, "cpp-0123")


def test_the_lock_does_not_follow_a_link(place):
    precious = place.parent / "precious"
    precious.write_text("thesis")
    (place / "programs").mkdir(parents=True)
    (place / "programs" / f"{KEY}.lock").symlink_to(precious)
    _built_aside(place, "cannot be used")
    assert precious.read_text() == "thesis"


def test_a_new_cache_is_private(place):
    old = os.umask(0)
    try:
        kept = cached(place, KEY, _make)
    finally:
        os.umask(old)
    assert (place / "programs").stat().st_mode & 0o777 == 0o700
    assert kept.folder.stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_written_is_no_obstacle(place):
    _built_aside(Path("/sys/none"), "/sys/none")


@needs_compiler
def test_a_read_only_cache_is_noted_by_the_command(place, monkeypatch):
    done = subprocess.run(
        [sys.executable, "-m", "lateralnet", "doctor", "--device", "cpp"],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "LATERALNET_CACHE": "/sys/none",
             "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "note: the program cache /sys/none/programs cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert "smoke test passed" in done.stdout


def test_a_full_disk_is_told_in_words(place, monkeypatch):
    def full(folder):
        raise OSError(28, "No space left on device")

    with pytest.raises(ProgramBuildError, match=r"cannot be built in .*No space left"):
        cached(place, KEY, full)


def _key(monkeypatch, **changes):
    """The key under which the smoke test's program would be kept."""
    keys = []

    def keep(cache_dir, key, make):
        keys.append(key)
        raise ProgramBuildError("not needed")

    for name, value in changes.items():
        monkeypatch.setattr(build, name, value)
    monkeypatch.setattr(build, "cached", keep)
    with pytest.raises(ProgramBuildError, match="not needed"):
        get_backend("cpp").build(smoke_spec(), DeviceOptions(device="cpp").build_options())
    return keys[0]


@needs_compiler
def test_the_key_holds_all_that_decides_the_program(monkeypatch, tmp_path):
    known = {_key(monkeypatch)}
    assert _key(monkeypatch) in known
    versions = build.package_versions(sys.executable)
    older = {**versions, "brian2": "2.0"}
    with monkeypatch.context() as patch:
        known.add(_key(patch, package_versions=lambda python: older))
    with monkeypatch.context() as patch:
        known.add(_key(patch, compiler=lambda: "/opt/other/g++"))
    with monkeypatch.context() as patch:
        patch.setenv("CPLUS_INCLUDE_PATH", "/opt/include")
        known.add(_key(patch))
    with monkeypatch.context() as patch:
        patch.setattr("backends.cpp.device.LINK_FLAGS", ["-O0"])
        known.add(_key(patch))
    with monkeypatch.context() as patch:
        patch.setenv("HOME", str(tmp_path))
        (tmp_path / ".brian").mkdir()
        (tmp_path / ".brian/user_preferences").write_text("codegen.cpp.extra_compile_args=['-O1']")
        known.add(_key(patch))
    assert len(known) == 6


def test_a_make_around_us_does_not_reach_the_makefiles(monkeypatch):
    from backends.host.process import environment

    monkeypatch.setenv("MAKEFLAGS", " -- CXXFLAGS=-O0")
    assert "MAKEFLAGS" not in environment()


def test_what_is_in_use_stays_and_the_rest_goes(place):
    kept = cached(place, KEY, _make)
    other = cached(place, "cpp-9999", _make)
    (other.folder / "main").write_bytes(b"")
    other.release()
    (place / "programs/cpp-7777.building.x").mkdir()
    states = {entry.path.name: entry.state for entry in entries(place)}
    assert states == {KEY: "whole", "cpp-9999": "damaged", "cpp-7777.building.x": "unfinished"}
    assert {entry.path.name: remove(entry) for entry in entries(place)} == {
        KEY: "it is in use", "cpp-9999": "", "cpp-7777.building.x": ""
    }  # fmt: skip
    kept.release()
    assert [remove(entry) for entry in entries(place)] == [""]
    assert list((place / "programs").iterdir()) == []


def test_the_commands_list_and_clean(place):
    cached(place, KEY, _make).release()
    shown = CliRunner().invoke(cli, ["cache", "list"])
    assert KEY in shown.output and "whole" in shown.output and "1 programs" in shown.output
    assert max(len(line) for line in shown.output.splitlines()[:-1]) <= 80
    young = CliRunner().invoke(cli, ["cache", "clean", "--older-than", "1"])
    assert young.output.startswith("0 programs removed")
    cleaned = CliRunner().invoke(cli, ["cache", "clean"])
    assert cleaned.exit_code == 0 and cleaned.output.startswith("1 programs removed")
    assert entries(place) == []
