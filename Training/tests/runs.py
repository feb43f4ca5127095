"""A run small enough for a test."""

TINY = {
    "name": "tiny",
    "seed": 3,
    "network": {
        "encoder": {"layers": [[4, 2], [4, 2], [8, 2]]},
        "normalizer": {"blocks": 1, "heads": 2, "mlp": 1, "decoder": [4, 4, 4]},
        "classifier": {"reader": [[8, 2], [8, 2]], "width": 8, "geometry": [8], "experts": 2, "expert_width": 4,
                       "heads": 2, "head_width": 4},
    },
    "stages": [
        {"name": "encoder", "read": "original", "size": 72, "steps": 3, "batch": 8, "validate_every": 2,
         "losses": {"emotion": 1, "au": 1, "shapes": 0.5}},
        {"name": "normalizer", "train": ["normalizer"], "read": "nothing", "steps": 2, "batch": 8,
         "losses": {"image": 1, "gradient": 1, "perceptual": 0.1}, "shares": {"photos": 0.5, "heads": 0.5}},
        {"name": "classifier", "train": ["classifier"], "steps": 3, "batch": 8, "validate_every": 2, "muon": True,
         "losses": {"emotion": 1, "au": 1, "shapes": 0.3, "alone": 0.3, "consistency": 0.1, "flip": 0.1, "points": 0.2}},
    ],
}  # fmt: skip
