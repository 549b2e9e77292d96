/* As much of C's library as the wrapper needs, without one.
 *
 * Linked against nothing, it takes zig's clang a tenth of a second to build, where a static musl
 * would first have to be compiled (half a minute), and it runs in any image. System calls and
 * start-up are those of the x86_64 and aarch64 Linux ABIs. Memory is never given back: the
 * program lives until it executes another.
 */
#ifndef PORTER_FREESTANDING_H
#define PORTER_FREESTANDING_H

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/utsname.h>
#include <stddef.h>

enum { STDOUT = 1, STDERR = 2, NOT_FOUND = -2 /* -ENOENT */ };

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n"
        "  call begin\n  hlt\n");

static long system_call(long number, long a, long b, long c, long d) {
    long result;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  bl begin\n");

static long system_call(long number, long a, long b, long c, long d) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
#else
#error "porter's compiler wrapper runs on x86_64 and aarch64"
#endif

static char **environment;

/* --- memory and text; the first four are also called by compiled code --------------------- */

void *memcpy(void *to, const void *from, size_t size) {
    for (size_t i = 0; i < size; i++)
        ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

void *memset(void *to, int value, size_t size) {
    for (size_t i = 0; i < size; i++)
        ((char *)to)[i] = (char)value;
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    if ((char *)to <= (const char *)from)
        return memcpy(to, from, size);
    while (size--)
        ((char *)to)[size] = ((const char *)from)[size];
    return to;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

static int same(const char *one, const char *other) {
    while (*one && *one == *other)
        one++, other++;
    return *one == *other;
}

static int starts(const char *text, const char *prefix) {
    while (*prefix && *text == *prefix)
        text++, prefix++;
    return !*prefix;
}

static int ends(const char *text, const char *suffix) {
    size_t length = strlen(text), wanted = strlen(suffix);
    return length >= wanted && same(text + length - wanted, suffix);
}

/* Where the part begins in the text, or NULL. */
static const char *find(const char *text, const char *part) {
    for (; *text; text++)
        if (starts(text, part))
            return text;
    return NULL;
}

/* --- the system --------------------------------------------------------------------------- */

static void write_out(int stream, const char *text) {
    size_t left = strlen(text);
    while (left) {
        long done = system_call(__NR_write, stream, (long)text, (long)left, 0);
        if (done <= 0)
            return;
        text += done;
        left -= (size_t)done;
    }
}

static _Noreturn void leave(int status) {
    for (;;)
        system_call(__NR_exit_group, status, 0, 0, 0);
}

/* End with what went wrong, and the number of the system's error when there is one. */
static _Noreturn void fail(const char *what, long error) {
    char digits[8], *digit = digits + sizeof digits;
    *--digit = '\0';
    for (error = error < 0 ? -error : error; error && digit > digits; error /= 10)
        *--digit = (char)('0' + error % 10);
    write_out(STDERR, "porter compiler: ");
    write_out(STDERR, what);
    write_out(STDERR, *digit ? ": error " : "");
    write_out(STDERR, digit);
    write_out(STDERR, "\n");
    leave(1);
}

static void *allocate(size_t size) {
    static char *next, *limit;
    size = (size + 15) & ~(size_t)15;
    if (!next)
        next = limit = (char *)system_call(__NR_brk, 0, 0, 0, 0);
    if (size > (size_t)(limit - next)) {
        char *wanted = next + size + (1 << 20);
        limit = (char *)system_call(__NR_brk, (long)wanted, 0, 0, 0);
        if (limit < wanted)
            fail("out of memory", 0);
    }
    next += size;
    return next - size;
}

static char *join(const char *first, const char *second) {
    size_t length = strlen(first), more = strlen(second) + 1;
    char *text = allocate(length + more);
    memcpy(text, first, length);
    memcpy(text + length, second, more);
    return text;
}

static const char *variable(const char *name) {
    for (char **entry = environment; *entry; entry++)
        if (starts(*entry, name) && (*entry)[strlen(name)] == '=')
            return *entry + strlen(name) + 1;
    return NULL;
}

/* The whole of a file as text, or NULL where there is none. */
static char *slurp(const char *path) {
    long file = system_call(__NR_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
    if (file == NOT_FOUND)
        return NULL;
    if (file < 0)
        fail(path, file);
    size_t length = 0, room = 4096;
    char *text = allocate(room);
    for (;;) {
        long got = system_call(__NR_read, file, (long)(text + length), (long)(room - length - 1), 0);
        if (got < 0)
            fail(path, got);
        if (got == 0)
            break;
        length += (size_t)got;
        if (length == room - 1)
            text = memcpy(allocate(room * 2), text, length), room *= 2;
    }
    system_call(__NR_close, file, 0, 0, 0);
    text[length] = '\0';
    return text;
}

static _Noreturn void execute(const char *program, char **arguments) {
    long error = system_call(__NR_execve, (long)program, (long)arguments, (long)environment, 0);
    /* 7 is E2BIG. */
    fail(error == -7 ? "the command line, response files unfolded, is too long" : program, error);
}

int main(int argc, char **argv);

__attribute__((used)) static _Noreturn void begin(long *stack) {
    char **arguments = (char **)(stack + 1);
    environment = arguments + *stack + 1;
    leave(main((int)*stack, arguments));
}

#endif
