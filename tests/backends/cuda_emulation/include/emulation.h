// Stand-in for CUDA: runs the kernels of a generated project as loops on a CPU.
//
// It checks what a loop can check: that host code leaves GPU memory alone, that kernels get no
// host pointers and stay inside their arrays, that copies go the way they say, and (through the
// order of the threads) that results do not hang on an order that a GPU does not promise.
// It cannot show data races, launch limits, barriers, real cuRAND or speed.
#ifndef LATERALNET_EMULATION_H
#define LATERALNET_EMULATION_H

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#define __CUDA_ARCH__ 900
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline

struct dim3
{
    unsigned x, y, z;
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
static dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {

[[noreturn]] inline void fail(const std::string& what)
{
    fprintf(stderr, "CUDA emulation: %s\n", what.c_str());
    exit(70);
}

inline std::string setting(const char* name, const char* otherwise)
{
    const char* value = getenv(name);
    return value ? value : otherwise;
}

// ---- what is counted: written to $LATERALNET_EMULATION_REPORT when the program ends
struct Counters
{
    std::map<std::string, long> launches;
    long copies_to_host = 0, copies_to_gpu = 0, fills = 0, synchronisations = 0;
    ~Counters()
    {
        const char* path = getenv("LATERALNET_EMULATION_REPORT");
        if (!path)
            return;
        std::ofstream out(path);
        out << "{\"copies_to_host\": " << copies_to_host << ", \"copies_to_gpu\": "
            << copies_to_gpu << ", \"fills\": " << fills << ", \"synchronisations\": "
            << synchronisations << ", \"launches\": {";
        const char* separator = "";
        for (const auto& entry : launches)
        {
            out << separator << "\"" << entry.first << "\": " << entry.second;
            separator = ", ";
        }
        out << "}}\n";
    }
};
static Counters counters;

// ---- GPU memory: an arena of its own
// "guard" puts each array against a page that nobody may touch, so reading or writing beyond its
// end stops the program; "lock" takes the arena away from host code instead.
class Memory
{
    static constexpr size_t page = 4096, room = size_t(16) << 30;
    char* arena;
    char* next;
    bool locking;
    int open = 0;
    std::map<const char*, size_t> blocks;

public:
    Memory() : locking(setting("LATERALNET_EMULATION_MEMORY", "guard") == "lock")
    {
        void* got = mmap(0, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (got == MAP_FAILED)
            fail("no address space");
        arena = next = static_cast<char*>(got);
    }
    bool owns(const void* pointer) const
    {
        return pointer >= arena && pointer < arena + room;
    }
    void* allocate(size_t bytes)
    {
        const size_t used = (std::max(bytes, size_t(1)) + 7) / 8 * 8;
        const size_t pages = (used + page - 1) / page * page;
        if (next + pages + page > arena + room)
            fail("out of GPU memory");
        char* block = next + pages - used;
        mprotect(next, pages, PROT_READ | PROT_WRITE);
        memset(block, 0xA5, used);  // cudaMalloc gives no zeros
        if (locking && !open)
            mprotect(next, pages, PROT_NONE);
        next += pages + (locking ? 0 : page);
        blocks[block] = bytes;
        return block;
    }
    void release(void* pointer)
    {
        if (pointer && !blocks.erase(static_cast<char*>(pointer)))
            fail("cudaFree of a pointer that cudaMalloc did not give");
    }
    // Whether these bytes lie within one array.
    void check(const void* pointer, size_t bytes) const
    {
        auto block = blocks.upper_bound(static_cast<const char*>(pointer));
        if (block == blocks.begin())
            fail("copy outside of GPU memory");
        --block;
        if (static_cast<const char*>(pointer) + bytes > block->first + block->second)
            fail("copy beyond the end of an array on the GPU");
    }
    void unlock()
    {
        if (locking && open++ == 0)
            mprotect(arena, next - arena, PROT_READ | PROT_WRITE);
    }
    void lock()
    {
        if (locking && --open == 0)
            mprotect(arena, next - arena, PROT_NONE);
    }
};
inline Memory& memory()
{
    static Memory* only = new Memory;
    return *only;
}
struct Access
{
    Access() { memory().unlock(); }
    ~Access() { memory().lock(); }
};

// ---- launches
template <class T>
inline void check_argument(const std::string& kernel, const T& value)
{
    if constexpr (std::is_pointer_v<T>)
        if (value && !memory().owns(value))
            fail(kernel + " is given a pointer to host memory");
}

// Order of blocks and threads: "forward", "reversed" or "shuffled" (the same in each run).
inline std::vector<unsigned> order_of(unsigned n)
{
    static const std::string order = setting("LATERALNET_EMULATION_ORDER", "forward");
    static std::mt19937 generator(20);
    std::vector<unsigned> places(n);
    std::iota(places.begin(), places.end(), 0u);
    if (order == "reversed")
        std::reverse(places.begin(), places.end());
    if (order == "shuffled")
        std::shuffle(places.begin(), places.end(), generator);
    return places;
}

struct Shape
{
    dim3 grid, block;
    Shape(dim3 grid_, dim3 block_, size_t = 0) : grid(grid_), block(block_) {}
};

template <class Kernel>
struct Launch
{
    const char* name;
    Shape shape;
    Kernel* kernel;
    template <class... Arguments>
    void operator()(Arguments... arguments) const
    {
        counters.launches[name]++;
        (check_argument(name, arguments), ...);
        if (shape.grid.x * shape.grid.y * shape.block.x == 0)
            fail(std::string(name) + " is launched with an empty grid");
        if (shape.block.x > 1024 || shape.block.y != 1 || shape.grid.z != 1)
            fail(std::string(name) + " is launched with a shape that is not emulated");
        Access access;
        gridDim = shape.grid;
        blockDim = shape.block;
        for (unsigned block : order_of(shape.grid.x * shape.grid.y))
        {
            blockIdx = dim3(block % shape.grid.x, block / shape.grid.x);
            for (unsigned thread : order_of(shape.block.x))
            {
                threadIdx = dim3(thread);
                kernel(arguments...);
            }
        }
    }
};
template <class Kernel>
inline Launch<Kernel> on(const char* name, Shape shape, Kernel* kernel)
{
    return {name, shape, kernel};
}

}  // namespace emulation

// A loop cannot wait at a barrier.
inline void __syncthreads() { emulation::fail("a barrier is not emulated"); }
inline void __threadfence() { emulation::fail("a fence is not emulated"); }

template <class T, class U>
inline T atomicAdd(T* address, U value)
{
    T old = *address;
    *address = old + static_cast<T>(value);
    return old;
}
template <class T, class U, class V>
inline T atomicCAS(T* address, U compare, V value)
{
    T old = *address;
    if (old == static_cast<T>(compare))
        *address = static_cast<T>(value);
    return old;
}
template <class T>
inline T atomicExch(T* address, T value)
{
    T old = *address;
    *address = value;
    return old;
}
namespace emulation {
template <class To, class From>
inline To bits(From from)
{
    static_assert(sizeof(To) == sizeof(From), "");
    To to;
    memcpy(&to, &from, sizeof(to));
    return to;
}
}  // namespace emulation
inline long long __double_as_longlong(double x) { return emulation::bits<long long>(x); }
inline double __longlong_as_double(long long x) { return emulation::bits<double>(x); }
inline int __float_as_int(float x) { return emulation::bits<int>(x); }
inline float __int_as_float(int x) { return emulation::bits<float>(x); }

// ---- the runtime's functions
enum cudaError { cudaSuccess = 0, cudaErrorUnknown = 1 };
typedef cudaError cudaError_t;
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum cudaLimit { cudaLimitMallocHeapSize };
enum cudaDeviceAttr { cudaDevAttrMultiProcessorCount };
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
inline cudaError cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int)
{
    *value = 4;
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
    *available = *total = size_t(8) << 30;
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
    emulation::Access access;
    memmove(to, from, bytes);
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
    *attributes = {0, 0, 0, 64, 32};
    return cudaSuccess;
}
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

// ---- cuRAND: Brian2CUDA makes a generator, our definition draws nothing from it
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

// ---- Thrust: vectors on both sides
namespace thrust {

template <class T>
class device_vector;

template <class T>
class host_vector : public std::vector<T>
{
public:
    using std::vector<T>::vector;
    host_vector() = default;
    host_vector& operator=(const device_vector<T>& other)
    {
        this->resize(other.size());
        if (other.size())
            cudaMemcpy(this->data(), other.data(), other.size() * sizeof(T), cudaMemcpyDeviceToHost);
        return *this;
    }
};

template <class T>
class device_reference
{
    T* place;

public:
    explicit device_reference(T* place_) : place(place_) {}
    T* operator&() const { return place; }
    device_reference& operator=(const T& value)
    {
        cudaMemcpy(place, &value, sizeof(T), cudaMemcpyHostToDevice);
        return *this;
    }
    operator T() const
    {
        T value;
        cudaMemcpy(&value, place, sizeof(T), cudaMemcpyDeviceToHost);
        return value;
    }
};

template <class T>
class device_vector
{
    T* values = nullptr;
    size_t n = 0, room = 0;

