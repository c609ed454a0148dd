"""A trained network as bytes: safetensors, with the vocabulary and the settings in its metadata."""

import json
from dataclasses import asdict
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from bigram_tui.lm.errors import FileError
from bigram_tui.lm.network import Network
from bigram_tui.lm.settings import MAX_CONTEXT, TrainingSettings, check
from bigram_tui.lm.training import State
from bigram_tui.lm.vocabulary import Vocabulary, visible

FORMAT = "bigram-tui network 1"
SUFFIX = ".safetensors"


class SavedNetwork(NamedTuple):
    """The state of a run, and the settings to continue with."""

    state: State
    settings: TrainingSettings


def network_as_bytes(vocabulary: Vocabulary, saved: SavedNetwork) -> bytes:
    """W, and the state of the generator that draws mini-batches, as `network_from_bytes` reads them."""
    state, settings = saved
    metadata = {
        "format": FORMAT,
        "vocabulary": json.dumps(vocabulary.characters),
        "settings": json.dumps(asdict(settings)),
        "step": str(state.step),
    }
    return save({"W": state.network.W, "generator": state.generator}, metadata)


def network_from_bytes(
    content: bytes, vocabulary: Vocabulary, name: str, context: int | None = 1
) -> SavedNetwork:
    """A saved network for this vocabulary and context (None: any); error messages call the bytes `name`.

    Raises:
        FileError: if the bytes are not a saved network, or it has a different vocabulary or context.
    """
    try:
        tensors = load(content)
        metadata = _metadata(content)
        if metadata.get("format") != FORMAT:
            raise FileError("{name} is not a network saved by bigram-tui", name=name)
        characters = json.loads(metadata["vocabulary"])
        if characters != list(vocabulary.characters):
            raise FileError(
                "{name} was trained on another vocabulary, of {n:,} characters, and this dataset has "
                "{other:,}: open the dataset it was trained on",
                name=name,
                n=len(characters),
                other=len(vocabulary.characters),
            )
        W, generator = tensors["W"], tensors["generator"]
        settings = TrainingSettings(**json.loads(metadata["settings"]))
        step, V = int(metadata["step"]), len(vocabulary)
        check(step=step)
        torch.Generator().set_state(generator)
        trained = next((c for c in range(MAX_CONTEXT + 1) if W.shape == (V**c, V)), None)
        if trained is None or W.dtype != torch.float32 or not W.isfinite().all():
            raise FileError(
                "{name} is damaged: its weights are not rows of {V} finite numbers",
                name=name,
                V=V,
            )
        if context not in (None, trained):
            raise FileError(
                "{name} was trained with a context of {trained}, and one of {context} is needed here: set "
                "the context to {trained}",
                name=name,
                trained=trained,
                context=context,
            )
    except KeyError as missing:
        raise FileError("{name} is damaged: it has no {part}", name=name, part=missing.args[0]) from None
    except (SafetensorError, TypeError, ValueError, RuntimeError) as error:
        raise FileError(
            "{name} is damaged or no network file: {reason}", name=name, reason=visible(str(error))
        ) from None
    return SavedNetwork(State(step, Network(W), generator), settings)


def _metadata(content: bytes) -> dict[str, str]:
    """The metadata of a safetensors file: its header is JSON, whose length is in the first eight bytes."""
    end = 8 + int.from_bytes(content[:8], "little")
    metadata: dict[str, str] = json.loads(content[8:end]).get("__metadata__", {})
    return metadata
