/* What gcc's own libstdc++.a asks of a glibc newer than the policy's.
 *
 * It is linked after glibc, statically and hidden, so a policy whose glibc has a function uses
 * that one: nothing below is compiled then.
 */
#include <features.h>
#include <stdlib.h>

#if !__GLIBC_PREREQ(2, 18)
#include <pthread.h>

/* Destructors of thread_local objects, the latest first (Itanium C++ ABI, 3.3.6.2: as glibc has
 * it, but that a library which still has some may be unloaded; Python unloads none). */
struct destructor {
    void (*run)(void *);
    void *object;
    struct destructor *next;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void run_all(void *list) {
    while (list) {
        struct destructor *latest = list;
        /* What a destructor registers comes next. */
        pthread_setspecific(key, latest->next);
        latest->run(latest->object);
        free(latest);
        list = pthread_getspecific(key);
    }
}

static void at_exit(void) {
    run_all(pthread_getspecific(key));
}

static void prepare(void) {
    if (pthread_key_create(&key, run_all) || atexit(at_exit))
        abort();
}

int __cxa_thread_atexit_impl(void (*run)(void *), void *object, void *library) {
    (void)library;
    pthread_once(&once, prepare);
    struct destructor *latest = malloc(sizeof *latest);
    if (!latest)
        return -1;
    *latest = (struct destructor){run, object, pthread_getspecific(key)};
    return pthread_setspecific(key, latest);
}
#endif

#if !__GLIBC_PREREQ(2, 25)
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

int getentropy(void *buffer, size_t length) {
    int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return -1;
    size_t done = 0;
    while (done < length) {
        ssize_t got = read(source, (char *)buffer + done, length - done);
        if (got <= 0 && errno != EINTR)
            break;
        done += got > 0 ? (size_t)got : 0;
    }
    close(source);
    return done == length ? 0 : -1;
}
#elif !__GLIBC_PREREQ(2, 36)
#include <unistd.h>
#endif

#if !__GLIBC_PREREQ(2, 32)
/* libstdc++ leaves out atomic operations where this says that there is one thread: never. */
char __libc_single_threaded = 0;
#endif

#if !__GLIBC_PREREQ(2, 36)
#include <stdint.h>

uint32_t arc4random(void) {
    uint32_t value;
    if (getentropy(&value, sizeof value))
        abort();
    return value;
}
#endif
