"""What a command names must exist, whether or not it can be run."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from documenting.world import World

OURS = ("norface", "norfaced")


def is_ours(command: str) -> bool:
    """Whether a command is one of ours alone, which can be run as it stands."""
    return command.split()[0] in OURS and not re.search(r"[;&|<>]", command)


def problems(command: str, world: "World") -> list[str]:
    """Options, files, tests and products that a command names and that are not there."""
    try:
        tokens = shlex.split(command)
    except ValueError as error:
        return [f"'{command}' is no command: {error}"]
    found = []
    for index, token in enumerate(tokens):
        if token in OURS:
            found += options(tokens[index:], world)
    for token in tokens:
        begins_here = not token.startswith("/") and "/" in token and (world.root / token.split("/")[0]).exists()
        # Of `./Python[report]` the folder counts, not the extra.
        place = re.sub(r"\[[a-z,]+\]$", "", token).rstrip("/")
        if begins_here and not _is_made(token) and not list(world.root.glob(place)):
            found.append(f"'{command}': there is no {token}")
    if script := re.match(r"\./(Scripts/[\w-]+)", tokens[0] if tokens else ""):
        source = (world.root / script[1]).read_text() if (world.root / script[1]).exists() else ""
        found += [f"{script[1]} has no option {token}" for token in tokens if token.startswith("--") and token not in source]
    if "--filter" in tokens and "swift" in tokens:
        found += tests(tokens[tokens.index("--filter") + 1], world.root)
    if "--package-path" in tokens:
        found += products(tokens, world.root)
    python = next((i for i, token in enumerate(tokens) if re.fullmatch(r"python3?", token)), None)
    if python is not None and tokens[python + 1 :] and tokens[python + 1].endswith(".py"):
        source = (world.root / tokens[python + 1]).read_text() if (world.root / tokens[python + 1]).exists() else ""
        known = set(re.findall(r"\"(--[a-z-]+)\"", source))
        found += [
            f"'{tokens[python + 1]}' has no option {token}" for token in tokens if token.startswith("--") and token not in known
        ]
    return found


def _is_made(token: str) -> bool:
    return any(part in (".build", ".cache", "front-end") for part in Path(token).parts)


def options(tokens: list[str], world: "World") -> list[str]:
    """Subcommands and options of ours that the program does not know."""
    program, rest = tokens[0], []
    for token in tokens[1:]:
        if token in (";", "&&", "||", "|", ">", "&"):
            break
        rest.append(token)
    names: list[str] = []
    text = world.help(program, names)
    for token in rest:
        if not re.fullmatch(r"[a-z]+", token) or not re.search(rf"(?m)^  {token}[ ,\n]|^  \w+, {token} ", text):
            break
        names.append(token)
        text = world.help(program, names)
    found = []
    called = " ".join([program, *names])
    if not names and rest and not rest[0].startswith("-") and re.fullmatch(r"[a-z]+", rest[0]):
        found.append(f"'{program}' knows no '{rest[0]}'")
    for token in rest:
        option = token.split("=")[0]
        if re.fullmatch(r"--?[a-z][a-z-]*", option) and not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text):
            found.append(f"'{called}' has no option {option}")
    return found


def tests(pattern: str, root: Path) -> list[str]:
    """A filter of `swift test` must name a test or a suite, by a word of its source."""
    source = subprocess.run(
        ["grep", "-rhoE", "--include=*.swift", r"(func|struct|class|enum) [A-Za-z_]+", str(root / "Tests")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = {line.split()[1] for line in source.splitlines()} | {path.name for path in (root / "Tests").iterdir()}
    return [f"no test is called {name}" for name in pattern.split("|") if not any(name in other for other in names)]


def products(tokens: list[str], root: Path) -> list[str]:
    """What `swift run` or `swift build --product` names must be in the package's description."""
    package = root / tokens[tokens.index("--package-path") + 1] / "Package.swift"
    if not package.exists():
        return [f"there is no {package.relative_to(root)}"]
    at = tokens.index("--product") + 1 if "--product" in tokens else tokens.index("--package-path") + 2
    if at >= len(tokens) or tokens[at].startswith("-"):
        return []
    name = tokens[at]
    is_there = name in package.read_text() or (package.parent / "Sources" / name).is_dir()
    return [] if is_there else [f"{package.relative_to(root)} has no {name}"]
