/* The compiler a build sees: one static program that acts by the name it is called by.
 *
 * It drops or redirects the flags that would let the build machine leak into the target's
 * binaries, adds the target's own, and hands over to zig's embedded clang, lld and ar. It is a C
 * program, and no script, because in an emulated image a script's interpreter would run under QEMU.
 *
 * Everything that depends on the target stands in config.h, which porter.toolchain.flags writes:
 *   GFORTRAN, F951 and ASSEMBLER (empty where there is no Fortran), run by FORTRAN_LOADER with
 *   FORTRAN_LIBRARIES; PARTS, the folder of what gfortran calls; GCC, the root it lies in; LIBGCC;
 *   ZIG, CORES, ARCH, TRIPLE, EMULATION (the linker's name for it), BEGIN (crtbeginS.o), SYSROOT
 *   ("" for the root itself), PYTHON_INCLUDE ("" to keep the image's), LIBRARIES (the answer to
 *   -print-search-dirs), STUB_FOLDER, and the lists STUBS (glibc's, by name), FIRST, CXX_FIRST,
 *   C_LAST, CXX_LAST, LINK_FIRST, PROGRAM_FIRST, LINK_LAST, FORTRAN_FIRST, FORTRAN_LAST; and,
 *   empty where there is no OpenMP library, OPENMP_FIRST, OPENMP_LAST (the library) and
 *   OPENMP_PROGRAM.
 */
#include "freestanding.h"

#include "config.h"
#include "cores.h"

struct arguments {
    char **items;
    size_t count;
    size_t room;
};

/* The languages that matter here: those with dialects. */
enum { C = 1, CXX = 2, OTHER = 4 };

/* What one compiler command line turned out to ask for. */
struct command {
    int cxx;            /* called by a C++ name */
    unsigned told;      /* the language -x says; 0: the files' names tell */
    unsigned languages; /* of its sources */
    int links;      /* there are inputs, and nothing stops before the link */
    int shared;     /* -shared or -r: no program, so no start file */
    int relocatable; /* -r: the output is an object */
    int preprocesses; /* -E: nothing is compiled */
    int fortran;      /* Fortran sources */
    int openmp;       /* -fopenmp, or its library */
    size_t inputs;
};

static void push(struct arguments *list, const char *item) {
    if (list->count + 2 > list->room) {
        list->room = list->room ? list->room * 2 : 256;
        char **items = allocate(list->room * sizeof *items);
        list->items = memcpy(items, list->items, list->count * sizeof *items);
    }
    list->items[list->count++] = (char *)item;
    list->items[list->count] = NULL;
}

static void push_all(struct arguments *list, const char *const *items) {
    for (; *items; items++)
        push(list, *items);
}

static int among(const char *text, const char *const *list) {
    for (; *list; list++)
        if (same(text, *list))
            return 1;
    return 0;
}

static int begins_among(const char *text, const char *const *list) {
    for (; *list; list++)
        if (starts(text, *list))
            return 1;
    return 0;
}

static _Noreturn void run(struct arguments *arguments) {
    execute(ZIG, arguments->items);
}

/* --- response files: @FILE, quoted as GNU tools read them (libiberty's expandargv) ---------- */

static void expand(struct arguments *list, const char *argument, int depth);

static int blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static void expand_text(struct arguments *list, const char *text, int depth) {
    while (*text) {
        if (blank(*text)) {
            text++;
            continue;
        }
        char *word = join(text, ""), *end = word, quote = '\0';
        for (; *text && (quote || !blank(*text)); text++) {
            if (*text == '\\' && text[1])
                *end++ = *++text;
            else if (quote ? *text == quote : *text == '\'' || *text == '"')
                quote = quote ? '\0' : *text;
            else
                *end++ = *text;
        }
        *end = '\0';
        expand(list, word, depth);
    }
}

static void expand(struct arguments *list, const char *argument, int depth) {
    char *text = argument[0] == '@' && depth < 16 ? slurp(argument + 1) : NULL;
    if (text)
        expand_text(list, text, depth + 1);
    else
        push(list, argument);
}

/* --- folders ------------------------------------------------------------------------------- */

