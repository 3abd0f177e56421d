// A block's threads are threads of the operating system, several blocks at once.
#pragma once
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>
#include <type_traits>

#include "memory.h"

#define __CUDA_ARCH__ 900
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__

struct dim3
{
    unsigned x, y, z;
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
static thread_local dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {

// The largest block that the emulated GPU runs: as many threads of the operating system.
inline int block_size() { return (int)number("LATERALNET_EMULATION_BLOCK", 8); }

// A block: its shared memory, and a barrier that also notices threads that wait at different
// places, or leave while others wait.
class Team
{
    static constexpr size_t margin = 1 << 14;
    static constexpr int32_t fresh = 0x5A5A5A5A;  // neither zero nor a small number
    std::mutex mutex;
    std::condition_variable changed;
    const unsigned members;
    unsigned here = 0, left = 0;
    long round = 0;
    int line = 0;

public:
    std::vector<int32_t> shared;
    Team(unsigned members_, size_t bytes) : members(members_), shared(bytes / 4 + margin, fresh) {}
    ~Team()
    {
        for (size_t k = shared.size() - margin; k < shared.size(); k++)
            if (shared[k] != fresh)
                fail("a kernel wrote beyond its shared memory");
    }
    void wait(int line_)
    {
        std::unique_lock<std::mutex> lock(mutex);
        if (left)
            fail("a thread waits at a barrier that another has passed by, leaving");
        if (here && line != line_)
            fail("threads of a block wait at different barriers");
        line = line_;
        const long mine = round;
        if (++here == members)
        {
            counters.barriers.fetch_add(1, std::memory_order_relaxed);
            here = 0;
            round++;
            changed.notify_all();
        }
        else
            changed.wait(lock, [&] { return round != mine; });
    }
    void leave()
    {
        std::unique_lock<std::mutex> lock(mutex);
        if (here)
            fail("a thread leaves while others of its block wait at a barrier");
        left++;
    }
};
static thread_local Team* team = nullptr;
inline int32_t* shared_memory() { return team->shared.data(); }

template <class T>
inline void check_argument(const std::string& kernel, const T& value)
{
    if constexpr (std::is_pointer_v<T>)
        if (value && !memory().owns(value))
            fail(kernel + " is given a pointer to host memory");
}

// Order in which blocks and threads start: "forward", "reversed" or "shuffled".
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
    size_t shared;
    Shape(dim3 grid_, dim3 block_, size_t shared_ = 0) : grid(grid_), block(block_), shared(shared_)
    {
    }
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
        const unsigned n_blocks = shape.grid.x * shape.grid.y;
        if (n_blocks * shape.block.x == 0)
            fail(std::string(name) + " is launched with an empty grid");
        if (shape.block.y != 1 || shape.grid.z != 1)
            fail(std::string(name) + " is launched with a shape that is not emulated");
        if (shape.block.x > 1024 || shape.shared > (size_t)number("LATERALNET_EMULATION_SHARED", 232448))
            fail(std::string(name) + " is launched with more than a block can have");
        Access access;
        const std::vector<unsigned> blocks = order_of(n_blocks);
        const size_t at_once = std::max(1u, 48 / shape.block.x);
        for (size_t first = 0; first < blocks.size(); first += at_once)
        {
            std::vector<std::thread> threads;
            std::vector<std::unique_ptr<Team>> teams;
            for (size_t k = first; k < std::min(blocks.size(), first + at_once); k++)
            {
                teams.push_back(std::make_unique<Team>(shape.block.x, shape.shared));
                for (unsigned thread : order_of(shape.block.x))
                    threads.emplace_back([&, mine = teams.back().get(), block = blocks[k], thread] {
                        gridDim = shape.grid;
                        blockDim = shape.block;
                        blockIdx = dim3(block % shape.grid.x, block / shape.grid.x);
                        threadIdx = dim3(thread);
                        team = mine;
                        kernel(arguments...);
                        mine->leave();
                    });
            }
            for (std::thread& thread : threads)
                thread.join();
        }
    }
};
template <class Kernel>
inline Launch<Kernel> on(const char* name, Shape shape, Kernel* kernel)
{
    return {name, shape, kernel};
}

}  // namespace emulation

#define __syncthreads() emulation::team->wait(__LINE__)
inline void __threadfence() { emulation::fail("a fence is not emulated"); }
inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
using std::max;
using std::min;

// Atomic, but (as on a GPU) without an order for anything else.
template <class T, class U>
inline T atomicAdd(T* address, U value)
{
    emulation::counters.atomics.fetch_add(1, std::memory_order_relaxed);
    T old, now;
    __atomic_load(address, &old, __ATOMIC_RELAXED);
    do
        now = old + static_cast<T>(value);
    while (!__atomic_compare_exchange(address, &old, &now, false, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED));
    return old;
}
template <class T, class U, class V>
inline T atomicCAS(T* address, U compare, V value)
{
    T expected = static_cast<T>(compare);
    __atomic_compare_exchange_n(address, &expected, static_cast<T>(value), false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    return expected;
}
template <class T>
inline T atomicExch(T* address, T value)
{
    return __atomic_exchange_n(address, value, __ATOMIC_RELAXED);
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
inline long long __double2ll_rn(double x) { return llrint(x); }
