"""The model card of the small networks."""

from __future__ import annotations

_INPUTS = {
    "identity": """`crop` float32 [N, 1, 96, 96]: the aligned crop of Bundle.md (`size` 96), `value / 255`. `embedding` float32 [N, 64] has unit
length; the dot product of two says how alike two faces are. Above `thresholds` (chosen on photographs of people who were not learned from: so that
one pair of strangers in 100, or in 1000, lies above) two faces count as one person's. Never to be written out.""",
    "visibility": """`crop` float32 [N, 1, 96, 96]: the aligned crop of Bundle.md (`size` 96), `value / 255`. `visible` float32 [N, 8] is, for each of
`regions`, the chance that half of it or more can be seen; below `hidden_below` it counts as hidden. Left and right are the subject's.""",
    "eye": """One eye at a time; N may be 2, both eyes of a face. `eye` float32 [N, 1, 32, 48] (rows, columns): `value / 255` of a uint8 crop, sampled
from the frame's full-range luma by the rule of Bundle.md for the aligned crop (n x n bilinear samples a pixel). The similarity has the scale and
the turn of the aligned crop's similarity for `size` 192 (a, b of `x' = a x - b y + c`, `y' = b x + a y + d`), and c, d are such that the middle of
the eye's two corners (landmarks 263 and 362 of the subject's left eye, 33 and 133 of the right one) lies at (24, 17). **The subject's right eye is
mirrored** (columns reversed after sampling). `pose` float32 [N, 2] is the head's yaw and pitch in degrees as Bundle.md fits them, over 45, the yaw
times -1 for the mirrored eye.

`state` float32 [N, 8]: `view_yaw`, `view_pitch` (degrees, from the ray between eye and camera, with the roll of the aligned crop undone: 0, 0 looks
into the camera), `head_yaw`, `head_pitch` (degrees, in the head's frame), `spread` (the error to be expected of the first two, degrees), `aperture`
(distance of the lids over the eye's width), `closed` and `seen` (chances). Yaw is positive to the image's right, pitch upwards; **the yaws of the
mirrored eye have to be taken times -1**. To turn `view` back by the crop's roll r (degrees, clockwise in the image, -atan2(b, a)): the direction
(sin yaw cos pitch, -sin pitch, -cos yaw cos pitch) in axes x right, y down, z away, rotated about z by r. The gaze of a face is the mean of the
eyes that are open and seen.""",
}
_TITLES = {"identity": "Who it is", "visibility": "What is seen", "eye": "Where an eye looks"}


def _number(value) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def table(figures: dict[str, dict]) -> list[str]:
    """One table, a column for each part, a row for each figure."""
    rows = list(dict.fromkeys(name for part in figures.values() for name in part))
    lines = ["| | " + " | ".join(figures) + " |", "|---|" + "---|" * len(figures)]
    for name in rows:
        cells = [_number(part[name]) if name in part else "" for part in figures.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def write(whole: dict, results: dict) -> str:
    """The card's text from ``small.json`` and the figures of each task."""
    lines = [
        "# The small networks",
        "",
        f"Version {whole['version']}, {whole['date']}. Written by `norface_training.small.export`; `Training/docs/small.md` tells the recipe.",
        "Learned from rendered people (ICT FaceKit's head, MIT) and photographs of named people (mostly Labeled Faces in the Wild, research use), as the",
        "bundle's networks are. People of the figures were never learned from, and no checkpoint was chosen on them.",
    ]
    for task, about in whole["networks"].items():
        result = results[task]
        learned = ", ".join(f"{name} {count:,}" for name, count in result["learned"].items())
        lines += [
            "",
            f"## {_TITLES[task]}: `{about['file']}`",
            "",
            f"{about['mflops']} MFLOPs, {about['bytes'] / 1e6:.2f} MB, operators {', '.join(about['operators'])}; differs from PyTorch by {about['parity']:.0e}.",
            f"{result['steps']:,} steps of {result['batch']}, seed {result['seed']}, rows of the sets: {learned}.",
            "",
            _INPUTS[task],
            "",
            "Thresholds: " + ", ".join(f"`{name}` {value}" for name, value in about["thresholds"].items()) + ".",
            "",
            *table(result["figures"]),
        ]
    return "\n".join(lines) + "\n"