/* A folder without doubled, trailing or "." parts, so that it can be compared. */
static char *tidy(const char *path) {
    char *clean = join(path, ""), *end = clean;
    for (const char *from = path; *from;) {
        if (*from == '/' && (from[1] == '/' || from[1] == '\0') && from != path) {
            from++;
        } else if (from[0] == '/' && from[1] == '.' && (from[2] == '/' || !from[2]) && from[2]) {
            from += 2;
        } else {
            *end++ = *from++;
        }
    }
    *end = '\0';
    return clean;
}

/* Without "..", by the names alone: to be compared, not opened, since a link may lead elsewhere. */
static char *without_parents(const char *path) {
    char *clean = join(path, ""), *end = clean;
    for (const char *from = path; *from;) {
        if (starts(from, "/..") && (from[3] == '/' || !from[3])) {
            from += 3;
            while (end > clean && *--end != '/')
                ;
        } else {
            *end++ = *from++;
        }
    }
    *end = '\0';
    return clean;
}

static int below(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return starts(path, folder) && (path[length] == '/' || path[length] == '\0');
}

/* Folders the compiler and linker search anyway, after their own: never before them. */
static int searched_anyway(const char *path) {
    static const char *const plain[] = {
        "/usr/include", "/usr/local/include", "/usr/include/" TRIPLE, "/lib", "/lib64", "/usr/lib",
        "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/lib/" TRIPLE, "/usr/lib/" TRIPLE, NULL};
    return among(path, plain);
}

/* ".../include/python3.9[m][/...]": the tail that starts at "/python3", or NULL. */
static const char *python_headers(const char *path) {
    const char *found = find(path, "/include/python3");
    return found ? found + strlen("/include") : NULL;
}

/* A part of glibc named by its path in the target's root, as CMake's find_library names it, is the
 * stub of the policy's version: the root's own would bind newer symbols. Anything else is itself. */
static const char *stub_of(const char *path) {
    const char *name = path;
    for (const char *letter = path; *letter; letter++)
        name = *letter == '/' ? letter + 1 : name;
    if (path[0] != '/' || name == path + 1)
        return path;
    char *folder = join(path, "");
    folder[name - path - 1] = '\0';
    folder = without_parents(tidy(folder));
    if (!searched_anyway(SYSROOT[0] && below(folder, SYSROOT) ? folder + strlen(SYSROOT) : folder))
        return path;
    for (const char *const *stub = STUBS; *stub; stub++) {
        char after = starts(name, *stub) ? name[strlen(*stub)] : 'x';
        if (after == '\0' || after == '.')
            return join(STUB_FOLDER "/", *stub);
    }
    return path;
}

/* Where a header or library folder named by the build lies for the target; NULL: nowhere. */
static const char *redirect(const char *original, int headers) {
    if (original[0] != '/')
        return original;
    char *path = tidy(original), *place = without_parents(path);
    if (SYSROOT[0] && below(place, SYSROOT))
        return searched_anyway(place + strlen(SYSROOT)) ? NULL : path;
    const char *python = headers && strlen(PYTHON_INCLUDE) ? python_headers(place) : NULL;
    if (python && !below(place, PYTHON_INCLUDE))
        return join(PYTHON_INCLUDE, python);
    if (searched_anyway(place))
        return NULL;
    if (!SYSROOT[0])
        return path;
    static const char *const ours[] = {"/porter", "/tmp", NULL};
    for (const char *const *folder = ours; *folder; folder++)
        if (below(place, *folder))
            return path;
    const char *home = variable("HOME");
    if (home && home[0] == '/' && home[1] && below(place, home))
        return path;
    return join(SYSROOT, path);
}

/* --- filters ------------------------------------------------------------------------------- */

/* Symbols stay, so that the wheel can be checked for names that shadow libm's; debug sections do
 * not come into being; one linker, one C++ library and the target's baseline CPU are ours. Nor is
 * every warning an error: a package's author knew those of the compilers of the day. */
static const char *const dropped[] = {
    "-Werror", "-s", "-m64", "-m32", "-fstack-clash-protection", "-static-libgcc",
    "-static-libstdc++", "-static-libgfortran", "-shared-libgcc", "-lstdc++", "-lstdc++fs", "-lc++", "-lc++abi", "-lgcc_eh",
    "-fno-PIC", "-fno-pic", "-fno-pie", "-fno-PIE", "-fuse-linker-plugin", NULL};
