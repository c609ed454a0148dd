"""A trained network as a file: safetensors, with the vocabulary and the settings in its metadata."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from bigram_tui.lm.errors import NetworkFileError
from bigram_tui.lm.network import BigramNetwork
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.lm.training import State
from bigram_tui.lm.vocabulary import Vocabulary, visible

FORMAT = "bigram-tui network 1"
SUFFIX = ".safetensors"


class SavedNetwork(NamedTuple):
    """Where a run stood, and the settings it goes on with."""

    state: State
    settings: TrainingSettings


def network_as_bytes(vocabulary: Vocabulary, saved: SavedNetwork) -> bytes:
    """What `read_network` reads: W, and the state of the generator that mini-batches are drawn with."""
    state, settings = saved
    metadata = {
        "format": FORMAT,
        "vocabulary": json.dumps(vocabulary.characters),
        "settings": json.dumps(asdict(settings)),
        "step": str(state.step),
    }
    return save({"W": state.network.W, "generator": state.generator}, metadata)


def read_network(path: Path, vocabulary: Vocabulary) -> SavedNetwork:
    """A saved network for this vocabulary.

    Raises:
        NetworkFileError: when the file cannot be read, is no such file, or has another vocabulary.
    """
    name = visible(str(path))
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise NetworkFileError(f"{name} is not a network saved by bigram-tui")
            characters = json.loads(metadata["vocabulary"])
            if characters != list(vocabulary.characters):
                raise NetworkFileError(
                    f"{name} was trained on another vocabulary, of {len(characters):,} characters, and this "
                    f"dataset has {len(vocabulary.characters):,}: open the dataset it was trained on"
                )
            W, generator = file.get_tensor("W"), file.get_tensor("generator")
        settings = TrainingSettings(**json.loads(metadata["settings"]))
        step, V = int(metadata["step"]), len(vocabulary)
        torch.Generator().set_state(generator)
        if W.shape != (V, V) or W.dtype != torch.float32 or not W.isfinite().all() or step < 0:
            raise NetworkFileError(f"{name} is damaged: its weights are not {V}×{V} finite numbers")
    except OSError as error:
        raise NetworkFileError(f"{name} cannot be read: {error.strerror or error}") from None
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise NetworkFileError(f"{name} is damaged or no network file: {visible(str(error))}") from None
    return SavedNetwork(State(step, BigramNetwork(W), generator, str(path.absolute())), settings)
