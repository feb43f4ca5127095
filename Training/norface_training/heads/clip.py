"""The project's sample clip: two rendered people who speak, grimace and blink.

    python -m norface_training.heads.clip --data DATA --out Tests/Fixtures/sample.mp4

Eight seconds, 640x360, 25 frames a second, H.264, in colour. The first person is there from the start and leaves before the
end; the second comes in after two seconds and stays. Needs the ``ffmpeg`` command.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import numpy as np
from scipy import ndimage

from .expression import ExpressionSampler
from .gl import Camera, Light
from .person import Person, sample_person
from .studio import Studio

WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 25, 8.0
BACKGROUND = ((0.30, 0.36, 0.40), (0.52, 0.50, 0.44))

#: Grimaces: start second, seconds, units with (left, right) intensities.
_FIRST = [
    (0.9, 1.2, {12: (0.9, 0.9), 6: (0.7, 0.7), 25: (0.4, 0.4)}),
    (2.6, 0.9, {1: (0.9, 0.9), 2: (0.9, 0.9), 5: (0.8, 0.8), 26: (0.6, 0.6)}),
    (4.0, 1.0, {4: (1.0, 1.0), 7: (0.6, 0.6), 24: (0.8, 0.8)}),
    (5.6, 1.0, {14: (0.9, 0.0), 12: (0.3, 0.0)}),
]
_SECOND = [
    (3.0, 1.0, {9: (0.9, 0.9), 10: (0.7, 0.7), 4: (0.5, 0.5)}),
    (4.4, 1.1, {15: (0.9, 0.9), 17: (0.8, 0.8), 1: (0.8, 0.8)}),
    (6.2, 1.4, {12: (1.0, 1.0), 6: (0.8, 0.8), 25: (0.5, 0.5)}),
]


def _window(t: float, start: float, length: float, ramp: float = 0.25) -> float:
    rise = np.clip((t - start) / ramp, 0, 1) * np.clip((start + length - t) / ramp, 0, 1)
    return float(rise * rise * (3 - 2 * rise))


def _performance(sampler: ExpressionSampler, events: list, speaking: list, blinks: list, seed: int) -> list[np.ndarray]:
    """Coefficients of each frame: speech in the intervals ``speaking``, grimaces, blinks."""
    rng = np.random.default_rng(seed)
    count = round(SECONDS * RATE)
    index = sampler.model.index
    noise = ndimage.gaussian_filter1d(rng.standard_normal((count, 5)), 2.2, axis=0) * 2.6
    gaze = ndimage.gaussian_filter1d(np.repeat(rng.normal(0, 0.25, (count // 20, 2)), 20, 0), 1.0, axis=0)
    out = []
    for k in range(count):
        t = k / RATE
        units: dict[int, tuple[float, float]] = {}
        for start, length, what in events:
            level = _window(t, start, length)
            for number, (left, right) in what.items():
                old = units.get(number, (0.0, 0.0))
                units[number] = (max(old[0], left * level), max(old[1], right * level))
        c = sampler.wear(units)
        talk = max((_window(t, a, b - a) for a, b in speaking), default=0.0)
        c[index["jawOpen"]] += talk * np.clip(0.16 + 0.12 * noise[k, 0], 0, 0.5)
        c[index["mouthFunnel"]] += talk * np.clip(0.25 * noise[k, 1], 0, 0.7)
        c[index["mouthPucker"]] += talk * np.clip(0.2 * noise[k, 2], 0, 0.6)
        for side in "LR":
            c[index[f"mouthLowerDown_{side}"]] += talk * np.clip(0.25 * noise[k, 3], 0, 0.6)
            c[index[f"browInnerUp_{side}"]] += talk * np.clip(0.15 * noise[k, 4], 0, 0.4)
            closed = max((np.exp(-(((t - b) / 0.07) ** 4)) for b in blinks), default=0.0)
            c[index[f"eyeBlink_{side}"]] = max(c[index[f"eyeBlink_{side}"]], closed)
        turn, lift = gaze[min(k, len(gaze) - 1)]
        c[index["eyeLookOut_L"]] = c[index["eyeLookIn_R"]] = max(turn, 0)
        c[index["eyeLookIn_L"]] = c[index["eyeLookOut_R"]] = max(-turn, 0)
        for side in "LR":
            c[index[f"eyeLookUp_{side}"]], c[index[f"eyeLookDown_{side}"]] = max(lift, 0), max(-lift, 0)
        out.append(np.clip(c, 0, 1.05))
    return out


def _people() -> tuple[Person, Person]:
    first, second = sample_person(23, 20), sample_person(5, 20)
    for person, tone, style in ((first, 0.46, "cropped"), (second, 0.30, "full")):
        person.identity *= 0.8
        person.tone, person.glasses = tone, None
        person.hair.style, person.hair.line, person.hair.thickness, person.hair.albedo = style, 10.0, 0.6, 0.04
        person.brow.darkness, person.brow.density = 0.85, 1.1
        person.gains[:] = 0.8
        person.resting[:] = 0
        person.beard = person.moustache = 0.0
    return first, second


def background(width: int, height: int) -> np.ndarray:
    """A wall, a window's light and a shelf, (H, W, 3) float 0-255."""
    y, x = np.mgrid[0:height, 0:width]
    t = (x / width)[..., None]
    wall = np.array(BACKGROUND[0]) * (1 - t) + np.array(BACKGROUND[1]) * t
    light = np.exp(-(((x - 0.75 * width) / (0.3 * width)) ** 2) - ((y - 0.2 * height) / (0.5 * height)) ** 2)
    shelf = ((y > 0.16 * height) & (y < 0.19 * height) & (x < 0.5 * width))[..., None]
    wall = wall * (0.8 + 0.35 * light[..., None]) * np.where(shelf, 0.6, 1.0)
    return ndimage.gaussian_filter(wall * 255, (2, 2, 0))


