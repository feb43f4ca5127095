"""Parts of an archive over the workers of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator

from .parts import Archive, Outcome, PartFailed, run_part


def run(archive: Archive, address: str | None = None, cpus: int = 2, retries: int = 3) -> Iterator[Outcome]:
    """Analyses all parts and gives their outcomes as they come.

    A part whose worker or node died, or that failed in a way that may pass, is run again, `retries` times.

    Args:
        address: of a cluster (`auto` for the one of this machine); None starts one here, and ends it.
        cpus: that a part takes.

    Raises:
        ImportError: Ray is not installed.
        PartFailed: a part did not succeed after all.
    """
    import ray

    started = not ray.is_initialized()
    if started:
        ray.init(address=address, log_to_driver=False)
    task = ray.remote(num_cpus=cpus, max_retries=retries, retry_exceptions=[PartFailed])(run_part)
    waiting = [task.remote(archive, part) for part in range(1, archive.parts + 1)]
    try:
        while waiting:
            done, waiting = ray.wait(waiting)
            yield from _outcomes(ray.get(done))
    except ray.exceptions.RayTaskError as error:
        raise PartFailed(str(error.cause)) from None
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError) as error:
        raise PartFailed(f"workers died {retries + 1} times: {type(error).__name__}") from None
    finally:
        for reference in waiting:
            ray.cancel(reference, force=False)
        if started:
            ray.shutdown()


def _outcomes(found: list[Outcome]) -> Iterator[Outcome]:
    yield from found
