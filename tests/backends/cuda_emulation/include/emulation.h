// Stand-in for CUDA: runs the kernels of a generated project on a CPU.
//
// It checks what a CPU can check: that host code leaves GPU memory alone, that kernels get no
// host pointers and stay inside their arrays and shared memory, that copies go the way they say,
// that the threads of a block meet at the same barriers, and, compiled with ThreadSanitizer, that
// nothing but barriers and atomics keeps them apart. It cannot show launch limits of registers,
// the memory model of a GPU, real cuRAND or speed.
#ifndef LATERALNET_EMULATION_H
#define LATERALNET_EMULATION_H

#include <cassert>
#include <cmath>

#include "emulated/curand.h"
#include "emulated/thrust.h"

#endif
