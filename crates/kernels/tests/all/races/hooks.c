// Passes on every access to memory. A compiler puts calls of these functions into code that is to be checked for
// races (-fsanitize=thread), and here they stand in place of its own library.
#include <stdint.h>

// Called with what happens, see `races/watch.rs`, and with a value.
void (*ssim_watch)(uint32_t what, uint64_t value);

#define ACCESS(bytes)                                                                                \
    void __tsan_read##bytes(void *at) { ssim_watch(0 | bytes << 8, (uint64_t)at); }                  \
    void __tsan_write##bytes(void *at) { ssim_watch(1 | bytes << 8, (uint64_t)at); }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

// The same for the changed macros, which must not access memory themselves.
void ssim_note(uint32_t what, uint64_t value) { ssim_watch(what, value); }

void __tsan_init(void) {}
void __tsan_func_entry(void *from) { (void)from; }
void __tsan_func_exit(void) {}

// Where the shared memory of a block is.
extern char __start_shared_memory, __stop_shared_memory;
#pragma weak __start_shared_memory
#pragma weak __stop_shared_memory
uint64_t ssim_shared_from(void) { return (uint64_t)&__start_shared_memory; }
uint64_t ssim_shared_to(void) { return (uint64_t)&__stop_shared_memory; }