static const char *const dropped_prefixes[] = {
    "-march=native", "-march=x86-64", "-mcpu=native", "-mtune=", "-flto", "-fno-lto",
    "-ffat-lto-objects", "-fno-fat-lto-objects", "-fcf-protection", "-fuse-ld=", "--ld-path=",
    "-specs=", "--specs=", "-stdlib=", "-lpython3", "--sysroot=", "--target=", "--gcc-toolchain",
    "-g", NULL};
/* Options that gcc alone has, and that clang refuses: how it optimises, what it prints, extensions
 * it allows; by what their names begin with, after -f or -fno-. Those that change what code means are
 * not among them: they stay refused, and a root's gcc is tried. */
static const char *const gccs_own[] = {
    "abi-compat-version", "abi-version", "aggressive-loop-optimizations", "analyzer",
    "auto-inc-dec", "bit-tests", "canonical-system-headers", "code-hoisting",
    "combine-stack-adjustments", "compare-elim", "concepts", "conserve-stack",
    "constexpr-cache-depth", "constexpr-loop-limit", "constexpr-ops-limit", "cprop", "crossjumping",
    "cse-", "dce", "diagnostics-", "dse", "dump-ipa", "dump-rtl", "dump-tree", "early-inlining",
    "enforce-eh-specs", "ext-numeric-literals", "force-addr", "force-mem", "forward-propagate",
    "function-cse", "gcse", "gnu-unique", "graphite", "guess-branch-probability",
    "hoist-adjacent-loads", "if-conversion", "indirect-inlining", "ipa-", "ira-",
    "isolate-erroneous-paths", "lifetime-dse", "live-range-shrinkage", "loop-block",
    "loop-nest-optimize", "loop-optimize", "loop-parallelize-all", "loop-strip-mine",
    "loop-unroll-and-jam", "mem-report", "modules-ts", "modulo-sched", "move-loop-", "opt-info",
    "optimize-register-move", "optimize-strlen", "partial-inlining", "peephole",
    "predictive-commoning", "pretty-templates", "printf-return-value", "regmove", "reorder-",
    "rerun-cse-after-loop", "reschedule-modulo-scheduled-loops", "sched-", "sched2-",
    "section-anchors", "sel-sched-", "selective-scheduling", "shrink-wrap", "simd-cost-model",
    "split-ivs-in-unroller", "split-loops", "split-paths", "split-wide-types", "ssa-", "stdarg-opt",
    "store-merging", "thread-jumps", "track-macro-expansion", "tree-", "unconstrained-commons",
    "var-tracking", "vect-cost-model", "version-loops-for-strides", "vpt", NULL};
static const char *const clangs_too[] = {"tree-vectorize", "tree-slp-vectorize", NULL};
static const char *const dropped_by_linker[] = {
    "-s", "-x", "-X", "--strip-all", "--discard-all", "--discard-locals",
    "-Bsymbolic-functions", NULL};
/* Options whose value is the next argument. */
static const char *const with_value[] = {
    "-o", "-x", "-I", "-L", "-D", "-U", "-l", "-u", "-z", "-T", "-e", "-include", "-imacros",
    "-isystem", "-iquote", "-idirafter", "-iprefix", "-iwithprefix", "-iwithprefixbefore",
    "-isysroot", "-MF", "-MT", "-MQ", "-Xlinker", "-Xclang", "-Xassembler", "-Xpreprocessor",
    "-mllvm", "-target", "--param", "-soname", "-rpath", "-aux-info", "-dumpbase", "-B", NULL};
static const char *const before_link[] = {
    "-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-emit-ast", NULL};
static const char *const c_suffixes[] = {".c", ".h", ".i", NULL};
static const char *const cxx_suffixes[] = {
    ".cc", ".cp", ".cxx", ".cpp", ".CPP", ".c++", ".C", ".hh", ".hpp", ".hxx", ".ii", NULL};
