"""Blocks of code and commands in the text of a Markdown document."""

import re
import textwrap
from dataclasses import dataclass

FENCE = re.compile(r"^( *)```(\w*) *$")
# Words that begin a command. A line in an unmarked block that begins with one is a command that nobody would check.
COMMAND = re.compile(
    r"^ {4,}(\w+=\S+ )?(norfaced?|swift|python3?|pip|install|systemctl|systemd-\w+|socat|v4l2-ctl|curl|export|mkdir|journalctl"
    r"|\.?/?Scripts/\w+|\S+/\.build/\S+) \S"
)


@dataclass
class Block:
    """A fenced block: where it begins, what it holds."""

    line: int
    language: str
    text: str

    def commands(self) -> list[str]:
        """The commands of a block of shell: lines without comments, continued ones joined, what is typed into an editor left out."""
        if self.language != "sh":
            return []
        lines = re.sub(r" *\\\n\s*", " ", self.text).splitlines()
        found = (re.sub(r"(^| +)# .*$", "", line) for line in lines if not line.startswith(" "))
        return [command.rstrip() for command in found if command.strip()]


def blocks(text: str) -> list[Block]:
    """The blocks of a document that are checked. Commands in unmarked ones have the language `unmarked`."""
    found: list[Block] = []
    begin, language, content = 0, "", []
    for number, line in enumerate(text.splitlines(), start=1):
        match = FENCE.match(line)
        if match and begin:
            found.append(Block(begin, language, textwrap.dedent("\n".join(content)) + "\n"))
            begin = 0
        elif match:
            begin, language, content = number, match[2], []
        elif begin:
            content.append(line)
        elif COMMAND.match(line):
            found.append(Block(number, "unmarked", line.strip()))
    return [block for block in found if block.language in ("sh", "yaml", "python", "unmarked")]


def spans(text: str) -> list[tuple[int, str]]:
    """Commands of ours in the running text: line and command."""
    found = []
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        if FENCE.match(line):
            fenced = not fenced
        if not fenced:
            found += [(number, match) for match in re.findall(r"(?<!`)`((?:norfaced?|\.?/?Scripts/\S+) [^`]+)`", line)]
    return found
