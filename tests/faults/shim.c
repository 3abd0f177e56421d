/* Calls of the file system that fail on purpose: preloaded before the C library.
   Counted are calls on files below one folder; the k-th of a kind fails, writes half, or kills. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { OPEN, WRITE, FSYNC, RENAME, MKDIR, KINDS };
enum { FAIL, HALF, KILL };
static char folder[PATH_MAX];
static int armed = -1, mode, error;
static long counts[KINDS], target;

void fault_arm(const char* where, int kind, long k, int how, int number)
{
    snprintf(folder, sizeof folder, "%s", where);
    armed = kind; target = k; mode = how; error = number;
    memset(counts, 0, sizeof counts);
}

long fault_count(int kind) { return counts[kind]; }

static int below(const char* path) { return !strncmp(path, folder, strlen(folder)); }

static int concerns(int at, const char* path)
{
    char place[64], base[PATH_MAX];
    if (!folder[0] || !path) return 0;
    if (path[0] == '/') return below(path);
    if (at == AT_FDCWD) return getcwd(base, sizeof base) && below(base);
    snprintf(place, sizeof place, "/proc/self/fd/%d", at);
    ssize_t n = readlink(place, base, sizeof base - 1);
    if (n < 0) return 0;
    base[n] = 0;
    return below(base);
}

static int hit(int kind)
{
    if (++counts[kind] != target || kind != armed) return 0;
    if (mode == KILL) kill(getpid(), SIGKILL);
    errno = error;
    return 1;
}

#define NEXT(name) static typeof(name)* next; if (!next) next = dlsym(RTLD_NEXT, #name)
#define MODE_OF(flags) \
    mode_t mode_ = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode_ = va_arg(rest, mode_t); va_end(rest); }

int open(const char* path, int flags, ...)
{
    MODE_OF(flags); NEXT(open);
    return concerns(AT_FDCWD, path) && hit(OPEN) ? -1 : next(path, flags, mode_);
}
int open64(const char* path, int flags, ...)
{
    MODE_OF(flags); NEXT(open64);
    return concerns(AT_FDCWD, path) && hit(OPEN) ? -1 : next(path, flags, mode_);
}
int openat(int at, const char* path, int flags, ...)
{
    MODE_OF(flags); NEXT(openat);
    return concerns(at, path) && hit(OPEN) ? -1 : next(at, path, flags, mode_);
}
int openat64(int at, const char* path, int flags, ...)
{
    MODE_OF(flags); NEXT(openat64);
    return concerns(at, path) && hit(OPEN) ? -1 : next(at, path, flags, mode_);
}
ssize_t write(int to, const void* bytes, size_t n)
{
    NEXT(write);
    if (concerns(to, ".") && hit(WRITE)) {
        if (mode != HALF) return -1;
        if (n > 1) next(to, bytes, n / 2);
        errno = error;
        return -1;
    }
    return next(to, bytes, n);
}
int fsync(int of) { NEXT(fsync); return concerns(of, ".") && hit(FSYNC) ? -1 : next(of); }
int rename(const char* from, const char* to)
{
    NEXT(rename);
    return concerns(AT_FDCWD, to) && hit(RENAME) ? -1 : next(from, to);
}
int renameat(int at, const char* from, int at2, const char* to)
{
    NEXT(renameat);
    return concerns(at2, to) && hit(RENAME) ? -1 : next(at, from, at2, to);
}
int mkdir(const char* path, mode_t how)
{
    NEXT(mkdir);
    return concerns(AT_FDCWD, path) && hit(MKDIR) ? -1 : next(path, how);
}
