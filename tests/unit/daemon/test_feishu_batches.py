"""Blocks → calls: within what one takes, as few as can be, and together what they were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.backends.feishu.batches import Batch, batches
from daemon.backends.feishu.blocks import (
    BULLET,
    CALLOUT,
    CELL,
    HEADING,
    IMAGE,
    KEYS,
    QUOTES,
    TABLE,
    TEXT,
    Block,
    Image,
    Weight,
    weight,
)


def text(content: str = "a", kind: int = TEXT, *children: Block) -> Block:
    return Block(kind, {"elements": [{"text_run": {"content": content}}]}, children)


def image(name: str = "a.png") -> Block:
    return Block(IMAGE, {}, image=Image(name))


def table(rows: int, columns: int, *, filled: Sequence[Block] = ()) -> Block:
    cell = Block(CELL, {}, (text("cell"), *filled))
    shape = {"row_size": rows, "column_size": columns}
    return Block(TABLE, {"property": shape}, (cell,) * (rows * columns))


def put_together(calls: Sequence[Batch]) -> tuple[Block, ...]:
    """The first-level blocks of a document that has taken the *calls*: a server of a few lines."""
    children: dict[str | None, list[str]] = {None: []}
    made: dict[str, Block] = {}
    for call in calls:
        assert call.parent in children  # an earlier call made it
        images = dict(call.images)
        for sent in call.descendants:
            id, kind = sent["block_id"], sent["block_type"]
            assert id not in made
            children[id] = list(sent.get("children", ()))
            made[id] = Block(kind, sent[KEYS[kind]], image=images.get(id))
        children[call.parent] += call.children_id

    def whole(id: str) -> Block:
        block = made[id]
        return Block(block.type, block.content, tuple(map(whole, children[id])), block.image)

    return tuple(map(whole, children[None]))


def check_limits(call: Batch, room: Weight) -> None:
    assert 1 <= len(call.children_id) <= len(call.descendants) <= room.blocks
    kinds = [sent["block_type"] for sent in call.descendants]
    assert kinds.count(IMAGE) == len(call.images) <= room.images
    ids = {sent["block_id"] for sent in call.descendants}
    told = [
        *call.children_id,
        *(id for sent in call.descendants for id in sent.get("children", ())),
    ]
    assert sorted(ids) == sorted(told)  # each has one parent, in this call
    for sent in call.descendants:
        if sent["block_type"] in {CALLOUT, CELL, QUOTES}:
            assert sent["children"]
        if sent["block_type"] == TABLE:
            shape = sent["table"]["property"]
            assert len(sent["children"]) == shape["row_size"] * shape["column_size"]


leaves = st.one_of(
    st.builds(text, st.text("ab", max_size=3), st.sampled_from([TEXT, HEADING, BULLET])),
    st.builds(image, st.sampled_from(["a.png", "b.png"])),
)


def many(block: st.SearchStrategy[Block]) -> st.SearchStrategy[tuple[Block, ...]]:
    """Some blocks, and now and then more than a call takes."""
    runs = st.tuples(block, st.sampled_from([1, 1, 1, 2, 5, 19, 21]))
    return st.lists(runs, max_size=4).map(
        lambda found: tuple(b for b, n in found for _ in range(n))
    )


def containers(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    some = st.lists(inner, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        many(inner).map(lambda blocks: text("item", BULLET, *blocks)),
        some.map(lambda blocks: Block(QUOTES, {}, (text("first"), *blocks))),
        some.map(lambda blocks: Block(CALLOUT, {}, (text("first"), *blocks))),
        st.builds(table, st.integers(1, 3), st.integers(1, 3), filled=some),
    )


#: As what Feishu takes, but small, so that what is random often meets it.
SMALL = Weight(20, 4, 200)
documents = many(st.recursive(leaves, containers, max_leaves=8))


@settings(deadline=None)
@given(documents)
def test_no_call_is_over_a_limit_and_together_they_are_the_document(
    document: tuple[Block, ...],
) -> None:
    calls = batches(document, room=SMALL)

    for call in calls:
        check_limits(call, SMALL)
    assert put_together(calls) == document


@settings(deadline=None)
@given(documents)
def test_calls_are_as_few_as_can_be(document: tuple[Block, ...]) -> None:
    calls = batches(document, room=SMALL)

    total = sum(map(weight, document), Weight())
    assert len(calls) >= max(math.ceil(n / most) for n, most in zip(total, SMALL, strict=True))
    if all(weight(block).fits(SMALL) for block in document):
        assert len(calls) == fewest(document)


def fewest(document: Sequence[Block]) -> int:
    """The least number of calls for whole blocks in their order, by trying every place to cut."""
    weights = [weight(block) for block in document]
    best = [0] + [len(weights)] * len(weights)
    for end in range(1, len(weights) + 1):
        call, start = Weight(), end
        while start and (call + weights[start - 1]).fits(SMALL):
            start -= 1
            call += weights[start]
            best[end] = min(best[end], best[start] + 1)
    return best[-1]


@settings(deadline=None)
@given(documents)
def test_the_same_blocks_give_the_same_calls(document: tuple[Block, ...]) -> None:
    assert batches(document, room=SMALL) == batches(document, room=SMALL)


@pytest.mark.parametrize(
    ("document", "counts"),
    [
        ([], []),
        ([text()] * 2_300, [1000, 1000, 300]),
        ([image()] * 45, [20, 20, 5]),
        ([text("item", BULLET, *[text()] * 2_300), text()], [1000, 1000, 301, 1]),
        ([*[text()] * 400, text("item", BULLET, *[text()] * 700)], [400, 701]),
        ([*[text()] * 400, text("item", BULLET, *[text()] * 1_000)], [1000, 401]),
    ],
)
def test_a_block_stays_whole_where_it_can(document: list[Block], counts: list[int]) -> None:
    assert [len(call.descendants) for call in batches(document)] == counts


def test_what_does_not_fit_is_added_to_its_own_block_before_what_stands_behind_it() -> None:
    calls = batches([text("item", BULLET, *[image()] * 50), text("behind")])

    first = calls[0].descendants[0]["block_id"]
    assert [call.parent for call in calls] == [None, first, first, None]
    assert [len(call.images) for call in calls] == [20, 20, 10, 0]


def test_all_cells_of_a_table_go_with_it_and_what_is_in_them_may_follow() -> None:
    calls = batches([table(1, 3, filled=[image()] * 10)])

    kinds = [[sent["block_type"] for sent in call.descendants] for call in calls]
    assert kinds[0].count(CELL) == 3
    assert kinds[1:] == [[IMAGE] * 10]
    assert calls[1].parent == calls[0].descendants[0]["children"][2]


def test_a_long_text_goes_in_several_calls() -> None:
    document = [text("x" * 50_000)] * 13

    sizes = [len(call.descendants) for call in batches(document)]
    assert sizes == [6, 6, 1]


def test_temporary_ids_are_unique_over_all_calls() -> None:
    calls = batches([text()] * 2_500)

    ids = [sent["block_id"] for call in calls for sent in call.descendants]
    assert len(set(ids)) == 2_500
    assert all(not set(one.children_id) & set(other.children_id) for one, other in pairwise(calls))