def render(studio: Studio, write) -> None:
    """Draw every frame and hand it to ``write`` as (H, W, 3) uint8."""
    sampler = ExpressionSampler(studio.model)
    first, second = _people()
    paints = [studio.painter.paint(p) for p in (first, second)]
    acts = [
        _performance(sampler, _FIRST, [(0.2, 0.9), (2.0, 2.6), (3.5, 4.0), (5.1, 5.6)], [0.6, 2.3, 3.8, 5.3, 6.5], 3),
        _performance(sampler, _SECOND, [(2.3, 3.0), (5.5, 6.2), (7.5, 8.0)], [2.6, 4.2, 5.8, 7.6], 4),
    ]
    tints = [(1.0, 0.74, 0.60), (1.0, 0.70, 0.54)]
    room = background(WIDTH, HEIGHT)
    light = Light(
        key=np.array([0.7, -0.7, -0.9]),
        fill=np.array([-0.8, -0.2, -0.7]),
        key_power=0.85,
        fill_power=0.4,
        ambient_power=0.35,
        exposure=1.15,
    )
    noise = np.random.default_rng(9)
    for k in range(round(SECONDS * RATE)):
        t = k / RATE
        leave = max(0.0, t - 6.9) ** 2 * 700
        enter = max(0.0, 2.2 - t) * 420
        cameras = [
            Camera(
                WIDTH,
                HEIGHT,
                820,
                100,
                (-150 - leave, 14 + 3 * np.sin(2.1 * t)),
                yaw=10 + 12 * np.sin(1.3 * t),
                pitch=4 * np.sin(1.9 * t),
                roll=5 * np.sin(0.9 * t),
            ),
            Camera(
                WIDTH,
                HEIGHT,
                820,
                108,
                (150 + enter, 22 + 3 * np.sin(1.7 * t)),
                yaw=-8 + 12 * np.sin(1.1 * t + 2),
                pitch=5 * np.sin(1.5 * t + 1),
                roll=5 * np.sin(0.8 * t + 1),
            ),
        ]
        frame = room.copy()
        for person, painted, act, camera, tint in zip((first, second), paints, acts, cameras, tints):
            if abs(camera.offset[0]) > WIDTH / 2 + 140:
                continue
            pixels = studio.draw(person, painted, act[k], camera, light, tint).pixels.astype(np.float32)
            cover = ndimage.gaussian_filter(pixels[..., 3:] / 255, (0.6, 0.6, 0))
            soft = ndimage.gaussian_filter(pixels[..., :3], (0.5, 0.5, 0))
            frame = frame * (1 - cover) + np.where(pixels[..., 3:] > 0, soft, frame) * cover
        frame += noise.normal(0, 1.2, frame.shape[:2])[..., None]
        write(np.clip(frame + 0.5, 0, 255).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder with ict_facekit.npz")
    parser.add_argument("--cache", help="folder for the renderer's maps")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--crf", type=int, default=27)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    command = [
        "ffmpeg",
        "-loglevel",
        "error",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{WIDTH}x{HEIGHT}",
        "-r",
        str(RATE),
        "-i",
        "-",
        "-c:v",
        "libx264",
        "-preset",
        "slow",
        "-crf",
        str(options.crf),
        "-g",
        "50",
        "-pix_fmt",
        "yuv420p",
        "-colorspace",
        "bt709",
        "-color_primaries",
        "bt709",
        "-color_trc",
        "bt709",
        "-vf",
        "scale=out_color_matrix=bt709:out_range=tv",
        "-movflags",
        "+faststart",
        "-threads",
        "1",
        "-fflags",
        "+bitexact",
        "-flags:v",
        "+bitexact",
        str(options.out),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        render(Studio(options.data, options.cache, WIDTH, HEIGHT), lambda frame: encoder.stdin.write(frame.tobytes()))
        encoder.stdin.close()
        if encoder.wait() != 0:
            raise SystemExit(f"clip: ffmpeg ended with {encoder.returncode}")


if __name__ == "__main__":
    main()
