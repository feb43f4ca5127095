"""Train a run: ``python -m norface_training.train.run CONFIG --cache CACHE --out FOLDER`` (or under ``torchrun``).

Every stage leaves ``STAGE.best.pt`` (the averaged weights that validated best, or its last ones with ``keep: last``) in the
folder; ``last.pt`` holds everything that is needed to go on after a stop. ``log.jsonl`` has one line for every validation.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

from ..data.shards import ShardError
from ..data.sources import SourceError, folder
from ..export import weights
from ..export.weights import WeightsError
from ..labels import AUS, SIDES
from ..networks import Norface
from . import checkpoint, muon
from .batches import Batches
from .cached import CachedBatches
from .checkpoint import Average, CheckpointError
from .config import ConfigError, RunConfig, StageConfig, load_config
from .pools import Pool, head_pool, photo_pool, split_by_identity, split_photos
from .step import Step
from .validation import validate


def load_pools(config: RunConfig, cache: Path) -> tuple[dict[str, Pool], dict[str, Pool]]:
    """Training and validation pools of the sets that the run's shares name."""
    data, size = config.data, config.network.normalized_size
    names = set(data.shares) | {name for stage in config.stages for name in (stage.shares or {})}
    train, held = {}, {}
    if "ferplus" in names:
        train["ferplus"] = photo_pool(cache, "ferplus_train", size, data)
        held["ferplus"] = photo_pool(cache, "ferplus_valid", size, replace(data, told_share=0.0))
    if "photos" in names:
        train["photos"], held["photos"] = split_photos(photo_pool(cache, "photos", size, data))
    for name, told_share in ((name, share) for name, share in data.worlds().items() if name in names):
        pool = head_pool(cache, name, size, data.limit)
        train[name], held[name] = split_by_identity(pool, data.held_out, among=data.held_among)
        if told_share:
            told = head_pool(cache, name, size, data.limit, told_share)
            train[name], _ = split_by_identity(told, data.held_out, among=data.held_among)
    if "makehuman" in train:
        silence(train["makehuman"], data.makehuman_silent)
    return train, held


def silence(pool: Pool, units: list[str]) -> None:
    """Takes all weight from a pool's labels of some units, in place."""
    for unit in units:
        pool.au_weight[:, AUS.index(unit)] = 0
        if unit in SIDES:
            pool.side_weight[:, SIDES.index(unit)] = 0


