from pathlib import Path

import pytest

from porter.requirements import LineError, named


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("six>=1 ; os_name == 'posix'", "six>=1 ; os_name == 'posix'"),
        ("six @ https://x.example/any.zip", "six @ https://x.example/any.zip"),
        ("six[a]@https://x.example/any.zip", "six[a]@https://x.example/any.zip"),
        ("https://x.example/d/Foo_Bar-1-py3-none-any.whl", "foo-bar @ {}"),
        ("https://x.example/foo-1.0.tar.gz#sha256=ab", "foo @ {}"),
        ("git+https://x.example/a.git@v1#egg=Demo", "Demo @ {}"),
        ("git+ssh://git@x.example/a.git#egg=demo&subdirectory=x", "demo @ {}"),
    ],
)
def test_names(text: str, expected: str) -> None:
    assert named(text) == expected.format(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./foo-1.0.tar.gz", "foo @ file://{}/foo-1.0.tar.gz"),
        ("foo-1.0.zip", "foo @ file://{}/foo-1.0.zip"),
        ("dist/foo-1-py3-none-any.whl[x,y]", "foo[x,y] @ file://{}/dist/foo-1-py3-none-any.whl"),
        (
            "./foo-1.0.zip ; os_name == 'posix'",
            "foo @ file://{}/foo-1.0.zip ; os_name == 'posix'",
        ),
        ("/d/foo-1.0.zip", "foo @ file:///d/foo-1.0.zip"),
    ],
)
def test_paths_are_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert named(text) == expected.format(tmp_path)


def test_a_folder_is_no_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text in (".", f"{tmp_path}/"):
        with pytest.raises(LineError, match="is a folder") as caught:
            named(text)
        assert caught.value.hint is not None
        assert f"NAME @ git+{tmp_path.as_uri()}" in caught.value.hint


def test_a_file_of_requirements_is_read_by_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert named("requirements.txt") == "requirements.txt"  # a project may have the name
    (tmp_path / "requirements.txt").write_text("six\n")
    for text in ("requirements.txt", "./requirements.txt"):
        with pytest.raises(LineError, match="is a file of requirements") as caught:
            named(text)
        assert caught.value.hint == f"Have it read by -r {text}."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("./foo.whl", "is no wheel"),
        ("./folder", "nothing tells the name"),
        ("git+https://me:secret@x.example/a.git", "nothing tells the name"),
        ("https://x.example/v1.zip", "nothing tells the name"),
        ("s i x", "malformed requirement 's i x'"),
        ("six @", "malformed requirement"),
        ("", "malformed requirement"),
    ],
)
def test_what_has_no_name(text: str, words: str) -> None:
    with pytest.raises(LineError, match=words) as caught:
        named(text)
    assert "secret" not in caught.value.text
