"""The first difference of two outputs, in words."""

import json

# What two runs of one build differ in: when and with what they ran.
PASSING = {"started", "versions", "program"}


def first_difference(name: str, base: bytes, new: bytes) -> str | None:
    """Where two contents of a file differ first; None when they are the same."""
    if base == new:
        return None
    if name.endswith(".meta.json"):
        return difference_of_values(without_passing(parsed(base)), without_passing(parsed(new)), "")
    lines, others = base.split(b"\n"), new.split(b"\n")
    for number, (line, other) in enumerate(zip(lines, others), start=1):
        if line != other:
            return f"line {number}: {difference_of_lines(line, other)}"
    return f"base has {len(lines) - 1} lines, new has {len(others) - 1}"


def difference_of_lines(base: bytes, new: bytes) -> str:
    one, other = parsed(base), parsed(new)
    if isinstance(one, dict) and isinstance(other, dict):
        difference = difference_of_values(one, other, "")
        if difference:
            return difference
    at = next((i for i, (a, b) in enumerate(zip(base, new)) if a != b), min(len(base), len(new)))
    return f"byte {at}: base {excerpt(base, at)}, new {excerpt(new, at)}"


def excerpt(line: bytes, at: int) -> str:
    return repr(line[max(0, at - 30) : at + 30].decode(errors="replace"))


def parsed(content: bytes):
    """The value of a JSON text with its numbers as they are written; None when it is none."""
    try:
        return json.loads(content, parse_float=str, parse_int=str)
    except ValueError:
        return None


def without_passing(value):
    return {key: item for key, item in value.items() if key not in PASSING} if isinstance(value, dict) else value


def difference_of_values(base, new, place: str) -> str | None:
    """The first place at which two JSON values differ, keys' order included."""
    if isinstance(base, dict) and isinstance(new, dict):
        if list(base) != list(new):
            missing, added = [key for key in base if key not in new], [key for key in new if key not in base]
            words = [f"without {missing}"] * bool(missing) + [f"with {added}"] * bool(added) or ["in another order"]
            return f"{place or 'keys'}: new is {' and '.join(words)}"
        pairs = [(base[key], new[key], f"{place}.{key}" if place else key) for key in base]
    elif isinstance(base, list) and isinstance(new, list):
        if len(base) != len(new):
            return f"{place}: base has {len(base)} elements, new has {len(new)}"
        pairs = [(one, other, f"{place}[{index}]") for index, (one, other) in enumerate(zip(base, new))]
    else:
        return None if base == new else f"{place}: base {json.dumps(base)}, new {json.dumps(new)}"
    return next((found for pair in pairs if (found := difference_of_values(*pair))), None)