def common_person(pools: dict[str, Pool]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The common person's neutral face and mean face ``[1, 1, s, s]``, and where its expressions show (mean one)."""
    heads = pools["heads"]
    calm = heads.au.sum(1).topk(min(16, len(heads)), largest=False).indices
    faces = heads.target[torch.linspace(0, len(heads) - 1, min(2000, len(heads))).long()].float() / 255
    spread = faces.std(0)
    importance = 0.5 + spread / spread.mean().clamp_min(1e-6)
    neutral = heads.target[calm].float().mean(0) / 255
    return neutral[None, None], faces.mean(0)[None, None], (importance / importance.mean())[None, None]


def learning_rate(step: int, stage: StageConfig) -> float:
    """Linear warm-up, then half a cosine to the stage's final share."""
    warm = max(1, round(stage.warmup * stage.steps))
    if step < warm:
        return (step + 1) / warm
    progress = (step - warm) / max(1, stage.steps - warm)
    return stage.final + (1 - stage.final) * 0.5 * (1 + math.cos(math.pi * progress))


class Stopped(RuntimeError):
    """The process was asked to stop and has saved its state."""


class Trainer:
    """Runs the stages of a configuration in order and goes on where a former process stopped."""

    def __init__(self, config: RunConfig, out: Path, train: dict[str, Pool], held: dict[str, Pool], bundle: Path | None = None,
                 views: Path | None = None):  # fmt: skip
        """``bundle`` is the folder of the bundle that the first stage goes on from, if it does; ``views`` where views of samples are kept."""
        self.config, self.out, self.train, self.held, self.bundle = config, out, train, held, bundle
        self.views = views or out / "views"
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        self.world = dist.get_world_size() if dist.is_initialized() else 1
        self.fingerprint = config.fingerprint()
        torch.manual_seed(config.seed)
        self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if torch.cuda.is_available() else torch.device("cpu")
        self.model = Norface(config.network).to(self.device, memory_format=torch.channels_last)
        self.stopping = False
        self.last = out / "last.pt"
        self.resumed = checkpoint.load(self.last, self.fingerprint) if self.last.exists() else None

    def say(self, message: str) -> None:
        if self.rank == 0:
            print(message, file=sys.stderr, flush=True)

    def run(self, begin_with: str | None = None) -> Path:
        """All stages, or those from ``begin_with`` on; returns the last stage's best checkpoint.

        A stopped run goes on where it was. ``begin_with`` starts at that stage from the best of the one before it.
        """
        names = [stage.name for stage in self.config.stages]
        if begin_with is not None and begin_with not in names:
            raise ConfigError(f"no stage {begin_with!r}; there are {', '.join(names)}")
        begin = self.resumed["stage"] if self.resumed else names.index(begin_with) if begin_with else 0
        for number, stage in enumerate(self.config.stages):
            if number >= begin:
                self.run_stage(number, stage)
        return self.out / f"{self.config.stages[-1].name}.best.pt"

    def start_weights(self, number: int, stage: StageConfig) -> None:
        """A stage starts from the checkpoint it names, else from the best of the stage before; the first from the run's bundle if it has one."""
        path = None
        if number == 0 and self.bundle is not None:
            weights.load_into(self.model, self.bundle, stage.anew)
            self.say(f"{stage.name}: goes on from the bundle {self.bundle}")
        elif stage.start:
            path = Path(stage.start) if Path(stage.start).is_absolute() else self.out / stage.start
        elif number:
            path = self.out / f"{self.config.stages[number - 1].name}.best.pt"
        if path is not None:
            missing = checkpoint.load_weights(self.model, checkpoint.load(path)["model"], path)
            self.say(f"{stage.name}: starts from {path.name}" + (f", {len(missing)} tensors anew" if missing else ""))
        fresh = Norface(self.config.network) if stage.anew else None
        for part in stage.anew:
            getattr(self.model, part).load_state_dict(getattr(fresh, part).state_dict())

    def run_stage(self, number: int, stage: StageConfig) -> None:
        resumed = self.resumed if self.resumed and self.resumed["stage"] == number else None
        if resumed:
            self.model.load_state_dict(resumed["model"])
        else:
            self.start_weights(number, stage)
        importance = None
        if "normalizer" in stage.train and "heads" in self.train:
            neutral, mean, importance = common_person(self.train)
            if not resumed:
                self.model.set_target(neutral.to(self.device), mean.to(self.device))
        average = Average(self.model, stage.ema)
        size = stage.size or self.config.network.input_size
        shares, seed = stage.shares or self.config.data.shares, self.config.seed * 1000 + number * 100 + self.rank
        if stage.views:
            batches = CachedBatches(self.train, shares, self.config.augment, size, stage.batch, seed, self.model, stage.views, self.views,
                                    "readers" in stage.hold, self.config.bfloat16)  # fmt: skip
            self.say(f"{stage.name}: views of {', '.join(f'{len(self.train[n])} {n}' for n in batches.views)} are kept")
        else:
            batches = Batches(self.train, shares, self.config.augment, size, stage.batch, seed, stage.read == "nothing")
        step = Step(self.model, stage, importance, self.config.bfloat16, self.config.compiled).to(self.device)
        optimiser = self.optimiser(stage)
        for group in optimiser.param_groups:
            group["full"] = group["lr"]
        done, best = 0, -math.inf
        if resumed:
            optimiser.load_state_dict(resumed["optimiser"])
            average.state, average.steps = resumed["average"], resumed["step"]
            if self.world == 1:
                batches.restore(resumed["batches"])
                torch.set_rng_state(resumed["random"])
            done, best = resumed["step"], resumed["best"]
            self.say(f"{stage.name}: goes on at step {done} of {stage.steps}")
        self.loop(number, stage, step, optimiser, average, batches, done, best, size)

    def optimiser(self, stage: StageConfig) -> torch.optim.Optimizer:
        """AdamW of the parts that learn; with the stage's ``muon`` their kernels take Muon's steps."""
        groups = []
        for part in stage.train:
            learning = [p for p in getattr(self.model, part).parameters() if p.requires_grad]
            kernels, rest = muon.split(learning) if stage.muon else ([], learning)
            rate = stage.lr * stage.lr_scale.get(part, 1.0)
            groups += [{"params": each, "lr": rate, "muon": each is kernels} for each in (kernels, rest) if each]
        return muon.Muon(groups, weight_decay=stage.weight_decay)

    def loop(self, number, stage, step, optimiser, average, batches, done, best, size) -> None:
        forward: nn.Module = nn.parallel.DistributedDataParallel(step) if self.world > 1 else step
        began = saved = time.monotonic()
        sums: dict[str, float] = {}
        first = done
        while done < stage.steps:
            rate = learning_rate(done, stage)
            for group in optimiser.param_groups:
                group["lr"] = group["full"] * rate
            losses = forward({k: v.to(self.device) for k, v in batches.draw().items()})
            total = sum(losses.values())
            if not torch.isfinite(total):
                raise FloatingPointError(f"stage {stage.name}, step {done}: the loss is not finite: {losses}")
            optimiser.zero_grad(set_to_none=True)
            total.backward()
            nn.utils.clip_grad_norm_((p for g in optimiser.param_groups for p in g["params"]), 5.0)
            optimiser.step()
            average.update(self.model)
            done += 1
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            due = done % stage.validate_every == 0 or done == stage.steps
            if done % 50 == 0 or due:
                pace = (done - first) * stage.batch * self.world / (time.monotonic() - began)
                count = 50 if done % 50 == 0 else done % 50
                text = " ".join(f"{k} {v / count:.4f}" for k, v in sums.items())
                self.say(f"{stage.name} {done}/{stage.steps} {text} ({pace:.0f} faces/s)")
                sums = {}
            if due:
                best = self.judge(stage, average, best, done, size)
                step.prepare()
            if due or time.monotonic() - saved > 60 * self.config.checkpoint_minutes:
                self.save(number, done, best, optimiser, average, batches)
                saved = time.monotonic()
            if self.stopping and done < stage.steps:
                self.save(number, done, best, optimiser, average, batches)
                raise Stopped(f"stopped in stage {stage.name} at step {done} of {stage.steps}; start again to go on")
        self.resumed = None

    def stop(self, *_: object) -> None:
        """Asks the loop to save and end after the step it is in (a signal handler)."""
        self.stopping = True

    def judge(self, stage: StageConfig, average: Average, best: float, done: int, size: int) -> float:
        """Validates the averaged weights and keeps them if they are the best so far, or if the stage keeps its last."""
        if self.rank == 0:
            current = {k: v.clone() for k, v in self.model.state_dict().items()}
            self.model.load_state_dict(average.state)
            measures = validate(self.model, self.held, stage.read, size)
            line = {"stage": stage.name, "step": done} | {k: round(v, 5) for k, v in measures.items()}
            with open(self.out / "log.jsonl", "a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            self.say(json.dumps(line))
            if stage.keep == "last" or not measures["score"] <= best:
                best = measures["score"] if not math.isnan(measures["score"]) else best
                content = {"fingerprint": self.fingerprint, "stage": stage.name, "step": done, "measures": measures}
                content |= {"model": average.state, "network": self.config.network.to_dict()}
                checkpoint.save(self.out / f"{stage.name}.best.pt", content)
            self.model.load_state_dict(current)
        if self.world > 1:
            dist.barrier()
        return best

    def save(self, number, done, best, optimiser, average, batches) -> None:
        if self.rank == 0:
            content = {
                "fingerprint": self.fingerprint, "stage": number, "step": done, "best": best,
                "model": self.model.state_dict(), "average": average.state, "optimiser": optimiser.state_dict(),
                "batches": batches.state(), "random": torch.get_rng_state(), "network": self.config.network.to_dict(),
            }  # fmt: skip
            checkpoint.save(self.last, content)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--from", dest="bundle", type=Path, help="the folder of a bundle whose weights the first stage goes on from")
    parser.add_argument("--views", type=Path, help="where views of samples are kept for stages that have them (OUT/views); runs may share it")
    parser.add_argument("--begin", help="begin with this stage, from the best checkpoint of the one before it")
    options = parser.parse_args(arguments)
    try:
        config = load_config(options.config)
        torch.set_num_threads(config.threads)
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        options.out.mkdir(parents=True, exist_ok=True)
        train, held = load_pools(config, folder(options.cache, "NORFACE_CACHE"))
        trainer = Trainer(config, options.out, train, held, options.bundle, options.views)
        signal.signal(signal.SIGTERM, trainer.stop)
        for name, pool in train.items():
            trainer.say(f"{name}: {len(pool)} to learn from, {len(held[name])} held out")
        best = trainer.run(options.begin)
        trainer.say(f"done: {best}")
    except (ConfigError, CheckpointError, WeightsError, ShardError, SourceError, FloatingPointError, Stopped, ValueError) as error:
        sys.exit(f"train: {error}")
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


if __name__ == "__main__":
    main()
