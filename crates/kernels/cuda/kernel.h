// The words that kernels are written with. The same text is compiled twice.
//
// nvcc makes code for a GPU of it, where the threads of a block run a phase at the same time and wait
// for each other at its end. A C compiler makes a function of it, which runs the phase for one thread
// after the other. So a test without a GPU runs the text that a GPU runs, except that it finds no two
// threads at work at the same time. Tests run every kernel in both orders of its threads, and the results must
// be the same; and they watch every access to memory, so that they see where two threads would meet.
//
// Rules for a kernel:
// - It begins with KERNEL(name) and reads its arguments from `a`, a `struct name_arguments`, whose fields
//   are those of the struct in src/arguments.rs, pointers first.
// - All statements that differ by thread are inside of PHASE(t). `return` and `break` out of a phase are
//   not allowed, `continue` is. Conditions around a phase must be the same for all threads of the block.
// - A thread must not read in a phase what another thread writes in it.
// - Sums are in a fixed order, so that equal inputs give equal bits.
#pragma once
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef float f32;
typedef double f64;

// Threads of a block.
#define THREADS 256u
// The place of a pair that only fills up the rows of a tower.
#define NONE 0xFFFFFFFFu

#ifdef __CUDACC__

#define FUNCTION static __device__ __forceinline__
#define SHARED __shared__
#define BLOCK blockIdx.x
#define KERNEL(name)                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) name(const struct name##_arguments a)
#define PHASE(t) for (u32 t = threadIdx.x, once = 1; once; once = 0, __syncthreads())

#else

#include <math.h>

#define FUNCTION static inline
#define SHARED
#define BLOCK at.block
#define PHASE(t)                                                                                     \
    for (u32 turn = 0, t = at.backwards ? THREADS - 1 : 0; turn < THREADS;                           \
         turn++, t = at.backwards ? THREADS - 1 - turn : turn)

// Where a call stands: the number of its block, and the order of the threads.
struct place {
    u32 block;
    u32 backwards;
};

#define KERNEL(name)                                                                                 \
    static void name##_block(const struct name##_arguments a, struct place at);                      \
    const u32 ssim_##name##_bytes = sizeof(struct name##_arguments);                                 \
    void ssim_##name(const void *arguments, u32 blocks, u32 backwards) {                             \
        for (u32 n = 0; n < blocks; n++) {                                                           \
            struct place at = {backwards ? blocks - 1 - n : n, backwards};                           \
            name##_block(*(const struct name##_arguments *)arguments, at);                           \
        }                                                                                            \
    }                                                                                                \
    static void name##_block(const struct name##_arguments a, struct place at)

#endif

// The number of this thread among all threads of the kernel.
#define NUMBER(t) ((u64)BLOCK * THREADS + (t))

// Adds up `sums[THREADS]` in shared memory; the result is in sums[0]. The order does not depend on values.
#define SUM_UP(sums)                                                                                 \
    for (u32 half = THREADS / 2; half > 0; half /= 2) {                                              \
        PHASE(t) {                                                                                   \
            if (t < half) (sums)[t] += (sums)[t + half];                                             \
        }                                                                                            \
    }

// Replaces each of `sums[THREADS]` by the sum up to and with it; `other[THREADS]` is room for that.
#define RUNNING_SUM(sums, other)                                                                     \
    for (u32 reach = 1; reach < THREADS; reach *= 2) {                                               \
        PHASE(t) { (other)[t] = (sums)[t] + (t >= reach ? (sums)[t - reach] : 0); }                  \
        PHASE(t) { (sums)[t] = (other)[t]; }                                                         \
    }

// The value, or 0 of its sign if it is nearer to 0 than the smallest normal number.
FUNCTION f32 cut(f32 value) {
    f32 size = value < 0.0f ? -value : value;
    return size < 1.17549435e-38f ? 0.0f * value : value;
}

// Scrambles two words into one, as `mix` of the crate `ssim-core`.
FUNCTION u64 mix(u64 a, u64 b) {
    u64 z = a ^ (b * 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}
