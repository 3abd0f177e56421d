"""What is there for CUDA: toolkit, cuRAND, driver and GPUs. Nothing here compiles or raises."""

from __future__ import annotations

import csv
import functools
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Version = tuple[int, ...]

_STANDARD_PLACES = ("/usr/local/cuda", "/opt/cuda")
_QUERY = ("name", "compute_cap", "memory.total", "driver_version", "uuid")


@dataclass(frozen=True)
class Toolkit:
    """An installed CUDA toolkit.

    Attributes
    ----------
    root : str
        Its folder, with ``bin/nvcc`` and ``include``.
    found_in : str
        Where that was said: a variable, ``PATH`` or a standard place.
    version : str
        Such as ``"13.0"``; ``""`` where nvcc does not run.
    architectures : tuple of str
        Compute capabilities that nvcc compiles for, oldest first, such as ``"9.0"``.
    """

    root: str
    found_in: str
    version: str
    architectures: tuple[str, ...]

    @property
    def oldest(self) -> str:
        """The oldest capability that nvcc compiles for; ``""`` where it does not tell."""
        return self.architectures[0] if self.architectures else ""

    @property
    def nvcc(self) -> str:
        """Path of the compiler."""
        return str(Path(self.root) / "bin" / "nvcc")


@dataclass(frozen=True)
class Curand:
    """Folders of the cuRAND header and library; `library` is the file to link."""

    include: str
    library: str


@dataclass(frozen=True)
class Gpu:
    """One GPU as the driver reports it; `capability` is ``""`` where the driver is too old."""

    name: str
    capability: str
    memory: str
    uuid: str = ""


@dataclass(frozen=True)
class Driver:
    """The NVIDIA driver, the newest CUDA it can run, and the GPUs that this process may use."""

    version: str
    cuda: str
    gpus: tuple[Gpu, ...]


def version_of(text: str) -> Version:
    """Return ``(9, 0)`` for ``"9.0"``; empty for what is no version."""
    return tuple(int(part) for part in re.findall(r"\d+", text))


def places() -> list[tuple[str, str]]:
    """Folders where a toolkit may be, with the name of what pointed there; best first."""
    found = [
        (os.environ[name], f"${name}")
        for name in ("CUDA_PATH", "CUDA_HOME")
        if os.environ.get(name)
    ]
    on_path = shutil.which("nvcc")
    if on_path:
        found.append((_root_of(on_path), "PATH"))
    return found + [(place, place) for place in _STANDARD_PLACES]


def find_toolkit() -> Toolkit | None:
    """Return the first toolkit among `places`."""
    for root, found_in in places():
        nvcc = Path(root) / "bin" / "nvcc"
        if os.access(nvcc, os.X_OK):
            shown = re.search(r"release (\d+\.\d+)", _output(str(nvcc), "--version"))
            names = re.findall(r"compute_(\d+)", _output(str(nvcc), "--list-gpu-arch"))
            numbers = sorted({int(name) for name in names})
            return Toolkit(
                root=str(root),
                found_in=found_in,
                version=shown.group(1) if shown else "",
                architectures=tuple(f"{number // 10}.{number % 10}" for number in numbers),
            )
    return None


def find_curand(toolkit: Toolkit, python: str) -> Curand | None:
    """Return cuRAND of the toolkit, else that of a wheel in the interpreter `python`."""
    root = Path(toolkit.root)
    for base in (root, *sorted(root.glob("targets/*"))):
        found = _curand_in(base / "include", (base / "lib64", base / "lib"))
        if found:
            return found
    if root.parent.name == "lib":  # Debian: /usr/lib/nvidia-cuda-toolkit, the rest under /usr
        usr = root.parent.parent
        found = _curand_in(usr / "include", tuple(sorted((usr / "lib").glob("*-linux-gnu"))))
        if found:
            return found
    for site in _site_folders(python):
        # nvidia-curand (CUDA 13) shares one folder, nvidia-curand-cu12 has its own.
        for base in sorted(Path(site).glob("nvidia/*"), reverse=True):
            found = _curand_in(base / "include", (base / "lib",))
            if found:
                return found
    return None


