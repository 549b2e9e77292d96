from __future__ import annotations

import json

import pytest

from porter.verify.results import Failure, Imports, JUnit, read_imports, read_tests


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


HEAD = {"machine": "aarch64", "python": [3, 9]}


def test_a_whole_run() -> None:
    found = read_imports(
        lines(
            HEAD,
            {"begin": "a"},
            {"end": "a", "seconds": 0.1},
            {"begin": "b"},
            {
                "end": "b",
                "error": "ImportError: x",
                "missing": "x",
                "traceback": "T",
                "through": ["b", 7],
            },
            {"finished": True},
        )
    )
    failure = Failure("b", "ImportError: x", "x", "T", ("b",))
    assert found == Imports("aarch64", (3, 9), ("a",), (failure,), None, finished=True)


def test_a_crash_leaves_the_module_behind() -> None:
    found = read_imports(lines(HEAD, {"begin": "a"}))
    assert found.crashed_in == "a"
    assert not found.finished


def test_nothing_means_that_python_did_not_start() -> None:
    assert read_imports(b"") == Imports()


def test_lines_of_another_kind_are_passed_over() -> None:
    noise = b'[1]\nnot json\n\xff\xfe\n{"end": 5}\n{"machine": 7}\n' + b"[" * 100000 + b"\n"
    assert read_imports(noise + lines(HEAD, {"finished": 1})).machine == "aarch64"


JUNIT = b"""<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="p.test_a.TestA" name="test_one[x]"/>
<testcase classname="p.test_a" name="test_two"><failure message="1 == 2&#10;more"/></testcase>
<testcase classname="p.test_a" name="test_three"><error message="broken"/></testcase>
<testcase classname="p.test_a" name="test_four"><skipped/></testcase>
</testsuite></testsuites>"""


def test_pytests_results() -> None:
    assert read_tests(JUNIT) == JUnit(
        ("p.test_a.TestA::test_one[x]",),
        {"p.test_a::test_two": "1 == 2", "p.test_a::test_three": "broken"},
        ("p.test_a::test_four",),
    )


@pytest.mark.parametrize(
    "data", [b"", b"<a>", b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite>&a;</testsuite>']
)
def test_what_is_no_result_of_pytest(data: bytes) -> None:
    assert read_tests(data) is None
