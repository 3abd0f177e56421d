"""In the child process: let Brian2CUDA write its project for our definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backends.cuda.layout import shared_bytes, wants_many_blocks
from backends.cuda.segments import serve
from backends.cuda.unity import write_unity
from backends.generate import generate_project, write_manifest

TEMPLATES = "templates"


def work(request: dict[str, Any]) -> None:
    """Generate the project without compiling it, for which no CUDA need be installed."""
    import brian2 as b2
    import brian2cuda  # noqa: F401 (registers device and preferences)

    backend = b2.prefs.devices.cuda_standalone.cuda_backend
    backend.detect_cuda = False
    backend.cuda_path = "/cuda"  # only written into the makefile
    backend.cuda_runtime_version = 13.0
    generate(request, capability=request["cuda_arch"] or "9.0")


def generate(request: dict[str, Any], capability: str) -> None:
    """Write the project of ``request["spec"]`` and its one-file form into the request's folder."""
    import brian2 as b2
    import brian2cuda  # noqa: F401 (registers device and preferences)

    folder, spec = Path(request["folder"]), request["spec"]
    b2.set_device("cuda_standalone", build_on_run=False, directory=str(folder))
    use_own_templates()
    cuda = b2.prefs.devices.cuda_standalone
    cuda.parallel_blocks = 1  # our connectivity is by source alone
    cuda.cuda_backend.detect_gpus = False
    cuda.cuda_backend.gpu_id = 0
    cuda.cuda_backend.compute_capability = float(capability)
    # Standard output is for answers; Brian2CUDA tells its start there.
    b2.get_device().insert_code("before_start", "auto* const answers = std::cout.rdbuf(nullptr);")
    facts = generate_project(spec, folder, after_single=copy_to_gpu, advance=serve)
    many_blocks = wants_many_blocks(cells_of_network(spec))
    write_unity(
        folder,
        int(spec["definition"]["replicas"]),
        many_blocks=many_blocks,
        limit_bytes=shared_bytes(capability),
    )
    write_manifest(folder, spec, command=["{folder}/main"], many_blocks=many_blocks, **facts)


def cells_of_network(spec: dict[str, Any]) -> int:
    """Return the number of cells of the largest population of one network."""
    sizes = [size for name, (_, size) in spec["inputs"].items() if name.endswith(".v")]
    return int(max(sizes) // int(spec["definition"]["replicas"]))


def use_own_templates() -> None:
    """Put our templates, which need fewer launches and copies, in front of Brian2CUDA's."""
    from brian2cuda.codeobject import CUDAStandaloneCodeObject

    CUDAStandaloneCodeObject.templater = CUDAStandaloneCodeObject.templater.derive(
        "backends.cuda", templates_dir=TEMPLATES
    )


def copy_to_gpu(array: str) -> str:
    """C++ that brings one number of a host array to its copy on the GPU."""
    device = f"dev{array}"
    if array.startswith("_dynamic"):
        device = f"thrust::raw_pointer_cast(&{device}[0])"
    return (
        f"CUDA_SAFE_CALL(cudaMemcpy({device}, &{array}[0], sizeof({array}[0]), "
        "cudaMemcpyHostToDevice));"
    )
