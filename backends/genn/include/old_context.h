// CUDA 13 took away the form of cuCtxCreate that GeNN 4 calls; this gives it back.
#pragma once
#include <cuda.h>

#if CUDA_VERSION >= 13000
#undef cuCtxCreate
inline CUresult cuCtxCreate(CUcontext* made, unsigned int flags, CUdevice device)
{
    return cuCtxCreate_v4(made, nullptr, flags, device);
}
#endif
