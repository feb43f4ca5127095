"""Lists of cameras and machines: CSV and YAML, with the line of everything."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import DATA, NO_INPUT, UNAVAILABLE, Failure


@dataclass
class Row:
    """One entry. `values` are by dotted names (`analysis.max_faces`), texts of a CSV as they stand; empty cells are left out."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)


class Problems:
    """Everything that is wrong with a file, told at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, text: str) -> None:
        self._found.append((line, text))

    def raise_any(self) -> None:
        """Raises Failure when there is something."""
        if self._found:
            lines = [f"{self.path}, line {line}: {text}" for line, text in sorted(self._found, key=lambda one: one[0])]
            raise Failure(DATA, "\n".join(lines))


def read_table(path: Path, what: str, problems: Problems) -> tuple[list[Row], dict[str, int]]:
    """The rows of a file, and the line on which each column or key stands first.

    Args:
        path: `.yaml` or `.yml`, anything else is CSV.
        what: the key that may hold the list in YAML (`cameras`).
        problems: takes what is wrong with single lines.

    Raises:
        Failure: the file cannot be read at all.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Failure(NO_INPUT, f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Failure(DATA, f"{path}: not UTF-8 (byte {error.start})") from None
    rows, columns = _yaml(path, text, what, problems) if path.suffix in (".yaml", ".yml") else _csv(path, text, problems)
    if not rows:
        problems.add(1, f"no {what} in it")
    return rows, columns


def _csv(path: Path, text: str, problems: Problems) -> tuple[list[Row], dict[str, int]]:
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in head and "," not in head else ",", strict=True)
    rows: list[Row] = []
    names: list[str] = []
    # A quoted cell may have line breaks: the row's line is the one it begins on.
    begin = 1
    try:
        for cells in reader:
            line, begin = begin, reader.line_num + 1
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not names:
                names = cells
                for name in sorted({name for name in names if names.count(name) > 1}):
                    problems.add(line, f"two columns are called {name!r}" if name else "columns without a name")
                first = line
                continue
            if len(cells) > len(names):
                problems.add(line, f"{len(cells)} cells, and {len(names)} columns")
                continue
            rows.append(Row(line, {name: cell for name, cell in zip(names, cells) if cell}))
    except csv.Error as error:
        raise Failure(DATA, f"{path}, line {reader.line_num}: no CSV: {error}") from None
    return rows, {name: first for name in names} if names else {}


def _yaml(path: Path, text: str, what: str, problems: Problems) -> tuple[list[Row], dict[str, int]]:
    try:
        import yaml
    except ImportError:
        raise Failure(UNAVAILABLE, f"{path}: YAML needs PyYAML: pip install 'norface[fleet]'") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise Failure(DATA, f"{path}{place}: no YAML: {getattr(error, 'problem', None) or error}") from None
    constructor = yaml.SafeLoader("")
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value != what:
                problems.add(key.start_mark.line + 1, f"unknown key {key.value!r}; {what} is expected")
        node = next((value for key, value in node.value if key.value == what), None)
    if not isinstance(node, yaml.SequenceNode):
        raise Failure(DATA, f"{path}: a list, or {what}: with a list, is expected")
    rows: list[Row] = []
    columns: dict[str, int] = {}

    def flatten(mapping: Any, prefix: str, row: Row) -> None:
        for key, value in mapping.value:
            line = key.start_mark.line + 1
            name = f"{prefix}{key.value}"
            if isinstance(value, yaml.MappingNode):
                flatten(value, f"{name}.", row)
                continue
            columns.setdefault(name, line)
            if name in row.values:
                problems.add(line, f"{name} is there twice")
            elif not isinstance(value, yaml.ScalarNode):
                problems.add(line, f"{name}: a list is not expected")
            else:
                content = constructor.construct_object(value)
                if content is not None and content != "":
                    row.values[name] = content

    for item in node.value:
        row = Row(item.start_mark.line + 1)
        if isinstance(item, yaml.MappingNode):
            flatten(item, "", row)
            rows.append(row)
        else:
            problems.add(row.line, "a mapping (name: ..., url: ...) is expected")
    return rows, columns
