"""Note templates and templates of names: what they show, and that they can do no harm."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from daemon import templating
from daemon.errors import TemplateError
from daemon.model import Draft, Note, Summary
from daemon.note import note_from, values_of
from daemon.templating import BUILT_IN, NAME_VALUES, check_name, check_note, name_from
from tests.unit import documents
from tests.unit.documents import READMES

MOMENT = datetime(2025, 7, 25, 2, 7, 18, tzinfo=timezone(timedelta(hours=8)))
SUMMARY = Summary(markdown="### Archive note\n\n#tide #moon", tags=("tide", "moon"), made_by="ai")
HOSTILE = [
    "潮汐",
    "---",
    "--- # a\n---\nkey: value",
    "\"quoted\" and 'quoted'",
    "back\\slash \\n \\",
    "a: b, [c], {d} & *e !f |g >h %i @j `k",
    "😀 👩‍🚀 \u202eabc",
    "line\nbreak\r\n\u2028\u2029\x85\x7f\t\x00\x1b\ufeff",
    "half \ud83d",
    "",
    " ",
    "null",
    "2025-07-25",
    "x" * 3_000,
]


def made(
    template: str,
    templates: Path = Path("/nowhere"),
    *,
    summary: Summary | None = SUMMARY,
    **fields: Any,
) -> Note:
    draft = Draft(
        **{
            "url": "https://example.org/tides",
            "title": "潮汐",
            "markdown": "第一段。\n\n# 成因\n\n第二段。",
            "text": None,
            "byline": "A. Author",
            "published": "2025-07-24",
            "modified": "2025-07-24T18:00+08:00",
            "image": "https://example.org/tide.png",
            "site": "Example",
            "language": "zh",
            **fields,
        }
    )
    return note_from(
        draft,
        summary,
        id="00000000-0000",
        archived_at=MOMENT,
        language="en",
        template=template,
        templates=templates,
    )


def properties(note: Note) -> dict[str, Any]:
    """The YAML head of a note, as other programs read it from its file."""
    head = re.match(rb"---\n(.*?)\n---\n\n", note.encoded(), re.DOTALL)
    assert head
    found: dict[str, Any] = yaml.safe_load(head[1])
    return found


def read_back(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def own(folder: Path, source: str) -> Path:
    folder.joinpath("mine.md.j2").write_text(source, "utf-8")
    return folder


def failed(folder: Path, source: str, **fields: Any) -> TemplateError:
    with pytest.raises(TemplateError) as error:
        made("mine", own(folder, source), **fields)
    assert error.value.message.endswith(".")
    assert error.value.hint
    return error.value


def test_frontmatter_has_the_properties_and_then_the_text() -> None:
    note = made("frontmatter")

    assert properties(note) == {
        "title": "潮汐",
        "url": "https://example.org/tides",
        "author": "A. Author",
        "published": "2025-07-24",
        "modified": "2025-07-24T18:00+08:00",
        "archived": "2025-07-25T02:07:18+08:00",
        "site": "Example",
        "language": "zh",
        "image": "https://example.org/tide.png",
        "tags": ["tide", "moon"],
        "summary_model": "ai",
    }
    assert note.markdown.partition("\n---\n\n")[2] == (
        "第一段。\n\n## 成因\n\n第二段。\n\n## AI summary\n\n### Archive note\n\n#tide #moon\n"
    )


def test_frontmatter_leaves_out_what_is_not_known() -> None:
    unknown = ("byline", "published", "modified", "site", "language", "image")
    note = made("frontmatter", summary=None, **dict.fromkeys(unknown))  # type: ignore[arg-type]  # none is the folder

    assert list(properties(note)) == ["title", "url", "archived", "tags"]
    assert note.markdown.endswith("\n---\n\n第一段。\n\n## 成因\n\n第二段。\n")


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_any_text_is_a_valid_property(text: str) -> None:
    summary = Summary(markdown="x", tags=(text, "b"), made_by=text)
    found = properties(made("frontmatter", title=text, url=text, byline=text, summary=summary))

    assert found["title"] == found["url"] == read_back(text)
    assert found["tags"] == [read_back(text), "b"]


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
@example("---\n...\n\x00")
def test_every_text_reads_back_from_its_property(text: str) -> None:
    assert properties(made("frontmatter", title=text))["title"] == read_back(text)


def test_plain_is_title_address_and_text() -> None:
    assert made("plain", summary=None).markdown == (
        "# 潮汐\n\nhttps://example.org/tides\n\n第一段。\n\n## 成因\n\n第二段。\n"
    )
    assert made("plain").markdown.endswith(
        "第二段。\n\n## AI summary\n\n### Archive note\n\n#tide #moon\n"
    )


@pytest.mark.parametrize("template", BUILT_IN)
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_text_of_a_page_is_markup_in_any_form(template: str, text: str) -> None:
    evil = f"{text}<img src=x onerror=alert(1)> [a](javascript:b) ![c](https://d.example)"
    markdown = made(template, title=evil, byline=evil, site=evil).markdown
    body = markdown.rpartition("\n---\n\n第")[2] if template == "frontmatter" else markdown

    tokens = MarkdownIt("commonmark").parse(body)
    kinds = {child.type for token in tokens for child in token.children or []}
    assert kinds <= {"text", "strong_open", "strong_close", "text_special", "softbreak"}


def test_a_note_carries_who_wrote_it_and_its_summary() -> None:
    note = made("plain")

    assert (note.byline, note.published, note.made_by) == ("A. Author", "2025-07-24", "ai")
    assert made("plain", summary=None).made_by is None


def test_an_own_template_is_a_file_of_the_folder(tmp_path: Path) -> None:
    source = "> {{ title }}\n{% for tag in tags %}\n- {{ tag }}\n{% endfor %}\n\n{{ original }}\n\n"

    note = made("mine", own(tmp_path, source))

    assert note.markdown == "> 潮汐\n- tide\n- moon\n\n第一段。\n\n# 成因\n\n第二段。\n"


def test_an_own_template_that_changes_is_read_anew(tmp_path: Path) -> None:
    made("mine", own(tmp_path, "one"))

    assert made("mine", own(tmp_path, "another")).markdown == "another\n"


def test_an_own_template_may_include_others(tmp_path: Path) -> None:
    tmp_path.joinpath("head.md.j2").write_text("head of {{ title }}", "utf-8")

    assert made("mine", own(tmp_path, '{% include "head.md.j2" %}')).markdown == "head of 潮汐\n"


@pytest.mark.parametrize("template", BUILT_IN)
def test_no_file_takes_the_place_of_a_built_in_template(tmp_path: Path, template: str) -> None:
    tmp_path.joinpath(f"{template}.md.j2").write_text("mine", "utf-8")

    assert made(template, tmp_path) == made(template)


def test_what_a_template_shows_is_text_unless_a_filter_says_otherwise(tmp_path: Path) -> None:
    source = "{{ title }}|{{ title ~ '*' }}|{{ title[:3] }}|{{ title | upper }}|{{ byline }}|"

    note = made("mine", own(tmp_path, source), title="*a*\n# b", byline=None)

    assert note.markdown == "\\*a\\* # b|\\*a\\* # b\\*|\\*a\\*|\\*A\\* # B||\n"


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("a\n{{ titel }}", 2, "'titel' is undefined"),
        ("a\n\n{% for %}", 3, "Expected an expression"),
        ("{{ title | nosuch }}", 1, "No filter named 'nosuch'"),
        ("a\n{{ 1 / 0 }}", 2, "division by zero"),
        ("a\n{{ title.__class__.__mro__ }}", 2, "unsafe"),
        ("{{ ''.__class__ }}", 1, "unsafe"),
        ("\n{{ tags.append(1) }}", 2, "append"),
        ("{% include 'gone.md.j2' %}", 1, "gone"),
        ("{% include '../settings.toml' %}", 1, "settings"),
        ("a\n{% for a in range(1000000) %}{% endfor %}", 2, "Range too big"),
    ],
)
def test_a_template_that_fails_is_told_with_its_line(
    tmp_path: Path, source: str, line: int, reason: str
) -> None:
    error = failed(tmp_path, source)

    assert reason in error.message
    if error.code != "template-unknown":
        assert f" in line {line}: " in error.message


def test_a_template_that_shows_far_too_much_is_stopped(tmp_path: Path) -> None:
    loop = "{% for a in range(99999) %}{{ original }}{% endfor %}"

    assert "far more" in failed(tmp_path, loop, markdown="x" * 10_000).message


@pytest.mark.parametrize("name", ["none", "extract", "classic.md"])
def test_an_unknown_template_is_told_with_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(TemplateError) as checked:
        check_note(name, tmp_path)

    assert checked.value.code == "template-unknown"
    assert all(built_in in checked.value.hint for built_in in BUILT_IN)


def test_a_check_evaluates_nothing_of_a_template(tmp_path: Path) -> None:
    check_note("mine", own(tmp_path, "{{ 10 ** (10 ** 10) }}"))
    check_name("{{ 10 ** (10 ** 10) }}")


@pytest.mark.parametrize("source", ["{% for %}", "{{ ", "\n{% endif %}"])
def test_a_check_refuses_what_is_no_template(tmp_path: Path, source: str) -> None:
    with pytest.raises(TemplateError):
        check_note("mine", own(tmp_path, source))
    with pytest.raises(TemplateError):
        check_name(source)


def test_a_name_may_use_what_is_known_of_a_note_and_nothing_else() -> None:
    check_name("{% for tag in tags %}{{ tag }}{% endfor %}{{ range(3) | join }}")
    with pytest.raises(TemplateError) as refused:
        check_name("{{ archived.year }}/{{ titel }}")

    assert "titel" in refused.value.message
    assert all(name in refused.value.hint for name in NAME_VALUES)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{{ title }}", "a b c"),
        ("{{ archived.strftime('%Y-%m-%d') }} {{ title }}", "2025-07-25 a b c"),
        ("{{ archived.strftime('%Y/%m') }}", "2025/07"),
        ("{{ site }}/{{ language }}/{{ byline }}", ".. x//"),
        ("{{ tags | join('/') }}", "x y/z"),
        ("{{ url }}", "https: example.org a"),
    ],
)
def test_a_slash_in_a_name_comes_from_the_template_alone(template: str, name: str) -> None:
    note = Note(
        id="00000000-0000",
        url="https://example.org/a",
        title="a/b\\c",
        markdown="",
        archived_at=MOMENT,
        site="../x",
        tags=("x/y", "z"),
    )

    assert name_from(template, note) == name


def listed(name: str) -> set[str]:
    """What the tables of templates in a README name in their first cells."""
    rows = documents.rows(name, READMES[name]["templates"])
    return {word for row in rows for word in re.findall(r"`(\w+)", row[0])}


@pytest.mark.parametrize("name", READMES)
def test_the_readmes_list_every_value_and_filter_of_a_template(name: str) -> None:
    draft = Draft(url="", title="", markdown="", text=None)
    seen = values_of(draft, None, archived_at=datetime.now(UTC), language="en")
    filters = templating._of_notes(None).filters.keys() - templating._of_names().filters.keys()

    assert listed(name) == seen.keys() | filters


@pytest.mark.parametrize("name", READMES)
def test_the_templates_that_the_readmes_show_work(name: str, tmp_path: Path) -> None:
    (example,) = documents.blocks(name, "jinja")

    note = made("mine", own(tmp_path, example), title='"--- \n')

    assert properties(note)["title"] == '"--- \n'
    assert "第一段。" in note.markdown
