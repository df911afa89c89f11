"""Loads a chat model of transformers with all that goes with it. Knows files and devices, no conversation."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from assistant.chat_models._formats import Format, detect
from assistant.chat_models._prefixes import Prefixes
from assistant.chat_models._summaries import Summaries
from retrieval.faults import InvalidInput, NotInstalled, Unavailable
from retrieval.hosting.host import ModelHost, needs
from retrieval.hosting.processors import load_processor
from retrieval.hosting.weights import Weights

_LONGEST = 16_384
"""Tokens of a conversation where the reference does not say `context`; models that take more would take the memory for it as well."""
_HEARD_RATE = 16_000
_HEARING = ("feature_extractor", "audio_processor")
"""Names of the part of a processor that takes sound."""


@dataclass
class Loaded:
    """A model in memory. One answer at a time: whoever uses it holds `lock`."""

    model: Any
    processor: Any
    """The processor of a model that sees or hears, the tokenizer of one that only reads."""
    tokenizer: Any
    guide: Any
    """The tokenizer as llguidance knows it."""
    form: Format
    takes: frozenset[str]
    """Modalities beside text that it takes: `image`, `audio`."""
    context: int
    """Tokens of prompt and answer together."""
    prefixes: Prefixes
    ends: frozenset[int]
    """Ids of the tokens that end an answer."""
    rate: int = _HEARD_RATE
    """Hz of the sound it hears."""
    added: dict[str, int] = field(default_factory=dict)
    """Added tokens of the tokenizer by their text."""
    summaries: Summaries = field(default_factory=Summaries)
    lock: threading.Lock = field(default_factory=threading.Lock)


def load(weights: Weights, models: ModelHost) -> Loaded:
    """The model of `weights`. Raises NotInstalled for a missing package, InvalidInput for what is no chat model."""
    try:
        import llguidance.hf
    except ModuleNotFoundError as error:
        raise needs("llguidance") from error
    import transformers

    processor = _processor(weights)
    tokenizer = getattr(processor, "tokenizer", processor)
    template = _chat_template(processor, weights)
    form = _form(template, weights)
    model = _model(weights, models)
    model.eval()
    text = model.config.get_text_config(decoder=True)
    ends = _ends(model, tokenizer)
    cache = transformers.DynamicCache(config=text)
    context = _context(weights, text)
    rate = next((heard for part in _HEARING if (heard := getattr(getattr(processor, part, None), "sampling_rate", 0))), _HEARD_RATE)
    return Loaded(
        model=model, processor=processor, tokenizer=tokenizer, form=form, context=context, ends=ends, rate=rate,
        guide=llguidance.hf.from_tokenizer(tokenizer, n_vocab=max(text.vocab_size, len(tokenizer)), eos_token=sorted(ends)),
        takes=frozenset(model.input_modalities) & frozenset(_able(processor)), added=dict(tokenizer.get_added_vocab()),
        prefixes=Prefixes(all(type(layer) is transformers.cache_utils.DynamicLayer for layer in cache.layers), context),
    )  # fmt: skip


def _able(processor: Any) -> list[str]:
    return [
        modality
        for modality, parts in {"image": ("image_processor",), "audio": _HEARING}.items()
        if any(getattr(processor, part, None) is not None for part in parts)
    ]


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    ends = model.generation_config.eos_token_id
    found = [*(ends if isinstance(ends, list) else [ends]), tokenizer.eos_token_id]
    return frozenset(int(end) for end in found if end is not None)


def _context(weights: Weights, text: Any) -> int:
    most = int(getattr(text, "max_position_embeddings", 0) or _LONGEST)
    asked = weights.options.get("context", "")
    if asked and not asked.isdecimal():
        raise InvalidInput(f"'{asked}' is no number of tokens.", hint="Write for instance ?context=8192.", param="context")
    return min(most, int(asked) if asked else _LONGEST)


def _chat_template(processor: Any, weights: Weights) -> str:
    found = getattr(processor, "chat_template", None)
    found = found.get("default") if isinstance(found, dict) else found
    if not found:
        raise InvalidInput(
            f"{weights.source} is no chat model: it has no chat template.", hint="Choose an instruction-tuned model.",
            code="no_chat_template",
        )  # fmt: skip
    return str(found)


def _form(template: str, weights: Weights) -> Format:
    """How the model writes. Raises InvalidInput where thoughts are asked of one whose template has no place for them."""
    form = detect(template)
    if thinking(weights) and not form.thinks:
        raise InvalidInput(
            f"{weights.source} cannot think before it answers: its chat template knows no thoughts.",
            hint="Leave out ?thinking=true, or choose a model that thinks.", param="thinking", code="no_thinking",
        )  # fmt: skip
    return form


def thinking(weights: Weights) -> bool:
    """Whether the reference asks for thoughts."""
    return weights.options.get("thinking", "").lower() in ("true", "1")


def _model(weights: Weights, models: ModelHost) -> Any:
    import transformers

    device = models.device(weights)
    options = {
        "dtype": models.dtype(weights), "device_map": device if device == "auto" else {"": device},
        "quantization_config": _quantization(weights, device == "auto"),
        "use_safetensors": True, "local_files_only": True, "trust_remote_code": False,
    }  # fmt: skip
    try:
        config = transformers.AutoConfig.from_pretrained(str(weights.path), local_files_only=True, trust_remote_code=False)
        more = type(config) in transformers.AutoModelForMultimodalLM._model_mapping
        auto = transformers.AutoModelForMultimodalLM if more else transformers.AutoModelForCausalLM
        return _packed_where_it_fits(auto.from_pretrained(str(weights.path), **options))
    except (ValueError, KeyError) as error:
        hint = "It may be no chat model, or need a newer transformers."
        raise InvalidInput(f"{weights.source} cannot be loaded as a chat model: {str(error)[:300]}", hint=hint) from error
    except ImportError as error:
        raise NotInstalled(f"{weights.source} cannot be loaded: {str(error)[:300]}", hint="Install what it names.") from error
    except (RuntimeError, OSError, AssertionError) as error:  # the last: an accelerator that this torch does not know
        hint = "Is there enough memory? Try ?quantize=int4, ?device=auto (parts of it stay in main memory) or ?device=cpu."
        raise Unavailable(f"{weights.source} could not be loaded: {str(error)[:300]}", hint=hint, code="model_not_loaded") from error


def _packed_where_it_fits(model: Any) -> Any:
    """The model; layers of 4 bits whose sizes the quick form of bitsandbytes for bf16 processors cannot hold are computed in the plain one.

    It packs rows by 32 and scales columns by the block, and fails at the first question to a layer that is no multiple of both.
    """
    for layer in model.modules():
        block = getattr(getattr(getattr(layer, "weight", None), "quant_state", None), "blocksize", 0)
        if block and (layer.out_features % 32 or layer.in_features % block):
            layer.support_avx512bf16_for_cpu = False
    return model


def _quantization(weights: Weights, spread: bool) -> Any:
    """bitsandbytes for both sizes: it computes on NVIDIA, AMD and Intel accelerators and on the processor.

    `spread`: what the accelerator has no room for stays in main memory, in 32 bits.
    """
    asked = weights.options.get("quantize", "")
    if not asked:
        return None
    import torch
    import transformers
    from transformers.utils import is_bitsandbytes_available

    if asked not in ("int8", "int4"):
        raise InvalidInput(f"'{asked}' is no quantization.", hint="Use int8 or int4.", param="quantize")
    if not is_bitsandbytes_available():
        raise needs("bitsandbytes")
    if asked == "int8":
        return transformers.BitsAndBytesConfig(load_in_8bit=True, llm_int8_enable_fp32_cpu_offload=spread)
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16, llm_int8_enable_fp32_cpu_offload=spread
    )


def _processor(weights: Weights) -> Any:
    """The processor; the tokenizer of a model that only reads."""
    import transformers

    path, options = str(weights.path), {"local_files_only": True, "trust_remote_code": False}
    if not any((weights.path / name).is_file() for name in ("processor_config.json", "preprocessor_config.json")):
        return transformers.AutoTokenizer.from_pretrained(path, **options)
    return load_processor(path, **options)
