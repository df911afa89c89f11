"""Tiny models of speech in their real formats, built on the spot: a Whisper that says a sentence it was given, a CTC model, a voice.

The Whisper's layers add nothing to their residual stream, and each position of its decoder points at one token: so its weights, whichever
library runs them, write down the given words for every sound.
"""

import json

import numpy as np

SAID = " the meeting starts at ten"
_WIDTH = 64
_MARKS = (
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>",
    "<|nospeech|>", "<|notimestamps|>",
)  # fmt: skip
_TIMES = tuple(f"<|{n * 0.02:.2f}|>" for n in range(1501))


def byte_pairs(marks, texts, size=384):
    """(vocabulary, merges) of byte pairs learned from a few lines."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False))
    learned = json.loads(made.to_str())["model"]
    words = dict(learned["vocab"])
    for mark in marks:
        words.setdefault(mark, len(words))
    return words, [tuple(pair) for pair in learned["merges"]]


def _tokenizer():
    import transformers as tf

    words, merges = byte_pairs(_MARKS[:1], [SAID, " thank you for watching"] * 20)
    made = tf.WhisperTokenizer(vocab=words, merges=merges)
    made.add_tokens([tf.AddedToken(mark, special=not mark[2].isdigit(), normalized=False) for mark in _MARKS[1:] + _TIMES])
    return made


def _generation(id_of):
    import transformers as tf

    end = id_of("<|endoftext|>")
    return tf.GenerationConfig(
        is_multilingual=True, lang_to_id={"<|en|>": id_of("<|en|>"), "<|zh|>": id_of("<|zh|>")},
        task_to_id={"transcribe": id_of("<|transcribe|>"), "translate": id_of("<|translate|>")},
        no_timestamps_token_id=id_of("<|notimestamps|>"), prev_sot_token_id=id_of("<|startofprev|>"), max_length=60, suppress_tokens=[],
        begin_suppress_tokens=[end], alignment_heads=[[0, 0], [1, 1]], max_initial_timestamp_index=50,
        decoder_start_token_id=id_of("<|startoftranscript|>"), eos_token_id=end, pad_token_id=end, bos_token_id=end,
    )  # fmt: skip


def whisper(folder, said=SAID, *, language="en", silence=0.0, english_only=False):
    """A Whisper at `folder` that writes `said`, hears `language`, and thinks with weight `silence` (0 to 1) that nobody speaks.

    One that is English-only is not told language and task; CTranslate2 takes every Whisper with few tokens for one.
    """
    import torch
    import transformers as tf

    torch.manual_seed(0)
    tokenizer = _tokenizer()
    id_of = tokenizer.convert_tokens_to_ids
    end = id_of("<|endoftext|>")
    config = tf.WhisperConfig(
        vocab_size=len(tokenizer), num_mel_bins=80, d_model=_WIDTH, encoder_layers=1, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, max_target_positions=64,
        decoder_start_token_id=id_of("<|startoftranscript|>"), eos_token_id=end, pad_token_id=end, bos_token_id=end,
    )  # fmt: skip
    model = tf.WhisperForConditionalGeneration(config)
    model.generation_config = _generation(id_of)
    with torch.no_grad():
        for name, weight in model.model.decoder.named_parameters():
            if "out_proj" in name or "fc2" in name:
                weight.zero_()
        _script(model.model.decoder, tokenizer.encode(said, add_special_tokens=False), id_of, language, silence, 0 if english_only else 2)
    model.save_pretrained(folder)
    tf.WhisperProcessor(tf.WhisperFeatureExtractor(feature_size=80), tokenizer).save_pretrained(folder)
    return folder


def _script(decoder, tokens, id_of, language, silence, between):
    """Position n of the decoder points at the token that comes after it, with and without timestamps in front."""
    import torch

    table = torch.nn.functional.normalize(torch.randn_like(decoder.embed_tokens.weight), dim=-1)
    decoder.embed_tokens.weight.copy_(table)
    places = decoder.embed_positions.weight
    places.zero_()
    first = (1 - silence) * table[id_of(f"<|{language}|>")] + silence * table[id_of("<|nospeech|>")]
    # start, language and task, no timestamps: the words come after them
    for place, vector in enumerate([first, *[table[0]] * between, *(table[t] for t in [*tokens, id_of("<|endoftext|>")])]):
        places[place].copy_(8 * vector)
    decoder.layer_norm.weight.fill_(4.0)


def converted(folder, source):
    """`source`, a Whisper, in CTranslate2's format at `folder`."""
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(source), copy_files=["tokenizer.json"]).convert(str(folder))
    return folder


