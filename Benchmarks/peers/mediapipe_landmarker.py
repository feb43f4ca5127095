"""Runs MediaPipe's FaceLandmarker in VIDEO mode over a file, as a peer to measure `norface analyze` against.

Usage: python mediapipe_landmarker.py FACE_LANDMARKER.task VIDEO

Landmarks and blendshapes of one face are computed for every frame; the frame count goes to standard output.
"""

import sys

import cv2
import mediapipe as mp


def main() -> None:
    model, video = sys.argv[1:3]
    options = mp.tasks.vision.FaceLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_path=model),
        running_mode=mp.tasks.vision.RunningMode.VIDEO,
        output_face_blendshapes=True,
        num_faces=1,
    )
    capture = cv2.VideoCapture(video)
    rate = capture.get(cv2.CAP_PROP_FPS) or 25.0
    count = found = 0
    with mp.tasks.vision.FaceLandmarker.create_from_options(options) as landmarker:
        while True:
            more, frame = capture.read()
            if not more:
                break
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
            result = landmarker.detect_for_video(image, int(count * 1000 / rate))
            found += bool(result.face_landmarks)
            count += 1
    print(f"{count} frames, {found} with a face")


if __name__ == "__main__":
    main()