    void reserve(size_t wanted)
    {
        if (wanted <= room)
            return;
        T* bigger;
        cudaMalloc(&bigger, wanted * sizeof(T));
        if (n)
            cudaMemcpy(bigger, values, n * sizeof(T), cudaMemcpyDeviceToDevice);
        cudaFree(values);
        values = bigger;
        room = wanted;
    }

public:
    device_vector() = default;
    explicit device_vector(size_t size_) { resize(size_); }
    device_vector(const device_vector&) = delete;
    device_vector& operator=(const device_vector&) = delete;
    device_vector& operator=(const host_vector<T>& other)
    {
        n = 0;
        reserve(other.size());
        n = other.size();
        if (n)
            cudaMemcpy(values, other.data(), n * sizeof(T), cudaMemcpyHostToDevice);
        return *this;
    }
    size_t size() const { return n; }
    const T* data() const { return values; }
    device_reference<T> operator[](size_t k) { return device_reference<T>(values + k); }
    void resize(size_t wanted)
    {
        reserve(wanted);
        if (wanted > n)
        {
            emulation::counters.launches["thrust::fill"]++;
            emulation::Access access;
            std::fill(values + n, values + wanted, T());
        }
        n = wanted;
    }
    void clear() { n = 0; }
    void shrink_to_fit()
    {
        if (n == 0 && room)
        {
            cudaFree(values);
            values = nullptr;
            room = 0;
        }
    }
    void swap(device_vector& other)
    {
        std::swap(values, other.values);
        std::swap(n, other.n);
        std::swap(room, other.room);
    }
};

template <class T>
inline T* raw_pointer_cast(T* pointer) { return pointer; }

}  // namespace thrust
#endif
