"""A long text is cut into parts, and tokens are counted without a service."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.writing import estimate
from daemon.writing.calls import joint
from daemon.writing.parts import split
from daemon.writing.thoughts import Thoughts
from tests.timing import seconds

LINES = st.sampled_from(
    [
        "# A heading",
        "## 标题",
        "",
        "A sentence. And one more? Yes!",
        "潮汐由引力引起。每天两次！",
        "| a | b |",
        "| --- | --- |",
        "```",
        "# no heading in code",
        "- an item",
        "word" * 100,
        "😀" * 50,
        "   ",
        "1.2.3",
    ]
)


@settings(max_examples=300)
@given(st.lists(LINES, max_size=60).map("\n".join), st.integers(4, 400))
def test_the_parts_together_are_the_text_and_each_fits(text: str, room: int) -> None:
    parts = split(text, room)

    assert "".join(parts) == text
    assert all(estimate(part) <= room for part in parts)
    assert all(parts) or not text


@given(st.text(), st.integers(4, 50))
def test_so_it_is_with_any_text(text: str, room: int) -> None:
    parts = split(text, room)

    assert "".join(parts) == text
    assert all(estimate(part) <= room for part in parts)


def test_a_text_is_cut_at_its_sections_where_they_fit() -> None:
    sections = [f"## Section {number}\n\n{'Some words here. ' * 20}\n\n" for number in range(20)]

    for part in split("".join(sections), 300):
        assert part.startswith("## Section")
        assert part.endswith("\n\n")


def test_fenced_code_and_tables_are_not_cut_where_they_fit() -> None:
    code = "```\n" + "x = 1\n\n# not a heading\n\n" * 5 + "```"
    table = "| a | b |\n| --- | --- |\n" + "| 1 | 2 |\n" * 10
    text = "\n\n".join(["Some words. " * 10, code, "More words. " * 10, table] * 10)
    room = max(estimate(code), estimate(table)) + 20

    parts = split(text, room)

    assert len(parts) > 10
    assert sum(part.count(code) for part in parts) == 10
    assert sum(part.count(table.strip()) for part in parts) == 10


def test_a_paragraph_that_does_not_fit_is_cut_between_sentences() -> None:
    text = "潮汐由月亮和太阳的引力引起，每天涨落两次。" * 200

    assert all(part.endswith("。") for part in split(text, 200))


def test_no_part_is_half_empty_where_the_pieces_are_small() -> None:
    text = "Some words here.\n\n" * 5_000
    parts = split(text, 1_000)

    assert all(estimate(part) > 900 for part in parts[:-1])


@pytest.mark.parametrize(
    "piece",
    ["word ", "潮", "A sentence. ", "x\n", "x\n\n", "# x\n", "a", "```\n", "| a ", "。", " " * 300],
)
def test_the_time_is_linear_in_the_text(piece: str) -> None:
    def took(size: int) -> float:
        text = piece * (size // len(piece))
        return seconds(lambda: split(text, 2_000))

    small, large = took(100_000), took(400_000)

    assert large < 9 * small + 0.1


# Tokens.

#: The larger of what two vocabularies of mistral-common 1.13 make of a text: tekken_240911, a large
#: one as those of OpenAI are, and mistral_instruct_tokenizer_240323 (v3), a small one as Llama's,
#: which falls back to bytes.
COUNTED = [
    (
        "The tides rise and fall twice a day because the Moon pulls at the sea. "
        "In the Bay of Fundy they reach sixteen metres, the highest of any coast.",
        34,
    ),
    (
        "数据显示，2024年，中国企业承接服务外包执行额22197亿元人民币，同比增长13.3%。其中，信息技术研发服务、设计服务等高附加值业务执行额分别为3891亿元、3446亿元。",
        94,
    ),
    (
        "潮汐由月亮和太陽的引力引起，每天漲落兩次；錢塘江的潮汐在中秋節前後最為壯觀，吸引了許多遊客！",
        69,
    ),
    ("潮汐は月と太陽の引力によって起こり、一日に二回満ち引きする。", 37),
    ("조석은 달과 태양의 인력 때문에 하루에 두 번 일어난다.", 32),
    ("Приливы и отливы происходят дважды в день из-за притяжения Луны и Солнца.", 31),
    ("يحدث المد والجزر مرتين في اليوم بسبب جاذبية القمر والشمس.", 49),
    ("Die Gezeiten steigen und fallen zweimal täglich, weil der Mond das Meer anzieht.", 25),
    ("น้ำขึ้นน้ำลงวันละสองครั้งเพราะแรงดึงดูดของดวงจันทร์", 52),
    ("चंद्रमा के गुरुत्वाकर्षण के कारण ज्वार दिन में दो बार आता है।", 62),
    (
        "| Year | Amount | Growth |\n| --- | --- | --- |\n| 2023 | 19,591.6 | 10.4% |\n"
        "| 2024 | 22,197.0 | 13.3% |\n",
        68,
    ),
    (
        "```python\ndef render(article: Article) -> str:\n"
        '    return "\\n".join(block.text for block in article.body)\n```\n',
        35,
    ),
    (
        "[report](https://example.org/2025/07/24/c_1128934567.htm?utm_source=feed&id=8lE1OVQRmEX)",
        56,
    ),
    (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        69,
    ),
    ("👍🏽 Great! 🎉🎉 潮汐🌊", 26),
]


@pytest.mark.parametrize(("text", "most"), COUNTED)
def test_no_fewer_tokens_than_real_tokenizers_count(text: str, most: int) -> None:
    assert most <= estimate(text) <= 4 * most


@given(st.text(), st.text())
def test_a_text_has_more_tokens_than_its_parts_and_no_more_than_they_have_together(
    one: str, other: str
) -> None:
    both = estimate(one + other)

    assert max(estimate(one), estimate(other)) <= both <= estimate(one) + estimate(other)


@given(st.text(min_size=1), st.integers(1, 50))
def test_the_count_grows_with_the_text(text: str, times: int) -> None:
    assert abs(estimate(text * times) - times * estimate(text)) <= times


def test_nothing_has_no_tokens_and_anything_has_some() -> None:
    assert estimate("") == 0
    assert estimate("\ud800") > 0


# Thoughts.


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("<think>a</think>b", "b"),
        ("\n<thinking>a</think>b</thinking>\n c", "\n c"),
        ("<think>a</think> <thought>b</thought>c", "c"),
        ("<think>a", ""),
        ("<think>a</thin", ""),
        ("<thick> a", "<thick> a"),
        ("a <think>b</think>", "a <think>b</think>"),
        ("<", "<"),
        ("", ""),
        ("<think></think>" * 5_000 + "a", "a"),
    ],
)
@pytest.mark.parametrize("step", [1, 2, 7, 100_000])
def test_thoughts_go_however_they_are_cut_into_pieces(said: str, answer: str, step: int) -> None:
    thoughts = Thoughts()
    pieces = [thoughts.without(said[at : at + step]) for at in range(0, len(said), step)]

    assert "".join(pieces) + thoughts.rest() == answer


# Answers that go on.


@pytest.mark.parametrize(
    ("begun", "rest", "whole"),
    [
        ("The Moon pu", "lls at the sea.", "The Moon pulls at the sea."),
        ("The Moon pulls", "Moon pulls at the sea.", "The Moon pulls at the sea."),
        ("in 2", "22 metres", "in 222 metres"),
        (f"{'a' * 50} b", f"\n{'a' * 50} b c", f"\n{'a' * 50} b c"),
        ("", "all", "all"),
        ("all", "", "all"),
        ("每天涨落两次", "每天涨落两次。", "每天涨落两次。"),
    ],
)
def test_two_halves_are_joined_without_what_both_have(begun: str, rest: str, whole: str) -> None:
    assert joint(begun, rest) == whole