static const char *const fortran_suffixes[] = {
    ".f", ".for", ".ftn", ".fpp", ".f90", ".f95", ".f03", ".f08",
    ".F", ".FOR", ".FTN", ".FPP", ".F90", ".F95", ".F03", ".F08", NULL};

static int ends_among(const char *path, const char *const *suffixes) {
    for (; *suffixes; suffixes++)
        if (ends(path, *suffixes))
            return 1;
    return 0;
}

/* -Wl,a,b: the same without what the linker shall not do; NULL when nothing is left. */
static char *filter_linker(const char *argument) {
    char *rest = join(argument + strlen("-Wl,"), ""), *kept = join("-Wl", "");
    while (*rest) {
        char *part = rest;
        while (*rest && *rest != ',')
            rest++;
        if (*rest)
            *rest++ = '\0';
        if (!among(part, dropped_by_linker))
            kept = join(join(kept, ","), part);
    }
    return same(kept, "-Wl") ? NULL : kept;
}

/* Whether one of the OpenMP libraries is meant: all that is linked shares LLVM's, the only one that
 * clang's code runs with, and which answers to what is compiled for gcc's too. */
static int openmp_library(const char *name) {
    static const char *const known[] = {"gomp", "omp", "iomp5", NULL};
    return OPENMP_LAST[0] && among(name, known);
}

/* "-I" and its kin: redirect the folder, or drop flag and folder together. */
static void push_folder(struct arguments *list, const char *flag, const char *path) {
    const char *there = redirect(path, flag[1] != 'L');
    if (!there)
        return;
    push(list, flag);
    push(list, there);
}

/* -x LANGUAGE; "none" gives the choice back to the files' names. */
static void set_language(struct command *command, const char *language) {
    command->told = same(language, "none") ? 0 : OTHER;
    if (starts(language, "c"))
        command->told = starts(language, "c++") ? CXX : C;
    command->fortran |= starts(language, "f");
}

/* The language of an input; 0 for what is linked. */
static unsigned language_of(const struct command *command, const char *input) {
    if (command->told)
        return command->told;
    if (ends_among(input, cxx_suffixes))
        return CXX;
    if (ends_among(input, c_suffixes))
        return command->cxx ? CXX : C;
    /* clang takes standard input for C even when called as a C++ compiler. */
    return same(input, "-") ? C : 0;
}

/* Whether it is an option of C or C++ alone, and there is a source in the other: gcc warns of it
 * where clang ends, and setuptools has one list of options for an extension in both languages. */
static int of_another_language(const char *flag, unsigned languages) {
    const char *dialect = starts(flag, "--std=") ? flag + strlen("--std=") : NULL;
    if (starts(flag, "-std="))
        dialect = flag + strlen("-std=");
    if (!dialect && !same(flag, "-fgnu89-inline"))
        return 0;
    int cxx = dialect && (starts(dialect, "c++") || starts(dialect, "gnu++"));
    return languages & (cxx ? C : CXX);
}

static int is_gccs_own(const char *flag) {
    const char *name = flag + (starts(flag, "-fno-") ? strlen("-fno-") : strlen("-f"));
    return starts(flag, "-f") && begins_among(name, gccs_own) && !among(name, clangs_too);
}

static void push_value(struct arguments *list, struct command *command, const char *flag,
                       const char *value) {
    static const char *const folders[] = {"-I", "-L", "-isystem", "-idirafter", "-iquote", NULL};
    if (among(flag, folders)) {
        push_folder(list, flag, value);
        return;
    }
    if (same(flag, "-x"))
        set_language(command, value);
    if (same(flag, "-l")) {
        command->inputs++;
        if (same(value, "stdc++") || same(value, "c++") || starts(value, "python3"))
            return;
    }
    if (same(flag, "-l") && openmp_library(value)) {
        command->openmp = 1;
        return;
    }
    if (same(flag, "-target") || same(flag, "-isysroot"))
        return;
    if (same(flag, "-Xlinker") && among(value, dropped_by_linker))
        return;
    push(list, flag);
    push(list, value);
}

