/* One core of the machine for each compiler, whoever started it.
 *
 * Every build, left alone, runs as many compilers as there are cores. CORES is a folder that all
 * sandboxes of this machine see, with one file for each core. A compiler holds the lock of one
 * (flock(2)) until it ends: the lock belongs to the open file, which lives on through execve, and
 * is given back by the kernel, however the compiler ends. A token in a pipe, as GNU make's
 * jobserver has it, would be lost with a compiler that is killed.
 *
 * Who waits for a core holds the lock of the file `next`, for which the others queue: the kernel
 * wakes them in the order they came, so that a build of one small file is not overtaken for
 * minutes by those that start many.
 */
#ifndef PORTER_CORES_H
#define PORTER_CORES_H

#include "freestanding.h"

#include <linux/time_types.h>

enum { INTERRUPTED = -4 /* -EINTR */, TRY_AGAIN = -11 /* -EAGAIN */, MOST_CORES = 1024 };

static const char held[] = "PORTER_CORE=held";

static char *decimal(unsigned number) {
    char *digit = (char *)allocate(12) + 11;
    *digit = '\0';
    do
        *--digit = (char)('0' + number % 10);
    while (number /= 10);
    return digit;
}

/* What this program becomes, and all it starts, is one compiler: a link starts the linker. */
static void tell_that_it_is_held(void) {
    size_t count = 0;
    while (environment[count])
        count++;
    char **more = allocate((count + 2) * sizeof *more);
    memcpy(more, environment, count * sizeof *more);
    more[count] = (char *)held;
    more[count + 1] = NULL;
    environment = more;
}

/* The open file whose lock is held by whoever may look for a core. */
static long wait_for_a_turn(void) {
    long turn = system_call(__NR_openat, AT_FDCWD, (long)CORES "/next", O_RDONLY, 0);
    while (turn >= 0 && system_call(__NR_flock, turn, LOCK_EX, 0, 0) == INTERRUPTED)
        ;
    return turn;
}

/* Wait until a core is free, and keep it. Without the folder, or where it knows no locks (some
 * network file systems), builds do not wait for each other. */
static void take_core(void) {
    static long files[MOST_CORES];
    unsigned count = 0;
    if (variable("PORTER_CORE"))
        return;
    for (; count < MOST_CORES; count++) {
        const char *path = join(CORES "/", decimal(count));
        files[count] = system_call(__NR_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
        if (files[count] < 0)
            break;
    }
    long turn = count ? wait_for_a_turn() : NOT_FOUND;
    while (count) {
        for (unsigned mine = 0; mine < count; mine++) {
            long error = system_call(__NR_flock, files[mine], LOCK_EX | LOCK_NB, 0, 0);
            if (error == TRY_AGAIN)
                continue;
            for (unsigned other = 0; other < count; other++)
                if (other != mine || error)
                    system_call(__NR_close, files[other], 0, 0, 0);
            if (turn >= 0)
                system_call(__NR_close, turn, 0, 0, 0);
            if (!error)
                tell_that_it_is_held();
            return;
        }
        struct __kernel_timespec pause = {.tv_sec = 0, .tv_nsec = 5 * 1000 * 1000};
        system_call(__NR_nanosleep, (long)&pause, 0, 0, 0);
    }
}

#endif
