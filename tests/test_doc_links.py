"""Links of the documentation lead somewhere, and what a link's text names is defined there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import ARCHITECTURE, PAGES, ROOT, prose, sections, title

LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Anchors of a page: of its headings, as GitHub makes them, and those set by hand."""
    set_by_hand = set(re.findall(r'<a id="([^"]+)"></a>', prose(page)))
    heads = re.findall(r"^#+ +(.*)$", prose(page), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", head.strip().lower()) for head in heads]
    return {head.replace(" ", "-") for head in plain} | set_by_hand


def links(page: Path) -> Iterator[tuple[str, Path, str]]:
    """Text, target and anchor of every relative link."""
    for _, text, target in LINK.findall(prose(page)):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield text, (page.parent / path).resolve() if path else page, anchor


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_relative_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for text, target, anchor in links(page):
        if not target.exists():
            wrong.append(f"[{text}]: no {target}")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            wrong.append(f"[{text}]: no heading #{anchor} in {target.name}")
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_a_name_that_links_to_a_module_is_defined_there(page: Path) -> None:
    wrong = []
    for text, target, _ in links(page):
        named = re.fullmatch(r"`([A-Za-z_][\w.]*)(\(.*\))?`", text)
        if named is None or target.suffix != ".py" or not target.is_file():
            continue
        name = named[1].rpartition(".")[2]
        defined = rf"^\s*(?:def|class) {name}\b|^\s*{name}\s*[:=]"
        if name != target.stem and not re.search(defined, target.read_text(), re.MULTILINE):
            wrong.append(f"{text} in {target.relative_to(ROOT)}")
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_paths_named_in_documents_exist(page: Path) -> None:
    pattern = r"`((?:sensors|dsp|models|app|tests|bench|docs)/[\w/.-]*\w\.(?:py|toml|md|json))`"
    written = {"docs/RESULTS.md", "docs/BENCHMARKS.md"}  # by `make results` and `make bench`
    assert not {p for p in re.findall(pattern, prose(page)) if not (ROOT / p).exists()} - written


def test_the_pattern_table_tells_today_from_planned() -> None:
    text = sections(ARCHITECTURE)["Patterns, and the room each lives in"]
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 14
    for pattern, today, planned in rows:
        assert today.strip() or planned.strip(), pattern
        assert not today.strip() or "](../" in today, f"{pattern}: what is there needs a link"
        assert not planned.strip() or planned.strip().startswith("planned"), pattern
        assert "](" not in planned, f"{pattern}: what is planned has no file"


def test_the_results_in_the_readme_are_those_of_the_results_page() -> None:
    readme = (ROOT / "README.md").read_text()
    shown = readme.split("<!-- results -->")[1].split("<!-- /results -->")[0]
    rows = [line for line in shown.splitlines() if line.startswith("| [")]
    page = (ROOT / "docs" / "RESULTS.md").read_text().splitlines()
    assert len(rows) >= 5
    assert [row for row in rows if row.replace("docs/RESULTS.md#", "#") not in page] == []
