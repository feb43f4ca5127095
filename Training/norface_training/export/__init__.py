"""From a trained checkpoint to a bundle: folded ONNX networks, calibration, thresholds, hashes."""
