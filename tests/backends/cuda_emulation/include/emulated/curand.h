// cuRAND: Brian2CUDA makes a generator, our definition draws nothing from it.
#pragma once
#include "runtime.h"

#define CURAND_H_
enum curandStatus_t {
    CURAND_STATUS_SUCCESS = 0, CURAND_STATUS_VERSION_MISMATCH = 100,
    CURAND_STATUS_NOT_INITIALIZED, CURAND_STATUS_ALLOCATION_FAILED, CURAND_STATUS_TYPE_ERROR,
    CURAND_STATUS_OUT_OF_RANGE, CURAND_STATUS_LENGTH_NOT_MULTIPLE,
    CURAND_STATUS_DOUBLE_PRECISION_REQUIRED, CURAND_STATUS_LAUNCH_FAILURE = 201,
    CURAND_STATUS_PREEXISTING_FAILURE, CURAND_STATUS_INITIALIZATION_FAILED,
    CURAND_STATUS_ARCH_MISMATCH, CURAND_STATUS_INTERNAL_ERROR = 999
};
enum curandRngType_t { CURAND_RNG_PSEUDO_DEFAULT = 100 };
typedef struct emulated_generator* curandGenerator_t;
struct curandState {};
inline curandStatus_t curandCreateGenerator(curandGenerator_t* generator, curandRngType_t)
{
    *generator = nullptr;
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandDestroyGenerator(curandGenerator_t) { return CURAND_STATUS_SUCCESS; }
inline curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t, unsigned long long)
{
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandSetGeneratorOffset(curandGenerator_t, unsigned long long)
{
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t emulated_draw()
{
    emulation::fail("random numbers of cuRAND are not emulated");
}
template <class... Arguments>
inline curandStatus_t curandGenerateUniform(Arguments...) { return emulated_draw(); }
template <class... Arguments>
inline curandStatus_t curandGenerateUniformDouble(Arguments...) { return emulated_draw(); }
template <class... Arguments>
inline curandStatus_t curandGenerateNormal(Arguments...) { return emulated_draw(); }
template <class... Arguments>
inline curandStatus_t curandGenerateNormalDouble(Arguments...) { return emulated_draw(); }
template <class... Arguments>
inline curandStatus_t curandGeneratePoisson(Arguments...) { return emulated_draw(); }
inline void curand_init(unsigned long long, unsigned long long, unsigned long long, curandState*)
{
    emulated_draw();
}
