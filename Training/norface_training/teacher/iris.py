"""Where FaceLandmarker sees the irises of a clip: ``python -m norface_training.teacher.iris --task face_landmarker.task --out FOLDER CLIP...``.

Writes ``FOLDER/CLIP.npz`` for each: ``frames`` (T,) the frames in which a face was found, ``landmarks`` (T, 478, 3) float32 in pixels.
Runs in the teacher's environment.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np

from ..benchmarks.sequences import LayoutError, video_frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--task", type=Path, required=True, help="face_landmarker.task")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--every", type=int, default=4, help="every so many frames")
    parser.add_argument("--most", type=int, default=60, help="frames of a clip at most")
    options = parser.parse_args()
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    try:
        task = vision.FaceLandmarker.create_from_options(
            vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(options.task)), num_faces=1)
        )
        options.out.mkdir(parents=True, exist_ok=True)
        for clip in options.clips:
            numbers = list(range(0, options.every * options.most, options.every))
            found = []
            try:
                for number, luma in zip(numbers, video_frames(clip, numbers)):
                    picture = np.ascontiguousarray(np.repeat(luma[..., None], 3, 2))
                    answer = task.detect(mp.Image(mp.ImageFormat.SRGB, picture)).face_landmarks
                    if answer:
                        size = [luma.shape[1], luma.shape[0], luma.shape[1]]
                        found.append((number, np.array([(p.x, p.y, p.z) for p in answer[0]], np.float32) * size))
            except LayoutError:
                # A clip that ends earlier has given what it has.
                if not found:
                    raise
            if not found:
                raise LayoutError(f"{clip}: no face found")
            frames, landmarks = zip(*found)
            np.savez(options.out / f"{clip.stem}.npz", frames=np.asarray(frames), landmarks=np.asarray(landmarks, np.float32))
            print(f"{clip.stem}: {len(frames)} frames")
    except (LayoutError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(f"iris: {error}")


if __name__ == "__main__":
    main()
