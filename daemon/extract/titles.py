"""A page's title without the name of its site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

#: Between a title and its site. A hyphen belongs to words, unless there are spaces around it or it
#: stands next to a Chinese character.
_CJK = r"\u3040-\u30ff\u3400-\u9fff\uff01-\uff60"
_BETWEEN = re.compile(
    rf"\s*(?:[|｜]|――)\s*|\s*(?:--|—|——|–)\s+|\s+(?:--|—|——|–)\s*|\s+[-·•:/~»«›‹]+\s+|:\s+|\s*::\s*|"
    rf"(?<=[{_CJK}”》)])\s*[-_—–·]+\s*|\s*[-_—–·]+\s*(?=[{_CJK}])|\s+_+\s+"
)
_AT_END = re.compile(rf"(?:{_BETWEEN.pattern})$")
#: Behind these stands hardly ever a part of the title.
_SURE = re.compile(r"[|｜»›_]|^-{2,}$")
#: The last part of a host that names no site: com, co.uk, gov.cn.
_PUBLIC = frozenset("ac co com edu gov gob go net ne or org www m mobile amp blog news".split())
_CHINESE = re.compile(r"[\u3400-\u9fff]")
#: Characters of a Chinese heading that is a title: a shorter one may name the kind of page.
_SHORTEST_CHINESE = 4
#: Characters of a title that is looked at: a longer one is a text.
_LONGEST = 500
#: Characters of the name of a site.
_LONGEST_NAME, _LONGEST_CHINESE_NAME = 30, 12
#: What Chinese sites and their parts are called, at the end of the name.
_SITE = re.compile(
    r"(?:网|网站|频道|新闻|资讯|日报|晚报|早报|时报|晨报|周刊|客户端|门户|论坛|博客|社区|百科|文库|首页|"
    r"官网|专栏|在线|中心|栏目|政府|出版社|[网報报])$"
)


def without_site(title: str, *, headings: Iterable[str], sites: Iterable[str]) -> str:
    """*title* as its article has it.

    Where one of *headings* stands in it, between its ends or separators, that is it; otherwise
    names of the site, as in *sites*, are taken off its ends.
    """
    if len(title) > _LONGEST:
        return title
    names = {plain(site) for site in sites} - {""}
    parts = _parts(title)
    for heading in sorted(headings, key=lambda heading: not title.startswith(heading)):
        if plain(heading) not in names and _is_part(heading, title):
            return heading
    while len(parts) > 1 and plain(parts[0]) in names:
        del parts[:2]
    while len(parts) > 1 and _is_site(parts, names):
        del parts[-2:]
    return "".join(parts).strip() or title


def beginnings(title: str) -> list[str]:
    """The title and what is left of it without its last parts, the longest first.

    One alone is a title without parts.
    """
    parts = _parts(title) if len(title) <= _LONGEST else [title]
    return ["".join(parts[:end]).strip() for end in range(len(parts), 0, -2)]


def goes_on(title: str, heading: str) -> bool:
    """Whether a Chinese *title* has behind its *heading* what only search engines read.

    They find 葱油拌面 as 【葱油拌面的做法】葱油拌面怎么做好吃. In other languages what follows may
    be a part of the title: "Model Comparison" and "Table".
    """
    begins = title.lstrip("【《「『").startswith(heading)
    return begins and len(_CHINESE.findall(heading)) >= _SHORTEST_CHINESE


def names_of_host(url: str) -> list[str]:
    """What the host of *url* calls its site: its parts, and the last two of them together."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # an address that is none, such as http://[
        return []
    parts = host.split(".")
    while len(parts) > 1 and parts[0] in _PUBLIC:
        del parts[0]
    labels = [part for part in parts[:-1] if part not in _PUBLIC]
    return [host, ".".join(parts), *labels]


def plain(text: str) -> str:
    """Its letters and digits, so that spellings of a name compare."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _parts(title: str) -> list[str]:
    """Parts and, between them, separators."""
    parts, at = [], 0
    for match in _BETWEEN.finditer(title):
        if title[at : match.start()].strip():
            parts += [title[at : match.start()], match[0]]
            at = match.end()
    rest = title[at:]
    return [*parts, rest] if rest.strip() else parts[:-1]


def _is_part(heading: str, title: str) -> bool:
    """Whether it is the whole title, or a side of it that a separator ends."""
    at = title.find(heading)
    if len(heading) < 2 or at < 0:
        return False
    before, behind = title[:at], title[at + len(heading) :]
    # At the end of a title stands the site, whose name may be a heading too.
    begins = not before or (len(before) < len(heading) and bool(_AT_END.search(before)))
    return begins and (not behind or bool(_BETWEEN.match(behind)))


def _is_site(parts: list[str], names: set[str]) -> bool:
    """Whether the last of *parts* is no part of the title."""
    *left, separator, part = parts
    name = plain(part)
    if not name or name in names:
        return True
    # "BBC News" of bbc.co.uk, "科学网博客" of 科学网.
    if any(name.startswith(each) or each.endswith(name) for each in names if len(each) > 2):
        return len(name) <= _LONGEST_NAME
    if _SURE.search(separator):
        return len(name) <= _LONGEST_NAME and len(name) < len(plain("".join(left)))
    return bool(_SITE.search(part)) and len(part) <= _LONGEST_CHINESE_NAME
