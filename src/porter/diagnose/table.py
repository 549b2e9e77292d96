"""The rules, in their order: the first that fits tells why, so the specific stand first.

docs/reference/failures.md is made from them.
"""

from __future__ import annotations

from porter.diagnose.rule import Rule, rule
from porter.model import REMOVED_MODULES

KILLED = "killed"
"""The kind of failure that is not the package's: it was killed by somebody else."""

NO_OPENMP = "no-openmp"
GCC_ASSEMBLER = "gcc-assembler"
COMPILERS_OWN = frozenset({NO_OPENMP, GCC_ASSEMBLER})
"""The kinds of failure that the compiler of the strategies cross and accelerated is known for."""

_INSTALL = "Name the system package that has it in a recipe, under system.apt{package}."
_PYTHON = "Name it in a recipe, under build-requires.add, and plan again."
_OLDER = "Take a newer release, or an older --python; or patch it by a recipe."
# Headers of Intel's intrinsics, by what they begin with.
_INTEL = r"(?:[xepstnwai]mmintrin|x86intrin|cpuid|avx\w*intrin|fmaintrin|popcntintrin)\.h"
# A token starts where no token character stands before it: searching stays linear in the line.
_PATH = r"(?<![\w./+-])([\w./+-]++)"
_WORD = r"(?<![^\s:'])([^\s:']++)"

