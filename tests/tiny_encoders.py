"""Tiny encoders with random weights and real architectures, saved as a person's downloaded ones lie on disk."""

import json
from pathlib import Path

from tokenizers import pre_tokenizers

from retrieval.hosting.host import ModelHost

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]


def host(cache: Path) -> ModelHost:
    """A host with a quarter of a gigabyte."""
    return ModelHost(cache, 2**28)


def _bytes_of_words(end=""):
    """Every byte, alone and at the end of a word: a vocabulary that needs no training."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    return {token: place for place, token in enumerate(alphabet + [letter + end for letter in alphabet if end])}


def _byte_fallback():
    tokens = [*SPECIAL, *(f"<0x{value:02X}>" for value in range(256)), "▁", *(chr(code) for code in range(33, 127))]
    return {token: place for place, token in enumerate(dict.fromkeys(tokens))}


def _seeded():
    import torch

    torch.manual_seed(0)


def _saved(path: Path, *parts) -> str:
    for part in parts:
        part.save_pretrained(path)
    return str(path)


LAYERS = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}


def clip(path: Path) -> str:
    """OpenAI's CLIP: 16 dimensions, pictures of 32 pixels."""
    import transformers as hf

    _seeded()
    words = _bytes_of_words("</w>")
    for token in ("<|startoftext|>", "<|endoftext|>"):
        words[token] = len(words)
    tokenizer = hf.CLIPTokenizer(vocab=words, merges=[], model_max_length=77)
    pictures = hf.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = hf.CLIPConfig(
        text_config={**LAYERS, **ends, "vocab_size": len(tokenizer), "max_position_embeddings": 77},
        vision_config={**LAYERS, "image_size": 32, "patch_size": 8}, projection_dim=16,
    )  # fmt: skip
    return _saved(path, hf.CLIPModel(config), hf.CLIPProcessor(pictures, tokenizer))


def metaclip_2(path: Path) -> str:
    """MetaCLIP 2: a CLIP for many languages; 16 dimensions, pictures of 32 pixels."""
    import transformers as hf

    _seeded()
    tokenizer = hf.XLMRobertaTokenizer(vocab=[(token, -1.0) for token in _byte_fallback()], model_max_length=77)
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    pictures = hf.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    config = hf.MetaClip2Config(
        text_config={**LAYERS, **ends, "vocab_size": len(tokenizer), "max_position_embeddings": 77},
        vision_config={**LAYERS, "image_size": 32, "patch_size": 8}, projection_dim=16,
    )  # fmt: skip
    return _saved(path, hf.MetaClip2Model(config), hf.CLIPProcessor(pictures, tokenizer))


def siglip2(path: Path) -> str:
    """SigLIP 2: 32 dimensions, a trained scale and bias."""
    import transformers as hf

    _seeded()
    tokenizer = hf.Siglip2Tokenizer(vocab=_byte_fallback(), model_max_length=16)
    pictures = hf.Siglip2ImageProcessorPil(patch_size=16, max_num_patches=16)
    config = hf.Siglip2Config(
        text_config={**LAYERS, "vocab_size": len(tokenizer), "max_position_embeddings": 16, "projection_size": 32},
        vision_config={**LAYERS, "patch_size": 16, "num_patches": 16},
    )  # fmt: skip
    model = hf.Siglip2Model(config)
    model.logit_scale.data.fill_(4.7)
    model.logit_bias.data.fill_(-16.5)
    return _saved(path, model, hf.Siglip2Processor(pictures, tokenizer))