def find_driver() -> Driver | None:
    """Ask ``nvidia-smi``; None where there is none or it fails."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    listed = _output(command, f"--query-gpu={','.join(_QUERY)}", "--format=csv,noheader")
    rows = [
        [field.strip() for field in row]
        for row in csv.reader(listed.splitlines())
        if len(row) == len(_QUERY)
    ]
    if not rows:
        return None
    shown = re.search(r"CUDA Version:\s*(\d+\.\d+)", _output(command))
    return Driver(
        version=rows[0][3],
        cuda=shown.group(1) if shown else "",
        gpus=_visible(tuple(_gpu(row) for row in rows)),
    )


def usable_gpus(gpus: Sequence[Gpu], oldest: str) -> tuple[Gpu, ...]:
    """Return the GPUs that load a program for capability `oldest`: those not older than that."""
    return tuple(
        gpu for gpu in gpus if gpu.capability and version_of(gpu.capability) >= version_of(oldest)
    )


def capability_for(gpus: Sequence[Gpu], toolkit: Toolkit) -> str:
    """Return the capability to compile for, ``""`` where no GPU can run a program.

    It is that of the oldest usable GPU, or the newest that nvcc knows where the GPUs are newer
    still: they translate what they find in the program when they load it.
    """
    found = [gpu.capability for gpu in usable_gpus(gpus, toolkit.oldest)]
    if not found:
        return ""
    known = [
        name
        for name in toolkit.architectures
        if version_of(name) <= version_of(min(found, key=version_of))
    ]
    return known[-1] if known else min(found, key=version_of)


def newest_host_compiler(toolkit: Toolkit) -> int | None:
    """Return the newest major version of g++ that nvcc accepts, as its header says."""
    for header in Path(toolkit.root).glob("**/crt/host_config.h"):
        found = re.search(r"__GNUC__ > (\d+)", header.read_text(errors="replace"))
        if found:
            return int(found.group(1))
    return None


def _gpu(row: list[str]) -> Gpu:
    """A driver too old to know the capability says [N/A] or names the field."""
    name, capability, memory, _, uuid = row
    return Gpu(name, capability if re.fullmatch(r"\d+\.\d+", capability) else "", memory, uuid)


def _visible(gpus: tuple[Gpu, ...]) -> tuple[Gpu, ...]:
    """Leave out what ``CUDA_VISIBLE_DEVICES`` hides.

    Numbers count as nvidia-smi does (``CUDA_DEVICE_ORDER=PCI_BUS_ID``, which the program is
    given). Others are beginnings of a UUID, ``GPU-...``, or a part of a GPU, ``MIG-...``, of which
    only some name theirs. The driver stops at the first that it does not know.
    """
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return gpus
    found: list[Gpu] = []
    for word in (word.strip() for word in chosen.split(",")):
        if word.startswith("MIG-"):
            parents = [gpu for gpu in gpus if gpu.uuid and gpu.uuid in word]
            return tuple(parents or gpus)
        numbered = word.isdigit() and int(word) < len(gpus)
        match = (
            [gpus[int(word)]] if numbered else [g for g in gpus if word and g.uuid.startswith(word)]
        )
        if len(match) != 1 or match[0] in found:
            break
        found += match
    return tuple(found)


def _curand_in(include: Path, libraries: tuple[Path, ...]) -> Curand | None:
    if not (include / "curand_kernel.h").is_file():
        return None
    for folder in libraries:
        files = sorted(folder.glob("libcurand.so*"), key=lambda file: len(file.name))
        if files:
            return Curand(include=str(include), library=str(files[0]))
    return None


def _root_of(nvcc: str) -> str:
    """Folder of the toolkit; asked of nvcc itself, since what is on PATH may be a wrapper."""
    top = re.search(r"TOP=(\S+)", _output(nvcc, "--dryrun", "nothing.cu"))
    place = Path(top.group(1)) if top else Path(nvcc).resolve().parent.parent
    return os.path.normpath(place)


@functools.cache
def _site_folders(python: str) -> tuple[str, ...]:
    script = "import sysconfig as s; print(s.get_path('purelib')); print(s.get_path('platlib'))"
    return tuple(dict.fromkeys(_output(python, "-c", script).split()))


def _output(*command: str) -> str:
    """Return what a command prints; ``""`` where it cannot be run or takes too long."""
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
