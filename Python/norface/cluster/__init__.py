"""An archive analysed on several machines, around the command `norface analyze` (`Documentation/Cluster.md`).

`parts` runs one part, `check` says whether all is there, `on_ray` and `on_dask` spread parts over workers, `cli` is
`python -m norface.cluster`.
"""
