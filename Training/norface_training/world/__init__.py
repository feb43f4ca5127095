"""One rendered world with all truths at once: who it is, where the eyes look, how far the lids are open, and what cannot be seen.

``python -m norface_training.world.render CONFIG`` writes a set (``data/shards.py``) with these fields, one row a picture:

    ``crop``        (96, 96) uint8      aligned luma crop (Bundle.md), sampled from the frame as it was captured
    ``eyes``        (2, 32, 48) uint8   eye crops (``world/eyes.py``), the subject's left eye first, the right one mirrored
    ``identity``    ()       int32      one number per person
    ``index``       ()       int32      the picture's number
    ``visible``     (8,)     float16    the share of each region that can be seen, order of ``regions.REGIONS``
    ``covered``     (8,)     float16    the share that something before the face or the frame's border hides (turned-away skin does not count)
    ``gaze``        (2, 4)   float32    each eye's yaw and pitch from the view ray (roll undone), then in the head's frame, degrees;
                                        of the subject's right eye as it is, not mirrored
    ``aperture``    (2,)     float32    distance of the lids over the width of the eye, in three dimensions
    ``blink``       (2,)     float32    the lid's coefficient, 1 closed
    ``pose``        (3,)     float32    yaw, pitch, roll of the head, degrees (Bundle.md), from the view ray
    ``fitted``      (3,)     float32    the same, fitted to the landmarks
    ``turned``      ()       float32    the angle that the crops undo, degrees
    ``distance``    ()       float32    distance of the eyes' centres in the captured frame, pixels, freed of pose
    ``coefficients`` (57,)   float16    of the head model
    ``kinds``       ()       int32      bits of ``occluders.KINDS``: what lies before the face
    ``meshed``      ()       uint8      1 where Face Mesh placed the landmarks, 0 where they are the truth

Yaw is positive to the image's right, pitch positive upwards; (0, 0) from the view ray looks into the camera.
"""
