"""The report page in a browser: of a real run with a failure, and of large made-up ones."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from e2e.command import Porter
from e2e.packages import SCRIPT, index
from e2e.serving import served
from fakes.attempts import attempt
from lib.past import workspace as made_up
from porter.phrases import size
from porter.report.marks import LOOKS
from porter.run import Journal

pytestmark = pytest.mark.e2e

BAD, TOP, GOOD = "porter-bad==1.0@cp39", "porter-top==1.0@cp39", "porter-good==1.0@cp39"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
Open = Callable[..., Page]


# Not for the session: while playwright is at work an event loop runs in this thread, and tests of
# others begin their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Debian's chromium is missing: doit setup"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a file; at the end no page may have complained, or asked for anything else."""
    complaints: list[str] = []
    pages: list[Page] = []

    def open_(path: Path, *, anchor: str = "", width: int = 1200, dark: bool = False) -> Page:
        page = browser.new_page(
            viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
        )
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _note(request.url, path, complaints))
        page.goto(path.as_uri() + anchor)
        page.wait_for_selector("#rows tr")
        return page

    yield open_
    for page in pages:
        assert page.evaluate("window.owned") is None
        page.close()
    assert complaints == []


def _note(url: str, path: Path, complaints: list[str]) -> None:
    if not url.startswith((path.as_uri(), "data:")):
        complaints.append(f"asked for {url}")


@pytest.fixture(scope="session")
def porter_run(
    porters: Callable[[str], Porter], tmp_path_factory: pytest.TempPathFactory
) -> Porter:
    """A real run: one port is built, one fails, one is blocked by that."""
    porter = porters("page")
    address = index(tmp_path_factory.mktemp("index"))
    words = ("build", "porter-top", "--python", "3.9", "--strategy", "cross")
    ports = porter.ports(*words, "--extra-index-url", address, status=1)
    assert {name: port["outcome"] for name, port in ports.items()} == {
        GOOD: "built", BAD: "failed", TOP: "blocked",
    }  # fmt: skip
    return porter


@pytest.fixture
def report(porter_run: Porter) -> Path:
    """What the run itself has written."""
    return porter_run.workspace / ".porter" / "report" / "index.html"


def rows(page: Page) -> list[str]:
    return [
        str(name) for name in page.locator("#rows tr").evaluate_all("r => r.map(x => x.dataset.id)")
    ]


def test_counts_and_states_are_those_of_status(
    porter_run: Porter, report: Path, opened: Open
) -> None:
    page, status = opened(report), porter_run.json("status")
    buttons = page.locator("#counts button")
    shown = {button.get_attribute("data-state"): button.inner_text() for button in buttons.all()}
    assert shown == {
        state: f"{count} {LOOKS[state].says}" for state, count in status["counts"].items()
    }
    assert sorted(rows(page)) == sorted(node["id"] for node in status["nodes"])
    for node in status["nodes"]:
        state = page.locator(f'#rows tr[data-id="{node["id"]}"] td').first
        expect(state).to_have_text(LOOKS[node["state"]].says)


def test_search_filter_and_sort(report: Path, opened: Open) -> None:
    page = opened(report)
    assert rows(page)[0] == BAD  # what a person looks for stands first
    page.get_by_label("Search").fill("does not compile")
    assert rows(page) == [BAD]
    assert page.locator("#found").inner_text() == "1 of 6 packages"
    page.get_by_label("Search").fill("")
    page.locator('[data-state="blocked"]').click()
    assert rows(page) == [TOP]
    page.locator('[data-state="blocked"]').click()
    page.locator('[data-column="name"]').click()
    names = [name.partition("==")[0] for name in rows(page)]
    assert names == sorted(names)
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Package ↑")
    page.locator('[data-column="name"]').click()
    assert [name.partition("==")[0] for name in rows(page)] == names[::-1]


