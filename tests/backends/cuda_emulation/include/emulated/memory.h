// GPU memory, and the count of what a program does.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace emulation {

[[noreturn]] inline void fail(const std::string& what)
{
    fprintf(stderr, "CUDA emulation: %s\n", what.c_str());
    fflush(stderr);
    _exit(70);  // at once: other threads may hold the locks that destructors want
}

inline std::string setting(const char* name, const char* otherwise)
{
    const char* value = getenv(name);
    return value ? value : otherwise;
}
inline long number(const char* name, long otherwise)
{
    return atol(setting(name, std::to_string(otherwise).c_str()).c_str());
}

// Written to $LATERALNET_EMULATION_REPORT when the program ends. The counters that threads share
// are relaxed: they must not put threads in an order that a GPU does not give them, which would
// hide races from ThreadSanitizer.
struct Counters
{
    std::map<std::string, long> launches;
    long copies_to_host = 0, copies_to_gpu = 0, fills = 0, synchronisations = 0;
    long bytes_to_host = 0, bytes_to_gpu = 0;
    std::atomic<long> barriers{0}, atomics{0};
    ~Counters()
    {
        const char* path = getenv("LATERALNET_EMULATION_REPORT");
        if (!path)
            return;
        std::ofstream out(path);
        out << "{\"copies_to_host\": " << copies_to_host << ", \"copies_to_gpu\": "
            << copies_to_gpu << ", \"fills\": " << fills << ", \"synchronisations\": "
            << synchronisations << ", \"bytes_to_host\": " << bytes_to_host
            << ", \"bytes_to_gpu\": " << bytes_to_gpu
            << ", \"barriers\": " << barriers << ", \"atomics\": " << atomics
            << ", \"launches\": {";
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

// An arena of its own. "guard" puts each array against a page that nobody may touch, so reading
// or writing beyond its end stops the program; "lock" takes the arena away from host code
// instead.
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

}  // namespace emulation
