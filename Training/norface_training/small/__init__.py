"""The small networks beside a bundle: who it is (``identity``), where an eye looks (``eye``), what of a face is seen (``visibility``).

    python -m norface_training.small.train CONFIG --cache CACHE --out RUN
    python -m norface_training.small.export RUN... --cache CACHE --videos VIDEOS --out ../Models/norface-small

``networks.py`` says what each takes and gives; ``export`` writes the graphs, ``small.json`` and the card with every figure.
"""
