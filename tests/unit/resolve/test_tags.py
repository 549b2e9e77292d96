from packaging.markers import Environment, Marker, default_environment
from packaging.tags import parse_tag

from porter.model import ARCHITECTURES, Interpreter, Platform
from porter.resolve import build_tags, marker_environment, target_tags
from porter.resolve.markers import applies

AARCH64 = Platform.parse("aarch64", "manylinux2014")
CP37, CP39 = Interpreter(3, 7), Interpreter(3, 9)


def tags(platform: Platform = AARCH64, python: Interpreter = CP39) -> list[str]:
    return [str(tag) for tag in target_tags(platform, python)]


def test_best_first_with_the_legacy_alias_after_the_perennial_name() -> None:
    assert tags()[:3] == [
        "cp39-cp39-manylinux_2_17_aarch64",
        "cp39-cp39-manylinux2014_aarch64",
        "cp39-abi3-manylinux_2_17_aarch64",
    ]


def test_a_newer_policy_accepts_older_ones_down_to_2_17() -> None:
    found = tags(Platform.parse("aarch64", "manylinux_2_28"))
    ours = [tag.split("-")[2] for tag in found if tag.startswith("cp39-cp39-")]
    assert ours[0] == "manylinux_2_28_aarch64"
    assert ours[-2:] == ["manylinux_2_17_aarch64", "manylinux2014_aarch64"]
    assert len(ours) == 13


def test_cp37_has_its_m() -> None:
    found = tags(python=CP37)
    assert "cp37-cp37m-manylinux2014_aarch64" in found
    assert not any("-cp37-" in tag for tag in found)


def test_pure_and_older_stable_abi_wheels_are_usable() -> None:
    found = tags()
    assert {"py3-none-any", "py39-none-any", "cp39-none-any"} <= set(found)
    assert "cp36-abi3-manylinux2014_aarch64" in found
    assert "cp310-abi3-manylinux2014_aarch64" not in found


def test_nothing_of_the_host_is_in_it() -> None:
    platforms = {tag.split("-")[2] for tag in tags()}
    assert platforms == {"manylinux_2_17_aarch64", "manylinux2014_aarch64", "any"}


def test_linux_tags_only_for_local_files() -> None:
    wanted = parse_tag("cp39-cp39-linux_aarch64")
    assert not wanted & set(target_tags(AARCH64, CP39))
    assert wanted & set(target_tags(AARCH64, CP39, local=True))


def test_x86_64_goes_down_to_manylinux1() -> None:
    found = [str(tag) for tag in build_tags(ARCHITECTURES["x86_64"], (2, 17), CP39)]
    ours = [tag.split("-")[2] for tag in found if tag.startswith("cp39-cp39-")]
    assert ours[0] == "manylinux_2_17_x86_64"
    assert ours[-2:] == ["manylinux_2_5_x86_64", "manylinux1_x86_64"]
    assert "manylinux2010_x86_64" in ours


def test_a_build_root_with_an_older_glibc_takes_less() -> None:
    found = [str(tag) for tag in build_tags(ARCHITECTURES["x86_64"], (2, 12), CP39)]
    assert not any("2014" in tag or "2_17" in tag for tag in found)


def test_markers_are_complete_and_all_strings() -> None:
    environment = marker_environment(AARCH64, CP37)
    assert set(environment) == set(Environment.__annotations__) == set(default_environment())
    assert environment["platform_machine"] == "aarch64"
    assert environment["python_full_version"].startswith("3.7.")


def test_markers_are_the_targets() -> None:
    environment = marker_environment(AARCH64, CP37)
    assert applies(Marker("platform_machine == 'aarch64' and python_version < '3.8'"), environment)
    assert applies(Marker("extra == 'x'"), environment, "x")
    assert not applies(Marker("extra == 'x'"), environment)
    assert not applies(Marker("sys_platform == 'win32'"), environment)


def test_an_undefined_comparison_is_false() -> None:
    assert not applies(Marker("os_name ~= 'posix'"), marker_environment(AARCH64, CP37))
