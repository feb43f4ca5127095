"""How far the numbers of two files of records lie apart, which different processors made of the same clip.

    python3 Scripts/comparing/numbers.py BASE.jsonl NEW.jsonl

Prints the largest difference of each field. Exit codes: 0 they agree; 1 they do not: something other than a fraction differs, or a
fraction differs by more than LIMITS allow.
"""

import json
import sys
from pathlib import Path

# Sums are added up in another order with vectors of another width, and networks of some hundred layers pass that on. What is allowed
# is what nobody could see: a tenth of a pixel, of a degree, of a step of five of a unit's intensity; of what lies in 0...1 a hundredth.
LIMITS = {"box": 0.1, "pitch": 0.1, "yaw": 0.1, "roll": 0.1, "gaze": 0.1, "au": 0.1, "au_raw": 0.1, "au_left": 0.1, "au_right": 0.1}
LIMIT = 0.01


def compare(base: object, new: object, field: str, largest: dict[str, float]) -> list[str]:
    """What differs and is no fraction, in words; fractions go into `largest`, by the field of a face that they belong to."""
    if isinstance(base, dict) and isinstance(new, dict) and base.keys() == new.keys():
        # Of gaze.yaw the field is gaze: what is below a face's key is judged with it.
        pairs = [(base[key], new[key], key if field in ("", "faces") else field) for key in base]
    elif isinstance(base, list) and isinstance(new, list) and len(base) == len(new):
        pairs = [(one, other, field) for one, other in zip(base, new)]
    elif isinstance(base, float) and isinstance(new, float):
        largest[field] = max(largest.get(field, 0.0), abs(base - new))
        return []
    else:
        return [] if base == new else [f"{field}: {json.dumps(base)[:80]} and {json.dumps(new)[:80]}"]
    return [words for one, other, name in pairs for words in compare(one, other, name, largest)]


def main(base: str, new: str) -> int:
    """Compares two files and prints what it finds."""
    bases, news = (Path(path).read_text().splitlines() for path in (base, new))
    if len(bases) != len(news):
        print(f"{len(bases)} records and {len(news)}")
        return 1
    largest: dict[str, float] = {}
    problems: list[str] = []
    for number, (one, other) in enumerate(zip(bases, news), start=1):
        problems += [f"record {number}: {words}" for words in compare(json.loads(one), json.loads(other), "", largest)]
    same = sum(one == other for one, other in zip(bases, news))
    print(f"{len(bases)} records, {same} of them byte for byte the same")
    for field, difference in largest.items():
        limit = LIMITS.get(field, LIMIT)
        print(f"{field:12} {difference:.4f}")
        # As they are written, with one to four digits: a step of the last one may be what lies between.
        if difference > limit + 1e-9:
            problems.append(f"{field}: {difference:.4f} is more than {limit}")
    for words in problems[:20]:
        print(words)
    if len(problems) > 20:
        print(f"and {len(problems) - 20} more")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]) if len(sys.argv) == 3 else print(__doc__) or 64)
