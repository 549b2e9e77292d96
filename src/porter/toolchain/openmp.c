/* What today's clang asks of LLVM's OpenMP library and the one that is linked has not got yet.
 *
 * It is linked after that library, statically and hidden, so one that has a function is asked for
 * it itself.
 */
#include <stdint.h>

/* Since LLVM 19, after a loop whose iterations are handed out as it runs; it does nothing there. */
void __kmpc_dispatch_deinit(void *place, int32_t thread) {
    (void)place;
    (void)thread;
}

void __kmpc_omp_wait_deps(void *place, int32_t thread, int32_t count, void *list,
                          int32_t other_count, void *other_list);

/* Since LLVM 15, in the place of the above; OpenMP 5.0 has no "nowait" here. */
void __kmpc_omp_taskwait_deps_51(void *place, int32_t thread, int32_t count, void *list,
                                 int32_t other_count, void *other_list, int32_t nowait) {
    (void)nowait;
    __kmpc_omp_wait_deps(place, thread, count, list, other_count, other_list);
}
