"""CUDA's driver, played by this processor: kernels are compiled by the C++ compiler and run thread by thread."""

import ctypes
import itertools
import pathlib
import types

import numpy as np

from twinbed.engine.native.compile import library

SHIM = pathlib.Path(__file__).with_name("host.hpp").read_text()


class Status(int):
    """As CUDA's: a number with a name."""

    name = "CUDA_SUCCESS"


class Host:
    """The calls that `cuda.execute` makes. A stream does nothing before somebody waits for it."""

    CUstream_flags = types.SimpleNamespace(CU_STREAM_NON_BLOCKING=1)

    def __init__(self, warps_at_once=4, free=2**30):
        self.warps_at_once, self.free = warps_at_once, free
        self.memory, self.streams, self.launched = {}, {}, []
        self.numbers = itertools.count(1)

    def cuMemAlloc(self, size):
        block = np.full(size, 0xA5, np.uint8)
        self.memory[block.ctypes.data] = block
        return Status(), block.ctypes.data

    def cuMemFree(self, pointer):
        del self.memory[pointer]
        return (Status(),)

    cuMemAllocHost, cuMemFreeHost = cuMemAlloc, cuMemFree

    def cuMemGetInfo(self):
        return Status(), self.free, self.free

    def cuOccupancyMaxActiveBlocksPerMultiprocessor(self, kernel, threads, dynamic):
        return Status(), self.warps_at_once

    def cuStreamCreate(self, flags):
        stream = next(self.numbers)
        self.streams[stream] = []
        return Status(), stream

    def cuStreamDestroy(self, stream):
        assert not self.streams.pop(stream)
        return (Status(),)

    def cuStreamSynchronize(self, stream):
        waiting, self.streams[stream] = self.streams[stream], []
        for call in waiting:
            call()
        return (Status(),)

    def cuCtxSynchronize(self):
        return (Status(),)

    def cuMemcpyHtoD(self, to, source, size):
        ctypes.memmove(to, source, size)
        return (Status(),)

    def cuMemcpyHtoDAsync(self, to, source, size, stream):
        self.streams[stream].append(lambda: ctypes.memmove(to, source, size))
        return (Status(),)

    cuMemcpyDtoHAsync = cuMemcpyHtoDAsync

    def cuLaunchKernel(self, kernel, *more):
        (blocks, *_), (threads, *_), (_, stream, (pointers, kinds), _) = more[:3], more[3:6], more[6:]
        self.launched.append(blocks)
        arguments = [kind(value) for kind, value in zip(kinds, pointers, strict=True)]
        run = lambda: kernel(*arguments, ctypes.c_int64(blocks), ctypes.c_int64(threads))
        self.streams[stream].append(run)
        return (Status(),)


def kernel(compiled):
    """The kernel of a program as a function of this processor."""
    return library(f"{SHIM}\n{compiled.source}", width=1).launch
