"""Counts the skipped tests in a log of Scripts/test, and fails when one was skipped that may not be.

usage: skipped.py LOG ALLOWED

Swift Testing writes `Test NAME skipped: "REASON"`, pytest (-rs) `SKIPPED [COUNT] FILE:LINE: REASON`. ALLOWED has one regular
expression a line, for `NAME: REASON` as a whole, and behind ` # ` why it may be. An empty line or one that begins with # says nothing.
"""

import re
import sys
from pathlib import Path

SWIFT = re.compile(r'(?:Test|Suite) (?P<name>.+?) skipped(?:: "(?P<reason>.*)")?$')
PYTHON = re.compile(r"SKIPPED \[(?P<count>\d+)\] (?P<name>\S+?)(?::\d+)?: (?P<reason>.*)$")


def skipped(log: str) -> list[tuple[int, str]]:
    """How many tests were skipped for each `NAME: REASON`."""
    found = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", log).splitlines():
        if match := PYTHON.search(line):
            found.append((int(match["count"]), f"{match['name']}: {match['reason']}"))
        elif match := SWIFT.search(line):
            found.append((1, f"{match['name']}: {match['reason'] or 'no reason given'}"))
    return found


def main() -> int:
    log = Path(sys.argv[1]).read_text(errors="replace")
    if "Test run with" not in log or not re.search(r"\d+ passed", log):
        print("skipped tests: the log has no summary of a runner: were the tests run?")
        return 1
    lines = [line.split(" # ")[0].strip() for line in Path(sys.argv[2]).read_text().splitlines()]
    allowed = [re.compile(line) for line in lines if line and not line.startswith("#")]
    found = skipped(log)
    wrong = [(count, text) for count, text in found if not any(pattern.fullmatch(text) for pattern in allowed)]
    print(f"skipped tests: {sum(count for count, _ in found)}, of which {sum(count for count, _ in wrong)} should have run")
    for count, text in wrong:
        print(f"  should have run: {text}" + (f" ({count} tests)" if count > 1 else ""))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