def speech(text="The meeting starts at ten."):
    """Mono samples at 16 kHz of an English sentence."""
    import io
    import wave

    from assistant.synthesizers.espeak import create

    speaker = create("")
    content = speaker.speak(text, "en")
    speaker.close()
    with wave.open(io.BytesIO(content.data)) as file:
        rate = file.getframerate()
        loud = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    return np.interp(np.arange(0, len(loud), rate / 16_000), np.arange(len(loud)), loud).astype(np.float32)


def ctc(folder):
    """A wav2vec 2 that reads the letters `ten` from every sound: which frame says which is random, but the same each time."""
    import torch
    import transformers as tf

    torch.manual_seed(1)
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ten"]
    words = folder / "vocab.json"
    folder.mkdir(parents=True, exist_ok=True)
    words.write_text(json.dumps({letter: n for n, letter in enumerate(letters)}))
    tokenizer = tf.Wav2Vec2CTCTokenizer(str(words))
    extractor = tf.Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=True)
    config = tf.Wav2Vec2Config(
        vocab_size=len(letters), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, conv_dim=(16, 16),
        conv_kernel=(10, 32), conv_stride=(5, 64), num_feat_extract_layers=2, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
        feat_extract_norm="layer", do_stable_layer_norm=True, pad_token_id=0,
    )  # fmt: skip
    model = tf.Wav2Vec2ForCTC(config)
    with torch.no_grad():
        model.lm_head.weight.mul_(60)
        model.lm_head.bias[1:4] = -1000  # never a mark
    model.save_pretrained(folder)
    tf.Wav2Vec2Processor(extractor, tokenizer).save_pretrained(folder)
    return folder


def moonshine(folder):
    """A Moonshine, an encoder with a decoder that tells no times."""
    import torch
    import transformers as tf

    torch.manual_seed(2)
    words, merges = byte_pairs(("<unk>", "<s>", "</s>"), [SAID] * 20, 300)
    tokenizer = tf.Qwen2Tokenizer(vocab=words, merges=merges, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="</s>")
    config = tf.MoonshineConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=32, encoder_num_hidden_layers=1, decoder_num_hidden_layers=1,
        encoder_num_attention_heads=4, decoder_num_attention_heads=4, bos_token_id=words["<s>"], eos_token_id=words["</s>"],
        decoder_start_token_id=words["<s>"], pad_token_id=words["</s>"], tie_word_embeddings=False,
    )  # fmt: skip
    tf.MoonshineForConditionalGeneration(config).save_pretrained(folder)
    tf.Wav2Vec2Processor(tf.Wav2Vec2FeatureExtractor(do_normalize=False, return_attention_mask=True), tokenizer).save_pretrained(folder)
    return folder


def parakeet(folder):
    """A Parakeet TDT, a transducer with durations."""
    import torch
    import transformers as tf
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    torch.manual_seed(3)
    letters = ["<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz", *(f"▁{c}" for c in "mstae"), "<pad>", "<blank>"]
    made = Tokenizer(models.BPE(vocab={t: n for n, t in enumerate(letters)}, merges=[], unk_token="<unk>"))
    made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    tokenizer = tf.ParakeetTokenizer(tokenizer_object=made, unk_token="<unk>", pad_token="<pad>")
    tokenizer.add_tokens([tf.AddedToken("<blank>", special=True)], special_tokens=True)
    config = tf.ParakeetTDTConfig(
        vocab_size=len(letters), decoder_hidden_size=16, num_decoder_layers=1, pad_token_id=letters.index("<pad>"),
        blank_token_id=letters.index("<blank>"), decoder_start_token_id=letters.index("<blank>"),
        encoder_config={
            "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "subsampling_conv_channels": 8,
            "num_mel_bins": 80, "scale_input": False,
        },
    )  # fmt: skip
    model = tf.ParakeetForTDT(config)
    blank = letters.index("<blank>")
    model.generation_config = tf.GenerationConfig(decoder_start_token_id=blank, pad_token_id=letters.index("<pad>"))
    model.save_pretrained(folder)
    tf.ParakeetProcessor(tf.ParakeetFeatureExtractor(), tokenizer, blank_token="<blank>").save_pretrained(folder)
    return folder


