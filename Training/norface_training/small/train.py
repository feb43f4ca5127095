"""Train a small network: ``python -m norface_training.small.train CONFIG --cache CACHE --out RUN``.

``RUN`` gets ``best.pt`` (the averaged weights that validated best), ``last.pt`` (where a stopped run goes on) and ``log.jsonl``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import sys
import time
from pathlib import Path

import torch

from ..data.shards import ShardError
from ..data.sources import SourceError, folder
from . import tasks
from .config import SmallConfig, load
from .networks import build


class Run:
    """One network's training; goes on from ``last.pt`` where there is one of the same configuration."""

    def __init__(self, config: SmallConfig, cache: Path, out: Path):
        self.config, self.out = config, out
        torch.manual_seed(config.seed)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.network = build(config.task)
        self.task = tasks.make(config, cache, self.generator)
        decay = [p for p in self.network.parameters() if p.ndim > 1]
        rest = [p for p in self.network.parameters() if p.ndim <= 1]
        groups = [{"params": decay, "weight_decay": config.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.99))
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.step, self.best = 0, -math.inf
        out.mkdir(parents=True, exist_ok=True)
        self._resume()

    def _facts(self) -> dict:
        facts = dataclasses.asdict(self.config)
        return json.loads(json.dumps({k: v for k, v in facts.items() if k != "minutes"}))

    def _resume(self) -> None:
        file = self.out / "last.pt"
        if not file.is_file():
            return
        state = torch.load(file, weights_only=True)
        if json.loads(state["facts"]) != self._facts():
            raise ValueError(f"{file}: of another configuration; name another folder or remove this one")
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average, self.step, self.best = state["average"], state["step"], state["best"]
        self.generator.manual_seed(self.config.seed + self.step)

    def _rate(self) -> float:
        c = self.config
        if self.step < c.warmup:
            return c.lr * (self.step + 1) / c.warmup
        done = (self.step - c.warmup) / max(1, c.steps - c.warmup)
        return c.lr * (c.final + (1 - c.final) * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))

    def _average(self) -> None:
        memory = min(self.config.ema, (1 + self.step) / (10 + self.step))
        for name, value in self.network.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value, 1 - memory)
            else:
                self.average[name] = value.clone()

    def save(self, name: str) -> None:
        """Write atomically: ``last.pt`` with everything to go on from, ``best.pt`` with the averaged weights."""
        state = {"facts": json.dumps(self._facts()), "average": self.average, "step": self.step, "best": self.best}
        if name == "last.pt":
            state |= {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}
        torch.save(state, self.out / f"{name}.part")
        os.replace(self.out / f"{name}.part", self.out / name)

    def validate(self, loss: float, rate: float) -> None:
        """Figures of the averaged weights into the log; the best ones are kept."""
        network = build(self.config.task)
        network.load_state_dict(self.average)
        figures = self.task.validate(network.eval())
        line = {
            "step": self.step,
            "loss": round(loss, 4),
            "rate": round(rate, 1),
            **{k: round(v, 4) for k, v in figures.items()},
        }
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        print(line, flush=True)
        if figures["score"] > self.best:
            self.best = figures["score"]
            self.save("best.pt")

    def run(self, every: int = 500) -> None:
        """Train to the end, validating ``every`` so many steps and at the end."""
        saved, started, total, count = time.monotonic(), time.monotonic(), 0.0, 0
        self.network.train()
        while self.step < self.config.steps:
            for group in self.optimizer.param_groups:
                group["lr"] = self._rate()
            loss = self.task.loss(self.network)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self.optimizer.step()
            self.step += 1
            self._average()
            total, count = total + float(loss.detach()), count + 1
            last = self.step == self.config.steps
            if self.step % every == 0 or last:
                rate = count * self.config.batch / (time.monotonic() - started)
                self.validate(total / count, rate)
                started, total, count = time.monotonic(), 0.0, 0
            if last or time.monotonic() - saved > 60 * self.config.minutes:
                self.save("last.pt")
                saved = time.monotonic()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", help="a file under configs/small")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--every", type=int, default=500, help="steps between validations")
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        Run(load(options.config), folder(options.cache, "NORFACE_CACHE"), options.out).run(options.every)
    except (SourceError, ShardError, ValueError, OSError) as error:
        sys.exit(f"train: {error}")


if __name__ == "__main__":
    main()