TABLE: tuple[Rule, ...] = (
    # --- the machine, not the package -----------------------------------------------------------
    rule(
        "disk-full",
        r"No space left on device",
        r"Disk quota exceeded",
        r"\bENOSPC\b",
        reason="the disk is full",
        hint="Free some space (the workspace, the cache, /tmp of the engine) and run again.",
    ),
    rule(
        "out-of-memory",
        r"\b(cc1|cc1plus|lto1|ld|collect2|rustc|clang|as)\b[^:]{0,40}: (?:fatal error: )?"
        r"out of memory",
        r"virtual memory exhausted|Cannot allocate memory|\bstd::bad_alloc\b|^MemoryError\b",
        r"LLVM ERROR: out of memory",
        reason="it ran out of memory",
        hint="Free memory, or build fewer ports at once (--jobs 1).",
    ),
    # Where it is a limit of porter's own that was met, the engine tells so, and no rule is asked.
    rule(
        KILLED,
        r"(?:Killed|Terminated|Hangup|Interrupt) signal terminated program (\w+)",
        r"\b(cc1|cc1plus|lto1|ld|collect2|rustc|clang|as)\b[^:]{0,40}: (?:fatal error: )?Killed",
        r"unable to execute command: (?:Killed|Terminated|Hangup)",
        r"signal: (?:9, SIGKILL|15, SIGTERM)",
        r"terminated by signal (?:1|2|9|15)\b|failed with exit (?:code|status) -(?:1|2|9|15)\b",
        r"\bError 1(?:29|30|37|43)\b|exit (?:status|code) 1(?:29|30|37|43)\b",
        r"died with <Signals\.SIG(?:KILL|TERM|HUP|INT)",
        r"^(?:Killed|Terminated|Hangup|KeyboardInterrupt)$",
        r": line \d+: +\d+ (?:Killed|Terminated|Hangup)\b",
        r"^make\S*: \*\*\* .{0,200}\] (?:Killed|Terminated|Hangup)$",
        reason="a tool of its build was killed from outside",
        hint="Most often memory was short: build fewer ports at once (--jobs 1).",
    ),
    rule(
        "read-only",
        r"Read-only file system: '([^']*)'",
        rf"{_WORD}: Read-only file system",
        r"Read-only file system",
        reason="it writes outside of its own folders: {0}",
        hint="A build may write to its source tree, /tmp and HOME only: patch it by a recipe.",
        final=True,
    ),
    # --- a crash of a tool ----------------------------------------------------------------------
    rule(
        "emulator-crash",
        r"qemu: uncaught target signal \d+ \(([^)]*)\)",
        r"qemu-\w+(?:-static)?: (.*)",
        reason="a program crashed under QEMU: {0}",
        hint="Try another strategy (--strategy cross), or a newer QEMU.",
    ),
    rule(
        "compiler-crash",
        r"(internal compiler error: .*)",
        r"(?i)(please submit (?:a|an?) (?:full )?bug report)",
        r"(LLVM ERROR: .*)",
        r"(unable to execute command: (?:Segmentation fault|Aborted|Bus error))",
        r"(thread 'rustc' panicked at .*)",
        r"\b(?:gcc|g\+\+|clang|cc1plus|cc1)\b[^:]{0,40}: (Segmentation fault)",
        reason="the compiler itself crashed: {0}",
        hint='Try another strategy, or less optimisation by a recipe (env.CFLAGS = "-O1").',
        by_compiler=True,
    ),
    rule(
        "exec-format",
        r"Exec format error: '([^']*)'",
        rf"{_WORD}: (?:cannot execute binary file|Exec format error)",
        r"Exec format error|cannot execute binary file",
        r"(cannot run C compiled programs)",
        reason="it runs a program of the target's on the build platform: {0}",
        hint="Let QEMU run it (porter setup), or use --strategy accelerated.",
    ),
    # --- what the build wants to fetch ----------------------------------------------------------
    rule(
        "setup-requires",
        r"Could not find suitable distribution for Requirement\.parse\('([^']+)'\)",
        r"No matching distribution found for ([^\s(]+)",
        r"^(?=.*'-m', 'pip', ).*'([^'\s]+)'\]' returned non-zero",
        reason="it wants to install {0} while it is built, which is not in its build environment",
        hint=_PYTHON,
        final=True,
    ),
    rule(
        "missing-crate",
        r"no matching package named [`']([\w-]+)['`] found",
        r"failed to (?:download|get) [`']([\w-]+)(?: v[\w.+-]+)?['`]",
        r"failed to select a version for (?:the requirement )?`([\w-]+)\b",
        reason="it needs the crate {0}, which neither its Cargo.lock names nor its source holds",
        hint="Mend its Cargo.lock by a patch of a recipe; or give a source that holds its crates "
        "(cargo vendor) by a recipe.",
        final=True,
    ),
    rule(
        "crate-lock",
        r"(the lock file \S* ?needs to be updated|cannot update the lock file)",
        reason="its Cargo.lock does not go with its Cargo.toml: {0}",
        hint="Mend it, or add one, by a patch of a recipe; or give a source that holds its crates "
        "(cargo vendor).",
        final=True,
    ),
    rule(
        "network-wanted",
        r"unable to access '([^']+)'",
        r"Failed to clone repository: '([^']+)'|clone of '([^']+)' into submodule path",
        r"[Dd]ownloading '([^']+)' failed",
        r"(?:Could not|[Cc]ouldn't) resolve host(?: ?name)?:? (?!name\b)'?([\w.-]+)",
        r"Failed to connect to ([\w.-]+) port \d|getaddrinfo\(3\) failed for ([\w.-]+)",
        r"unable to resolve host address [`'\u2018]([\w.-]+)|Failed to resolve '([\w.-]+)'",
        r"Download error on ([^\s:]+:[^\s:]+)",
        r"HTTPS?ConnectionPool\(host='([^']+)'",
        r"failed to lookup address information|dial tcp: lookup ([\w.-]+)",
        r"(?:Temporary failure in name resolution|Name or service not known|getaddrinfo failed)",
        r"Network is unreachable|urlopen error|spurious network error",
        r"failed to (?:download|fetch|get) (?:from )?`([^`]+)`",
        r"can't (?:connect|find) [^\n]{0,40}(?:registry|index) `?([\w.-]+)",
        # CMake, of what it could not bring: file(DOWNLOAD), ExternalProject and FetchContent.
        r"\[\d+;\"((?:Couldn't|Could not|Failed to|Timeout)[^\"]{1,80})\"\]",
        r"FetchContent\.cmake:\d+ \(message\): (?:Build|CMake) step for (\S+) failed",
        r"could not find (?:git|hg|svn) for (?:clone|fetch|checkout) of (\S+)",
        r"(Each download failed)",
        reason="it wants the network while it is built: {0}",
        hint="Builds have no network. Take a release whose sdist has what it fetches, or write a "
        "recipe: with the library under system.apt, if it looks there first, or one that switches "
        "the download off (env, config-settings, patches).",
        final=True,
    ),
    # --- sources for another time ---------------------------------------------------------------
    rule(
        "python2-source",
        r"SyntaxError: (Missing parentheses in call to '\w+')",
        r"SyntaxError: (multiple exception types must be parenthesized)",
        r"SyntaxError: (leading zeros in decimal integer literals are not permitted)",
        r"TabError: (inconsistent use of tabs)",
        r"NameError: (name '(?:unicode|xrange|raw_input|basestring|execfile|unichr)' is not)",
        r"(No module named '?(?:ConfigParser|urllib2|urlparse|__builtin__|commands|StringIO|"
        r"cPickle|Queue|HTMLParser|httplib|exceptions)\b)",
        reason="its source is written for Python 2: {0}",
        hint="Take a newer release; no strategy can build this one for Python 3.",
        final=True,
    ),
    rule(
        "use-2to3",
        r"\buse_2to3 is invalid|cannot import name 'run_2to3'|No module named '?lib2to3",
        reason="its setup.py uses 2to3, which setuptools 58 took away",
        hint='Cap setuptools in a recipe (build-requires.cap = {{ setuptools = "<58" }}).',
        final=True,
    ),
    rule(
        "numpy-distutils-gone",
        r"No module named '?(numpy\.distutils)",
        reason="it is built by {0}, which numpy no longer has",
        hint='Cap numpy in a recipe (build-requires.cap = {{ numpy = "<1.26" }}), or an older '
        "--python.",
        final=True,
    ),
    rule(
        "new-numpy",
        r"module 'numpy' has no attribute '(\w+)'",
        r"(?:np|numpy)\.(\w+)` was removed in the NumPy 2\.0 release",
        r"^(?=.*error: ).*?'(PyArray_Descr|NPY_\w+|PyArray_\w+)'.{0,60}"
        r"(?:undeclared|no member named)",
        reason="it is written for an older numpy: {0} is gone",
        hint='Cap numpy in a recipe: build-requires.cap = {{ numpy = "<2" }}, or requires.cap '
        "where it is missed at import.",
        final=True,
    ),
    rule(
        "stdlib-gone",
        rf"No module named '({'|'.join(sorted(REMOVED_MODULES))})(?:\.\w+)?'",
        r"module '(?:inspect|collections|unittest|pkgutil|configparser|typing|string|time|"
        r"platform)' has no attribute '(\w+)'",
        r"cannot import name '\w+' from '(collections|fractions|inspect|typing)'",
        reason="it is written for an older Python: {0} is gone from the standard library",
        hint=f"{_OLDER} (distutils comes back with setuptools in build-requires.add.)",
        final=True,
    ),
    rule(
        "new-setuptools",
        r"cannot import name '(Feature|convert_path|log|canonicalize_version)' from 'setuptools",
        r"module '(setuptools[\w.]*)' has no attribute",
        r"AttributeError: (install_layout)",
        r"No module named '?(pkg_resources|setuptools\.\w[\w.]*)",
        r"(Multiple top-level (?:packages|modules) discovered in a flat-layout)",
        r"(?:setuptools|packaging)\S*InvalidVersion: (Invalid version: '[^']*')",
        r"InvalidVersion: (Invalid version: '[^']*')",
        r"(canonicalize_version\(\) got an unexpected keyword argument)",
        r"(`?license`? must be|configuration error: `project[\w.]*`)",
        reason="its setup does not fit the setuptools it was given: {0}",
        hint='Cap setuptools in a recipe (build-requires.cap = {{ setuptools = "<60" }}).',
        final=True,
    ),
    rule(
        "cython-error",
        r"^(\S+\.(?:pyx|pxd|pxi|py):\d+:\d+): (.*)",
        reason="Cython refuses its source: {0} {1}",
        hint="Often a Cython too new for it: cap it in a recipe (build-requires.cap = "
        '{{ Cython = "<3" }}).',
        final=True,
    ),
    rule(
        "old-c-api",
        r"^(?=.*error: )"
        r"(?=.*(?:no member named|undeclared|implicit|incomplete|too (?:few|many) arg|lvalue|"
        r"not assignable|unknown type))"
        r".*?\b(tp_print|ob_digit|exc_type|exc_value|exc_traceback|curexc_type|"
        r"use_tracing|"
        r"recursion_depth|f_code|f_lasti|co_code|_PyUnicode_get_wstr_length|PyUnicode_GET_SIZE|"
        r"PyUnicode_AS_UNICODE|PyUnicode_FromUnicode|_PyGC_FINALIZED|PyEval_CallObject|Py_UNICODE|"
        r"_PyLong_AsByteArray|PyFrameObject|_PyInterpreterState_Get|PyUnicode_READY|"
        r"PyCode_New|_PyThreadState_\w+|PyEval_ReleaseLock|_Py_HashSecret)\b",
        r"fatal error: '?(longintrepr\.h|code\.h|node\.h|graminit\.h|symtable\.h)",
        reason="its C code is for an older Python: {0} is gone or changed",
        hint=f"{_OLDER} Where Cython made the C code, removing it by a recipe makes it anew.",
        final=True,
    ),
    rule(
        "cmake-too-new",
        r"(Compatibility with CMake < [\d.]+ has been removed)",
        reason="its CMakeLists.txt is for an older CMake: {0}",
        hint='Cap cmake in a recipe (build-requires.cap = {{ cmake = "<4" }}), or set '
        'env.CMAKE_POLICY_VERSION_MINIMUM = "3.5".',
        final=True,
    ),
    rule(
        "missing-rust",
        r"can't find (Rust) compiler",
        r"(?:is |'|`)(cargo|rustc)(?:'|`)? ?(?:is )?(?:not (?:found|installed|available))",
        r"(?:No such file or directory: ')(cargo|rustc)'",
        r"(Cargo), the Rust package manager, is not installed",
        reason="the Rust compiler is missing",
        hint="Name cargo in a recipe, under system.apt; or take a release without Rust.",
    ),
    rule(
        "rust-too-old",
        r"(requires rustc [\d.]+(?: or newer)?)",
        r"(feature `edition\d+` is required)",
        r"(lock file version `?\d+`? (?:requires|was found))",
        reason="no Rust that porter has is new enough: {0}",
        hint="Take an older release.",
        # Of all strategies cross has the newest.
        final=True,
    ),
    rule(
        "tool-too-old",
        r"(CMake [\d.]+ or higher is required\.\s{1,4}You are running version [\w.-]+)",
        r"((?:Meson|Project requires Meson|meson) version is [\d.]+ but project requires [\w.>=]+)",
        reason="a tool is too old for it: {0}",
        hint="Name a newer one in a recipe, under build-requires.add or system.apt.",
    ),
    # --- code for another machine ---------------------------------------------------------------
    rule(
        "x86-only",
        rf"fatal error: '?({_INTEL})",
        r"error: (\"?This header is only meant to be used on x86)",
        r"error: (unknown register name '[^']{0,20}' in asm)",
        r"error: ((?:invalid|impossible|unknown) [\w ]{0,24}constraint[^\n]{0,30} in ['\"]?asm)",
        r"(?:error|Error): ((?:invalid instruction mnemonic|unknown mnemonic|"
        r"unrecognized instruction) ?[`':]? ?\w*)",
        r"(?:no such instruction): ([^\n]{0,60})",
        reason="it has code for x86 alone: {0}",
        hint="Many packages have a switch for it (env, config-settings of a recipe); else take a "
        "newer release, or patch it.",
        by_compiler=True,
    ),
    rule(
        # clang gives each memory operand a register of its own where gcc writes an offset
        # (https://github.com/llvm/llvm-project/issues/119663).
        GCC_ASSEMBLER,
        r"error: (inline assembly requires more registers than available)",
        reason="its inline assembler is written for gcc: {0}",
        hint="A root's gcc takes it: --strategy emulated (auto takes it by itself); or a switch "
        "for portable code (env of a recipe), or a patch.",
        by_compiler=True,
    ),
    rule(
        "unsupported-flag",
        r"unrecogni[sz]ed (?:command[- ]line |debug )?(?:option|argument)[ :]+"
        r"['\u2018\"]?(-[^\s'\u2019\"]+)",
        r"(?:unknown argument|unsupported option|unsupported argument|unknown option):? ?['\u2018]?"
        r"(-[^\s'\u2019]+)",
        r"unsupported argument '([^']*)' to option",
        r"error: (unknown target CPU '[^']*')",
        r"bad value \(?['\u2018]?[^\s'\u2019)]+['\u2019]?\)? for ['\u2018]?(-m\w+)",
        r"(invalid feature modifier [^\n]{0,60})",
        reason="the compiler does not know a flag it is given: {0}",
        hint="Flags of x86 (-mavx2, -march=native) come from its build files: switch them off or "
        "patch them by a recipe.",
        by_compiler=True,
    ),
    rule(
        "wrong-architecture",
        r"skipping incompatible ([^\s:]+)",
        rf"{_WORD} is incompatible with (?:elf|aarch64|armelf|EM_)",
        rf"{_WORD}: (?:file in wrong format|Relocations in generic ELF|file not recognized)",
        rf"{_WORD}: wrong ELF class",
        rf"{_WORD}: cannot open shared object file: wrong architecture",
        reason="a library of another architecture is linked: {0}",
        hint="Something prebuilt comes with the source or from a recipe's path: leave it out, or "
        "build it for the target.",
    ),
    # --- what is missing ------------------------------------------------------------------------
    rule(
        NO_OPENMP,
        r"fatal error: '?(omp\.h)",
        r"cannot find -l(gomp|i?omp5?)\b|library not found for -l(i?omp5?|gomp)\b",
        r"unable to find (?:dynamic |static )?(?:system )?library -?l?(i?omp5?|gomp)\b",
        r"undefined (?:reference to|symbol:) [`'\u2018]?(__kmpc_\w+|GOMP_\w+|omp_\w+)",
        r"Could NOT find (OpenMP\w*)",
        r"(?i)Dependency \"?(openmp)\"? not found",
        reason="the compiler has no OpenMP: {0} is missing",
        hint="A root's gcc has it: --strategy emulated (auto takes it by itself). porter's own has "
        "it, but on s390x, where the source shows that it uses it or a recipe says so: libomp-dev "
        "under system.apt.",
        by_compiler=True,
    ),
    rule(
        "missing-python-headers",
        r"fatal error: '?(Python\.h|pyconfig\.h)",
        reason="the headers of Python are missing: {0}",
        hint="porter doctor says what an image or interpreter lacks.",
    ),
    rule(
        "missing-requirement-header",
        r"fatal error: '?((?:numpy|pybind11|nanobind|mpi4py|greenlet)/[^\s:']+)",
        reason="{0} is missing: a header of a Python package",
        hint="Name that package in a recipe, under build-requires.add, and plan again.",
    ),
    rule(
        "missing-header",
        r"fatal error: '?([^\s:']+)'?(?:: No such file or directory| file not found)",
        r"cannot open (?:source|include) file:? ['\"]([^'\"]+)",
        r"error: ([\w./+-]{1,200}\.h): No such file or directory",
        r"(?:headers or library files could not be found for) ([\w.+-]+)",
        r"Unable to find header ([\w./+-]+)",
        reason="the header {0} is missing",
        hint=_INSTALL,
    ),
    rule(
        "missing-library",
        r"cannot find -l:?([\w.+-]+)",
        r"unable to find (?:dynamic |static )?(?:system )?library (?:-l|')?([\w.+-]+)",
        r"library not found for -l([\w.+-]+)",
        r"error: could not find native static library `([^`]+)`",
        reason="the library {0} is missing at link time",
        hint=_INSTALL,
    ),
    rule(
        "missing-shared-library",
        r"(?<![\w.+-])([\w.+-]++): cannot open shared object file",
        # What looks for libraries by name (ctypes, cffi) says it in words of its own.
        r"Could not find library (\S+) or load any of its variants",
        r"OSError: [Cc]ould not find (?:or load )?(lib[\w.+-]++)",
        r"find_library\(\) did not manage to locate a library called '([^']+)'",
        r"OSError: no library called \"([^\"]+)\" was found",
        r"dlopen\(\) failed to load a library: ([\w.+-]+)",
        reason="the shared library {0} is missing",
        hint="Where the build loads it: name the system package that has it in a recipe, under "
        "system.apt{package}. What a module loads when it is imported has to be in the wheel.",
    ),
    rule(
        "missing-fortran",
        r"(?i)(no fortran compiler found|unable to find a? ?fortran compiler)",
        r"(?i)(No CMAKE_Fortran_COMPILER could be found)",
        r"Unknown compiler\(s\): \[\['(gfortran)'",
        reason="a Fortran compiler is missing",
        hint="Name gfortran in a recipe, under system.apt.",
    ),
    rule(
        "sdist-incomplete",
        # The names of files that are read: programs have neither such endings nor only capitals.
        r"^\s{0,8}(?:FileNotFoundError|error): \[Errno 2\] No such file or directory: "
        r"'(?:/porter/work/src/)?(?!/|build/|[^']*CMake)"
        r"([\w./+-]{1,200}\.(?:txt|md|rst|toml|cfg|ini|py)"
        r"|(?:[\w./+-]{1,200}/)?[A-Z][A-Z_-]{2,40})'",
        reason="its source lacks a file that its setup reads: {0}",
        hint="Take another release, or its repository (NAME @ git+URL@TAG); or add the file by a "
        "patch of a recipe.",
        final=True,
    ),
    rule(
        "missing-program",
        rf"(?<!\d)\d++: {_PATH}: (?:command )?not found",
        rf"{_PATH}: command not found",
        r"No such file or directory: b?'([^'/\s]+)'",
        r"[Uu]nable to execute '([^']+)': No such file",
        rf"{_PATH} executable not found",
        r"[Pp]rogram '([^']+)' not found",
        r"'([\w.+-]+)' not found\.$",
        r"(mysql_config|pg_config|curl-config|geos-config|gdal-config|krb5-config|xml2-config|"
        r"xslt-config|llvm-config|swig|cmake|ninja) (?:was |is |could )?not (?:be )?found",
        r"(?:Could not run|Unable to find|Cannot find|Couldn't find) (curl-config|cmake|ninja|swig|"
        r"llvm-config|mysql_config|bison|flex)\b",
        r"The (pkg-config) script could not be found or is too old",
        r"(CMake) must be installed",
        r"[Pp]lease install (cmake|ninja|swig|nasm|autoconf)\b",
        r"linker `([^`]+)` not found",
        r"error: (\w[\w+-]*) (?:is )?not found\.? ?(?:Please|Make sure)",
        reason="the program {0} is missing",
        hint="Tools that are on the index (cmake, ninja, meson, swig) go under build-requires.add "
        "of a recipe, others under system.apt{package}.",
    ),
    rule(
        "missing-module",
        r"(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)",
        r"(?:invalid command) '(bdist_wheel)'",
        r"[Pp]lease (?:first )?(?:pip )?install ([Cc]ython|numpy|cffi|pybind11)\b",
        r"([Cc]ython|numpy|cffi|pybind11) (?:is required|must be installed|needs to be installed)",
        reason="the Python module {0} is missing in its build environment",
        hint=_PYTHON,
    ),
    rule(
        "missing-package",
        r"No package '([^']+)' found",
        r"Package '?([\w.+-]+)'?,? (?:required by '[^']*', )?(?:was )?not found",
        r"Package requirements \(([^)]+)\) were not met",
        r"Command '[\[(]'pkg-config', (?:'-[^']*', ){0,9}'([\w.+-]+)'.{0,99} returned non-zero",
        r"Could NOT find ([\w.+-]+)",
        r"Dependency \"([^\"]+)\" not found",
        r"Could not find a package configuration file provided by \"([^\"]+)\"",
        r"need to install ([\w.+-]+) development (?:headers|files|libraries)",
        r"(?:make sure the|Make sure the) ([\w.+-]+)(?: and [\w.+-]+)? development "
        r"packages? (?:are|is)",
        reason="the system library {0} is missing",
        hint=_INSTALL,
    ),
    # --- compilers and linkers ------------------------------------------------------------------
    rule(
        "undefined-symbol-at-import",
        r"ImportError: \S+: undefined symbol: (\S+)",
        r"symbol lookup error: \S+ undefined symbol: (\S+)",
        reason="a module asks for the symbol {0}, which nothing has",
        hint="A library was not linked: name it in a recipe (env.LDFLAGS), or patch the build.",
        by_compiler=True,
    ),
    rule(
        "too-new-symbol",
        r"version [`'](GLIBC(?:XX)?_[\w.]+)' not found",
        r"(too-recent versioned symbols)",
        r"asks for (\w+), newer than",
        reason="it asks for newer system libraries than the policy allows: {0}",
        hint="cross and accelerated link against the policy's glibc, a root's own gcc against that "
        "root's: take another --strategy, or allow a newer --policy.",
    ),
    rule(
        "undefined-reference",
        r"undefined reference to [`'\u2018]([^'\u2019]+)",
        r"(?:ld\.lld|lld|ld)\S{0,20}: error: undefined symbol: (.*)",
        r"(?:ld\S{0,20}|rust-lld): (?:error: )?undefined symbol: (.*)",
        r"relocation \S+ against (?:undefined )?symbol [`']([^']+)",
        reason="the linker finds no definition of {0}",
        hint="A library is missing on the link line, or is too old: see the command above it in "
        "the log; a recipe can add to env.LDFLAGS, or patch.",
        by_compiler=True,
    ),
    rule(
        "linker-error",
        r"(multiple definition of [`'][^']+')",
        r"(?:ld\.lld|rust-lld): error: (.*)",
        r"\bld(?:\.\w+)?: (?:error: |cannot |final link failed: )(.*)",
        r"collect2: fatal error: (.*)",
        reason="the linker fails: {0}",
        hint="See the command above it in the log.",
        by_compiler=True,
    ),
    rule(
        "meson-error",
        r"^(?:\S+meson\.build|\S+\.build):(\d+):\d+: ERROR: (.*)",
        reason="Meson gives up in line {0}: {1}",
        hint="meson-log.txt in the scratch folder of the port has more.",
        by_compiler=True,
    ),
    rule(
        "cmake-error",
        r"CMake Error at (\S+:\d+) \(\w+\): ?(.*)",
        r"(CMake Error: .*)",
        reason="CMake gives up: {0} {1}",
        hint="The lines below it in the log tell why.",
        by_compiler=True,
    ),
    rule(
        "configure-error",
        r"^configure: error: (?!in [`'])(\S.*)",
        reason="its configure script gives up: {0}",
        hint="config.log in the scratch folder of the port has more.",
        by_compiler=True,
    ),
    rule(
        "rust-error",
        r"^error(?:\[E\d+\])?: (could not compile `[^`]+`.*)",
        r"^error\[E\d+\]: (.*)",
        reason="Rust code does not compile: {0}",
        hint="The first error above it in the log tells why; often the Rust compiler is too old "
        "or too new for it.",
        by_compiler=True,
    ),
    rule(
        "compiler-error",
        r"^(?:In file included from )?([^\s:]+:\d+)(?::\d+)?: (?:fatal )?error: (.*)",
        r"^([^\s:]+:\d+)(?::\d+)?: (?:Fatal )?Error: (.*)",
        reason="it does not compile: {0}: {1}",
        hint="A newer release may compile; else patch it by a recipe.",
        by_compiler=True,
    ),
    rule(
        "python-syntax",
        r"SyntaxError: (.*)",
        r"IndentationError: (.*)",
        reason="Python does not understand its source: {0}",
        hint=_OLDER,
        final=True,
    ),
    rule(
        "permission",
        r"Permission denied: '([^']*)'",
        rf"{_WORD}: Permission denied",
        reason="it may not use {0}",
        hint="A build may write to its source tree, /tmp and HOME only: patch it by a recipe.",
    ),
)

