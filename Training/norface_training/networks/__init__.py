"""Encoder, normalizer and classifier, sized by a configuration."""

from .config import NetworkConfig
from .model import ClassifierGraph, Norface, NormalizerGraph

__all__ = ["ClassifierGraph", "NetworkConfig", "Norface", "NormalizerGraph"]