static void filter_one(struct arguments *list, struct command *command, const char *argument) {
    if (argument[0] != '-' || argument[1] == '\0') {
        command->inputs++;
        command->languages |= language_of(command, argument);
        command->fortran |= ends_among(argument, fortran_suffixes);
        push(list, stub_of(argument));
        return;
    }
    if (among(argument, before_link))
        command->links = 0;
    if (same(argument, "-E"))
        command->preprocesses = 1;
    if (same(argument, "-shared") || same(argument, "--shared"))
        command->shared = 1;
    if (same(argument, "-r"))
        command->shared = command->relocatable = 1;
    if (starts(argument, "-x") && argument[2])
        set_language(command, argument + 2);
    if (same(argument, "-fopenmp") || starts(argument, "-fopenmp=")) {
        command->openmp = 1;
        push(list, "-fopenmp"); /* without a choice of libraries, for which clang has other code */
        return;
    }
    if (same(argument, "-fno-openmp"))
        command->openmp = 0;
    if (starts(argument, "-I") || starts(argument, "-L")) {
        push_folder(list, starts(argument, "-I") ? "-I" : "-L", argument + 2);
    } else if (starts(argument, "-isystem") || starts(argument, "-iquote")) {
        const char *flag = starts(argument, "-isystem") ? "-isystem" : "-iquote";
        push_folder(list, flag, argument + strlen(flag));
    } else if (starts(argument, "-l") && openmp_library(argument + 2)) {
        command->inputs++;
        command->openmp = 1;
    } else if (starts(argument, "-Wl,")) {
        command->inputs++;
        push(list, filter_linker(argument));
        list->count -= list->items[list->count - 1] == NULL;
    } else if (!among(argument, dropped) && !begins_among(argument, dropped_prefixes)) {
        command->inputs += starts(argument, "-l");
        push(list, argument);
    }
}

static void filter(struct arguments *list, struct command *command, struct arguments *given) {
    for (size_t i = 0; i < given->count; i++) {
        if (among(given->items[i], with_value) && i + 1 < given->count) {
            push_value(list, command, given->items[i], given->items[i + 1]);
            i++;
        } else {
            filter_one(list, command, given->items[i]);
        }
    }
}

/* --- the programs -------------------------------------------------------------------------- */

static _Noreturn void print(const char *line) {
    write_out(STDOUT, line);
    write_out(STDOUT, "\n");
    leave(0);
}

