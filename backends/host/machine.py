"""What this machine allows: cores, memory and the program cache, limits of a container included."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from backends.host.toolchain import available_cores

_CGROUP = Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 60  # cgroup 1 writes a huge number for "none"


def cores_allowed(cgroup: Path = _CGROUP) -> float:
    """Cores that this process may use: affinity, and the quota of its control group."""
    cores = float(available_cores())
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        quota, period = _first_line(cgroup / "cpu/cpu.cfs_quota_us"), "100000"
    if quota and quota not in ("max", "-1"):
        cores = min(cores, int(quota) / int(period))
    return cores


def memory_allowed_bytes(
    cgroup: Path = _CGROUP, meminfo: Path = Path("/proc/meminfo")
) -> int | None:
    """Memory that this process may use: that of the machine, or less in a control group."""
    limits = []
    for file in ("memory.max", "memory/memory.limit_in_bytes"):
        text = _first_line(cgroup / file)
        if text.isdigit() and int(text) < _NO_LIMIT:
            limits.append(int(text))
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        lines = []
    limits += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemTotal:")]
    return min(limits) if limits else None


def cache_facts(cache_dir: Path) -> dict[str, Any]:
    """Where built programs are kept, how many there are, and how much room they take."""
    programs = cache_dir / "programs"
    files = [path for path in programs.rglob("*") if path.is_file() and not path.is_symlink()]
    existing = next((p for p in (programs, *programs.parents) if p.exists()), Path("/"))
    return {
        "folder": str(cache_dir),
        "programs": len(list(programs.glob("*/complete.json"))),
        "bytes": sum(path.stat().st_size for path in files),
        "writable": os.access(existing, os.W_OK),
    }


def _first_line(path: Path) -> str:
    try:
        return path.read_text().split("\n")[0].strip()
    except OSError:
        return ""