def clap(path: Path) -> str:
    """CLAP: 16 dimensions, sound at 16 kHz, a second at most."""
    import transformers as hf

    _seeded()
    words = {token: place for place, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", *_bytes_of_words()])}
    tokenizer = hf.RobertaTokenizer(vocab=words, merges=[], model_max_length=64)
    sounds = hf.ClapFeatureExtractor(
        feature_size=64, sampling_rate=16_000, max_length_s=1, hop_length=320, fft_window_size=512, frequency_max=8000,
        truncation="rand_trunc", padding="repeatpad",
    )  # fmt: skip
    config = hf.ClapConfig(
        text_config={**LAYERS, "vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id, "projection_dim": 16,
                     "max_position_embeddings": 80},
        audio_config={"spec_size": 64, "num_mel_bins": 64, "patch_size": 4, "patch_stride": [4, 4], "window_size": 4, "hidden_size": 16,
                      "patch_embeds_hidden_size": 8, "depths": [1, 1], "num_attention_heads": [2, 2], "num_hidden_layers": 2,
                      "projection_dim": 16, "enable_fusion": False},
        projection_dim=16,
    )  # fmt: skip
    return _saved(path, hf.ClapModel(config), hf.ClapProcessor(sounds, tokenizer))


def _bert(path: Path, kind: str, **more) -> str:
    import transformers as hf

    _seeded()
    letters = [chr(code) for code in range(33, 127)] + list("保修多久两年夹克怎么洗水温苹果电池")
    words = {
        token: place for place, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{x}" for x in letters)])
    }
    tokenizer = hf.BertTokenizer(vocab=words, model_max_length=128)
    config = hf.BertConfig(**LAYERS, vocab_size=len(tokenizer), max_position_embeddings=128, **more)
    return _saved(path, getattr(hf, kind)(config), tokenizer)


def sentences(path: Path) -> str:
    """A BERT that sentence-transformers averages over, with a prompt for queries and one for documents, 32 dimensions."""
    from sentence_transformers import SentenceTransformer

    _bert(path, "BertModel")
    model = SentenceTransformer(str(path), device="cpu", prompts={"query": "ask: ", "document": "text: "})
    model.save(str(path))
    return str(path)


def pictures_and_words(path: Path) -> str:
    """The tiny CLIP as a model of sentence-transformers: one space for two modalities."""
    from sentence_transformers import SentenceTransformer

    clip(path)
    SentenceTransformer(str(path), device="cpu").save(str(path))
    return str(path)


def cross_encoder(path: Path, labels: int = 1) -> str:
    """A BERT that reads a query and a text together."""
    return _bert(path, "BertForSequenceClassification", num_labels=labels)


def embedding_gemma2(path: Path) -> str:
    """EmbeddingGemma 2: words, pictures and sounds in one space; its processor says that it takes videos too."""
    import transformers as hf

    _seeded()
    marks = {"image": "<img>", "boi": "<boi>", "eoi": "<eoi>", "audio": "<aud>", "boa": "<boa>", "eoa": "<eoa>", "video": "<vid>"}
    tokenizer = hf.GemmaTokenizer(vocab=_byte_fallback(), extra_special_tokens={f"{name}_token": mark for name, mark in marks.items()})
    place = {name: tokenizer.convert_tokens_to_ids(mark) for name, mark in marks.items()}
    small = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = hf.EmbeddingGemma2Config(
        text_config={**small, **ends, "head_dim": 16, "vocab_size": len(tokenizer)},
        vision_config=hf.Gemma4VisionConfig(**small | {"hidden_size": 16, "num_key_value_heads": 2, "head_dim": 8}),
        audio_config=hf.Gemma4AudioConfig(
            hidden_size=16, num_hidden_layers=1, num_attention_heads=2, subsampling_conv_channels=(128, 4), output_proj_dims=32
        ),
        boi_token_id=place["boi"], eoi_token_id=place["eoi"], image_token_id=place["image"], video_token_id=place["video"],
        boa_token_id=place["boa"], eoa_token_index=place["eoa"], audio_token_id=place["audio"],
    )  # fmt: skip
    parts = {"image_processor": "Gemma4ImageProcessor", "feature_extractor": "Gemma4AudioFeatureExtractor"}
    parts |= {"video_processor": "Gemma4VideoProcessor"}
    told = {part: {f"{part}_type": name} for part, name in parts.items()} | {"processor_class": "EmbeddingGemma2Processor"}
    saved = _saved(path, hf.EmbeddingGemma2Model(config), tokenizer)
    (path / "processor_config.json").write_text(json.dumps(told))
    return saved
