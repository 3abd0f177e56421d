"""The phases of a time step, read from and rewritten in the code that Brian2CUDA generates.

`templates/phase.cu` writes each code object as a struct. What cannot be said in a template is
done to its text here: fields, the part of each array that belongs to a network, exact sums. No
name of a model stands here; all are found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

STAGES = ("cells", "synapses", "resets", "after_resets")

_PHASE = re.compile(
    r"// phase: (?P<name>\w+), stage: (?P<stage>\w+)\s+struct _Phase_\w+\s*\{\s*// fields"
    r"(?P<fields>.*?)// end of fields(?P<body>.*?)\n\};\n",
    re.DOTALL,
)
_FIELD = re.compile(r"(?P<type>[\w ]+?\*?)\s*(?P<name>\w+)$")
_PARTS = "// parts of this network\n"
# Functions of tables keep the address of their values in a variable that every thread writes in
# every step; they can as well use the address that is there.
_TABLE = re.compile(
    r"#if \(defined\(__CUDA_ARCH__\).*\n\s*__device__ \w+\* (_namespace(\w+));\n"
    r"\s*#else\n.*\n\s*#endif"
)
_TABLE_SET = re.compile(
    r"#if \(defined\(__CUDA_ARCH__\).*\n\s*_namespace\w+ = \w+;\n\s*#else\n"
    r"\s*_namespace\w+ = \w+;\n\s*#endif"
)
_SUM = re.compile(
    r"_brian_atomicAdd\(&_ptr(?P<array>_array_\w+)\[(?P<cell>_(?:post|pre)synaptic_idx)\], "
    r"\((?P<type>double|float)\)\((?P<value>.*)\)\);"
)
_OTHER_ATOMIC = re.compile(r"\b_brian_atomic\w+\(&_ptr(\w+)\[")
_WRITTEN = re.compile(r"_ptr(_(?:dynamic_)?array_\w+)\[\w+\] (?:[-+*/]?=)(?!=)")
_OF_HOST = re.compile(r"(?<!\w)(_(?:dynamic_)?array_\w+)\[")  # without _ptr: not a field
_MENTIONED = re.compile(r"_ptr(_(?:dynamic_)?array_\w+)\[")


@dataclass(frozen=True)
class Phase:
    """One code object.

    Attributes
    ----------
    name, stage : str
        Its name, and the part of the step between two barriers in which it runs.
    written, mentioned : frozenset of str
        Arrays that its code writes, and those that it reads or writes; sums are neither.
    """

    name: str
    stage: str
    written: frozenset[str]
    mentioned: frozenset[str]


@dataclass
class Code:
    """Rewritten code objects and what was found in them."""

    text: str
    phases: list[Phase] = field(default_factory=list)
    sums: dict[str, str] = field(default_factory=dict)  # array -> type
    state: dict[str, str] = field(default_factory=dict)  # array of cells that a step changes

    def named(self, kind: str) -> list[str]:
        """Return the names with a prefix that the text refers to: slots, paths."""
        return sorted(set(re.findall(rf"lateralnet::({kind}_\w+)", self.text)))


def rewrite(units: str, cells_of: dict[str, int]) -> Code:
    """Return the code objects of a project as phases.

    Parameters
    ----------
    units : str
        Text of all code objects.
    cells_of : dict
        Array -> number of cells in one network, for arrays with one value for each cell.
    """
    units = _TABLE_SET.sub("", units)
    units = _TABLE.sub(
        "#if (defined(__CUDA_ARCH__) && (__CUDA_ARCH__ > 0))\n"
        r"#define \1 brian::d\2" "\n#else\n" r"#define \1 brian::\2" "\n#endif",
        units,
    )  # fmt: skip
    code = Code(units)
    code.sums = {m["array"]: m["type"] for m in _SUM.finditer(units)}
    units = _SUM.sub(r"_team.add<lateralnet::SUM\g<array>, \g<type>>(\g<cell>, \g<value>);", units)
    found = [_phase(match) for match in _PHASE.finditer(units)]
    code.phases = found
    changed = frozenset[str]().union(code.sums, *(phase.written for phase in found))
    types = _types(units)
    code.state = {array: types[array] for array in sorted(changed) if array in cells_of}
    code.text = _PHASE.sub(lambda match: _struct(match, cells_of, set(code.state)), units)
    _check(code)
    return code


def _phase(match: re.Match[str]) -> Phase:
    body = match["body"]
    of_host = _OF_HOST.search(body)
    if of_host:  # an emulation on the host would not notice
        raise RuntimeError(
            f"{match['name']} uses {of_host[1]} in the memory of the host, where a GPU cannot read."
        )
    return Phase(
        match["name"],
        match["stage"],
        written=frozenset(_WRITTEN.findall(body)),
        mentioned=frozenset(_MENTIONED.findall(body)),
    )


def _fields(text: str) -> list[tuple[str, str]]:
    found = []
    for line in text.split(","):
        match = _FIELD.search(re.sub(r"\s+", " ", line).strip())
        if match:
            found.append((match["type"].strip(), match["name"]))
    return found


def _types(units: str) -> dict[str, str]:
    """Array -> type of its values."""
    return {
        name.removeprefix("_ptr"): kind.removesuffix("*").strip()
        for match in _PHASE.finditer(units)
        for kind, name in _fields(match["fields"])
        if name.startswith("_ptr")
    }


def _struct(match: re.Match[str], cells_of: dict[str, int], state: set[str]) -> str:
    """The struct with fields instead of parameters, and this network's part of its arrays."""
    fields, parts = [], []
    for kind, name in _fields(match["fields"]):
        fields.append(f"    {kind} {name};\n")
        array = name.removeprefix("_ptr")
        if array in state:
            value = kind.removesuffix("*").strip()
            there = f"_team.state<lateralnet::STATE{array}, {value}>()"
            parts.append(f"        {value}* const {name} = {there};\n")
        elif array in cells_of:
            parts.append(
                f"        {kind} const {name} = _team.slice(this->{name}, {cells_of[array]});\n"
            )
    name = match["name"]
    body = match["body"].replace(_PARTS, _PARTS + "".join(parts))
    return f"// {match['stage']}\nstruct _Phase_{name}\n{{\n{''.join(fields)}{body}\n}};\n"


def _check(code: Code) -> None:
    """Refuse phases that need a barrier between them, which none would give them."""
    other = _OTHER_ATOMIC.search(code.text)
    if other:
        raise RuntimeError(f"device cuda adds up real numbers of cells only, not {other[1]}.")
    unknown = sorted({phase.stage for phase in code.phases} - set(STAGES))
    if unknown:
        raise RuntimeError(f"device cuda knows no stage {', '.join(unknown)} of a time step.")
    for first in code.phases:
        for second in code.phases:
            if first is second or first.stage != second.stage:
                continue
            shared = first.written & second.mentioned
            # Phases of the same cells may follow each other: each thread keeps to its own.
            if first.stage == "cells":
                shared = frozenset(a for a in shared if not _same_cells(first, second))
            if shared:
                raise RuntimeError(
                    f"{first.name} writes {', '.join(sorted(shared))}, which {second.name} uses "
                    "without a barrier between them; device cuda cannot run such a network."
                )


def _same_cells(first: Phase, second: Phase) -> bool:
    """Whether two phases of cells belong to the same population."""

    def owner(phase: Phase) -> set[str]:
        return {array.split("_")[2] for array in phase.written} or {phase.name.split("_")[0]}

    return owner(first) == owner(second)