def test_what_is_told_of_a_failure(porter_run: Porter, report: Path, opened: Open) -> None:
    page = opened(report)
    _link(page, "porter-bad").click()
    detail = page.locator("#detail")
    expect(detail).to_be_visible()
    expect(detail.locator("h2")).to_be_focused()
    assert detail.locator("mark").inner_text() == f'bad.c:1:2: error: "{SCRIPT}"'
    facts = dict(
        zip(
            detail.locator("dt").all_inner_texts(),
            detail.locator("dd").all_inner_texts(),
            strict=True,
        )
    )
    status = {node["id"]: node for node in porter_run.json("status")["nodes"]}[BAD]
    assert (facts["State"], facts["Phase"], facts["Blocks"]) == ("failed", "build", TOP)
    assert (facts["Why"], facts["Log"]) == (status["reason"], status["log"])
    assert (porter_run.workspace / facts["Log"]).is_file()
    commands = detail.locator(".command code").all_inner_texts()
    assert commands[0] == "porter log porter-bad"
    for command in commands[:2]:
        words = [sys.executable, "-m", *shlex.split(command)]
        subprocess.run(words, cwd=porter_run.workspace, check=True, capture_output=True)
    # Nothing of what the package says became a part of the page.
    assert detail.locator("img, script").count() == 0


def test_what_is_told_of_a_wheel(porter_run: Porter, report: Path, opened: Open) -> None:
    page = opened(report, anchor=f"#node={GOOD.replace('=', '%3D').replace('@', '%40')}")
    text = page.locator("#detail").inner_text()
    (wheel,) = (porter_run.workspace / "wheelhouse").glob("*.whl")
    assert f"{size(wheel.stat().st_size)} after repair" in text
    assert "-".join(wheel.stem.split("-")[2:]) in text
    assert "import: 1 module;" in text
    assert "porter build graphs/porter-top.json --rebuild porter-good" in text


def test_back_and_forward(report: Path, opened: Open) -> None:
    page = opened(report)
    _link(page, "porter-bad").click()
    page.locator("#detail").get_by_text(TOP).first.click()
    expect(page.locator("#detail h2")).to_have_text("porter-top 1.0")
    page.go_back()
    expect(page.locator("#detail h2")).to_have_text("porter-bad 1.0")
    page.go_back()
    expect(page.locator("#detail")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#detail h2")).to_have_text("porter-bad 1.0")
    page.reload()
    expect(page.locator("#detail h2")).to_have_text("porter-bad 1.0")


def test_the_graph_is_lit_by_hover_and_opened_by_click(report: Path, opened: Open) -> None:
    page = opened(report)
    page.mouse.move(*_where(page, BAD))
    tip = page.locator("#tip")
    expect(tip).to_have_text(re.compile(f"^{BAD}: failed, blocks 1. Needs 3, needed by 1.$"))
    lit = page.locator("#canvas").screenshot()
    page.mouse.move(5, 5)
    expect(tip).to_be_empty()
    assert page.locator("#canvas").screenshot() != lit
    page.mouse.click(*_where(page, TOP))
    expect(page.locator("#detail h2")).to_have_text("porter-top 1.0")


def test_ports_alone_are_zoomed_and_moved(report: Path, opened: Open) -> None:
    page = opened(report)
    before = _where(page, BAD)
    page.get_by_label("Ports alone").check()
    assert page.evaluate("document.getElementById('canvas').where('packaging')") is None
    alone = _where(page, BAD)
    assert alone != before
    page.get_by_role("button", name="Zoom in").click()
    assert _where(page, BAD) != alone
    page.get_by_role("button", name="Fit").click()
    assert _where(page, BAD) == alone
    x, y = page.locator("#canvas").bounding_box()["x"] + 20, alone[1] - 60  # type: ignore[index]  # it is there
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 30, steps=5)
    page.mouse.up()
    assert _where(page, BAD) == pytest.approx((alone[0] + 50, alone[1] + 30), abs=1)


def _link(page: Page, name: str) -> Locator:
    return page.locator("#rows").get_by_role("link", name=name, exact=True)


def _where(page: Page, node: str) -> tuple[float, float]:
    page.locator("#canvas").scroll_into_view_if_needed()
    x, y = page.evaluate("id => document.getElementById('canvas').where(id)", node)
    return (x, y)


