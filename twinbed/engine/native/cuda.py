"""Runs a program on an NVIDIA GPU: compiled by NVRTC, one patient for every thread.

The whole run of a patient happens in its thread, so that only what the patient begins with and what comes
of the run is copied. Patients go through the GPU in chunks, by turns on two streams: while one chunk is
copied back, the next one is computed. Compiling needs no GPU.

In 32 bits, numbers too small to be normal count as zero, as on the processor; a GPU has no such mode for 64 bits.
"""

import contextlib
import ctypes
import functools
import importlib
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from twinbed.engine.native.cache import kept
from twinbed.engine.native.errors import NoDevice
from twinbed.engine.native.layout import Slot, begins, packed, unpacked
from twinbed.engine.native.program import WARP, Program

OPTIONS = ("--std=c++17", "--ftz=true", "--fmad=true", "--prec-div=true", "--prec-sqrt=true")
SHARE = 0.4
"""Of the GPU's free memory, what the chunks may take; the rest is for the arrays of threads."""


def cubin(compiled: Program, architecture: str | None = None) -> bytes:
    """The machine code of a program, from the cache if it is there.

    Args:
        compiled: printed for the target `cuda`.
        architecture: such as `sm_90`; without it that of the GPU here.

    Raises:
        NoDevice: there is no NVRTC, it refuses the source, or no architecture is given and there is no GPU.
        NoCompiler: the cache belongs to somebody else or others can write to it.
    """
    options = (f"--gpu-architecture={architecture or _architecture(_device())}", *OPTIONS)
    version = "NVRTC {}.{}".format(*_asked(_bindings("nvrtc").nvrtcVersion()))
    make = lambda made: _compile(compiled.source, options, made)
    return kept((compiled.source, *options, version), ".cubin", make).read_bytes()


