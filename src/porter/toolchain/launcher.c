/* Stands before an image's own compilers: takes a core, then becomes the compiler that PATH finds
 * after this one. config.h defines CORES and BIN, the folder this program stands in.
 */
#include "freestanding.h"

#include "config.h"
#include "cores.h"

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
        argv[0] = join(join(folder, "/"), name);
        system_call(__NR_execve, (long)argv[0], (long)argv, (long)environment, 0);
    }
    fail(join(name, ": not found"), 0);
}