def test_the_keyboard_alone_is_enough(report: Path, opened: Open) -> None:
    page = opened(report)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first count: failed
    assert rows(page) == [BAD]
    assert page.evaluate("document.activeElement.dataset.state") == "failed"
    page.keyboard.press("Enter")
    page.locator("#canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('tr') !== null")
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("anchor", ["", "#node=porter-bad%3D%3D1.0%40cp39"])
def test_nobody_is_kept_out(
    report: Path, opened: Open, width: int, anchor: str, scheme: str
) -> None:
    page = opened(report, anchor=anchor, width=width, dark=scheme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    # axe is put into the page from outside, which the page's own policy rightly refuses.
    found = Axe().run(page)
    serious = [
        (rule["id"], [node["html"] for node in rule["nodes"]])
        for rule in found.response["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_time_line_and_runs(report: Path, opened: Open) -> None:
    page = opened(report)
    label = page.locator("#gantt svg").get_attribute("aria-label") or ""
    assert re.match(r"What ran when: [23] packages in .+, at most [12] at once\.", label)
    bars = page.locator("#gantt rect title").all_text_contents()
    for phase in ("fetch", "prepare", "build", "repair", "verify", "publish"):
        assert [bar for bar in bars if bar.startswith(f"{GOOD} {phase}: ")]
    assert page.locator("#runs tbody tr").count() == 1


@pytest.mark.parametrize("nodes", [500, 5000])
def test_a_large_graph_stays_quick(tmp_path: Path, opened: Open, nodes: int) -> None:
    place = made_up(tmp_path, nodes, ported=0.7)
    output = tmp_path / "report.html"
    porter = Porter(place.root)
    porter("graph", "-o", str(output))
    assert output.stat().st_size <= 5 << 20
    page = opened(output)
    counts = porter.json("status")["counts"]
    assert sum(counts.values()) == nodes
    shown = page.locator("#counts button").evaluate_all("b => b.map(x => x.dataset.state)")
    assert set(shown) == set(counts)
    took = {name: _best(page, act) for name, act in _ACTS.items()}
    assert {name: ms for name, ms in took.items() if ms > 100} == {}, took


_ACTS = {
    "search": "type('p0000')",
    "search nothing": "type('')",
    "sort": "document.querySelector('[data-column=seconds]').click()",
    "filter": "document.querySelector('[data-state=failed]').click()",
    "open": "location.hash = 'node=' + encodeURIComponent(data.nodes[N].id)",
    "close": "document.getElementById('close').click()",
    "zoom": "document.getElementById('zoom-in').click()",
    "fit": "document.getElementById('fit').click()",
    "hover": "point(data.nodes[N].id)",
}


def _best(page: Page, act: str) -> float:
    """Milliseconds until the next picture is there: the least of some, as machines are busy."""
    found = page.evaluate(
        """async () => {
          const painted = (done) => requestAnimationFrame(() => setTimeout(done));
          const picture = () => new Promise(painted);
          const type = (text) => {
            const search = document.getElementById("search");
            search.value = text;
            search.dispatchEvent(new Event("input"));
          };
          const point = (id) => {
            const canvas = document.getElementById("canvas");
            const [clientX, clientY] = canvas.where(id) || [0, 0];
            const at = { clientX, clientY, pointerId: 1 };
            canvas.dispatchEvent(new PointerEvent("pointermove", at));
          };
          const took = [];
          for (let N = 0; N < 5; N += 1) {
            await picture();
            const began = performance.now();
            ACT;
            await picture();
            took.push(performance.now() - began);
          }
          return took;
        }""".replace("ACT", act)
    )
    times: list[float] = json.loads(json.dumps(found))
    return min(times)


def test_a_page_that_is_served_follows_the_run(porter_run: Porter, browser: Browser) -> None:
    with served(porter_run.workspace) as (_, port):
        page = browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{port}/")
        row = page.locator(f'#rows tr[data-id="{TOP}"] td')
        expect(row.first).to_have_text("blocked by a failure")
        journal = Journal(porter_run.workspace / ".porter" / "journal.sqlite")
        number = journal.begin(attempt(BAD, outcome="running"))
        journal.enter(number, "build")
        expect(row.first).not_to_have_text("blocked by a failure", timeout=15_000)
        bad = page.locator(f'#rows tr[data-id="{BAD}"] td')
        expect(bad.first).to_have_text("being built")
        expect(page.locator("#offline")).to_be_hidden()
        journal.end(number, attempt(BAD, outcome="failed", phase="build", reason="again"))
        expect(bad.first).to_have_text("failed", timeout=15_000)
        expect(row.first).to_have_text("blocked by a failure")
        page.close()
    assert complaints == []
