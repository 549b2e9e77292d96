import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.pylock import PackageSdist, PackageWheel, Pylock

from porter.errors import UsageError
from porter.graph import encode_pylock, is_lock_name
from porter.model import Artifact, Interpreter, Node, Platform, State
from porter.resolve import marker_environment, target_tags
from unit.graph.plans import artifact, needs, node, plan, tool

CP39, CP311 = Interpreter(3, 9), Interpreter(3, 11)
TOP, END, COMPILER = node("top"), node("end", State.AVAILABLE), tool("compiler")
PLAN = plan([TOP, END, COMPILER], needs(TOP, END, COMPILER), "top")
AARCH64 = Platform.parse("aarch64", "manylinux2014")


def served(_node: Node, file: Artifact) -> str:
    return f"https://someone:secret@index.example/files/{file.filename}#sha256=0"


def read(data: bytes) -> dict[str, Any]:
    return tomllib.loads(data.decode())


def selected(data: bytes, interpreter: Interpreter) -> dict[str, type]:
    lock = Pylock.from_dict(read(data))
    environment: Any = marker_environment(AARCH64, interpreter)
    chosen = lock.select(environment=environment, tags=target_tags(AARCH64, interpreter))
    return {package.name: type(file) for package, file in chosen}


def test_only_the_targets_side_with_a_ports_sdist() -> None:
    found = selected(encode_pylock(PLAN, served), CP39)
    assert found == {"top": PackageSdist, "end": PackageWheel}


def test_files_are_locked_by_hash_and_nobodys_password_is_told() -> None:
    end, top = read(encode_pylock(PLAN, served))["packages"]
    (wheel,) = end["wheels"]
    assert wheel["hashes"] == {"sha256": artifact("end-1-py3-none-any.whl").sha256}
    assert wheel["url"] == "https://index.example/files/end-1-py3-none-any.whl"
    assert top["sdist"]["name"] == "top-1.tar.gz"
    assert top["dependencies"] == [{"name": "end", "version": "1"}]


def test_a_file_of_this_machine_is_a_path() -> None:
    data = encode_pylock(PLAN, lambda _, file: f"file:///my%20wheels/{file.filename}")
    assert read(data)["packages"][1]["sdist"]["path"] == "/my wheels/top-1.tar.gz"


def test_what_was_asked_for_by_its_address_is_looked_for_nowhere_else() -> None:
    at, commit = "https://x.example/top-1.tar.gz", "c" * 40
    direct = replace(TOP, source=replace(artifact("top-1.tar.gz"), url=at))
    top = read(encode_pylock(plan([direct], [], "top"), lambda *_: at))["packages"][0]
    assert top["archive"]["url"] == at
    data = encode_pylock(
        plan([TOP], [], "top"), lambda *_: f"git+https://x.example/r@{commit}#subdirectory=d"
    )
    assert read(data)["packages"][0]["vcs"] == {
        "type": "git",
        "url": "https://x.example/r",
        "commit-id": commit,
        "subdirectory": "d",
    }


def test_interpreters_share_what_is_one_file() -> None:
    pure = replace(END, interpreter=CP311)
    own = replace(artifact("top-1-cp311-cp311-manylinux2014_aarch64.whl"), sha256="cd" * 32)
    newer = replace(TOP, interpreter=CP311, state=State.AVAILABLE, source=None, wheel=own)
    both = replace(
        plan([TOP, newer, END, pure], [*needs(TOP, END), *needs(newer, pure)], "top"),
        target=replace(PLAN.target, interpreters=(CP39, CP311)),
    )
    data = encode_pylock(both, served)
    names = [(package["name"], package.get("marker")) for package in read(data)["packages"]]
    assert names == [
        ("end", None),
        ("top", 'python_version == "3.9"'),
        ("top", 'python_version == "3.11"'),
    ]
    assert selected(data, CP39)["top"] is PackageSdist
    assert selected(data, CP311)["top"] is PackageWheel


def test_what_has_no_source_cannot_be_locked() -> None:
    lost = plan([node("lost", State.NO_SOURCE)], [], "lost")
    with pytest.raises(UsageError, match="no source: lost 1"):
        encode_pylock(lost, served)


def test_odd_characters_survive() -> None:
    data = encode_pylock(PLAN, lambda _, file: f'https://index.example/"\\\x7fé/{file.filename}')
    assert read(data)["packages"][0]["wheels"][0]["url"].startswith(
        'https://index.example/"\\\x7fé/'
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [("pylock.toml", True), ("pylock.arm.toml", True), ("plan.json", False)],
)
def test_the_names_of_lock_files(name: str, expected: bool) -> None:  # noqa: FBT001  # data
    assert is_lock_name(Path(name)) is expected


@pytest.mark.parametrize("name", ["lock.toml", "pylock.a.b.toml"])
def test_a_wrong_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name for a lock file"):
        is_lock_name(Path(name))
