"""The model card of the small networks."""

from __future__ import annotations

_INPUTS = {
    "identity": """`crop` float32 [N, 1, 96, 96]: the aligned crop of Bundle.md (`size` 96), `value / 255`. `embedding` float32 [N, 64] has unit
length. A face's embedding is the mean of its crop's and its mirrored crop's, made unit length again; Euclid's distance of two (0-2) says how unlike
two faces are. `thresholds` are such distances, chosen on photographs of people who were not
learned from (`small/measure.py`, `distances`), `unlike` with the clips of the table in view. Never to be written out.""",
    "visibility": """`crop` float32 [N, 1, 96, 96]: the aligned crop of Bundle.md (`size` 96), `value / 255`. `visible` float32 [N, 8] is, for each of
`regions`, the chance that half of it or more can be seen; below `hidden_below` it counts as hidden. Left and right are the subject's.""",
    "gaze": """`eyes` float32 [N, 1, 32, 96] (rows, columns): `value / 255` of two uint8 crops of 32 x 48 side by side, the subject's left eye first, each
sampled from the frame's full-range luma by the rule of Bundle.md for the aligned crop (n x n bilinear samples a pixel). The similarity has the scale and
the turn of the aligned crop's similarity for `size` 192 (a, b of `x' = a x - b y + c`, `y' = b x + a y + d`), and c, d are such that the middle of
the eye's two corners (landmarks 263 and 362 of the subject's left eye, 33 and 133 of the right one) lies at (24, 17). **The right eye's crop is mirrored**
(columns reversed). `crop` float32 [N, 1, 96, 96]: the aligned crop of Bundle.md (`size` 96), `value / 255`. `pose` float32 [N, 2] is the head's yaw
and pitch in degrees as Bundle.md fits them, over 45.

`state` float32 [N, 16]: for the subject's left eye, then for the right one `view_yaw`, `view_pitch` (degrees, from the ray between eye and camera, with the
roll of the aligned crop undone: 0, 0 looks into the camera), `head_yaw`, `head_pitch` (degrees, in the head's frame), `spread` (the error to be expected of the
first two, degrees), `aperture` (distance of the lids over the eye's width), `closed` and `seen` (chances). Yaw is positive to the image's right,
pitch upwards, of both eyes. To turn `view` back by the crop's roll r (degrees, clockwise in the image, -atan2(b, a)): the direction
(sin yaw cos pitch, -sin pitch, -cos yaw cos pitch) in axes x right, y down, z away, rotated about z by r. The gaze of a face is the mean of the
eyes that are open and seen.""",
}
_TITLES = {"identity": "Who it is", "visibility": "What is seen", "gaze": "Where the eyes look"}


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
    """The card's text from ``faces.json`` and the figures of each task."""
    lines = [
        "# norface-faces: who it is, what is seen, where the eyes look",
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
