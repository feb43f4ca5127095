#!/usr/bin/env python3
"""Makes the manual pages: Packaging/manual.py --programs FOLDER OUTPUT

What a command takes comes from the program itself (`--experimental-dump-help`), so that no page tells of an option
that is not there. What the program does not say (examples, files, environment) stands in Documentation/man/PAGE.man,
in the macros of man(7), and is put behind it. norfaced.yaml(5) shows Config/norfaced.yaml, which is the reference of
every key.

Swift Argument Parser has a generator of its own. It is not used: it is compiled with the package, for minutes, and
has no place for the sections that the program does not know.

Exit codes: 0 done; 64 wrong usage; 66 a program or template is missing; 70 a program does not describe itself; 73 a
page cannot be written.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Command = dict[str, Any]


def plain(text: str) -> str:
    """Text for roff: no line of it is a request, and hyphens can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def paragraphs(text: str) -> str:
    """A text of several paragraphs."""
    return "\n.PP\n".join(plain(part.strip()) for part in re.split(r"\n\s*\n", text.strip()))


def spelled(name: dict[str, str]) -> str:
    """A name as it is typed: -o, --output."""
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def terms(argument: dict[str, Any]) -> str:
    """An argument's names and value, as the tag of its paragraph."""
    value = argument.get("valueName") or "value"
    if argument["kind"] == "positional":
        return rf"\fI{plain(value)}\fR" + (" ..." if argument["isRepeating"] else "")
    names = ", ".join(rf"\fB{plain(spelled(name))}\fR" for name in argument.get("names", []))
    return names if argument["kind"] == "flag" else rf"{names} \fI{plain(value)}\fR"


def synopsis(argument: dict[str, Any]) -> str:
    """An argument in the synopsis."""
    if argument["kind"] == "positional":
        text = terms(argument)
    else:
        text = rf"\fB{plain(spelled(argument['preferredName']))}\fR"
        if argument["kind"] == "option":
            text += rf" \fI{plain(argument.get('valueName') or 'value')}\fR"
        text += " ..." if argument["isRepeating"] else ""
    return f"[{text}]" if argument["isOptional"] else text


def described(argument: dict[str, Any]) -> str:
    """The paragraph of an argument."""
    words = [argument.get("abstract", ""), argument.get("discussion", "")]
    values = argument.get("allValues")
    if values and not all(value in " ".join(words) for value in values):
        words.append("Values: " + ", ".join(values) + ".")
    if argument.get("defaultValue"):
        words.append(f"Default: {argument['defaultValue']}.")
    return f".TP\n{terms(argument)}\n{plain(' '.join(word for word in words if word))}\n"


def shown(command: Command) -> list[dict[str, Any]]:
    """The arguments that people are told of; help and version stand in the first page only."""
    found = [one for one in command.get("arguments", []) if one.get("shouldDisplay", True)]
    if command.get("superCommands"):
        found = [one for one in found if (one.get("preferredName") or {}).get("name") not in ("help", "version")]
    return found


def subcommands(command: Command) -> list[Command]:
    """The commands below one, without `help`."""
    return [one for one in command.get("subcommands", []) if one.get("shouldDisplay", True) and one["commandName"] != "help"]


def spoken(command: Command) -> str:
    """A command as it is typed."""
    return " ".join([*command.get("superCommands", []), command["commandName"]])


def body(command: Command, heading: str = ".SH") -> str:
    """Synopsis, description and options of a command."""
    out = f"{heading} SYNOPSIS\n" if heading == ".SH" else ""
    name = rf"\fB{plain(spoken(command))}\fR"
    parts = [synopsis(one) for one in shown(command)]
    out += f"{name} " + (" ".join(parts) if parts else "") + (r" \fIcommand\fR ..." if subcommands(command) else "") + "\n"
    out += ".SH DESCRIPTION\n" if heading == ".SH" else ".PP\n"
    out += plain(command.get("abstract", "")) + "\n"
    if command.get("discussion"):
        out += ".PP\n" + paragraphs(command["discussion"]) + "\n"
    section = None
    for one in sorted(shown(command), key=lambda one: one.get("sectionTitle") or ""):
        title = one.get("sectionTitle") or "options"
        if title != section:
            section = title
            out += f"{heading} {plain(title.upper())}\n" if heading == ".SH" else ""
        out += described(one)
    return out


