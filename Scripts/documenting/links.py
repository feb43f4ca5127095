"""Links of a Markdown document: files and headings that they lead to."""

import re
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def slug(heading: str) -> str:
    """The name that a heading has in a link, as GitHub makes it."""
    text = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def without_blocks(text: str) -> str:
    return re.sub(r"(?ms)^ *```.*?^ *```$", "", text)


def problems(path: Path, root: Path) -> list[str]:
    """Links of a document that lead nowhere. Those to other places are not followed: they need a network."""
    found = []
    for target in LINK.findall(without_blocks(path.read_text())):
        if re.match(r"[a-z][a-z+.-]*:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        other = (path.parent / name).resolve() if name else path
        if not other.exists():
            found.append(f"the link {target} leads nowhere")
        elif root not in (other, *other.parents):
            found.append(f"the link {target} leads out of the project")
        elif anchor and other.suffix == ".md":
            headings = re.findall(r"(?m)^#+ (.*)$", without_blocks(other.read_text()))
            if anchor not in map(slug, headings):
                found.append(f"the link {target} leads to no heading")
    return found
