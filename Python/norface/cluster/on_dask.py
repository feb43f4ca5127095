"""Parts of an archive over the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator

from .parts import Archive, Outcome, PartFailed, run_part


def run(archive: Archive, address: str | None = None, workers: int = 1, retries: int = 3) -> Iterator[Outcome]:
    """Analyses all parts and gives their outcomes as they come.

    A part whose worker died, or that failed in a way that may pass, is run again, `retries` times. A worker of one thread does
    one part at a time, which keeps one and a half cores busy.

    Args:
        address: of a scheduler (`tcp://HOST:8786`); None starts one here with `workers` workers, and ends it.

    Raises:
        ImportError: Dask is not installed.
        PartFailed: a part did not succeed after all.
    """
    from distributed import Client, KilledWorker, LocalCluster, as_completed

    cluster = None if address else LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    client = Client(address or cluster)
    try:
        futures = [client.submit(run_part, archive, part, retries=retries, pure=False) for part in range(1, archive.parts + 1)]
        try:
            for future in as_completed(futures):
                yield future.result()
        except KilledWorker as error:
            raise PartFailed(f"workers died: {error}") from None
    finally:
        client.close()
        if cluster:
            cluster.close()
