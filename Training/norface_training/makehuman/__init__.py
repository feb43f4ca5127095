"""The second rendered world: MakeHuman's heads of several ancestries, both sexes and all ages, moved by FACSHuman's action units.

MakeHuman's base head and core assets are CC0 (makehumancommunity.org); the action units are FACSHuman's (M. Gilbert, S. Demarchi,
I. Urdapilleta, "FACSHuman, a software program for creating experimental material by modeling 3D facial expressions", Behavior
Research Methods 2021, LGPL-3): they are used for drawing, and no part of them is in the repository.
"""
