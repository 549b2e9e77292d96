import pytest

from fakes.index import FakeFile, FakeIndex, sdist, wheel
from porter.model import Interpreter, Platform, State
from porter.resolve.catalog import Catalog
from porter.resolve.classify import classify
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Shelf

RUNTIME = Runtime.target(Platform.parse("aarch64", "manylinux2014"), Interpreter(3, 9))


def wheels(*tags: str) -> list[FakeFile]:
    return [wheel(f"a-1-{tag}.whl") for tag in tags]


@pytest.mark.parametrize(
    ("files", "state", "reason"),
    [
        ([sdist("a-1.tar.gz")], State.PORT, "sdist only: no wheel on the index"),
        (
            wheels("py3-none-any"),
            State.AVAILABLE,
            "wheel on the index: a-1-py3-none-any.whl",
        ),
        (
            wheels("cp39-cp39-win32", "cp39-cp39-macosx_11_0_arm64"),
            State.NO_SOURCE,
            (
                "no aarch64 wheel: 2 wheels on the index, for win and macosx; "
                "no sdist: give a source in a recipe"
            ),
        ),
        (
            [
                *wheels("cp39-cp39-manylinux1_i686", "cp39-cp39-manylinux_2_5_x86_64"),
                sdist("a-1.zip"),
            ],
            State.PORT,
            "no aarch64 wheel: 2 wheels on the index, for x86_64/i686 linux",
        ),
        (
            [*wheels("cp38-cp38-manylinux2014_aarch64", "cp310-cp310-win32"), sdist("a-1.zip")],
            State.PORT,
            "no cp39 wheel for aarch64: 2 wheels on the index, those for aarch64 are for cp38",
        ),
        (
            [*wheels("cp39-cp39-manylinux_2_28_aarch64"), sdist("a-1.zip")],
            State.PORT,
            "no aarch64 wheel within the policy: those on the index are manylinux_2_28",
        ),
        (
            [*wheels("cp39-cp39-musllinux_1_1_aarch64"), sdist("a-1.zip")],
            State.PORT,
            "no aarch64 wheel within the policy: those on the index are musllinux_1_1",
        ),
        (
            [*wheels("py2-none-any"), sdist("a-1.zip")],
            State.PORT,
            "no cp39 wheel: 1 wheel on the index, for py2",
        ),
        (
            [*wheels("cp39-cp39-macosx_11_0_arm64", "py2-none-any"), sdist("a-1.zip")],
            State.PORT,
            "no aarch64 wheel: 2 wheels on the index, for macosx and other Pythons",
        ),
    ],
)
def test_reasons(files: list[FakeFile], state: State, reason: str) -> None:
    (offer,) = Shelf(catalog=Catalog(FakeIndex({"a": files})), runtime=RUNTIME).offers(
        files[0].file.name
    )
    assert classify(offer, RUNTIME, source=offer.sdist, from_source=False) == (state, reason)
