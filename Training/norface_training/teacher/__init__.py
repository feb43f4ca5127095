"""The teacher: MediaPipe's landmarks and blendshapes on photographs, cached."""
