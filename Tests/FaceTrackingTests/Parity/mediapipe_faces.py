"""What MediaPipe's legacy solutions see in a video or a photo, for the parity tests.

    python mediapipe_faces.py FILE OUT [FRAMES]

Writes float32 rows one after the other: frame number, kind, count of values, values. Kinds:

0, 1   a detection of the short or the full range: score, corners (x, y, x, y), the six points (x, y), in pixels
2      468 landmarks (x, y, z in pixels) of a face found afresh in this frame (static_image_mode)
3      468 landmarks of a face followed from frame to frame; in a photo, once they have come to rest
"""

import subprocess
import sys
from itertools import islice

import mediapipe as mp
import numpy as np

FACES = 8
#: How often a tracker is shown a photo.
SETTLING = 8


def size_of(path: str) -> tuple[int, int]:
    """Width and height of the upright picture."""
    picture = subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-frames:v", "1", "-f", "image2pipe", "-c:v", "ppm", "-"],
        check=True,
        capture_output=True,
    ).stdout
    width, height = picture[:32].split(b"\n")[1].split()
    return int(width), int(height)


def frames(path: str, limit: int | None):
    """Every frame as RGB, upright, with chroma interpolated."""
    width, height = size_of(path)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:V:0", "-fps_mode", "passthrough"]
    command += ["-frames:v", str(limit)] if limit else []
    command += ["-sws_flags", "bilinear+accurate_rnd+full_chroma_int+full_chroma_inp"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as decoder:
        while len(data := decoder.stdout.read(width * height * 3)) == width * height * 3:
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
        if decoder.wait() != 0:
            sys.exit(f"ffmpeg cannot read {path}")


def detection_row(detection, width: int, height: int) -> list[float]:
    data = detection.location_data
    box = data.relative_bounding_box
    row = [detection.score[0], box.xmin * width, box.ymin * height]
    row += [(box.xmin + box.width) * width, (box.ymin + box.height) * height]
    for point in data.relative_keypoints:
        row += [point.x * width, point.y * height]
    return row


def main() -> None:
    path, out = sys.argv[1:3]
    limit = int(sys.argv[3]) if len(sys.argv) > 3 else None
    solutions = mp.solutions
    detectors = [
        solutions.face_detection.FaceDetection(model_selection=k, min_detection_confidence=0.5) for k in (0, 1)
    ]
    meshes = [
        solutions.face_mesh.FaceMesh(static_image_mode=static, max_num_faces=FACES, refine_landmarks=False)
        for static in (True, False)
    ]
    rows = []
    count = 0
    pictures = list(islice(frames(path, limit), 2))
    if len(pictures) == 1:
        for _ in range(SETTLING):
            meshes[1].process(pictures[0])
    for number, rgb in enumerate(pictures if len(pictures) < 2 else frames(path, limit)):
        height, width = rgb.shape[:2]
        count += 1

        def put(kind: int, values) -> None:
            rows.append(np.array([number, kind, len(values), *values], np.float32))

        for kind, detector in enumerate(detectors):
            for detection in detector.process(rgb).detections or []:
                put(kind, detection_row(detection, width, height))
        for kind, mesh in enumerate(meshes):
            for face in mesh.process(rgb).multi_face_landmarks or []:
                put(kind + 2, [v for p in face.landmark for v in (p.x * width, p.y * height, p.z * width)])
    np.concatenate(rows or [np.empty(0, np.float32)]).tofile(out)
    print(f"{count} frames")


if __name__ == "__main__":
    main()