/* A file in the folders of -print-search-dirs; its bare name where there is none. */
static const char *find_library(const char *name) {
    char *rest = join(find(LIBRARIES, "libraries: =") + strlen("libraries: ="), "");
    while (*rest) {
        char *folder = rest;
        while (*rest && *rest != ':')
            rest++;
        if (*rest)
            *rest++ = '\0';
        const char *path = join(join(folder, "/"), name);
        long file = system_call(__NR_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
        if (file < 0)
            continue;
        system_call(__NR_close, file, 0, 0, 0);
        return path;
    }
    return name;
}

/* Questions that clang answers for itself, not as the target's gcc would. */
static void answer(struct arguments *given) {
    static const char *const triple[] = {
        "-dumpmachine", "-print-multiarch", "--print-multiarch", "-print-target-triple", NULL};
    static const char *const root[] = {"-print-sysroot", "--print-sysroot", NULL};
    static const char *const searched[] = {"-print-search-dirs", "--print-search-dirs", NULL};
    static const char *const runtime[] = {
        "-print-libgcc-file-name", "--print-libgcc-file-name", NULL};
    static const char *const file[] = {"-print-file-name=", "--print-file-name=", NULL};
    for (size_t i = 0; i < given->count; i++) {
        if (among(given->items[i], triple))
            print(TRIPLE);
        if (among(given->items[i], root))
            print(SYSROOT);
        if (among(given->items[i], searched))
            print(LIBRARIES);
        if (among(given->items[i], runtime))
            print(LIBGCC);
        if (begins_among(given->items[i], file))
            print(find_library(find(given->items[i], "=") + 1));
    }
}

static void compile(struct arguments *given, int cxx, int preprocess) {
    struct arguments list = {0}, kept = {0};
    struct command command = {.cxx = cxx, .links = !preprocess, .preprocesses = preprocess};
    answer(given);
    filter(&kept, &command, given);
    if (preprocess && !command.inputs)
        filter_one(&kept, &command, "-"); /* cpp alone reads standard input */
    command.links = command.links && command.inputs;
    int has_cxx = command.languages ? (command.languages & CXX) != 0 : cxx;
    push(&list, ZIG);
    push(&list, "clang");
    push_all(&list, FIRST);
    if (has_cxx && !(command.languages & ~CXX))
        push_all(&list, CXX_FIRST); /* a dialect of C++, an error for C */
    if (cxx)
        push(&list, "--driver-mode=g++");
    if (preprocess)
        push(&list, "-E");
    if (command.openmp)
        push_all(&list, OPENMP_FIRST);
    if (command.links) {
        push_all(&list, LINK_FIRST);
        if (!command.relocatable)
            push(&list, BEGIN);
        if (!command.shared)
            push_all(&list, PROGRAM_FIRST);
        if (!command.shared && command.openmp)
            push_all(&list, OPENMP_PROGRAM);
    }
    for (size_t i = 0; i < kept.count; i++)
        if (!is_gccs_own(kept.items[i]) && !of_another_language(kept.items[i], command.languages))
            push(&list, kept.items[i]);
    push_all(&list, has_cxx ? CXX_LAST : C_LAST);
    if (command.links && !command.relocatable) {
        if (command.openmp)
            push_all(&list, OPENMP_LAST); /* clang adds it only where it adds the C library */
        push_all(&list, LINK_LAST);
    }
    /* In `cc -E a.c | cc -c -` the first would keep the core that the second waits for. */
    if (!command.preprocesses)
        take_core();
    run(&list);
}

/* --- Fortran: gfortran compiles, porter links ---------------------------------------------- */

static const char *const fortran_runtime[] = {"-lgfortran", "-lm", NULL};

/* A program of gfortran's own root, by that root's loader. */
static _Noreturn void run_there(const char *program, struct arguments *arguments) {
    struct arguments list = {0};
    push(&list, FORTRAN_LOADER);
    push(&list, "--library-path");
    push(&list, FORTRAN_LIBRARIES);
    push(&list, program);
    for (size_t i = 0; i < arguments->count; i++)
        push(&list, arguments->items[i]);
    execute(FORTRAN_LOADER, list.items);
}

static void fortran(struct arguments *given) {
    struct arguments list = {0}, kept = {0};
    struct command command = {.links = 1};
    answer(given);
    filter(&kept, &command, given);
    if (command.inputs && !command.fortran) {
        if (command.links)
            push_all(given, fortran_runtime);
        compile(given, 0, 0);
    }
    push_all(&list, FORTRAN_FIRST);
    push(&list, "-B" PARTS);
    for (size_t i = 0; i < kept.count; i++)
        push(&list, kept.items[i]);
    push_all(&list, FORTRAN_LAST);
    if (command.links && command.inputs) {
        if (command.openmp)
            push_all(&list, OPENMP_LAST);
        push_all(&list, fortran_runtime);
    }
    if (command.inputs)
        take_core();
    run_there(GFORTRAN, &list);
}

/* What gfortran calls to link what it has just compiled: the compiler's command line again. */
static void collect(struct arguments *given) {
    static const char *const own[] = {
        "-EB", "-EL", "-X", "-pie", "-no-pie", "--eh-frame-hdr", "--build-id", NULL};
    static const char *const own_prefixes[] = {
        "-m", "-plugin-opt=", "--sysroot=", "--hash-style=", "--fix-cortex", "-L" GCC, NULL};
    static const char *const own_with_value[] = {"-dynamic-linker", "-plugin", NULL};
    static const char *const compilers[] = {"-shared", "-static", "-r", NULL};
    static const char *const compilers_with_value[] = {"-o", "-L", "-l", NULL};
    static const char *const linkers_with_value[] = {
        "-soname", "-h", "-rpath", "-rpath-link", "-z", "-T", "-e", "-u", "-y", NULL};
    struct arguments list = {0};
    for (size_t i = 0; i < given->count; i++) {
        const char *argument = given->items[i];
        int more = i + 1 < given->count;
        if (among(argument, own_with_value)) {
            i++;
        } else if (among(argument, compilers_with_value) && more) {
            push(&list, argument);
            push(&list, given->items[++i]);
        } else if (among(argument, linkers_with_value) && more) {
            push(&list, "-Xlinker");
            push(&list, argument);
            push(&list, "-Xlinker");
            push(&list, given->items[++i]);
        } else if (argument[0] != '-' || among(argument, compilers) || starts(argument, "-L") ||
                   starts(argument, "-l")) {
            if (!starts(argument, "-L" GCC))
                push(&list, argument);
        } else if (!among(argument, own) && !begins_among(argument, own_prefixes)) {
            push(&list, "-Xlinker");
            push(&list, argument);
        }
    }
    compile(&list, 0, 0);
}

static void link_only(struct arguments *given) {
    struct arguments list = {0};
    push(&list, ZIG);
    push(&list, "ld.lld");
    push(&list, "-m"); /* data alone do not tell: -r -b binary */
    push(&list, EMULATION);
    for (size_t i = 0; i < given->count; i++) {
        if (same(given->items[i], "-plugin"))
            i++; /* its file, which would be linked as a library */
        else if (!among(given->items[i], dropped_by_linker))
            push(&list, given->items[i]);
    }
    take_core();
    run(&list);
}

static void archive(struct arguments *given, const char *name) {
    struct arguments list = {0};
    push(&list, ZIG);
    push(&list, name);
    for (size_t i = 0; i < given->count; i++)
        push(&list, given->items[i]);
    run(&list);
}

/* uname, posing as the target: configure scripts ask it what they build for. */
static void report_machine(struct arguments *given) {
    static const char letters[] = "snrvmpio";
    static const char *const long_names[] = {
        "--kernel-name", "--nodename", "--kernel-release", "--kernel-version", "--machine",
        "--processor", "--hardware-platform", "--operating-system", NULL};
    struct new_utsname names;
    long error = system_call(__NR_uname, (long)&names, 0, 0, 0);
    if (error)
        fail("uname", error);
    const char *values[] = {names.sysname, names.nodename, names.release, names.version,
                            ARCH, ARCH, ARCH, "GNU/Linux"};
    unsigned wanted = given->count ? 0 : 1;
    for (size_t i = 0; i < given->count; i++) {
        const char *argument = given->items[i];
        unsigned found = same(argument, "--all") ? 0x9f : 0;
        for (unsigned place = 0; place < 8; place++)
            found |= (unsigned)same(argument, long_names[place]) << place;
        for (const char *letter = argument + 1; !found && *letter; letter++) {
            const char one[] = {*letter, '\0'}, *place = find(letters, one);
            if (argument[0] != '-' || (!place && *letter != 'a'))
                fail(join("uname: unknown operand ", argument), 0);
            wanted |= place ? 1u << (place - letters) : 0x9f;
        }
        wanted |= found;
    }
    const char *line = "";
    for (unsigned place = 0; place < 8; place++)
        if (wanted >> place & 1)
            line = join(*line ? join(line, " ") : line, values[place]);
    print(line);
}

int main(int argc, char **argv) {
    const char *name = argv[0];
    for (const char *letter = name; *letter; letter++)
        name = *letter == '/' ? letter + 1 : name;
    static const char *const cxx_names[] = {"c++", "g++", "clang++", NULL};
    static const char *const fortran_names[] = {"gfortran", "f77", "f95", NULL};
    if (starts(name, TRIPLE "-"))
        name += strlen(TRIPLE "-");
    struct arguments given = {0};
    for (int i = 1; i < argc; i++)
        expand(&given, argv[i], 0);
    if (same(name, "uname"))
        report_machine(&given);
    if (same(name, "strip"))
        return 0; /* symbols stay until the wheel was checked */
    if (same(name, "ld") || same(name, "ld.lld"))
        link_only(&given);
    else if (same(name, "ar") || same(name, "ranlib") || same(name, "objcopy"))
        archive(&given, name);
    else if (among(name, fortran_names))
        fortran(&given);
    else if (same(name, "collect2"))
        collect(&given);
    else if (same(name, "f951"))
        run_there(F951, &given);
    else if (same(name, "as"))
        run_there(ASSEMBLER, &given);
    else
        compile(&given, among(name, cxx_names), same(name, "cpp"));
    return 0;
}
