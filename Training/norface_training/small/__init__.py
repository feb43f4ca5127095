"""The small networks beside a bundle: who it is (``identity``), where an eye looks (``eye``), what of a face is seen (``visibility``).

    python -m norface_training.small.train CONFIG --cache CACHE --out RUN
    python -m norface_training.small.export RUN... --cache CACHE --videos VIDEOS --out ../Models/norface-faces

``networks.py`` says what each takes and gives; ``export`` writes the graphs, ``faces.json`` and the card with every figure.
"""