def execute(compiled: Program, arrays: list[np.ndarray], n: int) -> list[np.ndarray]:
    """Runs a program on arrays with a leading patient axis; those of shared inputs have none.

    Raises:
        NoDevice: there is no GPU, what CUDA needs is not installed, or it failed.
    """
    device = _device()
    kernel = _kernel(compiled)
    blocks = -(-n // WARP)
    inputs = list(zip(compiled.inputs, arrays, strict=True))
    outs = [np.empty((n, *s.shape), s.dtype) for s in compiled.outputs]
    with contextlib.ExitStack() as stack:
        shared = stack.enter_context(_shared([(s, a) for s, a in inputs if s.shared]))
        own = [(s, np.asarray(a)) for s, a in inputs if not s.shared]
        sizes = [begins(slots, WARP)[1] for slots in ([s for s, _ in own], compiled.outputs)]
        chunk = chunk_of(blocks, _at_once(device, kernel), sum(sizes), _free())
        lines = [_Line(stack, sizes, chunk) for _ in range(2 if chunk < blocks else 1)]
        running: list[tuple[_Line, int, int]] = []

        def collect() -> _Line:
            line, first, last = running.pop(0)
            line.wait()
            read(line.outs, compiled.outputs, first, last, outs)
            return line

        for first in range(0, blocks, chunk):
            last = min(first + chunk, blocks)
            line = lines[len(running)] if len(running) < len(lines) else collect()
            fill(line.ins, own, first, last)
            line.start(kernel, shared, last - first)
            running.append((line, first, last))
        while running:
            collect()
    return outs


def chunk_of(blocks: int, at_once: int, block_bytes: int, free_bytes: int) -> int:
    """Blocks in a chunk: what the GPU computes at once, if two such chunks fit into its memory."""
    fitting = int(SHARE * free_bytes / 2 / max(block_bytes, 1))
    return max(1, min(blocks, at_once, fitting))


def rows(record: np.ndarray, slots: Sequence[Slot], blocks: int) -> list[np.ndarray]:
    """The arrays in the records of some blocks, each by block, element and lane."""
    places, size = begins(slots, WARP)
    item = lambda s: s.stored.itemsize
    return [
        np.ndarray((blocks, s.size, WARP), s.stored, record.data, place, (size, WARP * item(s), item(s)))
        for s, place in zip(slots, places, strict=True)
    ]


def fill(record: np.ndarray, inputs: Sequence[tuple[Slot, np.ndarray]], first: int, last: int) -> None:
    """Writes the patients of some blocks to their records."""
    views = rows(record, [s for s, _ in inputs], last - first)
    for view, (slot, array) in zip(views, inputs, strict=True):
        view[...] = packed(array[first * WARP : last * WARP], slot, last - first, WARP)


def read(record: np.ndarray, outputs: Sequence[Slot], first: int, last: int, outs: Sequence[np.ndarray]) -> None:
    """Takes the patients of some blocks from their records."""
    for view, slot, out in zip(rows(record, outputs, last - first), outputs, outs, strict=True):
        mine = out[first * WARP : last * WARP]
        mine[...] = unpacked(view, slot, len(mine))


def alike(inputs: Sequence[tuple[Slot, np.ndarray]]) -> np.ndarray:
    """The record of what all patients share, in bytes."""
    places, size = begins([s for s, _ in inputs], 1)
    record = np.zeros(max(size, 1), np.uint8)
    for place, (slot, array) in zip(places, inputs, strict=True):
        flat = packed(np.asarray(array), slot, 1, 1).view(np.uint8)
        record[place : place + len(flat)] = flat
    return record


# --- CUDA ---------------------------------------------------------------------------------------------


_ABSENT = {
    "driver": ("cuDriverGetVersion", "install NVIDIA's driver"),
    "nvrtc": ("nvrtcVersion", "pip install 'twinbed[cuda]'"),
}
"""What asks for a library's version, and where it comes from."""


@functools.cache
def _bindings(name: str) -> Any:
    """`driver` or `nvrtc` of the package `cuda-bindings`, whose library is there."""
    version, cure = _ABSENT[name]
    try:
        module = importlib.import_module(f"cuda.bindings.{name}")
    except ImportError:
        raise NoDevice("the package cuda-bindings is missing: pip install 'twinbed[cuda]'") from None
    try:
        getattr(module, version)()
    except RuntimeError as error:
        raise NoDevice(f"CUDA's library {name} is missing: {cure} ({error})") from None
    return module


def _asked(result: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a call of CUDA gave, after the status."""
    status, *values = result
    if int(status):
        raise NoDevice(f"CUDA failed: {status.name}")
    return tuple(values)


def _compile(source: str, options: Sequence[str], made: pathlib.Path) -> None:
    nvrtc = _bindings("nvrtc")
    (unit,) = _asked(nvrtc.nvrtcCreateProgram(source.encode(), b"run.cu", 0, [], []))
    try:
        (status,) = nvrtc.nvrtcCompileProgram(unit, len(options), [o.encode() for o in options])
        if int(status):
            log = bytes(_asked(nvrtc.nvrtcGetProgramLogSize(unit))[0])
            _asked(nvrtc.nvrtcGetProgramLog(unit, log))
            raise NoDevice(f"NVRTC failed: {status.name}\n{log.decode()[:2000]}")
        code = bytes(_asked(nvrtc.nvrtcGetCUBINSize(unit))[0])
        _asked(nvrtc.nvrtcGetCUBIN(unit, code))
    finally:
        nvrtc.nvrtcDestroyProgram(unit)
    made.write_bytes(code)


@functools.cache
def _first_device() -> tuple[Any, Any]:
    """The first GPU that `CUDA_VISIBLE_DEVICES` shows, and its context."""
    cu = _bindings("driver")
    _asked(cu.cuInit(0))
    (device,) = _asked(cu.cuDeviceGet(0))
    return device, *_asked(cu.cuDevicePrimaryCtxRetain(device))


def check_device() -> None:
    """Raises `NoDevice` where there is no GPU or CUDA is not installed."""
    cu = _bindings("driver")
    _asked(cu.cuInit(0))
    _asked(cu.cuDeviceGet(0))
    _bindings("nvrtc")


def _device() -> Any:
    """The GPU, made current for this thread.

    Raises:
        NoDevice: there is none.
    """
    device, context = _first_device()
    _asked(_bindings("driver").cuCtxSetCurrent(context))
    return device


def _attribute(device: Any, name: str) -> int:
    cu = _bindings("driver")
    which = getattr(cu.CUdevice_attribute, f"CU_DEVICE_ATTRIBUTE_{name}")
    return int(_asked(cu.cuDeviceGetAttribute(which, device))[0])


def _architecture(device: Any) -> str:
    part = lambda name: _attribute(device, f"COMPUTE_CAPABILITY_{name}")
    return f"sm_{part('MAJOR')}{part('MINOR')}"


@functools.cache
def _kernel(compiled: Program) -> Any:
    cu = _bindings("driver")
    (module,) = _asked(cu.cuModuleLoadData(cubin(compiled)))
    (kernel,) = _asked(cu.cuModuleGetFunction(module, b"run_blocks"))
    return kernel


def _at_once(device: Any, kernel: Any) -> int:
    """Warps that the whole GPU holds at a time."""
    cu = _bindings("driver")
    (each,) = _asked(cu.cuOccupancyMaxActiveBlocksPerMultiprocessor(kernel, WARP, 0))
    return each * _attribute(device, "MULTIPROCESSOR_COUNT")


def _free() -> int:
    """Bytes of the GPU's memory that nobody uses."""
    return int(_asked(_bindings("driver").cuMemGetInfo())[0])


@contextlib.contextmanager
def _shared(inputs: Sequence[tuple[Slot, np.ndarray]]) -> Iterator[Any]:
    """What all patients share, on the GPU."""
    cu = _bindings("driver")
    record = alike(inputs)
    (there,) = _asked(cu.cuMemAlloc(record.nbytes))
    try:
        _asked(cu.cuMemcpyHtoD(there, record.ctypes.data, record.nbytes))
        _asked(cu.cuCtxSynchronize())  # the streams do not wait for this copy by themselves
        yield there
    finally:
        _asked(cu.cuMemFree(there))


class _Line:
    """A stream, and memory for a chunk on both of its ends."""

    def __init__(self, stack: contextlib.ExitStack, sizes: Sequence[int], blocks: int):
        cu = _bindings("driver")
        self.sizes = sizes
        (self.stream,) = _asked(cu.cuStreamCreate(cu.CUstream_flags.CU_STREAM_NON_BLOCKING))
        stack.callback(lambda: _asked(cu.cuStreamDestroy(self.stream)))
        pairs = [self._memory(stack, max(size * blocks, 1)) for size in sizes]
        (self.ins, self.there_ins), (self.outs, self.there_outs) = pairs
        stack.callback(self.wait)

    def wait(self) -> None:
        """Returns when all is done that was started."""
        _asked(_bindings("driver").cuStreamSynchronize(self.stream))

    @staticmethod
    def _memory(stack: contextlib.ExitStack, size: int) -> tuple[np.ndarray, Any]:
        """Bytes here that the GPU can copy by itself, and as many there."""
        cu = _bindings("driver")
        (here,) = _asked(cu.cuMemAllocHost(size))
        stack.callback(lambda: _asked(cu.cuMemFreeHost(here)))
        (there,) = _asked(cu.cuMemAlloc(size))
        stack.callback(lambda: _asked(cu.cuMemFree(there)))
        return np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(int(here))), there

    def start(self, kernel: Any, shared: Any, blocks: int) -> None:
        """Copies so many blocks there, runs them, and copies what came of them back; returns at once."""
        cu, stream = _bindings("driver"), self.stream
        bytes_in, bytes_out = (size * blocks for size in self.sizes)
        pointers = (shared, self.there_ins, self.there_outs)
        arguments = tuple(map(int, pointers)), (ctypes.c_void_p,) * len(pointers)
        _asked(cu.cuMemcpyHtoDAsync(self.there_ins, self.ins.ctypes.data, bytes_in, stream))
        _asked(cu.cuLaunchKernel(kernel, blocks, 1, 1, WARP, 1, 1, 0, stream, arguments, 0))
        _asked(cu.cuMemcpyDtoHAsync(self.outs.ctypes.data, self.there_outs, bytes_out, stream))
