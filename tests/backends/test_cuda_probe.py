"""What device cuda finds, with toolkits, drivers and interpreters made up for the purpose."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from backends.base import BuildOptions, ProgramSpec
from backends.cuda.device import CompileOnlyBackend, CudaBackend, _use_curand
from backends.errors import DeviceUnavailableError
from backends.host.toolchain import compiler, compiler_version, package_versions
from backends.nvidia import toolkit as cuda_toolkit

GOOD = {"python": "3.12.1", "brian2": "2.10.1", "brian2cuda": "1.0b1", "numpy": "2.3.0"}
H100 = "NVIDIA H100, 9.0, 81559 MiB, 580.65"


class Machine:
    """A machine of scripts: what is not put there is not found."""

    def __init__(self, root: Path, monkeypatch) -> None:
        self.root, self.bin, self._patch = root, root / "bin", monkeypatch
        self.bin.mkdir()
        for name in ("CUDA_PATH", "CUDA_HOME", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
            monkeypatch.delenv(name, raising=False)
        for tool in ("sh", "cat"):
            (self.bin / tool).symlink_to(shutil.which(tool))
        for tool in ("make", "g++"):
            self.script(self.bin / tool, "echo here")
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.setattr(cuda_toolkit, "_STANDARD_PLACES", (str(root / "standard"),))
        package_versions.cache_clear()
        compiler.cache_clear()
        compiler_version.cache_clear()
        cuda_toolkit._site_folders.cache_clear()
        self.interpreter(**GOOD)

    def set(self, name: str, value: str) -> None:
        self._patch.setenv(name, value)

    def script(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!{self.bin}/sh\n{text}\n")
        path.chmod(0o755)

    def interpreter(self, **versions: str) -> None:
        site = self.root / "site"
        answer = json.dumps(versions)
        answer = f"case \"$2\" in *sysconfig*) echo {site};; *) echo '{answer}';; esac"
        self.script(self.bin / "python", answer)

    def toolkit(self, place="standard", version="13.0", archs=(75, 80, 90, 120), curand=True):
        known = " ".join(f"compute_{arch}" for arch in archs)
        self.script(
            self.root / place / "bin" / "nvcc",
            f"case $1 in --version) echo 'tools, release {version}, V{version}.1';;"
            f" --list-gpu-arch) echo {known};;"
            f" --dryrun) echo '#$ TOP={self.root / place}/bin/..';; esac",
        )
        if curand:
            self.curand(self.root / place)
        return self.root / place

    def curand(self, place: Path, library="libcurand.so") -> None:
        for file in (place / "include/curand_kernel.h", place / "lib" / library):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()

    def driver(self, *gpus: str, cuda="13.0") -> None:
        listed = "\n".join(f"{gpu}, GPU-{k}{k}abc-{k}" for k, gpu in enumerate(gpus))
        self.script(
            self.bin / "nvidia-smi",
            f"case \"$1\" in --query*) cat <<'E'\n{listed}\nE\n;;"
            f" *) echo '| CUDA Version: {cuda} |';; esac",
        )

    def options(self, arch: str = "", gpu: int | None = None) -> BuildOptions:
        return BuildOptions(str(self.bin / "python"), 1, self.root / "cache", arch, gpu)

    def report(self, arch: str = "", gpu: int | None = None):
        return CudaBackend().probe(self.options(arch, gpu))

    def compiles(self) -> None:
        """Let builds leave a program of nothing."""

        def build(function, request, **options) -> None:
            folder = Path(request["folder"])
            (folder / "static_arrays").mkdir()
            parts = ("input_files", "input_dtypes", "state_files", "spike_files")
            manifest = {**{part: {} for part in parts}, "command": ["{folder}/main"]}
            (folder / "manifest.json").write_text(json.dumps(manifest))

        self._patch.setattr("backends.build.run_function", build)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    yield Machine(tmp_path, monkeypatch)
    package_versions.cache_clear()
    compiler.cache_clear()
    compiler_version.cache_clear()
    cuda_toolkit._site_folders.cache_clear()


def test_ready(machine):
    root = machine.toolkit()
    machine.driver(H100, "NVIDIA A100, 8.0, 40960 MiB, 580.65")
    report = machine.report()
    assert report.status == "ready"
    assert "compiled, and executed on a CPU; not run on a GPU" in report.reason
    assert report.hardware == "NVIDIA H100, NVIDIA A100"
    assert report.version == "brian2cuda 1.0b1, brian2 2.10.1, CUDA 13.0"
    details = report.details
    assert details["cuda_path"] == str(root)
    assert details["nvcc_architectures"] == ["7.5", "8.0", "9.0", "12.0"]
    assert details["curand_include"] == str(root / "include")
    assert (details["driver"], details["driver_cuda"], details["c++17"]) == ("580.65", "13.0", True)
    assert details["gpus"][0] == "NVIDIA H100 (9.0, 81559 MiB)"
    # A program for the older GPU runs on the newer one too.
    assert report.details["compile_for"] == "8.0"


def test_compiles_but_no_gpu(machine):
    machine.toolkit()
    report = machine.report()
    assert (report.status, report.usable) == ("missing", False)
    assert "no NVIDIA GPU" in report.reason
    assert "--cuda-arch" in report.fix
    assert report.details["compiles"]
    assert CompileOnlyBackend().probe(machine.options("9.0")).usable
    assert "--cuda-arch" in CompileOnlyBackend().probe(machine.options()).fix


def _no_toolkit(machine):
    machine.driver(H100)


def _no_curand(machine):
    machine.toolkit(curand=False)


def _no_curand_12(machine):
    machine.toolkit(curand=False, version="12.4")


def _old_toolkit(machine):
    machine.toolkit(version="11.8")


def _broken_nvcc(machine):
    machine.script(machine.root / "standard/bin/nvcc", "exit 1")


def _old_gpu(machine):
    machine.toolkit()
    machine.driver("Tesla V100, 7.0, 16384 MiB, 580.65")


def _silent_driver(machine):
    machine.toolkit()
    machine.driver("NVIDIA X, [N/A], 16384 MiB, 450.1")


def _new_compiler(machine):
    root = machine.toolkit()
    header = root / "targets/x86_64-linux/include/crt/host_config.h"
    header.parent.mkdir(parents=True)
    header.write_text("#if __GNUC__ > 1\n#error unsupported GNU version\n#endif\n")
    machine.script(machine.bin / "g++", "echo 'g++ (Debian) 15.1.0'")


def _old_driver(machine):
    machine.toolkit()
    machine.driver(H100, cuda="12.4")


def _hidden_gpu(machine):
    machine.toolkit()
    machine.driver(H100)
    machine.set("CUDA_VISIBLE_DEVICES", "")


def _no_extension(machine):
    machine.interpreter(**{k: v for k, v in GOOD.items() if k != "brian2cuda"})


def _old_python(machine):
    machine.interpreter(python="3.11.4", brian2="2.9.0")


def _other_brian2(machine):
    machine.interpreter(**{**GOOD, "brian2": "2.11.0"})


def _other_extension(machine):
    machine.interpreter(**{**GOOD, "brian2cuda": "1.1"})


def _no_interpreter(machine):
    (machine.bin / "python").unlink()


def _no_compiler(machine):
    machine.toolkit()
    (machine.bin / "make").unlink()


PROBLEMS = [
    (_no_toolkit, "missing", "nvcc not found (looked at $CUDA_PATH", "CUDA_PATH"),
    (_no_curand, "missing", "nvcc without cuRAND", "pip install nvidia-curand"),
    (_no_curand_12, "missing", "nvcc without cuRAND", "pip install nvidia-curand-cu12"),
    (_old_toolkit, "broken", "CUDA 11.8", "CUDA 12 or 13"),
    (_broken_nvcc, "broken", "does not tell its version", "CUDA toolkit"),
    (_old_gpu, "broken", "7.0, older than the oldest that CUDA 13.0 compiles for (7.5)", "older"),
    (_silent_driver, "broken", "does not tell the compute capability", "update the driver"),
    (_new_compiler, "broken", "newer than CUDA 13.0 accepts (up to 1)", "g++-1"),
    (_old_driver, "broken", "older than the toolkit: it runs CUDA up to 12.4", "update the driver"),
    (_hidden_gpu, "missing", "CUDA_VISIBLE_DEVICES hides all", "--device cpp"),
    (_no_extension, "missing", "no brian2cuda", "brian2cuda==1.0b1 brian2==2.10.1"),
    (_old_python, "missing", "Python 3.11.4 is too old", "Python 3.12"),
    (_other_brian2, "broken", "found 2.11.0", "brian2==2.10.1"),
    (_other_extension, "broken", "brian2cuda 1.1", "brian2cuda==1.0b1"),
    (_no_interpreter, "broken", "cannot be run", "--python"),
    (_no_compiler, "missing", "make", "apt install g++ make"),
]


@pytest.mark.parametrize(
    ("make", "status", "reason", "fix"), PROBLEMS, ids=[p[0].__name__.strip("_") for p in PROBLEMS]
)
def test_what_is_wrong_is_said(machine, make, status, reason, fix):
    make(machine)
    report = machine.report()
    assert report.status == status
    assert reason in report.reason
    assert fix in report.fix


SPEC = ProgramSpec("lateralnet.network.brian2_model:build", {}, {}, (), (), 0.001)


def test_build_refuses_with_reason_and_fix(machine):
    with pytest.raises(DeviceUnavailableError, match=r"nvcc not found.*doctor --device cuda"):
        CudaBackend().build(SPEC, machine.options())


def test_places_come_in_order(machine, monkeypatch):
    standard, named, home = (machine.toolkit(name) for name in ("standard", "named", "home"))
    assert cuda_toolkit.find_toolkit().root == str(standard)
    # What is on PATH may be a wrapper: nvcc itself says where its toolkit is.
    machine.script(machine.bin / "nvcc", f'{home}/bin/nvcc "$@"')
    found = cuda_toolkit.find_toolkit()
    assert (found.root, found.found_in) == (str(home), "PATH")
    monkeypatch.setenv("CUDA_HOME", str(standard))
    assert cuda_toolkit.find_toolkit().found_in == "$CUDA_HOME"
    monkeypatch.setenv("CUDA_PATH", str(named))
    assert cuda_toolkit.find_toolkit().root == str(named)
    # A variable that points nowhere is passed over.
    monkeypatch.setenv("CUDA_PATH", "/nowhere")
    assert cuda_toolkit.find_toolkit().found_in == "$CUDA_HOME"


def test_curand_of_a_wheel_is_found(machine):
    toolkit = machine.toolkit(curand=False)
    wheel = machine.root / "site" / "nvidia" / "cu13"
    machine.curand(wheel, "libcurand.so.10")
    details = machine.report().details
    assert details["curand_include"] == str(wheel / "include")
    assert details["curand_library"] == str(wheel / "lib" / "libcurand.so.10")
    machine.curand(toolkit)
    assert machine.report().details["curand_include"] == str(toolkit / "include")


@pytest.mark.parametrize(
    ("arch", "reason"),
    [
        ("5.0", "older than the oldest"),
        ("8.7", "it knows 7.5, 8.0, 9.0, 12.0"),
        ("13.0", "it knows"),
        ("fast", "no compute capability"),
    ],
)
def test_architectures_that_nvcc_cannot(machine, arch, reason):
    machine.toolkit()
    report = CompileOnlyBackend().probe(machine.options(arch))
    assert report.status == "broken"
    assert reason in report.reason


A100 = "NVIDIA A100, 8.0, 40960 MiB, 580.65"


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ("1", ["NVIDIA A100"]),
        ("1,0", ["NVIDIA A100", "NVIDIA H100"]),
        ("GPU-11", ["NVIDIA A100"]),
        ("GPU-00abc-0,GPU-11abc-1", ["NVIDIA H100", "NVIDIA A100"]),
        ("0,7,1", ["NVIDIA H100"]),  # the driver stops where it knows none
        ("-1", []),
        ("GPU-9", []),
        ("MIG-GPU-11abc-1/3/0", ["NVIDIA A100"]),
        ("MIG-4c5a", ["NVIDIA H100", "NVIDIA A100"]),  # of which GPU, only the driver knows
    ],
)
def test_visible_gpus(machine, monkeypatch, chosen, names):
    machine.driver(H100, A100)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert [gpu.name for gpu in cuda_toolkit.find_driver().gpus] == names


def test_an_old_second_gpu_is_passed_over(machine):
    machine.toolkit()
    machine.driver("Quadro P400, 6.1, 2048 MiB, 580.65", H100)
    report = machine.report()
    assert report.status == "ready"
    assert report.details["too_old"] == ["Quadro P400"]
    assert report.details["compile_for"] == "9.0"


def test_a_gpu_newer_than_nvcc_translates_for_itself(machine):
    machine.toolkit()
    machine.driver("NVIDIA X, 14.0, 16384 MiB, 700.1")
    report = machine.report()
    assert report.status == "ready"
    assert report.details["compile_for"] == "12.0"


@pytest.mark.parametrize(
    ("arch", "gpu", "reason"),
    [
        ("12.0", H100, "--cuda-arch 12.0 does not load on NVIDIA H100 (9.0)"),
        # It is new enough, but has less shared memory than the program was laid out for.
        ("9.0", "NVIDIA RTX 5090, 12.0, 32607 MiB, 580.65", "9.0 does not load on NVIDIA RTX 5090"),
    ],
)
def test_an_architecture_that_the_gpu_cannot_load(machine, arch, gpu, reason):
    machine.toolkit()
    machine.driver(gpu)
    report = machine.report(arch)
    assert report.status == "broken"
    assert reason in report.reason
    assert "leave out --cuda-arch" in report.fix
    assert machine.report("7.5").usable


def _built(machine, **options):
    program = CudaBackend().build(SPEC, machine.options(**options))
    return program, program.info["gpu"]["name"], program.variables


def test_programs_spread_over_the_gpus(machine):
    machine.toolkit()
    machine.compiles()
    machine.driver(H100, A100)
    programs = [_built(machine) for _ in range(4)]
    assert [name for _, name, _ in programs] == ["NVIDIA H100", "NVIDIA A100"] * 2
    assert programs[1][2] == {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "GPU-11abc-1",
    }  # fmt: skip
    programs[1][0].close()
    programs[2][0].close()
    assert _built(machine)[1] == "NVIDIA A100"


def test_a_gpu_that_is_named(machine):
    machine.toolkit()
    machine.compiles()
    machine.driver(H100, A100)
    # Whatever order CUDA would count in here, the program is told which GPU it has.
    machine.set("CUDA_DEVICE_ORDER", "FASTEST_FIRST")
    for _ in range(2):
        program, name, variables = _built(machine, gpu=1)
        assert name == "NVIDIA A100"
        assert (program.info["capability"], program.info["gpu"]["number"]) == ("8.0", 1)
        assert variables["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert _built(machine, gpu=0)[0].info["capability"] == "9.0"
    machine.set("CUDA_VISIBLE_DEVICES", "1")
    assert _built(machine, gpu=0)[1] == "NVIDIA A100"


def test_a_gpu_that_is_not_there(machine):
    machine.toolkit()
    machine.driver(H100, A100)
    report = machine.report(gpu=2)
    assert report.status == "broken"
    assert report.reason == ("there is no GPU 2 here; known GPUs: 0 (NVIDIA H100), 1 (NVIDIA A100)")
    machine.set("CUDA_VISIBLE_DEVICES", "MIG-4c5a,MIG-4c5b")
    assert "of which CUDA takes the first" in machine.report(gpu=1).reason


def test_a_part_of_a_gpu_stays_visible(machine):
    machine.toolkit()
    machine.compiles()
    machine.driver(H100)
    machine.set("CUDA_VISIBLE_DEVICES", "MIG-4c5a")
    program, _, variables = _built(machine)
    assert "CUDA_VISIBLE_DEVICES" not in variables
    assert program.info["gpu"]["uuid"] == "MIG-4c5a"


def test_compiled_here_runs_on_a_node_without_nvcc(machine):
    toolkit = machine.toolkit()
    machine.compiles()
    compiled = CompileOnlyBackend().build(SPEC, machine.options("9.0"))
    shutil.rmtree(toolkit)
    machine.driver(H100)
    assert machine.report().status == "ready"
    assert "nvcc, to compile others, is not here" in machine.report().reason
    program, name, _ = _built(machine)
    assert (program.folder, name) == (compiled.folder, "NVIDIA H100")
    assert not program.info["built"]
    other = replace(SPEC, definition={"replicas": 2})
    with pytest.raises(DeviceUnavailableError, match=r"--cuda-arch 9\.0"):
        CudaBackend().build(other, machine.options())
    machine.driver(A100)  # which does not load it
    with pytest.raises(DeviceUnavailableError, match=r"holds no program .*--cuda-arch 8\.0"):
        CudaBackend().build(SPEC, machine.options())


@pytest.mark.parametrize("library", ["libcurand.so", "libcurand.so.10"])
def test_the_program_finds_the_curand_that_it_was_linked_with(machine, tmp_path, library):
    root = machine.toolkit(curand=False)
    machine.curand(root, library)
    cpp = SimpleNamespace(runtime_library_dirs=[], library_dirs=[])
    nvcc = SimpleNamespace(extra_compile_args_nvcc=[])
    b2 = SimpleNamespace(prefs=SimpleNamespace(
        codegen=SimpleNamespace(cpp=cpp),
        devices=SimpleNamespace(cuda_standalone=SimpleNamespace(cuda_backend=nvcc)),
    ))  # fmt: skip
    found = cuda_toolkit.find_toolkit()
    curand = cuda_toolkit.find_curand(found, str(machine.bin / "python"))
    _use_curand(b2, curand, found, tmp_path)
    assert cpp.runtime_library_dirs == [str(root / "lib")]
    (searched,) = cpp.library_dirs
    assert (Path(searched) / "libcurand.so").resolve() == root / "lib" / library


def test_the_extra_brings_curand():
    requirements = metadata.requires("lateralnet")
    assert any(re.match("nvidia-curand;.*extra == .cuda", text) for text in requirements)


def test_the_layout_of_debian(machine):
    machine.toolkit("usr/lib/nvidia-cuda-toolkit", curand=False)
    usr = machine.root / "usr"
    machine.set("CUDA_PATH", str(usr / "lib" / "nvidia-cuda-toolkit"))
    for file in ("include/curand_kernel.h", "lib/x86_64-linux-gnu/libcurand.so"):
        (usr / file).parent.mkdir(parents=True, exist_ok=True)
        (usr / file).touch()
    details = machine.report().details
    assert details["curand_include"] == str(usr / "include")
    assert details["curand_library"] == str(usr / "lib/x86_64-linux-gnu/libcurand.so")


def test_the_form_of_a_network_is_told():
    assert CudaBackend().remark(3500) == "each network in one thread block, one launch a segment"
    assert "many thread blocks, four launches a step" in CudaBackend().remark(54_000)