class Manual:
    """Writes the pages of one release."""

    def __init__(self, output: Path, templates: Path, version: str, day: str):
        self.output, self.templates, self.version, self.day = output, templates, version, day
        self.used: set[str] = set()

    def write(self, name: str, section: int, abstract: str, text: str) -> None:
        """One page: what was made, then what people wrote."""
        template = self.templates / f"{name}.man"
        # The first line asks man(1) for its preprocessor of tables.
        page = f'\'\\" t\n.TH "{name.upper()}" {section} "{self.day}" "norface {self.version}" "norface manual"\n'
        # Options are copied and searched for: no hyphens in them, no stretched lines.
        page += ".nh\n.ad l\n"
        page += f".SH NAME\n{plain(name)} \\- {plain(abstract[:1].lower() + abstract[1:].rstrip('.'))}\n{text}"
        if template.exists():
            self.used.add(template.name)
            page += "".join(line for line in template.read_text().splitlines(True) if not line.startswith('.\\"'))
        (self.output / f"{name}.{section}").write_text(page)

    def tree(self, command: Command, section: int) -> None:
        """A page for each command."""
        text = body(command)
        below = subcommands(command)
        if below:
            text += ".SH COMMANDS\n"
        for one in below:
            page = "-".join([*one.get("superCommands", []), one["commandName"]])
            text += f".TP\n.BR {plain(page)} (1)\n{plain(one.get('abstract', ''))}\n"
            self.tree(one, section)
        self.write(spoken(command).replace(" ", "-"), section, command.get("abstract", ""), text)

    def daemon(self, command: Command) -> None:
        """One page for the daemon with its commands."""
        text = body(command) + ".SH COMMANDS\n"
        for one in subcommands(command):
            text += f".SS {plain(one['commandName'])}\n" + body(one, ".SS")
        self.write("norfaced", 8, command.get("abstract", ""), text)

    def configuration(self, file: Path) -> None:
        """The page of the configuration: the file itself."""
        text = ".SH DESCRIPTION\nThis is the file as it is installed: every key with its default.\n.PP\n.nf\n"
        text += plain(file.read_text()) + ".fi\n"
        self.write("norfaced.yaml", 5, "configuration of norfaced", text)


def description(program: Path) -> Command:
    """What a program says of itself."""
    result = subprocess.run([program, "--experimental-dump-help"], capture_output=True, text=True, check=False)
    try:
        return json.loads(result.stdout)["command"]
    except (ValueError, KeyError):
        print(f"manual: {program} does not describe itself: {result.stderr.strip()[-200:]}", file=sys.stderr)
        raise SystemExit(70) from None


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="Packaging/manual.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("output", type=Path, help="folder for the pages")
    parser.add_argument("--programs", type=Path, required=True, help="where norface and norfaced are")
    parser.add_argument("--templates", type=Path, default=ROOT / "Documentation/man", help="folder of PAGE.man")
    parser.add_argument("--config", type=Path, default=ROOT / "Config/norfaced.yaml", help="the configuration that is shown")
    try:
        options = parser.parse_args()
    except SystemExit as stop:
        return 64 if stop.code else 0
    for needed in (options.programs / "norface", options.programs / "norfaced", options.templates, options.config):
        if not needed.exists():
            print(f"manual: {needed} is missing", file=sys.stderr)
            return 66
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    when = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else datetime.datetime.now(datetime.UTC)
    version = re.search(r'version = "([^"]+)"', (ROOT / "Sources/Analysis/Program.swift").read_text())
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        manual = Manual(options.output, options.templates, version[1] if version else "", f"{when:%Y-%m-%d}")
        manual.tree(description(options.programs / "norface"), 1)
        manual.daemon(description(options.programs / "norfaced"))
        manual.configuration(options.config)
    except OSError as error:
        print(f"manual: {error}", file=sys.stderr)
        return 73
    if idle := {file.name for file in options.templates.glob("*.man")} - manual.used:
        print(f"manual: no command has these pages: {', '.join(sorted(idle))}", file=sys.stderr)
        return 66
    return 0


if __name__ == "__main__":
    sys.exit(main())
