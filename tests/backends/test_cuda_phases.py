"""What is refused when the phases of a time step are read from the generated code."""

from __future__ import annotations

import pytest

from backends.cuda.phases import rewrite

PHASE = """
// phase: cells_x, stage: cells
struct _Phase_cells_x
{
    // fields
    double* _ptr_array_cells_x, int32_t* _ptr_array_cells_N
    // end of fields
    __device__ void run(const lateralnet::Team& _team) const
    {
        // parts of this network
        BODY
    }
};
"""


def test_fields_are_used_and_written():
    code = rewrite(PHASE.replace("BODY", "_ptr_array_cells_x[0] = _ptr_array_cells_N[0];"), {})
    (phase,) = code.phases
    assert phase.written == {"_array_cells_x"}
    assert phase.mentioned == {"_array_cells_x", "_array_cells_N"}


@pytest.mark.parametrize("array", ["_array_cells_N", "_dynamic_array_cells_x"])
def test_memory_of_the_host_is_refused(array):
    # `using namespace brian` lets such code compile for a CPU, and an emulation run it.
    with pytest.raises(RuntimeError, match=f"cells_x uses {array} in the memory of the host"):
        rewrite(PHASE.replace("BODY", f"const int n = {array}[0];"), {})
