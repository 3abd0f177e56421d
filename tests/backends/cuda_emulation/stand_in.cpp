// In place of libcudart for GeNN's generator, which asks which GPU it writes for: one H100.
#include <cstring>
#include <cuda_runtime_api.h>

extern "C" {

cudaError_t cudaSetDevice(int) { return cudaSuccess; }

cudaError_t cudaGetDeviceCount(int* count)
{
    *count = 1;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version)
{
    *version = CUDART_VERSION;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int)
{
    std::memset(properties, 0, sizeof *properties);
    std::strcpy(properties->name, "a stand-in");
    properties->major = 9;
    properties->warpSize = 32;
    properties->multiProcessorCount = 132;
    properties->sharedMemPerBlock = 48 << 10;
    properties->maxThreadsPerBlock = 1024;
    properties->maxThreadsDim[0] = properties->maxThreadsDim[1] = 1024;
    properties->maxThreadsDim[2] = 64;
    properties->maxGridSize[0] = 2147483647;
    properties->maxGridSize[1] = properties->maxGridSize[2] = 65535;
    properties->maxThreadsPerMultiProcessor = 2048;
    properties->regsPerBlock = properties->regsPerMultiprocessor = 64 << 10;
    properties->sharedMemPerMultiprocessor = 228 << 10;
    properties->totalConstMem = 64 << 10;
    properties->totalGlobalMem = size_t{80} << 30;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetPCIBusId(char* id, int size, int)
{
    std::strncpy(id, "0000:00:00.0", size);
    return cudaSuccess;
}

const char* cudaGetErrorString(cudaError_t) { return "a stand-in has no errors"; }
}
