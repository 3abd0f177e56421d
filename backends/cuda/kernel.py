"""The kernels: phases in Brian2's order, with a barrier where the stage of a step changes.

One network is simulated by one thread block that runs all steps of a segment, or, where it is
too large for that (`layout.wants_many_blocks`), by many blocks, one kernel for each stage.
"""

from __future__ import annotations

import re
from pathlib import Path

from backends.cuda.layout import Array, Layout, place
from backends.cuda.phases import STAGES, Code
from backends.resident import HEADER

THREADS = {False: 512, True: 256}  # of a block: without and with many blocks a network
_ADDED = re.compile(r"\.add\(&defaultclock, _run_(\w+)\);")
_SIZE = re.compile(r"const int brian::_num__array_(\w+) = (\d+);")
_SPIKES = re.compile(r"^_array_(\w+)__spikespace$")
_WORDS = {"double": 2, "int64_t": 2, "float": 1, "int32_t": 1}
_INCLUDE = Path(__file__).parent / "include"


def cells_of_arrays(objects: str, replicas: int) -> dict[str, int]:
    """Array -> cells in one network, for the arrays of populations, from the text of objects.cu."""
    sizes = {f"_array_{name}": int(size) for name, size in _SIZE.findall(objects)}
    found: dict[str, int] = {}
    for name, size in sizes.items():
        match = _SPIKES.match(name)
        if not match:
            continue
        population, n = match[1], size - 1
        if n % replicas:
            raise RuntimeError(f"{n} {population} are not those of {replicas} equal networks.")
        found |= {
            array: n // replicas
            for array, length in sizes.items()
            if array.startswith(f"_array_{population}_") and length == n and n > 1
        }
        found[name] = n // replicas
    return found


def declarations(
    code: Code, cells_of: dict[str, int], *, replicas: int, many_blocks: bool, limit_bytes: int
) -> str:
    """Names and sizes, known when compiling, and the headers that use them."""
    slots, paths = code.named("SLOT"), code.named("PATH")
    cells = {slot: cells_of[slot.removeprefix("SLOT")] for slot in slots}
    words = {array: cells_of[array] * _WORDS[kind] for array, kind in code.state.items()}
    layout = Layout({}, 0)
    if not many_blocks:
        wanted = [Array(slot, cells[slot]) for slot in slots]
        wanted += [Array(f"STATE{array}", n) for array, n in words.items()]
        wanted += [Array(f"SUM{array}", 2 * cells_of[array]) for array in sorted(code.sums)]
        layout = place(wanted, len(slots), limit_bytes)

    def enum(name: str, members: list[str], total: str) -> str:
        return f"enum {name} {{ {', '.join([*members, total])} }};"

    def numbers(name: str, values: list[int]) -> str:
        # A function, because device code cannot use a constant array of the host.
        return (
            f"__host__ __device__ constexpr int {name}(int k)\n"
            f"{{ constexpr int all[] = {{{', '.join(map(str, values))}}}; return all[k]; }}"
        )

    states, sums = [f"STATE{a}" for a in code.state], [f"SUM{a}" for a in sorted(code.sums)]
    recorded = [int(f"_team.record<lateralnet::{slot}>" in code.text) for slot in slots]
    lines = [
        "#include <numeric>\n#include <utility>",
        HEADER.read_text(),
        "namespace lateralnet {",
        enum("Slot", slots, "N_SLOTS"),
        enum("Path", paths, "N_PATHS"),
        enum("State", states, "N_STATES"),
        enum("Sum", sums, "N_SUMS"),
        f"constexpr int REPLICAS = {replicas}, SHARED_WORDS = {layout.words};",
        f"constexpr bool GRID = {str(many_blocks).lower()};",
        f"constexpr int THREADS = {THREADS[many_blocks]};",
        numbers("population", [cells[slot] for slot in slots]),
        numbers("recorded", recorded),
        numbers("list_place", [layout.places.get(slot, -1) for slot in slots]),
        numbers("state_words", list(words.values())),
        numbers("state_place", [layout.places.get(name, -1) for name in states]),
        numbers("sum_cells", [cells_of[array] for array in sorted(code.sums)]),
        numbers("sum_place", [layout.places.get(name, -1) for name in sums]),
        "}",
        (_INCLUDE / "team.h").read_text(),
        (_INCLUDE / "launches.h").read_text(),
    ]
    return "\n".join(lines)


