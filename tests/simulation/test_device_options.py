"""Options of a device, as the command line writes them."""

from __future__ import annotations

import pytest

from lateralnet.errors import InputError
from lateralnet.simulation.session import DeviceOptions


@pytest.mark.parametrize("text", ["9.0", "90", "sm_90", "compute_90"])
def test_an_architecture_in_all_its_spellings(text):
    assert DeviceOptions(cuda_arch=text).build_options().cuda_arch == "9.0"


def test_a_gpu_is_named_behind_the_device():
    options = DeviceOptions(device="cuda:1")
    assert (options.device, options.gpu, options.build_options().gpu) == ("cuda", 1, 1)
    assert DeviceOptions(device="cuda").gpu is None


@pytest.mark.parametrize("text", ["cuda:x", "cuda:", "cuda:-1", "cpp:0"])
def test_what_names_no_gpu_is_refused(text):
    with pytest.raises(InputError, match=r"names no GPU; write the number of the GPU"):
        DeviceOptions(device=text)
