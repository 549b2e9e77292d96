from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from porter.errors import StepFailed
from porter.verify import Nothing, Ours, Parity, Upstream, compare
from porter.verify.parity import compiled

INFO = "a-1.dist-info"


def ours(*names: str, requires: frozenset[str] = frozenset()) -> Ours:
    return Ours("a-1-cp39-cp39-linux_aarch64.whl", (*names, f"{INFO}/METADATA"), requires)


def theirs(*names: str, requires: frozenset[str] | None = None, pure_too: bool = False) -> Upstream:
    files = (*names, f"{INFO}/METADATA", f"{INFO}/LICENSE")
    return Upstream("a-1-cp39-cp39-manylinux1_x86_64.whl", files, requires, pure_too)


def test_the_same_modules_under_another_platforms_name() -> None:
    result = compare(
        ours("yaml/__init__.py", "yaml/_yaml.cpython-39-aarch64-linux-gnu.so"),
        theirs("yaml/__init__.py", "yaml/_yaml.cpython-39-x86_64-linux-gnu.so"),
    )
    assert result == Parity("1 extension module as in a-1-cp39-cp39-manylinux1_x86_64.whl")


def test_a_lost_module_is_a_failure() -> None:
    with pytest.raises(StepFailed) as caught:
        compare(ours("yaml/__init__.py"), theirs("yaml/_yaml.cpython-39-x86_64-linux-gnu.so"))
    assert caught.value.reason == (
        "a-1-cp39-cp39-linux_aarch64.whl: lacks the extension module yaml._yaml, "
        "which upstream's a-1-cp39-cp39-manylinux1_x86_64.whl has"
    )


def test_where_upstream_has_a_pure_wheel_too_it_is_told() -> None:
    result = compare(ours("a.py"), theirs("a.py", "_a.abi3.so", pure_too=True))
    assert result.warnings == ("lacks the extension module _a; upstream has a wheel without, too",)


@pytest.mark.parametrize("name", ["_raw_aesni", "_ghash_clmul", "avx2", "simd_sse42", "_cpuid_c"])
def test_modules_for_x86_by_their_name_are_told(name: str) -> None:
    result = compare(ours(), theirs(f"a/{name}.abi3.so"))
    assert result.warnings == (f"a.{name} of upstream's wheel is for x86 by its name",)


@pytest.mark.parametrize("name", ["_assets", "message", "classes", "fused", "_bmi_calculator"])
def test_other_names_are_not(name: str) -> None:
    with pytest.raises(StepFailed):
        compare(ours(), theirs(f"a/{name}.abi3.so"))


def test_what_upstream_lacks_on_our_processor_is_told() -> None:
    x86 = theirs("a/_features.abi3.so", "a/_code.abi3.so")
    both = replace(x86, at_home=("a/_code.abi3.so",))
    result = compare(ours("a/_code.abi3.so"), both)
    assert result.warnings == (
        "a._features is not in upstream's own wheel for this processor either",
    )
    with pytest.raises(StepFailed, match=r"lacks the extension module a\._code"):
        compare(ours("a/_features.abi3.so"), both)


def test_a_recipe_can_say_what_is_upstreams_alone() -> None:
    result = compare(ours(), theirs("a/_win.abi3.so"), {"a._win": "for Windows", "a._b": "no"})
    assert result.warnings == ("a._win is upstream's alone: for Windows",)


def test_other_files_are_told() -> None:
    result = compare(
        ours("a/__init__.py", "a/new.json", "a.libs/libz-1.so.1"),
        theirs("a/__init__.py", "a/old.json", "a/.libs/libq.so.5", f"{INFO}/entry_points.txt"),
    )
    assert result.warnings == (
        "lacks a/old.json, entry_points.txt",
        "has more than upstream's: a/new.json",
    )


def test_the_layout_in_the_archive_does_not_matter() -> None:
    result = compare(ours("a-1.data/platlib/a.py"), theirs("a.py"))
    assert result.warnings == ()


def test_other_requirements_are_told() -> None:
    result = compare(ours(requires=frozenset({"x", "y"})), theirs(requires=frozenset({"y", "z>1"})))
    assert result.warnings == (
        "asks for, unlike upstream's wheel: x",
        "does not ask for, unlike upstream's wheel: z>1",
    )


def test_without_a_wheel_of_upstreams_it_is_said() -> None:
    assert compare(ours(), Nothing("it has none")) == Parity("nothing to compare with: it has none")


def test_libraries_are_no_modules() -> None:
    names = ("a/libfoo.so", "a.libs/b.so", "a/x.so.1", "a/m.so", "a-1.data/purelib/a/n.abi3.so")
    assert compiled(names) == {"a.m", "a.n"}


CTYPES = ("xg/__init__.py", "xg/lib/libxg.so")


def test_a_wheel_that_lost_all_of_its_libraries_is_a_failure() -> None:
    with pytest.raises(StepFailed, match=r"lacks the library xg\.lib\.libxg, which upstream's"):
        compare(ours("xg/__init__.py"), theirs(*CTYPES))
    compare(ours("xg/__init__.py", "xg/lib/libxg.so.1"), theirs(*CTYPES))


def test_upstream_only_and_pure_wheels_hold_for_libraries_as_well() -> None:
    told = compare(ours("xg/__init__.py"), theirs(*CTYPES, pure_too=True))
    assert told.warnings == ("lacks the library xg.lib.libxg; upstream has a wheel without, too",)
    told = compare(ours("xg/__init__.py"), theirs(*CTYPES), {"xg.lib.libxg": "for a GPU"})
    assert told.warnings == ("xg.lib.libxg is upstream's alone: for a GPU",)
    at_home = replace(theirs(*CTYPES), at_home=("xg/__init__.py",))
    (warning,) = compare(ours("xg/__init__.py"), at_home).warnings
    assert warning == "xg.lib.libxg is not in upstream's own wheel for this processor either"


def test_where_something_compiled_is_there_a_lost_library_is_told() -> None:
    upstreams = theirs(*CTYPES, "xg/_c.so", "xg/libold.so.2.1")
    assert compare(ours("xg/__init__.py", "xg/_c.so"), upstreams).warnings == (
        "lacks 2 libraries: xg.lib.libxg, xg.libold",
    )
    words = r"lacks the extension module xg\._c and the library xg\.libold, which"
    with pytest.raises(StepFailed, match=words):
        compare(ours(*CTYPES), upstreams)


def test_grafted_libraries_are_nobodys_loss() -> None:
    grafted = ("a/lib/libz-1a2b3c4d.so.1.2", "a/.libs/libq.so.5", "a.libs/libp-00ff00ff.so")
    assert compare(ours("a/_c.so"), theirs("a/_c.so", *grafted)).warnings == ()


def test_a_module_may_be_called_like_a_library() -> None:
    names = ("a/libcalign.cpython-39-x86_64-linux-gnu.so", "a/libb.abi3.so", "a/libplain.so")
    assert compiled(names) == {"a.libcalign", "a.libb"}


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1)))
@example(["."])
def test_a_wheel_is_at_parity_with_itself(parts: list[str]) -> None:
    names = tuple("/".join(parts[:length]) for length in range(1, len(parts) + 1))
    both = Ours("x", names, frozenset()), Upstream("y", names, frozenset(), pure_too=False)
    assert compare(*both).warnings == ()