def kernels(code: Code, main: str, *, many_blocks: bool) -> str:
    """The kernels, and the function that runs a segment with them."""
    stage_of = {phase.name: phase.stage for phase in code.phases}
    order = [name for name in _ADDED.findall(main) if name in stage_of]
    if sorted(order) != sorted(stage_of):
        raise RuntimeError("the network does not run all of its code objects.")
    gather = "".join(
        f"    for (int k = team.thread; k < sum_cells(SUM{array}); k += team.threads)\n"
        f"        team.gather<SUM{array}>(k, team.state<STATE{array}, {kind}>()[k]);\n"
        for array, kind in sorted(code.sums.items())
    )
    bodies = {
        stage: "".join(
            f"    phases.{name}.run(team);\n" for name in order if stage_of[name] == stage
        )
        for stage in STAGES
    }
    bodies["cells"] = gather + bodies["cells"]
    recorded = [s for s in code.named("SLOT") if f"_team.record<lateralnet::{s}>" in code.text]
    bodies[STAGES[-1]] += "".join(f"    team.count<{slot}>();\n" for slot in recorded)
    members = "".join(f"    _Phase_{name} {name};\n" for name in order)
    values = "".join(f"        _bind_{name}(),\n" for name in order)
    state = "".join(
        f"    control.state[STATE{array}] = reinterpret_cast<int32_t*>(brian::dev{array});\n"
        for array in code.state
    )
    room = "".join(f" && team.has_room<{slot}>()" for slot in recorded)
    functions = _functions({**bodies, "gather": gather})
    return f"""
namespace lateralnet {{
struct Phases
{{
{members}}};
{functions}
{_many_blocks() if many_blocks else _one_block(room)}
static std::vector<Spikes> run_steps(int steps, const Watch& watch, const int* from_cell)
{{
    static const Phases phases = {{
{values}    }};
{state}    control.dt = brian::_array_defaultclock_dt[0];
    return run_segment(
        steps, watch, from_cell, [](int from, int to) {{ launch(phases, from, to); }});
}}
}}
"""


def _functions(bodies: dict[str, str]) -> str:
    return "".join(
        "static __device__ __forceinline__ void "
        f"{name}_of(const Phases& phases, const Team& team)\n{{\n{body}}}\n"
        for name, body in bodies.items()
    )


_ARGUMENTS = "const __grid_constant__ Phases phases, const __grid_constant__ Control control"


def _one_block(room: str) -> str:
    stages = "".join(
        f"        {stage}_of(phases, team);\n        __syncthreads();\n" for stage in STAGES
    )
    return f"""
__global__ void __launch_bounds__(THREADS) run_networks({_ARGUMENTS})
{{
    extern __shared__ __align__(16) int32_t shared[];
    Team team(control, shared, 0);
    team.load();
    __syncthreads();
    for (; team.step < control.steps{room}; team.next_step())
    {{
{stages}    }}
    gather_of(phases, team);
    __syncthreads();
    team.store();
}}
static void launch(const Phases& phases, int, int)
{{
    static int threads = 0;
    if (threads == 0)
    {{
        CUDA_SAFE_CALL(cudaFuncSetAttribute(
            run_networks, cudaFuncAttributeMaxDynamicSharedMemorySize, SHARED_WORDS * 4));
        threads = threads_of(run_networks);
    }}
    run_networks<<<REPLICAS, threads, SHARED_WORDS * 4>>>(phases, control);
    CUDA_CHECK_ERROR("run_networks");
}}
"""


def _many_blocks() -> str:
    kernels = "".join(
        f"__global__ void __launch_bounds__(THREADS) run_{stage}({_ARGUMENTS}, int step)\n"
        f"{{\n    Team team(control, nullptr, step);\n    {stage}_of(phases, team);\n}}\n"
        for stage in STAGES
    )
    launches = "".join(
        f"        run_{stage}<<<grid, threads>>>(phases, control, step);\n" for stage in STAGES
    )
    return f"""
{kernels}__global__ void __launch_bounds__(THREADS) run_end({_ARGUMENTS}, int step)
{{
    Team team(control, nullptr, step);
    gather_of(phases, team);
    team.store();
}}
static void launch(const Phases& phases, int from, int to)
{{
    static const int threads = threads_of(run_cells);
    static const dim3 grid = grid_of(threads);
    CUDA_SAFE_CALL(cudaMemset(
        control.counters, 0, sizeof(int32_t) * N_SLOTS * N_COUNTERS * REPLICAS));
    const int stop = std::min(to, from + steps_with_room());
    for (int step = from; step < stop; step++)
    {{
{launches}    }}
    run_end<<<grid, threads>>>(phases, control, stop);
    CUDA_CHECK_ERROR("run_end");
}}
"""
