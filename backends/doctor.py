"""What can run here and why not: the data and texts of `lateralnet devices` and `doctor`."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from backends.base import BuildOptions, Report
from backends.errors import BackendError, DeviceUnavailableError
from backends.genn.toolkit import find_genn
from backends.host.machine import cache_facts, cores_allowed, memory_allowed_bytes
from backends.host.toolchain import compiler, compiler_version, package_versions, processor
from backends.registry import device_names, get_backend, options_for, probe
from backends.smoke import smoke_test

# Which versions go together; the extras are those of the package.
EXTRAS: dict[str, dict[str, str]] = {
    "(none)": {"devices": "cpp, runtime", "python": "3.10 or newer", "brian2": "2.5.4 to 2.11"},
    "cuda": {
        "devices": "cuda, cpp, runtime",
        "python": "3.12 or newer",
        "brian2": "2.10.1, brian2cuda 1.0b1",
    },
    "genn": {
        "devices": "genn, cpp, runtime",
        "python": "3.10 or 3.11",
        "brian2": "2.5.4, brian2genn 1.7.0, GeNN 4.9",
    },
}
_WIDTH = 80


def devices_table(options: BuildOptions) -> list[Report]:
    """Return a report on every known device; compiles nothing and raises nothing."""
    return [probe(name, options) for name in device_names()]


def capabilities_text(device: str) -> str:
    """Say in a few words what a device can do."""
    try:
        able = get_backend(device).capabilities
    except BackendError:
        return ""
    words = ["GPU" if able.gpu else "CPU", "compiles" if able.compiles else "no compiler needed"]
    words += ["/".join(able.precisions), f"brian2 {able.brian2_versions}"]
    return ", ".join(words)


def render_devices(reports: Sequence[Report]) -> str:
    """Return the table of devices as text: a line each, and the reason in words below it."""
    rows = [("device", "status", "version", "hardware")]
    rows += [(r.device, r.status, r.version or "-", r.hardware or "-") for r in reports]
    lines = _columns(rows)
    for position in range(len(reports), 0, -1):
        report = reports[position - 1]
        notes = [report.reason, capabilities_text(report.device)]
        notes += [f"to do: {report.fix}"] if report.fix else []
        lines[position + 1 : position + 1] = _indented(notes)
    return "\n".join(lines)


def is_usable(examination: dict[str, Any], device: str) -> bool:
    """Whether a device is ready, and passed its smoke test if there was one."""
    facts = examination["devices"].get(device, {})
    return bool(facts.get("status") == "ready" and facts.get("smoke_test", {}).get("passed", True))


def examine(
    options: BuildOptions, device: str | None = None, *, smoke: bool = True
) -> dict[str, Any]:
    """Return all that matters for running devices here, as plain data.

    Parameters
    ----------
    options : BuildOptions
        Interpreter and cache to look at.
    device : str, optional
        Only this device; all of them when None.
    smoke : bool
        Whether ten neurons are built and run on every usable device.

    Raises
    ------
    UnknownDeviceError
        When `device` is none.
    """
    devices: dict[str, Any] = {}
    for name in (device,) if device else device_names():
        report = probe(name, options)
        devices[name] = {
            **asdict(report),
            "python": options_for(name, options).python,
            "capabilities": capabilities_text(name),
        }
        if smoke and report.usable:
            devices[name]["smoke_test"] = smoke_test(name, options)
    genn = find_genn()
    cuda = devices["cuda"]["details"] if "cuda" in devices else probe("cuda", options).details
    return {
        "python": {"interpreter": options.python, "versions": _versions(options.python)},
        "extras": EXTRAS,
        "machine": {
            "processor": processor().split(";")[0],
            "cores_allowed": cores_allowed(),
            "memory_allowed_bytes": memory_allowed_bytes(),
        },
        "compiler": {"path": compiler(), "version": compiler_version()},
        "cuda": {"CUDA_PATH": os.environ.get("CUDA_PATH", ""), **cuda},
        "genn": {"GENN_PATH": genn.path, "version": genn.version, "problem": genn.problem},
        "cache": cache_facts(options.cache_dir),
        "devices": devices,
    }


def render_examination(found: dict[str, Any]) -> str:
    """Return an examination as text, in sections of aligned columns."""
    machine, cache, genn = found["machine"], found["cache"], found["genn"]
    memory = machine["memory_allowed_bytes"]
    facts = [
        ("interpreter", found["python"]["interpreter"]),
        ("versions", ", ".join(f"{k} {v}" for k, v in found["python"]["versions"].items())),
        ("processor", machine["processor"]),
        ("cores allowed", f"{machine['cores_allowed']:g}"),
        ("memory allowed", f"{memory / 2**30:.1f} GiB" if memory else "unknown"),
        ("compiler", found["compiler"]["version"] or "none found ($CXX, g++)"),
        ("CUDA", _cuda_text(found["cuda"])),
        ("GENN_PATH", f"{genn['GENN_PATH'] or 'not set'} {genn['version']}".strip()),
        ("", genn["problem"]),
        (
            "program cache",
            f"{cache['folder']}: {cache['programs']} programs, {cache['bytes'] / 2**20:.0f} MiB"
            + ("" if cache["writable"] else ", NOT WRITABLE; set LATERALNET_CACHE"),
        ),
    ]
    lines = ["This machine", *_labelled(facts), "", "Which versions go together"]
    extras = [("extra", "Python", "brian2", "devices")]
    extras += [(n, e["python"], e["brian2"], e["devices"]) for n, e in found["extras"].items()]
    lines += [f"  {line}" for line in _columns(extras)] + ["", "Devices"]
    for name, facts_of in found["devices"].items():
        lines.append(f"  {name}: {facts_of['status']} ({facts_of['version'] or 'no version'})")
        notes = [facts_of["reason"], facts_of["capabilities"]]
        notes += [f"to do: {facts_of['fix']}"] if facts_of["fix"] else []
        notes += [_smoke_text(facts_of["smoke_test"])] if "smoke_test" in facts_of else []
        lines += _indented(notes)
    return "\n".join(lines)


def _versions(python: str) -> dict[str, str]:
    try:
        return package_versions(python)
    except DeviceUnavailableError as error:
        return {"problem": str(error)}


def _smoke_text(result: dict[str, Any]) -> str:
    if "run_s" not in result:
        return f"smoke test FAILED: {result['message']}"
    built = f"; {result['built']} in {result['build_s']:.2f} s" if result["built"] else ""
    return (
        f"smoke test {'passed' if result['passed'] else 'FAILED'}: {result['message']}{built}; "
        f"run in {result['run_s']:.3f} s"
    )


def _cuda_text(facts: dict[str, Any]) -> str:
    """Toolkit, cuRAND, driver and GPUs, as far as they were found."""
    known = facts.get("nvcc_architectures") or ["?"]
    texts = {
        "nvcc_version": f"toolkit {{}} in {facts.get('cuda_path')} for {known[0]} to {known[-1]}",
        "curand_library": "cuRAND {}",
        "driver": f"driver {{}} (CUDA up to {facts.get('driver_cuda') or '?'})",
    }
    shown = [text.format(facts[name]) for name, text in texts.items() if facts.get(name)]
    shown += [f"GPU {number}: {gpu}" for number, gpu in enumerate(facts.get("gpus", []))]
    nothing = "nothing found" if "brian2cuda" in facts else "not looked for without brian2cuda"
    return "; ".join(shown) or nothing


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _labelled(facts: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(label) for label, _ in facts) + 4
    lines = []
    for label, text in facts:
        wrapped = textwrap.wrap(text, _WIDTH - width) or ([""] if label else [])
        lines += [
            f"{'  ' + label if n == 0 else '':{width}}{line}" for n, line in enumerate(wrapped)
        ]
    return lines


def _indented(notes: Sequence[str]) -> list[str]:
    pad = " " * 9
    return [
        line
        for note in notes
        for line in textwrap.wrap(
            note, _WIDTH, initial_indent=pad, subsequent_indent=pad + "  ",
            break_long_words=False, break_on_hyphens=False,
        )
    ]  # fmt: skip
