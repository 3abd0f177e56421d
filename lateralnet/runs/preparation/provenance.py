"""What made a result: version, command or call, place, and the state of the source code."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backends.host.portable import host_name
from lateralnet.parameters.params import NetworkParams
from lateralnet.version import __version__

_PATIENCE_S = 10.0  # a git on a sleeping network drive does not hold up a run


def provenance(command: str) -> dict[str, Any]:
    """Return what is stored in ``params.json`` of a run that starts now.

    Parameters
    ----------
    command : str
        Command line or call.
    """
    source = Path(__file__).resolve().parent.parent.parent
    return {
        "lateralnet": __version__,
        "command": command,
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "host": host_name(),
        "working_folder": {"path": str(Path.cwd()), **_git_state(Path.cwd())},
        "source": {"path": str(source), **_git_state(source, tracked="version.py")},
    }


def call_text(params: NetworkParams, device: object, options: Mapping[str, Any]) -> str:
    """Return the call of `lateralnet.run` that makes this run, as Python."""
    plain = {n: str(value) if isinstance(value, Path) else value for n, value in options.items()}
    given = "".join(f", {name}={value!r}" for name, value in plain.items())
    return f"lateralnet.run({params.as_call()}, {device!r}{given})"


def _git_state(folder: Path, tracked: str = "") -> dict[str, Any]:
    """Return commit and whether files changed, nothing outside a repository.

    `tracked` is a file that must belong to it: an installed package lies in no repository, even
    if its environment lies in one.
    """
    if shutil.which("git") is None:
        return {}
    if tracked and _git(folder, "ls-files", "--error-unmatch", tracked) is None:
        return {}
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return {}
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "changed": None if changed is None else changed != ""}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True, text=True, timeout=_PATIENCE_S, check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
