"""The emulation itself: it must stop programs that a GPU would not forgive."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from backends.host.toolchain import compiler
from tests.backends.cuda_emulation.rewrite import launches_as_calls

INCLUDE = Path(__file__).parent / "cuda_emulation" / "include"
pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler")

PROGRAM = """
#include <cuda_runtime.h>
__global__ void add(int n, const int* x, int* sum)
{
    int k = blockIdx.x * blockDim.x + threadIdx.x;
    if (k < n) atomicAdd(sum, x[k]);
}
__global__ void reversed(int n, int* x, int leave, int shift)
{
    extern __shared__ int shared[];
    shared[threadIdx.x + shift] = x[threadIdx.x];
    if (threadIdx.x == leave) return;
    if (threadIdx.x == shift - 1) {
        __syncthreads(); } else {
        __syncthreads(); }
    x[threadIdx.x] = shared[n - 1 - threadIdx.x];
}
int main()
{
    int values[5] = {1, 2, 3, 4, 5}, result = 0;
    int *x, *sum;
    cudaMalloc((void**)&x, sizeof(values));
    cudaMalloc((void**)&sum, sizeof(int));
    cudaMemcpy(x, values, sizeof(values), cudaMemcpyHostToDevice);
    cudaMemset(sum, 0, sizeof(int));
    %s
    cudaMemcpy(&result, sum, sizeof(int), cudaMemcpyDeviceToHost);
    printf("%%d", result);
}
"""
RIGHT = "add<<<3, 2>>>(5, x, sum);"
WRONG = {
    "host pointer in a kernel": ("add<<<3, 2>>>(5, values, sum);", "guard", "host memory"),
    "beyond the end": ("add<<<600, 2>>>(1100, x, sum);", "guard", ""),
    "host code reads GPU memory": (RIGHT + "result = *sum;", "lock", ""),
    "copy the wrong way": (
        "cudaMemcpy(values, x, 4, cudaMemcpyHostToDevice);", "guard", "another way"
    ),
    "copy too long": ("cudaMemcpy(values, x, 24, cudaMemcpyDeviceToHost);", "guard", "beyond"),
    "copy by host function": ("memcpy(x, values, 4);", "lock", ""),
    "a thread leaves early": (
        "reversed<<<1, 5, 20>>>(5, x, 2, 0);", "guard", "barrier"
    ),
    "threads at different barriers": (
        "reversed<<<1, 4, 20>>>(4, x, -1, 1);", "guard", "different barriers"
    ),
    "beyond shared memory": (
        "reversed<<<1, 5, 20>>>(5, x, -1, 9);", "guard", "beyond its shared memory"
    ),
    "more shared memory than there is": (
        "add<<<1, 5, 300000>>>(5, x, sum);", "guard", "more than a block can have"
    ),
    "empty grid": ("add<<<0, 2>>>(5, x, sum);", "guard", "empty grid"),
}  # fmt: skip


def _run(tmp_path, code, memory="guard", **settings):
    source, _ = launches_as_calls(PROGRAM % code)
    (tmp_path / "program.cpp").write_text(source)
    subprocess.run(
        [
            compiler(),
            "-std=c++20",
            "-w",
            "-pthread",
            f"-I{INCLUDE}",
            "program.cpp",
            "-o",
            "program",
        ],
        cwd=tmp_path,
        check=True,
    )
    return subprocess.run(
        ["./program"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"LATERALNET_EMULATION_MEMORY": memory, **settings},
    )


@pytest.mark.parametrize("memory", ["guard", "lock"])
def test_a_right_program_runs(tmp_path, memory):
    done = _run(tmp_path, RIGHT, memory, LATERALNET_EMULATION_ORDER="shuffled")
    assert (done.returncode, done.stdout) == (0, "15")


def test_threads_of_a_block_meet_at_barriers_and_share_memory(tmp_path):
    code = f"""
    reversed<<<1, 5, 20>>>(5, x, -1, 0);
    {RIGHT}
    cudaMemcpy(values, x, 20, cudaMemcpyDeviceToHost);
    printf("%d%d ", values[0], values[4]);
    """
    assert _run(tmp_path, code).stdout == "51 15"


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_stops_the_program(tmp_path, mistake):
    code, memory, message = WRONG[mistake]
    done = _run(tmp_path, code, memory)
    assert done.returncode != 0
    assert message in done.stderr


def test_launches_are_rewritten():
    source = "f<<<dim3(2, 3), block>>>(a, g(b));\nif (x) h<<<1,1>>>();"
    text, n_launches = launches_as_calls(source)
    assert n_launches == 2
    assert 'emulation::on("f", emulation::Shape(dim3(2, 3), block), f)(a, g(b));' in text
    assert 'emulation::on("h", emulation::Shape(1,1), h)();' in text
