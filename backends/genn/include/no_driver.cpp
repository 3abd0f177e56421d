// In place of libcuda for GeNN's generator. Its library can ask the driver for the best block sizes;
// it is not told to, so none of these is called, and the generator needs no libcuda, which is not
// part of the toolkit. cuCtxCreate_v2 is that of CUDA 12, _v4 that of CUDA 13.
#define NOT_SUPPORTED(name) extern "C" int name() { return 801; }

NOT_SUPPORTED(cuCtxCreate_v2)
NOT_SUPPORTED(cuCtxCreate_v4)
NOT_SUPPORTED(cuCtxDestroy_v2)
NOT_SUPPORTED(cuCtxSetCurrent)
NOT_SUPPORTED(cuDeviceGet)
NOT_SUPPORTED(cuFuncGetAttribute)
NOT_SUPPORTED(cuGetErrorName)
NOT_SUPPORTED(cuModuleGetFunction)
NOT_SUPPORTED(cuModuleLoad)
NOT_SUPPORTED(cuModuleUnload)
