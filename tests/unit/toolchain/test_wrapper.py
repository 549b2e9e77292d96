"""The wrapper itself, compiled; in zig's place stands a program that prints its arguments."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path

import pytest

from fakes.sysroot import PLATFORM
from fakes.wrapper import Call, caller, install
from porter.model import ARCHITECTURES
from porter.repair.elf import Machine
from porter.toolchain import flags, tools, zig
from porter.toolchain.flags import CxxLibrary, Target

RUNTIME = "/porter/toolchain/runtime/lib"
GCC = "/porter/sysroot/usr/lib/gcc/aarch64-linux-gnu/10"


@pytest.fixture(scope="session")
def call(tmp_path_factory: pytest.TempPathFactory, target: Target) -> Call:
    return caller(install(tmp_path_factory.mktemp("wrapper"), target))


@pytest.fixture(scope="session")
def call_inside(tmp_path_factory: pytest.TempPathFactory, target: Target) -> Call:
    inside = dataclasses.replace(target, sysroot=False)
    return caller(install(tmp_path_factory.mktemp("inside"), inside))


@pytest.mark.parametrize(
    "flag",
    [
        "-s",
        "-Werror",
        "-g",
        "-g3",
        "-m64",
        "-march=native",
        "-march=x86-64-v3",
        "-mtune=haswell",
        "-flto",
        "-flto=auto",
        "-fuse-ld=gold",
        "-fstack-clash-protection",
        "-specs=/usr/share/dpkg/no-pie-compile.specs",
        "-static-libgcc",
        "-lpython3.9",
        "-L/usr/lib",
        "-L/usr/local/lib/",
        "-L/usr//lib/aarch64-linux-gnu",
        "-I/usr/include",
        "-I/usr/local/include",
        "-I/porter/sysroot/usr/include",
        "-I/usr/lib/../include",
        "-I/porter/sysroot/usr/lib/aarch64-linux-gnu/../../include",
        "-L/usr/lib/x/..",
        "-L/../usr/lib/",
        "-Wl,-s",
        "-Wl,-Bsymbolic-functions",
        "--sysroot=/",
    ],
)
def test_drops_what_would_leak_or_spoil(call: Call, flag: str) -> None:
    assert call("cc", flag, "a.o") == call("cc", "a.o")


@pytest.mark.parametrize(
    "pair", [("-I", "/usr/include"), ("-L", "/usr/lib"), ("-target", "x86_64-linux-gnu")]
)
def test_drops_a_flag_together_with_its_value(call: Call, pair: tuple[str, str]) -> None:
    assert call("cc", *pair, "a.o") == call("cc", "a.o")


@pytest.mark.parametrize(
    "flag", ["-O2", "-mavx2", "-DX=a b", "-fwrapv", "-std=c99", "-Iinclude", "-I/porter/work/x"]
)
def test_keeps_what_is_the_builds_own(call: Call, flag: str) -> None:
    said = " ".join(call("cc", flag, "-c", "a.c"))
    assert flag in said or f"{flag[:2]} {flag[2:]}" in said


@pytest.mark.parametrize(
    ("given", "there"),
    [
        ("/opt/pythons/3.9.18/include/python3.9", "/porter/toolchain/include/python3.9"),
        ("/usr/include/python3.7m", "/porter/toolchain/include/python3.7m"),
        ("/usr/include/postgresql", "/porter/sysroot/usr/include/postgresql"),
        ("/opt/hdf5/./include/", "/porter/sysroot/opt/hdf5/include"),
        ("/tmp/x", "/tmp/x"),
        ("/home/builder/include", "/home/builder/include"),
        ("/home/builders/include", "/porter/sysroot/home/builders/include"),
        ("../include", "../include"),
        ("/lib/../include/x", "/porter/sysroot/lib/../include/x"),
        ("/tmp/../opt/include", "/porter/sysroot/tmp/../opt/include"),
        ("/porter/work/a/../include", "/porter/work/a/../include"),
    ],
)
def test_sends_folders_to_the_target(call: Call, given: str, there: str) -> None:
    said = call("cc", f"-I{given}", "-c", "a.c")
    assert said[said.index("-I") + 1] == there


def test_an_image_that_is_the_target_keeps_its_own_headers(call_inside: Call) -> None:
    said = call_inside("cc", "-I/usr/include/python3.9", "-I/usr/include", "-c", "a.c")
    assert [said[i + 1] for i, word in enumerate(said) if word == "-I"] == [
        "/usr/include/python3.9"
    ]


def test_system_headers_come_after_the_builds_own(call: Call) -> None:
    said = call("cc", "-isystem", "/porter/env/include", "-c", "a.c")
    own, zig = said.index("/porter/env/include"), said.index("/porter/toolchain/zig/lib/include")
    assert own < zig < said.index("/porter/sysroot/usr/include")
    assert said[said.index("/porter/sysroot/usr/include") - 1] == "-idirafter"


def test_only_a_link_gets_the_link_flags(call: Call) -> None:
    for stop in ("-c", "-E", "-S", "-fsyntax-only"):
        assert "-nostdlib" not in call("cc", stop, "a.c")
    assert "-nostdlib" not in call("cc", "--version")
    assert "-nostdlib" in call("cc", "a.c", "-o", "a")


def test_debug_sections_of_static_libraries_stay_out_and_symbols_stay(call: Call) -> None:
    said = call("cc", "-g", "-shared", "a.o", "libb.a", "-Wl,-s,-x,--strip-all", "-o", "a.so")
    assert said.count("-Wl,--strip-debug") == 1
    assert not [word for word in said if word == "-g" or "strip-all" in word or ",-x" in word]


def test_the_c_library_is_always_named_and_gccs_runtime_comes_last(call: Call) -> None:
    said = call("cc", "-shared", "a.o", "-o", "a.so")
    tail = [word for word in said[said.index("a.o") :] if word.startswith("-Wl,")]
    assert tail[-4:] == [
        f"-Wl,--no-as-needed,{RUNTIME}/libc.so,--as-needed",
        f"-Wl,{RUNTIME}/libc_nonshared.a,{RUNTIME}/libcompat.a",
        f"-Wl,{GCC}/libgcc.a,/porter/sysroot/usr/lib/aarch64-linux-gnu/libgcc_s.so.1",
        f"-Wl,{GCC}/crtendS.o",
    ]
    assert not [word for word in said if "compiler_rt" in word]


def test_stubs_are_searched_before_any_other_folder(call: Call) -> None:
    said = call("cc", "-L/porter/work/lib", "-lm", "a.o")
    assert said.index(f"-L{RUNTIME}") < said.index("/porter/work/lib") < said.index("-lm")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("/porter/sysroot/usr/lib/aarch64-linux-gnu/libm.so", f"{RUNTIME}/libm.so"),
        ("/porter/sysroot/lib//aarch64-linux-gnu/libm.so.6", f"{RUNTIME}/libm.so"),
        ("/usr/lib/aarch64-linux-gnu/libc.so", f"{RUNTIME}/libc.so"),
        ("/usr/lib/../lib64/libm.so.6", f"{RUNTIME}/libm.so"),
        ("/porter/work/src/libm.so", "/porter/work/src/libm.so"),
        ("/porter/sysroot/usr/lib/libmine.so", "/porter/sysroot/usr/lib/libmine.so"),
        ("libm.so", "libm.so"),
        ("/a.o", "/a.o"),
    ],
)
def test_parts_of_glibc_are_the_policy_s_by_their_paths_too(
    call: Call, given: str, taken: str
) -> None:
    assert taken in call("cc", "-shared", "a.o", given)


def test_programs_get_a_start_file_and_libraries_do_not(call: Call) -> None:
    assert f"{RUNTIME}/Scrt1.o" in call("cc", "a.o")
    assert f"{RUNTIME}/Scrt1.o" not in call("cc", "-shared", "a.o")
    assert f"{RUNTIME}/Scrt1.o" not in call("cc", "--shared", "a.o")


def test_what_is_linked_again_gets_start_files_and_libraries_then(call: Call) -> None:
    merged = call("cc", "-r", "a.o", "-o", "b.o")
    assert not [word for word in merged if "libc.so" in word or "crtbeginS.o" in word]
    assert f"{GCC}/crtbeginS.o" in call("cc", "-shared", "b.o")


@pytest.mark.parametrize(
    "argv",
    [
        ("cc", "-c", "a.cpp"),
        ("gcc", "-c", "a.cc"),
        ("cc", "-x", "c++", "-c", "-"),
        ("g++", "-c", "a.c"),
        ("aarch64-linux-gnu-c++", "-c", "a.c"),
    ],
)
def test_notices_cxx(call: Call, argv: tuple[str, ...]) -> None:
    assert "/porter/toolchain/zig/lib/libcxx/include" in call(*argv)


def test_c_sees_no_cxx_headers(call: Call) -> None:
    assert "/porter/toolchain/zig/lib/libcxx/include" not in call("cc", "-c", "a.c")


def test_a_warning_that_is_asked_for_as_an_error_stays_one(call: Call) -> None:
    assert "-Werror=format" in call("cc", "-Werror=format", "-c", "a.c")


def test_cpp_without_a_file_reads_standard_input(call: Call) -> None:
    assert "-" in call("cpp")
    assert "-" in call("cpp", "-I", "include", "-dM")
    assert "-" not in call("cpp", "a.c")
    assert "-" not in call("cc", "-E")


@pytest.mark.parametrize(
    ("argv", "flag"),
    [
        (("gcc", "-c", "a.c"), "-std=c++11"),
        (("gcc", "-c", "a.c"), "--std=gnu++17"),
        (("g++", "-x", "c", "-c", "a"), "-std=c++11"),
        (("gcc", "-c", "a.cpp"), "-std=c99"),
        (("g++", "-c", "a.c"), "-std=gnu11"),
        (("g++", "-c", "a.cc"), "-fgnu89-inline"),
        (("gcc", "-shared", "a.c", "b.cpp"), "-std=c++11"),
    ],
)
def test_a_dialect_of_another_language_is_dropped(
    call: Call, argv: tuple[str, ...], flag: str
) -> None:
    assert call(*argv, flag) == call(*argv)


@pytest.mark.parametrize(
    ("argv", "flag"),
    [
        (("gcc", "-c", "a.c"), "-std=c99"),
        (("gcc", "-c", "a.c"), "-fgnu89-inline"),
        (("gcc", "-c", "a.cpp"), "-std=c++17"),
        (("gcc", "-x", "c++", "-c", "-"), "-std=c++17"),
        (("g++", "-c", "a.c"), "-std=c++17"),
        (("gcc", "-c", "a.S"), "-std=c++17"),
        (("gcc", "-shared", "a.o"), "-std=c++17"),
    ],
)
def test_a_dialect_of_its_own_language_is_kept(
    call: Call, argv: tuple[str, ...], flag: str
) -> None:
    assert flag in call(*argv, flag)


def test_c_that_is_linked_with_the_cxx_library_is_c(call: Call) -> None:
    said = call("cc", "-shared", "a.c", "-lstdc++")
    assert not [word for word in said if word.startswith("-std=gnu++")]


def test_another_language_has_no_dialect_of_cxx(call: Call) -> None:
    assert "-std=gnu++14" in call("c++", "-E", "a.c")
    for argv in (("-x", "c", "-"), ("-xc", "-"), ("-x", "assembler-with-cpp", "a.S")):
        assert "-std=gnu++14" not in call("c++", "-E", *argv)
    assert "-std=gnu++14" in call("c++", "-x", "none", "-c", "a.c")
    assert "-std=gnu++14" not in call("c++", "-E", "-dM", "-")
    assert "-std=gnu++14" in call("c++", "-x", "c++", "-E", "-")


@pytest.fixture(scope="session")
def call_libstdcxx(tmp_path_factory: pytest.TempPathFactory, target: Target) -> Call:
    library = CxxLibrary(
        f"{GCC.removeprefix('/porter/sysroot')}/libstdc++.a", ("/usr/include/c++/10",)
    )
    files = dataclasses.replace(target.files, cxx=library)
    return caller(
        install(tmp_path_factory.mktemp("libstdcxx"), dataclasses.replace(target, files=files))
    )


def test_gccs_cxx_library_is_taken_where_the_root_has_it(call_libstdcxx: Call) -> None:
    said = call_libstdcxx("g++", "-shared", "a.cpp", "-o", "a.so")
    first = said.index("/porter/toolchain/runtime/libstdc++")
    assert first < said.index("/porter/sysroot/usr/include/c++/10")
    assert not [word for word in said if "libcxx" in word or "_LIBCPP" in word]
    assert f"-Wl,{GCC}/libstdc++.a" in said
    assert not [word for word in said if word.endswith("/libc++.a")]
    (hidden,) = [word for word in said if word.startswith("-Wl,--exclude-libs")]
    assert {"libstdc++.a", "libcompat.a"} <= set(hidden.split(",")[2].split(":"))


def test_linker_lists_lose_only_what_is_refused(call: Call) -> None:
    assert "-Wl,-z,now,-rpath,$ORIGIN" in call("cc", "-Wl,-z,now,-s,-rpath,$ORIGIN", "a.o")


def test_response_files_are_unfolded_and_filtered(call: Call, tmp_path: Path) -> None:
    (tmp_path / "inner").write_text("-s -lm")
    (tmp_path / "outer").write_text('-DA=\'x y\' "-DB=\\"q\\""\n@inner -shared a\\ b.o')
    said = call("cc", "@outer", "@missing", cwd=tmp_path)
    assert {"-DA=x y", '-DB="q"', "-lm", "a b.o", "@missing"} <= set(said)
    assert "-s" not in said


@pytest.mark.parametrize("flag", ["-dumpmachine", "-print-multiarch"])
def test_answers_as_the_targets_gcc(call: Call, flag: str) -> None:
    assert call("cc", flag) == ["aarch64-linux-gnu"]


def test_libraries_are_searched_for_in_the_target_s_root(call: Call) -> None:
    _, libraries = call("cc", "--print-search-dirs")
    folders = libraries.removeprefix("libraries: =").split(":")
    assert folders[0] == RUNTIME
    assert all(folder.startswith("/porter/sysroot/") for folder in folders[1:])


def test_answers_uname_as_the_target(call: Call) -> None:
    assert call("uname", "-m") == ["aarch64"]
    assert call("uname", "-sp") == ["Linux aarch64"]
    assert call("uname", "--machine") == ["aarch64"]
    assert call("uname") == ["Linux"]
    assert call("uname", "-a")[0].endswith("aarch64 GNU/Linux")


def test_uname_refuses_what_it_does_not_know(call: Call) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failure:
        call("uname", "-Z")
    assert "unknown operand -Z" in failure.value.stderr


def test_strip_leaves_the_symbols(call: Call) -> None:
    assert call("strip", "a.so") == []


@pytest.mark.parametrize("name", ["ar", "ranlib", "objcopy"])
def test_binary_tools_are_zigs(call: Call, name: str) -> None:
    assert call(f"aarch64-linux-gnu-{name}", "x") == [name, "x"]


def test_the_linker_is_lld_and_keeps_symbols(call: Call) -> None:
    lld = ["ld.lld", "-m", "aarch64linux"]
    assert call("ld", "-s", "a.o") == [*lld, "a.o"]
    assert call("ld", "-plugin", "/x/liblto_plugin.so", "a.o") == [*lld, "a.o"]


def test_lld_knows_the_emulation_of_every_architecture(tmp_path: Path) -> None:
    """Data alone do not tell one: ``ld -r -b binary``."""
    (tmp_path / "data").write_text("x")
    for arch in ARCHITECTURES.values():
        out = tmp_path / f"{arch}.o"
        words = ("ld.lld", "-m", flags.emulation(arch), "-r", "-b", "binary", "data", "-o")
        zig.run((*words, str(out)), tmp_path)
        assert Machine.of_header(out.read_bytes()[:20]) == Machine.of(arch)


GCCS_OWN = """
-fabi-version=6 -fabi-compat-version=2 -fno-aggressive-loop-optimizations -fanalyzer -fconcepts
-fno-crossjumping -fno-cse-follow-jumps -fno-diagnostics-show-caret -fdump-tree-all -fno-gcse-lm
-fno-enforce-eh-specs -fext-numeric-literals -fno-ext-numeric-literals -fno-gnu-unique -fgraphite
-fgraphite-identity -fno-if-conversion -fno-ipa-icf -fno-ipa-sra -fipa-pta -fira-loop-pressure
-fno-lifetime-dse -floop-block -floop-nest-optimize -fmodules-ts -fmove-loop-invariants
-fno-move-loop-invariants -fopt-info -fopt-info-vec-missed -fno-peephole2 -fpredictive-commoning
-fno-printf-return-value -fno-reorder-functions -fsched-pressure -fno-section-anchors
-fno-shrink-wrap-separate -fsimd-cost-model=unlimited -fno-split-wide-types -fno-store-merging
-fno-thread-jumps -fno-tree-pre -fno-tree-dominator-opts -ftree-loop-distribution
-ftree-parallelize-loops=4 -ftree-vectorizer-verbose=2 -fvar-tracking
-fvar-tracking-assignments -fno-var-tracking-assignments -fvect-cost-model=unlimited -fvpt
-gno-variable-location-views -gstatement-frontiers
""".split()  # noqa: SIM905 - they read better so


def test_drops_what_gcc_alone_knows(call: Call) -> None:
    assert call("cc", *GCCS_OWN, "-c", "a.c") == call("cc", "-c", "a.c")


def test_clang_itself_refuses_what_is_dropped_for_it() -> None:
    said = clang(*GCCS_OWN, "-c", "a.c").stderr
    assert set(re.findall(r"unknown argument:? '(-[\w=-]+)'", said)) == set(GCCS_OWN)


def test_keeps_what_clang_knows(call: Call) -> None:
    other = (
        r"-f(no-)?(diagnostics-.*|(fat-)?lto\b.*|cf-protection|stack-clash-protection|(?i:pi[ce]))"
    )
    known = {line.split("\t")[0] for line in clang("--autocomplete=-f").stdout.splitlines()}
    given = [*sorted(flag for flag in known if not flag.endswith("=")), "-ftree-slp-vectorize"]
    lost = set(given) - set(call("cc", *given, "-c", "a.c"))
    assert not [flag for flag in lost if not re.fullmatch(other, flag)]


@pytest.mark.parametrize("flag", ["-fno-weak", "-fstrict-volatile-bitfields"])
def test_what_changes_the_meaning_of_code_stays_refused(call: Call, flag: str) -> None:
    assert flag in call("cc", flag, "-c", "a.c")


def clang(*argv: str) -> subprocess.CompletedProcess[str]:
    command = [str(zig.installation() / "zig"), "clang", *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_wrapper_compiles_without_a_warning(tmp_path: Path, target: Target) -> None:
    config = '#pragma clang diagnostic error "-Wall"\n' + flags.config_header(target)
    assert (tools.build(PLATFORM, config, tmp_path, has_fortran=False) / "cc").is_symlink()
