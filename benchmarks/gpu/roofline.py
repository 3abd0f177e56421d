"""A prediction, not a measurement: what a trial of the thesis network may take on an H100.

    python benchmarks/gpu/roofline.py

Counted: bytes, additions and spikes of a step (through the emulation), and the instructions of an
earlier form of the kernel (SASS of sm_90, by the times that a step comes by). From data sheets or
others' measurements: clock, processors, bandwidth of the L2 cache, latency of a launch. Guessed:
how many instructions a scheduler issues in a cycle, between 1 and 0.4. A step takes the longer of
its instructions and its bytes; networks beyond one for each processor take another turn.
"""

from __future__ import annotations

PROCESSORS, CLOCK_HZ, L2_BYTES_PER_S = 132, 1.755e9, 5.5e12
SLOTS = 7_384  # of each of the four schedulers of a processor, in a step
STEPS = 1_200
BARRIERS, BARRIER_S = 4, 30e-9
LAUNCHES, LAUNCH_S = 4, 2.5e-6  # of the form with many blocks, for all networks together
ISSUED_PER_CYCLE = (1.0, 0.4)  # at best, and as bad as it may be
# Bytes through the L2 cache for a network and step, by what lies in shared memory.
BYTES = {
    "nothing": {"float64": 570e3, "float32": 368e3},
    "state": {"float64": 262e3, "float32": 214e3},
    "state and sums (as built)": {"float64": 120e3, "float32": 73e3},
}
CORE_MS = 6.0  # device cpp, one core
REPLICAS = (1, 4, 16, 64, 132, 264)


def step_s(networks: int, n_bytes: float, issued: float) -> float:
    """Seconds of a step of one turn: instructions or bytes, whatever takes longer, and barriers."""
    instructions_s = SLOTS / issued / CLOCK_HZ
    bytes_s = n_bytes * min(networks, PROCESSORS) / L2_BYTES_PER_S
    return max(instructions_s, bytes_s) + BARRIERS * BARRIER_S


def trial_ms(networks: int, n_bytes: float, issued: float) -> float:
    """Milliseconds of a trial of all networks side by side."""
    turns = -(-networks // PROCESSORS)
    return 1e3 * turns * STEPS * step_s(networks, n_bytes, issued)


def main() -> None:
    print("Bytes at 132 networks and 7 us a step, TB/s (the L2 cache gives about 5.5)")
    for where, of in BYTES.items():
        rates = (f"{name} {n * PROCESSORS / 7e-6 / 1e12:5.1f}" for name, n in of.items())
        print(f"  {where:28}{'   '.join(rates)}")
    slots_us = [SLOTS / issued / CLOCK_HZ * 1e6 for issued in ISSUED_PER_CYCLE]
    print(f"Instructions: {SLOTS} a scheduler, {slots_us[0]:.1f} to {slots_us[1]:.1f} us a step")
    print(f"Barriers: {BARRIERS} a step, {BARRIERS * BARRIER_S * 1e6:.2f} us")
    print("\nPREDICTED, float64, one block a network")
    print(f"{'networks':>9}{'turns':>7}{'trial of all, ms':>19}{'a network, ms':>18}{'cores':>12}")
    n_bytes = BYTES["state and sums (as built)"]["float64"]
    for r in REPLICAS:
        best, worst = (trial_ms(r, n_bytes, issued) for issued in ISSUED_PER_CYCLE)
        cores = [CORE_MS * r / ms for ms in (worst, best)]
        print(
            f"{r:9}{-(-r // PROCESSORS):7}{best:10.1f} to {worst:4.1f}"
            f"{best / r:10.3f} to {worst / r:.3f}{cores[0]:6.1f} to {cores[1]:.1f}"
        )
    launches_ms = 1e3 * LAUNCHES * LAUNCH_S * STEPS
    print(f"\nMany blocks: {launches_ms:.0f} ms of launches alone for a trial, of any number")


if __name__ == "__main__":
    main()