_TALK = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% for c in m.content %}{% if c.type == 'audio' %}<|audio_start|><|audio_pad|>"
    "<|audio_end|>{% else %}{{ c.text }}{% endif %}{% endfor %}{% if not loop.last %}<|im_end|>\n{% endif %}{% endfor %}"
)


def qwen_asr(folder):
    """A Qwen3-ASR, a language model that hears."""
    import torch
    import transformers as tf

    torch.manual_seed(4)
    marks = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|audio_start|>", "<|audio_pad|>", "<|audio_end|>", "<asr_text>")
    words, merges = byte_pairs(marks, [SAID] * 20, 300)
    tokenizer = tf.Qwen2Tokenizer(
        vocab=words, merges=merges, eos_token="<|im_end|>", pad_token="<|endoftext|>",
        extra_special_tokens={"audio_token": "<|audio_pad|>", "audio_bos_token": "<|audio_start|>", "audio_eos_token": "<|audio_end|>"},
    )  # fmt: skip
    config = tf.Qwen3ASRConfig(
        audio_config={
            "num_mel_bins": 80, "encoder_layers": 1, "encoder_attention_heads": 4, "encoder_ffn_dim": 32, "d_model": 32, "output_dim": 32,
            "downsample_hidden_size": 8,
        },
        text_config={
            "vocab_size": len(words), "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 8, "tie_word_embeddings": False,
        },
        audio_token_id=words["<|audio_pad|>"], pad_token_id=words["<|endoftext|>"],
    )  # fmt: skip
    tf.Qwen3ASRForConditionalGeneration(config).save_pretrained(folder)
    tf.Qwen3ASRProcessor(tf.Qwen3ASRFeatureExtractor(feature_size=80), tokenizer, chat_template=_TALK).save_pretrained(folder)
    return folder


def kokoro(folder):
    """A voice with the inputs and files of Kokoro, that hums: fifty milliseconds a phonetic letter."""
    import onnx
    from onnx import TensorProto, helper

    folder.mkdir(parents=True, exist_ok=True)
    values = {"zero": 0.0, "one": 1.0, "each": 1200.0, "pitch": 0.05, "loud": 0.3}
    constants = [helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in values.items()]
    nodes = [
        helper.make_node("Size", ["input_ids"], ["count"]),
        helper.make_node("Cast", ["count"], ["letters"], to=TensorProto.FLOAT),
        helper.make_node("Squeeze", ["speed"], ["pace"]),
        helper.make_node("Mul", ["letters", "each"], ["slow"]),
        helper.make_node("Div", ["slow", "pace"], ["length"]),
        helper.make_node("Range", ["zero", "length", "one"], ["time"]),
        helper.make_node("Mul", ["time", "pitch"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["wave"]),
        helper.make_node("ReduceMean", ["style"], ["tone"], keepdims=0),
        helper.make_node("Add", ["loud", "tone"], ["level"]),
        helper.make_node("Mul", ["wave", "level"], ["waveform"]),
    ]
    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    out = [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, ["samples"])]
    graph = helper.make_graph(nodes, "kokoro", inputs, out, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), folder / "model.onnx")
    letters = {letter: n + 1 for n, letter in enumerate("abdefhijklmnopstuvwzæðŋɐɑɔəɚɛɜɪɹʃʊʌʒθˈˌː .,!?")}
    (folder / "config.json").write_text(json.dumps({"vocab": letters}))
    np.savez(folder / "voices.npz", af_heart=np.zeros((510, 1, 256), np.float32), bm_george=np.full((510, 1, 256), 0.1, np.float32))
    return folder