# They tell that it failed rather than why: the last line that fits counts.
GENERAL: tuple[Rule, ...] = (
    rule(
        "test-failed",
        r"^(?:FAILED|ERROR) (\S+::\S+)",
        r"^=+ (\d+ failed.*?) =+$",
        reason="a test fails: {0}",
        hint="A recipe can name known failures (tests.known-failures), with the reason.",
    ),
    rule(
        "build-says",
        r"^(?:[\w./+-]{1,80}: )?(?:[Ee]rror|ERROR|[Ff]atal|FATAL)\b ?:? (?!command\b)(\S.*)",
        reason="its build says: {0}",
        hint="The log tells more: porter log NAME.",
        by_compiler=True,
    ),
    rule(
        "python-error",
        r"^((?:[A-Za-z_][\w.]{0,100}\.)?[A-Za-z_]\w{0,60}"
        r"(?:Error|Exception|Exit|Interrupt)\b:? ?.*)",
        reason="its build ends in a Python exception: {0}",
        hint="The lines above it in the log tell where.",
        by_compiler=True,
    ),
    rule(
        "command-failed",
        r"error: command '?([^'\s]+)'? failed(?: with exit (?:status|code) (\d+))?",
        r"^(ninja: build stopped: .*)",
        r"^make[^:]{0,20}: \*\*\* (.*)",
        reason="a command of its build fails: {0}",
        hint="The lines above it in the log tell why.",
        by_compiler=True,
    ),
)
