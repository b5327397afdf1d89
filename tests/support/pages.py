"""The pages of the documentation, taken apart for the tests that compare them with the program."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {"build", "dist", "node_modules"}
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not any(p in ELSEWHERE or p.startswith(".") for p in page.relative_to(ROOT).parts[:-1])
)
ARCHITECTURE = ROOT / "docs" / "ARCHITECTURE.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def title(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", page.read_text())


def sections(page: Path) -> dict[str, str]:
    """Each second-level heading with what stands under it."""
    parts = re.split(r"^## +(.*)$", page.read_text(), flags=re.MULTILINE)
    heads = [head.strip().strip("`") for head in parts[1::2]]
    return dict(zip(heads, parts[2::2], strict=True))
