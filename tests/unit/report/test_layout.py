from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from porter.report.layout import isotonic, layered

GRAPHS = st.integers(1, 14).flatmap(
    lambda n: st.tuples(
        st.lists(st.tuples(st.integers(8, 90), st.integers(8, 40)), min_size=n, max_size=n),
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=3 * n),
    )
)


@given(GRAPHS)
def test_boxes_lie_apart_and_inside_and_lines_run_forward(
    graph: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> None:
    boxes, pairs = graph
    sizes = {f"b{i}": (float(a), float(b)) for i, (a, b) in enumerate(boxes)}
    lines = [(f"b{a}", f"b{b}") for a, b in pairs]
    placed = layered(sizes, lines)

    for one, other in combinations(sizes, 2):
        (x, y), (u, v) = placed.centers[one], placed.centers[other]
        along = abs(x - u) - (sizes[one][0] + sizes[other][0]) / 2
        across = abs(y - v) - (sizes[one][1] + sizes[other][1]) / 2
        assert along >= 0 or across > 10

    for name, (x, y) in placed.centers.items():
        assert -0.01 <= x - sizes[name][0] / 2 <= x + sizes[name][0] / 2 <= placed.length + 0.01
        assert -0.01 <= y - sizes[name][1] / 2 <= y + sizes[name][1] / 2 <= placed.breadth + 0.01

    assert set(placed.ways) == {(a, b) for a, b in lines if a != b}
    for (start, end), points in placed.ways.items():
        assert len(points) % 3 == 1
        forward = int(start[1:]) < int(end[1:])
        assert (points[0][0] < points[-1][0]) is forward


def test_a_line_begins_and_ends_at_its_boxes() -> None:
    placed = layered({"a": (50, 20), "b": (30, 20)}, [("a", "b")])
    assert placed.ways["a", "b"][0] == (50, 10)
    assert placed.ways["a", "b"][-1] == (placed.centers["b"][0] - 15, placed.centers["b"][1])


def test_lines_that_need_not_cross_do_not() -> None:
    sizes = dict.fromkeys(("a", "b", "c", "x", "y", "z"), (10.0, 10.0))
    placed = layered(sizes, [("a", "z"), ("b", "y"), ("c", "x")])
    order = sorted("abc", key=lambda name: placed.centers[name][1])
    ends = sorted("xyz", key=lambda name: placed.centers[name][1])
    assert sorted(zip(order, ends, strict=True)) == [("a", "z"), ("b", "y"), ("c", "x")]


def test_same_graph_same_places() -> None:
    sizes = {f"b{i}": (20.0, 10.0) for i in range(40)}
    lines = [(f"b{i // 3}", f"b{i}") for i in range(1, 40)]
    assert layered(sizes, lines) == layered(dict(sizes), list(lines))


def test_nothing_to_place() -> None:
    placed = layered({}, [])
    assert (placed.centers, placed.length, placed.breadth) == ({}, 0.0, 0.0)


@given(st.lists(st.integers(-50, 50), max_size=7))
def test_isotonic_is_in_order_and_no_pooling_is_nearer(wanted: list[int]) -> None:
    found = isotonic(wanted)
    assert all(a <= b + 1e-9 for a, b in pairwise(found))
    cost = sum((a - b) ** 2 for a, b in zip(found, wanted, strict=True))
    # The optimum is constant on blocks: try every way to cut the row into blocks of means.
    for cuts in range(2 ** max(len(wanted) - 1, 0)):
        blocks: list[list[int]] = []
        for i, value in enumerate(wanted):
            if i == 0 or cuts >> (i - 1) & 1:
                blocks.append([])
            blocks[-1].append(value)
        means = [sum(block) / len(block) for block in blocks]
        if means == sorted(means):
            other = sum((v - m) ** 2 for b, m in zip(blocks, means, strict=True) for v in b)
            assert cost <= other + 1e-6
