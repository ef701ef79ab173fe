"""What may happen to a page: each of these takes one and gives it back worse."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable
from random import Random

from daemon.extract import decode_html

from .sources import HOSTILE

Mutation = Callable[[Random, str], str]

TAGS = (
    "div p b i em strong a span sup sub code pre table tr td th caption ul ol li dl dt dd "
    "blockquote h1 h2 h6 figure details summary section article aside math svg foreignObject "
    "mtext annotation-xml button select option textarea noscript template iframe ruby rt q del"
).split()
CHARSETS = "utf-8 utf-16 utf-16-le gb18030 big5 shift_jis euc-kr latin-1 cp1252 utf-7".split()
SCHEMES = [
    "javascript:alert(1)",
    "javascript://%0aalert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "view-source:javascript:alert(1)",
    "feed:javascript:alert(1)",
]
BLANKS = ["\t", "\n", "\r", "\0", "\x01", "\x1f", " ", "\xa0", "\u200b", "\ufeff", "\u2028", "\x85"]
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
HOLDERS = [
    '<a href="{0}">x</a>',
    "<a href='{0}'><img src='{0}' alt='{0}' title='{0}'></a>",
    '<img src="/a.png" data-src="{0}" srcset="{0} 2x, {0} 3x">',
    '<iframe src="{0}" title="{0}"></iframe>',
    '<video src="{0}"><source src="{0}"></video>',
    '<object data="{0}"></object>',
    '<svg><a xlink:href="{0}" href="{0}">x</a></svg>',
    '<math href="{0}"><mi href="{0}">x</mi></math>',
    '<td background="{0}"><ul><li><a href="{0}">x</a></ul></td>',
    '<blockquote cite="{0}">x</blockquote>',
    "[x]({0})",
    "&lt;{0}&gt;",
    "<p>[x]: {0}<p>[x]",
    '<sup><a href="#n9">9</a></sup><p id="n9" class="footnote">{0}</p>',
]
FOREIGN = "svg math svg><foreignObject math><mtext math><annotation-xml svg><desc".split()
SIGNS = "< > </ /> \" ' = & ; ` | \\ $".split()
TEXTS = ["a", "中 \n", " ", "*", "_ ", "[", "`", "&lt;", "|", "$x_1", "😀", "- ", "> "]
CELLS = ["<td>a", "<th>a", "<td rowspan=9 colspan=7>a", "<td>a|b", "<td><ul><li>a</ul>"]
#: A case that is large takes seconds, so one of so many is.
RARE = 600
_TAG = re.compile(r"<[^>]*>")


def part_of(rng: Random, html: str, longest: int = 3_000) -> tuple[int, int]:
    """Where a part of *html* begins and ends."""
    begin = rng.randrange(len(html) + 1)
    return begin, min(len(html), begin + rng.randrange(1, longest))


def cut(rng: Random, html: str) -> str:
    begin, end = part_of(rng, html)
    return html[:begin] + html[end:]


def double(rng: Random, html: str) -> str:
    begin, end = part_of(rng, html)
    return html[:end] + html[begin:end] * rng.randrange(1, 4) + html[end:]


def nest(rng: Random, html: str) -> str:
    begin, end = part_of(rng, html)
    tag = rng.choice(TAGS)
    return f"{html[:begin]}<{tag}>{html[begin:end]}</{tag}>{html[end:]}"


def move(rng: Random, html: str) -> str:
    begin, end = part_of(rng, html)
    to = rng.randrange(len(html) + 1)
    rest = html[:begin] + html[end:]
    return rest[:to] + html[begin:end] + rest[to:]


def shuffle(rng: Random, html: str) -> str:
    """The tags and texts of a part in any order."""
    begin, end = part_of(rng, html)
    parts = re.split(r"(?=<)", html[begin:end])
    rng.shuffle(parts)
    return html[:begin] + "".join(parts) + html[end:]


def feed(rng: Random, html: str) -> str:
    return _put(rng, html, rng.choice(HOSTILE))


def repeat(rng: Random, html: str) -> str:
    begin, end = part_of(rng, html, 60)
    return html[:end] + html[begin:end] * rng.randrange(10, 60) + html[end:]


def break_tags(rng: Random, html: str) -> str:
    """Signs of the syntax are lost, or come where none was."""
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(html) + 1)
        sign = rng.choice(SIGNS)
        html = html[:at] + sign + html[at + rng.randrange(0, 2) :]
    return html


def leave_open(rng: Random, html: str) -> str:
    """Some tags of a part have no end."""
    return re.sub(r"</\w+>", lambda end: end[0] if rng.random() < 0.5 else "", html)


def open_comment(rng: Random, html: str) -> str:
    return _put(rng, html, rng.choice(["<!--", "<!-->", "<!---", "<!", "<?", "<![CDATA[", "--!>"]))


def put_nul(rng: Random, html: str) -> str:
    return _put(rng, html, "\0" * rng.randrange(1, 5))


def put_surrogate(rng: Random, html: str) -> str:
    return _put(rng, html, rng.choice(["\ud800", "\udfff", "\udc00\ud800"]))


def put_bidi(rng: Random, html: str) -> str:
    return _put(rng, html, "".join(rng.choices(BIDI, k=rng.randrange(1, 9))))


def put_entities(rng: Random, html: str) -> str:
    """Letters as entities, whole and broken."""
    begin, end = part_of(rng, html, 80)
    forms = ["&#{0};", "&#{0}", "&#x{0:x};", "&#x{0:X}", "&amp;#{0};", "&#0{0};"]
    text = "".join(rng.choice(forms).format(ord(letter)) for letter in html[begin:end])
    return html[:begin] + text + rng.choice(["", "&lt;b&gt;", "&NotEqualTilde;"]) + html[end:]


def read_wrongly(rng: Random, html: str) -> str:
    """The page as what reads its bytes in another encoding, or after some were lost, sees it."""
    data = html.encode(rng.choice(CHARSETS), "replace")
    at = rng.randrange(len(data) + 1)
    return decode_html(data[:at] + data[at + rng.randrange(0, 3) :], rng.choice(CHARSETS))


def put_attribute(rng: Random, html: str) -> str:
    """A long attribute, one that is there twice, or one that no page should have."""
    tag = rng.choice(list(_TAG.finditer(html)) or [None])
    if tag is None:
        return html
    name = rng.choice("class id href src alt title style data-tex start colspan on".split())
    length = 1_000_000 if rng.randrange(RARE) == 0 else rng.randrange(200)
    value = rng.choice(["x", "x ", "9", "]", "(", "\\", "&lt;", "a:b;", "中", "`", "#n"]) * length
    written = f' {name}="{value}"' * rng.choice([1, 1, 2, 40])
    at = tag.end() - (2 if tag[0].endswith("/>") else 1)
    return (html[:at] + written + html[at:])[:2_000_000]


def put_table(rng: Random, html: str) -> str:
    columns = 5_000 if rng.randrange(RARE) == 0 else rng.randrange(40)
    cell = rng.choice(CELLS)
    rows = rng.randrange(1, 4)
    return _put(rng, html, f"<table>{('<tr>' + cell * columns) * rows}</table>")


def put_depth(rng: Random, html: str) -> str:
    depth = 5_000 if rng.randrange(RARE) == 0 else rng.randrange(60)
    opened = "".join(f"<{tag}>" for tag in rng.sample(TAGS, rng.randrange(1, 4)))
    return _put(rng, html, f"{opened}a " * depth)


def put_foreign(rng: Random, html: str) -> str:
    """Namespaces that go into each other."""
    begin, end = part_of(rng, html, 500)
    opened = "".join(f"<{name}>" for name in rng.choices(FOREIGN, k=rng.randrange(1, 4)))
    ended = rng.choice(["</svg>", "</math>", ""])
    return html[:begin] + opened + html[begin:end] + ended + html[end:]


def put_text(rng: Random, html: str) -> str:
    length = 300_000 if rng.randrange(RARE) == 0 else rng.randrange(300)
    sign = rng.choice(TEXTS)
    return _put(rng, html, sign * length)


def put_link(rng: Random, html: str) -> str:
    """A link that would run something, in disguise."""
    url = _disguised(rng, rng.choice(SCHEMES))
    return _put(rng, html, rng.choice(HOLDERS).format(url))


def _disguised(rng: Random, url: str) -> str:
    scheme, _, rest = url.partition(":")
    letters = [rng.choice([letter, letter.upper()]) for letter in scheme]
    for _ in range(rng.randrange(3)):
        letters.insert(rng.randrange(len(letters) + 1), rng.choice(BLANKS))
    written = [_spelled(rng, letter) for letter in letters]
    colon = rng.choice([":", ":", "&colon;", "&#58;", "&#x3a", "\\:", "%3A", "&amp;colon;"])
    return "".join(written) + colon + entities.escape(rest)


def _spelled(rng: Random, letter: str) -> str:
    forms = [letter] * 6 + ["&#{0};", "&#x{0:x};", "&#000{0};", "&#{0} ", "&amp;#{0};", "\\{1}"]
    named = {"\t": "&Tab;", "\n": "&NewLine;"}.get(letter)
    return named if named and rng.random() < 0.5 else rng.choice(forms).format(ord(letter), letter)


def _put(rng: Random, html: str, what: str) -> str:
    at = rng.randrange(len(html) + 1)
    if rng.random() < 0.7:  # between two elements, where it is most likely to be read
        at = html.find("<", at) if "<" in html[at:] else at
    return html[:at] + what + html[at:]


MUTATIONS: tuple[Mutation, ...] = (
    cut,
    double,
    nest,
    move,
    shuffle,
    feed,
    feed,
    repeat,
    break_tags,
    leave_open,
    open_comment,
    put_nul,
    put_surrogate,
    put_bidi,
    put_entities,
    read_wrongly,
    put_attribute,
    put_table,
    put_depth,
    put_foreign,
    put_text,
    put_link,
    put_link,
    put_link,
)
