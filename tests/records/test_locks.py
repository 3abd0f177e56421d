"""The lock of a folder: one owner, free when the owner is gone, and what its file says."""

import errno
import fcntl
import json
import os
import subprocess
import sys

import pytest

from lateralnet.errors import InputError, StorageError
from lateralnet.records import locks
from lateralnet.records.locks import LOCK, FolderLock, waiting_lock


def write_owner(folder, **content):
    (folder / LOCK).write_text(json.dumps(content) if content else "")


@pytest.fixture
def no_flock(monkeypatch):
    """A file system without flock: the content of the file decides."""

    def refuse(handle, how):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_a_second_owner_is_refused_and_named(tmp_path):
    with FolderLock(tmp_path) as lock:
        content = json.loads((tmp_path / LOCK).read_text())
        assert content == {"host": os.uname().nodename, "pid": os.getpid()}
        mask = os.umask(0)
        os.umask(mask)
        assert (tmp_path / LOCK).stat().st_mode & 0o777 == 0o644 & ~mask
        with pytest.raises(InputError, match=f"in use by .*{os.getpid()}"):
            FolderLock(tmp_path)
    assert not (tmp_path / LOCK).exists()
    lock.release()  # a second time is no error
    FolderLock(tmp_path).release()


def test_one_waits_as_long_as_asked(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(locks.time, "monotonic", lambda: now[0])
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += 1.0

    monkeypatch.setattr(locks.time, "sleep", sleep)
    with FolderLock(tmp_path), pytest.raises(InputError):
        FolderLock(tmp_path, patience_s=3.0)
    assert len(slept) == 3
    held = FolderLock(tmp_path)
    monkeypatch.setattr(locks.time, "sleep", lambda seconds: held.release())
    waiting_lock(tmp_path).release()  # it is free after the first sleep


def test_a_lock_goes_with_its_folder(tmp_path):
    (tmp_path / "a").mkdir()
    lock = FolderLock(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    lock.moved_to(tmp_path / "b")
    assert lock.folder == tmp_path / "b"
    lock.release()
    assert not (tmp_path / "b" / LOCK).exists()


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StorageError, match=r"cannot write .*lock: No such file"):
        FolderLock(tmp_path / "nowhere")


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "target").write_text("precious")
    (tmp_path / LOCK).symlink_to(tmp_path / "target")
    with pytest.raises(StorageError):
        FolderLock(tmp_path)
    assert (tmp_path / "target").read_text() == "precious"


def gone_pid():
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                           capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    return int(child.stdout)


@pytest.mark.usefixtures("no_flock")
def test_without_flock_the_owner_in_the_file_decides(tmp_path, monkeypatch):
    host = os.uname().nodename
    free = [{}, {"host": host, "pid": gone_pid()}, {"host": host, "pid": os.getpid()}]
    for content in free:
        write_owner(tmp_path, **content)
        FolderLock(tmp_path).release()
    taken = [{"host": "elsewhere", "pid": 1}, {"host": host, "pid": os.getppid()},
             {"host": host, "pid": "no number"}]  # fmt: skip
    for content in taken:
        write_owner(tmp_path, **content)
        with pytest.raises(InputError, match="in use by"):
            FolderLock(tmp_path)

    def forbidden(pid, signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)  # it lives, but is not ours
    write_owner(tmp_path, host=host, pid=os.getppid())
    with pytest.raises(InputError, match="in use by"):
        FolderLock(tmp_path)


def test_another_error_of_flock_is_told(tmp_path, monkeypatch):
    def broken(handle, how):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(fcntl, "flock", broken)
    with pytest.raises(StorageError, match="input/output error"):
        FolderLock(tmp_path)


@pytest.mark.usefixtures("no_flock")
def test_without_flock_the_last_of_two_that_sign_at_once_has_it(tmp_path, monkeypatch):
    other = {"host": "elsewhere", "pid": 7}
    monkeypatch.setattr(locks.time, "sleep", lambda seconds: write_owner(tmp_path, **other))
    with pytest.raises(InputError, match="in use by process 7 on elsewhere"):
        FolderLock(tmp_path)


def test_children_of_a_killed_owner_have_time_to_end(tmp_path, monkeypatch):
    write_owner(tmp_path, host=os.uname().nodename, pid=gone_pid())
    held = os.open(tmp_path / LOCK, os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            os.close(held)  # the last child is gone

    monkeypatch.setattr(locks.time, "sleep", sleep)
    FolderLock(tmp_path).release()
    assert len(slept) == 3
