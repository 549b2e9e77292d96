import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from porter.errors import UsageError
from porter.index import strip_credentials
from porter.index.reference import Reference, parse_reference

SHA = "a" * 40
HASH = "0" * 64


@pytest.mark.parametrize(
    ("url", "expected", "filename"),
    [
        (
            f"https://x.example/d/a-1-py3-none-any.whl#sha256={HASH}",
            Reference("https://x.example/d/a-1-py3-none-any.whl", sha256=HASH),
            "a-1-py3-none-any.whl",
        ),
        (
            "https://me:secret@x.example/a-1%2Blocal.tar.gz?key=1",
            Reference("https://x.example/a-1%2Blocal.tar.gz?key=1"),
            "a-1+local.tar.gz",
        ),
        ("file:///d/a-1.zip", Reference("file:///d/a-1.zip"), "a-1.zip"),
        (
            f"git+https://x.example/o/repo.git@{SHA}#subdirectory=py/a",
            Reference("git+https://x.example/o/repo.git", SHA, "py/a"),
            f"repo-py-a-{SHA[:12]}.tar",
        ),
        (
            "git+ssh://git@x.example/repo@feature/x#egg=a",
            Reference("git+ssh://git@x.example/repo", "feature/x"),
            "repo-feature-x.tar",
        ),
        ("git+file:///d/repo", Reference("git+file:///d/repo"), "repo-.tar"),
    ],
)
def test_what_an_address_says(url: str, expected: Reference, filename: str) -> None:
    found = parse_reference(url)
    assert found == expected
    assert found.filename == filename
    assert parse_reference(str(found)) == Reference(found.url, found.revision, found.subdirectory)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://x.example/a-1.tar.gz", "of a kind porter does not fetch"),
        ("git+http://x.example/a.git", "of a kind porter does not fetch"),
        ("git://x.example/a.git", "of a kind porter does not fetch"),
        ("ext::sh -c id", "of a kind porter does not fetch"),
        ("1.0", "1.0 is none"),
        ("https://x.example:port/a-1.tar.gz", "cannot be read"),
        ("https://x.example/", "does not end in the name"),
        ("https://x.example/a.exe", "does not end in the name"),
        ("https://x.example/%2e%2e%2fa-1.tar.gz", "does not end in the name"),
        ("file://other.example/a-1.tar.gz", "names no file of this machine"),
        ("file:a-1.tar.gz", "names no file of this machine"),
        ("https://x.example/a-1.tar.gz#sha256=12", "not 64 hex digits"),
        ("https://x.example/a-1.tar.gz#md5=12", "says #md5"),
        ("git+https://?@", "names no repository"),
        ("git+https://x.example/@v1", "names no repository"),
        ("https://x.example/a-1.tar.gz#subdirectory=b", "says #subdirectory"),
        ("git+https://x.example/a.git@--upload-pack=id", "names the revision"),
        ("git+https://x.example/a.git@a..b", "names the revision"),
        ("git+https://x.example/a.git@", "names the revision"),
        ("git+https://x.example/a.git#subdirectory=../b", "no plain path"),
    ],
)
def test_addresses_that_cannot_be_used(url: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_reference(url)


def test_a_refused_address_shows_no_password() -> None:
    with pytest.raises(UsageError) as caught:
        parse_reference("ftp://me:secret@x.example/a-1.tar.gz?key=secret")
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "bare", "found"),
    [
        (
            "a[x] @ https://me:p%40ss@x.example/a-1.tar.gz ; os_name == 'posix'",
            "a[x] @ https://x.example/a-1.tar.gz ; os_name == 'posix'",
            {"https://x.example:443": ("me", "p@ss")},
        ),
        (
            "a @ git+https://token@x.example/a.git@v1",
            "a @ git+https://x.example/a.git@v1",
            {"https://x.example:443": ("token", "")},
        ),
        ("a @ git+ssh://git@x.example/a.git", "a @ git+ssh://git@x.example/a.git", {}),
        ("a>=1", "a>=1", {}),
    ],
)
def test_credentials_are_taken_out(text: str, bare: str, found: dict[str, tuple[str, str]]) -> None:
    assert strip_credentials(text) == (bare, found)
    assert Requirement(bare).name == "a"


def test_what_a_package_may_ask_for() -> None:
    for url in ("file:///a-1.zip", "git+file:///a", "http://x.example/a-1.zip"):
        assert not parse_reference(url).may_come_from_a_package
    for url in ("https://x.example/a-1.zip", "git+https://x.example/a", "git+ssh://x.example/a"):
        assert parse_reference(url).may_come_from_a_package


def test_a_hash_that_only_one_states_is_no_difference() -> None:
    bare = parse_reference("https://x.example/a-1.zip")
    one, other = (parse_reference(f"{bare}#sha256={c * 64}") for c in "ab")
    assert bare.same_as(one)
    assert one.same_as(bare)
    assert not one.same_as(other)


@given(st.text(max_size=40), st.sampled_from(["https://", "file:///", "git+https://", ""]))
def test_any_text_is_understood_or_refused(text: str, scheme: str) -> None:
    try:
        found = parse_reference(scheme + text)
    except UsageError:
        return
    again = parse_reference(str(found))
    assert again.same_as(found)
    assert "@" not in found.url.partition("://")[2].partition("/")[0]
