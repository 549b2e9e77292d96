/* Stands before an image's own compilers: takes a core, then becomes the compiler that PATH finds
 * after this one, told to leave no debug information: the image's Python asks for it (-g), and it
 * makes wheels several times as large. config.h defines CORES and BIN, the folder this program
 * stands in.
 */
#include "freestanding.h"

#include "config.h"
#include "cores.h"

/* Options with which nothing is linked (gcc's "Overall Options" and "Preprocessor Options"). */
static const char *const before_link[] = {"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", NULL};

/* Named alone, an option of the linker makes gcc link: `gcc -v` is told nothing of it. */
static int links(int argc, char **argv) {
    int inputs = 0;
    for (int i = 1; i < argc; i++) {
        inputs |= argv[i][0] != '-';
        for (const char *const *stop = before_link; *stop; stop++)
            if (same(argv[i], *stop))
                return 0;
    }
    return inputs;
}

int main(int argc, char **argv) {
    const char *name = argv[0];
    int preprocesses = 0;
    for (const char *letter = name; *letter; letter++)
        name = *letter == '/' ? letter + 1 : name;
    for (int i = 1; i < argc; i++)
        preprocesses |= same(argv[i], "-E");
    /* In `cc -E a.c | cc -c -` the first would keep the core that the second waits for. */
    if (!preprocesses)
        take_core();
    char **arguments = allocate(((size_t)argc + 3) * sizeof *arguments), **end = arguments + argc;
    memcpy(arguments, argv, (size_t)argc * sizeof *arguments);
    *end++ = (char *)"-g0"; /* the last of the levels counts */
    if (links(argc, argv))
        *end++ = (char *)"-Wl,--strip-debug"; /* also of static libraries; symbols stay */
    *end = NULL;
    const char *path = variable("PATH");
    for (char *rest = join(path ? path : "", ""); *rest;) {
        char *folder = rest;
        while (*rest && *rest != ':')
            rest++;
        if (*rest)
            *rest++ = '\0';
        if (same(folder, BIN))
            continue;
        /* gcc looks for its other parts from where its name says it lies. */
        arguments[0] = join(join(folder, "/"), name);
        system_call(__NR_execve, (long)arguments[0], (long)arguments, (long)environment, 0);
    }
    fail(join(name, ": not found"), 0);
}
