"""The landmarks whose pose-free positions the classifier reads: brows, lids, nose, lips, cheeks and chin of the Face Mesh."""

LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
        78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415)  # fmt: skip
LIDS = (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398,
        33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173)  # fmt: skip
BROWS = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336, 46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
NOSE = (1, 2, 98, 327, 129, 358, 6, 168, 195)
CHEEKS = (50, 280, 205, 425, 187, 411, 117, 346)
CHIN = (152, 175, 199, 200)
GLABELLA = (9, 8)

GEOMETRY_POINTS: tuple[int, ...] = (*LIPS, *LIDS, *BROWS, *NOSE, *CHEEKS, *CHIN, *GLABELLA)
"""Order of the geometry vector; written into every bundle."""

GEOMETRY_SCALE = 10.0
"""Brings displacements, in distances between the eye centres, to about one."""
