"""Pages of any size that are made, the same ones each time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

WORDS = (
    "river stone market signal copper lantern winter harbour engine orchard compass thread voyage "
    "basalt meadow circuit ledger timber glacier archive bridge window figure letter garden number "
    "of the and to in a that it was for on with as by from at which has been not are they"
).split()
CHARACTERS = "潮汐是由月亮和太阳的引力引起每天两次涨落它塑造海岸也沿岸人们生活城市河流记录数据系统"
PUNCTUATION = "，。、；：！？"
SIZES = (4_000, 9_000, 18_000, 30_000, 45_000, 60_000, 80_000, 110_000, 160_000, 250_000)

Block = Callable[[random.Random, bool], str]


def site_pages() -> Iterator[str]:
    """A page of each kind in each size, half of them Chinese."""
    for number, kind in enumerate(KINDS):
        for at, size in enumerate(SIZES):
            chinese = (number + at) % 2 == 0
            yield page(kind, size, seed=number * 100 + at, chinese=chinese)


def page(kind: str, size: int, *, seed: int = 1, chinese: bool = False) -> str:
    """A page of *kind* with about *size* bytes: half of it is the site's own."""
    chance = random.Random(seed)
    around = _around(chance, size // 2, chinese=chinese)
    title = words(chance, 8, chinese=chinese)
    content = "".join(_blocks(KINDS[kind], chance, size - len(around[0]) - len(around[1]), chinese))
    return (
        f"<!doctype html><html lang='{'zh-CN' if chinese else 'en'}'><head><meta charset='utf-8'>"
        f"<title>{title} - The Site</title>{_head(title)}</head><body>{around[0]}"
        f"<main class='main'><article class='post'><h1>{title}</h1>{content}</article></main>"
        f"{around[1]}</body></html>"
    )


def large(shape: str, size: int) -> str:
    """A page of *size* bytes that is nothing but *shape*."""
    content = "".join(_blocks(SHAPES[shape], random.Random(7), size, chinese=False))
    return (
        "<!doctype html><html><head><title>A large page</title></head><body><article>"
        f"<h1>A large page</h1>{content}</article></body></html>"
    )


def words(chance: random.Random, count: int, *, chinese: bool = False) -> str:
    if not chinese:
        return " ".join(chance.choices(WORDS, k=count))
    runs = ("".join(chance.choices(CHARACTERS, k=chance.randint(6, 18))) for _ in range(count // 8))
    return chance.choice(PUNCTUATION).join(runs) or "".join(chance.choices(CHARACTERS, k=count))


def _blocks(block: Block, chance: random.Random, size: int, chinese: bool) -> Iterator[str]:
    left = size
    while left > 0:
        made = block(chance, chinese)
        left -= len(made.encode())
        yield made


def _head(title: str) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": "2026-11-20T08:00:00+08:00",
        "author": {"@type": "Person", "name": "A. Writer"},
    }
    return (
        f"<meta property='og:title' content='{title}'><meta property='og:site_name' "
        "content='The Site'><link rel='stylesheet' href='/style.css'>"
        f"<script type='application/ld+json'>{json.dumps(data)}</script>"
    )


def _around(chance: random.Random, size: int, *, chinese: bool) -> tuple[str, str]:
    """What stands before and behind the content: scripts and styles, menus, related links."""
    script = "<script>" + "window.x=window.x||[];x.push(['a',1]);" * (size // 160) + "</script>"
    style = "<style>" + ".card{display:flex;margin:0 auto}" * (size // 300) + "</style>"
    menu = _links(chance, 24, chinese=chinese)
    related = "".join(
        f"<div class='card'><a href='/r/{chance.randint(1, 9_999)}'><img src='/t.jpg' alt=''>"
        f"<h3>{words(chance, 8, chinese=chinese)}</h3></a></div>"
        for _ in range(size // 1_000)
    )
    before = f"{style}<header class='top'><nav><ul>{menu}</ul></nav></header>"
    behind = (
        f"<aside class='related'>{related}</aside><footer><ul>{menu}</ul><p>© The Site</p></footer>"
        f"{script}"
    )
    return before, behind


def _links(chance: random.Random, count: int, *, chinese: bool) -> str:
    return "".join(
        f"<li><a href='/c/{chance.randint(1, 99)}'>{words(chance, 2, chinese=chinese)}</a></li>"
        for _ in range(count)
    )


def _line(chance: random.Random, count: int, chinese: bool) -> str:
    """Text with the marks and links that articles have."""
    first, second = (words(chance, count // 2, chinese=chinese) for _ in range(2))
    mark = chance.choice(("", "", "b", "em", "code", "a href='/more?x=1&amp;y=2'"))
    inside = words(chance, 2, chinese=chinese)
    return f"{first} <{mark}>{inside}</{mark[:4].split()[0]}> {second}." if mark else first


def _prose(chance: random.Random, chinese: bool) -> str:
    lines = "".join(f"<p>{_line(chance, chance.randint(30, 90), chinese)}</p>\n" for _ in range(3))
    return f"<h2>{words(chance, 4, chinese=chinese)}</h2>\n{lines}"


def _news(chance: random.Random, chinese: bool) -> str:
    figure = (
        f"<figure><img src='/i/{chance.randint(1, 99)}.jpg' alt='x'><figcaption>"
        f"{words(chance, 6, chinese=chinese)}</figcaption></figure>"
    )
    return _prose(chance, chinese) + figure * (chance.random() < 0.3)


def _breaks(chance: random.Random, chinese: bool) -> str:
    lines = "<br><br>\u3000\u3000".join(_line(chance, 60, chinese) for _ in range(4))
    return f"<div class='text'>{lines}</div>"


def _posts(chance: random.Random, chinese: bool) -> str:
    return (
        f"<div class='post' id='p{chance.randint(1, 99_999)}'><div class='user'>"
        f"<a href='/u/1'>{words(chance, 1)}</a> <time datetime='2026-11-20'>today</time></div>"
        f"<div class='body'><blockquote>{words(chance, 16, chinese=chinese)}</blockquote>"
        f"<p>{_line(chance, 50, chinese)}</p></div>"
        "<div class='bar'><a href='#'>Reply</a></div></div>"
    )


def _manual(chance: random.Random, chinese: bool) -> str:
    code = "\n".join(f"def {words(chance, 1)}(x):\n    return x * 2" for _ in range(4))
    return (
        f"{_prose(chance, chinese)}<pre><code class='language-python'>{code}</code></pre>"
        f"{_table(chance, chinese, rows=6)}"
    )


def _cards(chance: random.Random, chinese: bool) -> str:
    return (
        f"<div class='item'><h2><a href='/i/{chance.randint(1, 9_999)}'>"
        f"{words(chance, 8, chinese=chinese)}</a></h2><p>{_line(chance, 24, chinese)}</p></div>"
    )


def _link_list(chance: random.Random, chinese: bool) -> str:
    return f"<ul>{_links(chance, 50, chinese=chinese)}</ul>\n"


def _table(chance: random.Random, chinese: bool, rows: int = 200) -> str:
    cells = "".join(
        "<tr>"
        + "".join(f"<td>{words(chance, 3, chinese=chinese)}</td>" for _ in range(5))
        + "</tr>"
        for _ in range(rows)
    )
    return f"<table><tr><th>a<th>b<th>c<th>d<th>e</tr>{cells}</table>\n"


def _deep(chance: random.Random, chinese: bool) -> str:
    return "<div>" * 100 + f"<p>{_line(chance, 60, chinese)}</p>" + "</div>" * 100 + "\n"


#: Kinds of pages by what repeats in them.
KINDS: dict[str, Block] = {
    "news": _news,
    "portal": _breaks,
    "forum": _posts,
    "manual": _manual,
    "collection": _cards,
}
#: Shapes in which cost may grow with size.
SHAPES: dict[str, Block] = {
    "prose": _prose,
    "link lists": _link_list,
    "tables": _table,
    "deep divs": _deep,
}
