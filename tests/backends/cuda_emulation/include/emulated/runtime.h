// The functions of the CUDA runtime that generated projects call.
#pragma once
#include "launch.h"

enum cudaError { cudaSuccess = 0, cudaErrorUnknown = 1 };
typedef cudaError cudaError_t;
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum cudaLimit { cudaLimitMallocHeapSize };
enum cudaDeviceAttr { cudaDevAttrMultiProcessorCount, cudaDevAttrMaxSharedMemoryPerBlockOptin };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
struct cudaDeviceProp
{
    int multiProcessorCount, maxThreadsPerBlock, maxThreadsPerMultiProcessor, warpSize;
    size_t sharedMemPerBlock;
};
struct cudaFuncAttributes
{
    size_t sharedSizeBytes, constSizeBytes, localSizeBytes;
    int maxThreadsPerBlock, numRegs;
};

inline const char* cudaGetErrorString(cudaError) { return "emulated"; }
inline cudaError cudaGetLastError() { return cudaSuccess; }
inline cudaError cudaSetDevice(int) { return cudaSuccess; }
inline cudaError cudaGetDevice(int* device) { *device = 0; return cudaSuccess; }
inline cudaError cudaDeviceGetAttribute(int* value, cudaDeviceAttr what, int)
{
    *value = what == cudaDevAttrMultiProcessorCount
        ? 4
        : (int)emulation::number("LATERALNET_EMULATION_SHARED", 232448);
    return cudaSuccess;
}
inline cudaError cudaGetDeviceProperties(cudaDeviceProp* properties, int)
{
    *properties = {4, 64, 128, 32, 49152};
    return cudaSuccess;
}
inline cudaError cudaDeviceSetLimit(cudaLimit, size_t) { return cudaSuccess; }
inline cudaError cudaDeviceSynchronize()
{
    emulation::counters.synchronisations++;
    return cudaSuccess;
}
inline cudaError cudaProfilerStop() { return cudaSuccess; }
inline cudaError cudaMemGetInfo(size_t* available, size_t* total)
{
    *available = *total = emulation::number("LATERALNET_EMULATION_FREE", 8l << 30);
    return cudaSuccess;
}
template <class T>
inline cudaError cudaMalloc(T** pointer, size_t bytes)
{
    *pointer = static_cast<T*>(emulation::memory().allocate(bytes));
    return cudaSuccess;
}
inline cudaError cudaFree(void* pointer)
{
    emulation::memory().release(pointer);
    return cudaSuccess;
}
inline cudaError cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind)
{
    emulation::Memory& memory = emulation::memory();
    if (memory.owns(to) != (kind != cudaMemcpyDeviceToHost)
        || memory.owns(from) != (kind != cudaMemcpyHostToDevice))
        emulation::fail("cudaMemcpy goes another way than it says");
    if (memory.owns(to))
        memory.check(to, bytes);
    if (memory.owns(from))
        memory.check(from, bytes);
    emulation::counters.copies_to_host += kind == cudaMemcpyDeviceToHost;
    emulation::counters.copies_to_gpu += kind == cudaMemcpyHostToDevice;
    (kind == cudaMemcpyDeviceToHost ? emulation::counters.bytes_to_host
                                    : emulation::counters.bytes_to_gpu) += bytes;
    emulation::Access access;
    memmove(to, from, bytes);
    return cudaSuccess;
}
// As one copy; only the way to the host is used.
inline cudaError cudaMemcpy2D(void* to, size_t to_pitch, const void* from, size_t from_pitch,
                              size_t width, size_t height, cudaMemcpyKind kind)
{
    emulation::Memory& memory = emulation::memory();
    if (kind != cudaMemcpyDeviceToHost || memory.owns(to) || !memory.owns(from))
        emulation::fail("cudaMemcpy2D goes another way than it says");
    if (width > to_pitch || width > from_pitch)
        emulation::fail("cudaMemcpy2D of rows longer than their distance");
    memory.check(from, (height - 1) * from_pitch + width);
    emulation::counters.copies_to_host++;
    emulation::counters.bytes_to_host += width * height;
    emulation::Access access;
    for (size_t row = 0; row < height; row++)
        memmove((char*)to + row * to_pitch, (const char*)from + row * from_pitch, width);
    return cudaSuccess;
}
inline cudaError cudaMemset(void* to, int value, size_t bytes)
{
    emulation::memory().check(to, bytes);
    emulation::counters.fills++;
    emulation::Access access;
    memset(to, value, bytes);
    return cudaSuccess;
}
// Symbols are plain globals here; those that are pointers must point to GPU memory.
template <class T>
inline cudaError cudaMemcpyToSymbol(T*& symbol, const void* from, size_t bytes)
{
    if (bytes != sizeof(T*))
        emulation::fail("cudaMemcpyToSymbol of another size than the symbol's");
    memcpy(static_cast<void*>(&symbol), from, bytes);
    if (!emulation::memory().owns(symbol))
        emulation::fail("a device symbol is made to point to host memory");
    return cudaSuccess;
}
template <class Kernel>
inline cudaError cudaFuncGetAttributes(cudaFuncAttributes* attributes, Kernel)
{
    *attributes = {0, 0, 0, emulation::block_size(), 32};
    return cudaSuccess;
}
template <class Kernel>
inline cudaError cudaFuncSetAttribute(Kernel, cudaFuncAttribute, int) { return cudaSuccess; }
template <class Kernel>
inline cudaError cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* n, Kernel, int, size_t)
{
    *n = 1;
    return cudaSuccess;
}
template <class Kernel>
inline cudaError cudaOccupancyMaxPotentialBlockSize(int* grid, int* block, Kernel, size_t, int)
{
    *grid = 1;
    *block = 64;
    return cudaSuccess;
}

