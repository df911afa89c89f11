"""Tiny chat models of the real architectures, random weights, built on the spot: text only, with sight, with a window, with a state."""

import json

MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
TAGS = ("<tool_call>", "</tool_call>", "<think>", "</think>")
LINES = ["what is in this picture? a red kettle", "the warranty covers defects for two years", '{"name": "search", "arguments": {}}'] * 5
_TOOLS = "{% if tools %}{% for t in tools %}{{ t | tojson }}\n{% endfor %}{% endif %}"
_PARTS = (
    "{% macro parts(c) %}{% if c is string %}{{ c }}{% else %}{% for p in c %}{% if p.type == 'image' %}PICTURE"
    "{% elif p.type == 'audio' %}SOUND{% else %}{{ p.text }}{% endif %}{% endfor %}{% endif %}{% endmacro %}"
)
_JSON_CALL = "<tool_call>\n{{ c.function | tojson }}\n</tool_call>"
_XML_CALL = (
    "<tool_call>\n<function={{ c.function.name }}>\n{% for k, v in c.function.arguments.items() %}<parameter={{ k }}>\n{{ v }}\n"
    "</parameter>\n{% endfor %}</function>\n</tool_call>"
)
_PROMPT = "{% if add_generation_prompt %}<|im_start|>assistant\n{% if enable_thinking %}<think>\n{% else %}<think>\n\n</think>\n\n{% endif %}{% endif %}"


def template(call=_JSON_CALL, picture="", sound=""):
    """A chat template of the Qwen kind: tools first, results as messages of their own."""
    made = (
        _PARTS + "{% if tools %}<|im_start|>system\n" + _TOOLS + "<|im_end|>\n{% endif %}"
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ parts(m.content) }}{% for c in m.tool_calls or [] %}" + call + "{% endfor %}"
        "<|im_end|>\n{% endfor %}" + _PROMPT
    )  # fmt: skip
    return made.replace("PICTURE", picture).replace("SOUND", sound)


GEMMA = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{% set first = messages[0].content[0].text + '\n\n' %}{% set messages = messages[1:] %}"
    "{% else %}{% set first = '' %}{% endif %}{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}<start_of_turn>"
    "{{ 'model' if m.role == 'assistant' else m.role }}\n{% if loop.first %}{{ first }}{% endif %}{% for p in m.content %}"
    "{% if p.type == 'image' %}<start_of_image>{% else %}{{ p.text }}{% endif %}{% endfor %}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
"""Knows no tools, and refuses two messages of one role in a row, as the template of Gemma 3 does."""


def byte_pairs(marks):
    """(vocabulary, merges) of byte pairs learned from a few lines."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=384, initial_alphabet=alphabet, show_progress=False))
    learned = json.loads(made.to_str())["model"]
    words = dict(learned["vocab"])
    for mark in marks:
        words.setdefault(mark, len(words))
    return words, [tuple(pair) for pair in learned["merges"]]


def qwen_tokenizer():
    import transformers as tf

    words, merges = byte_pairs(MARKS)
    made = tf.Qwen2Tokenizer(
        vocab=words, merges=merges, eos_token="<|im_end|>", pad_token="<|endoftext|>", extra_special_tokens=list(MARKS[1:])
    )
    made.add_tokens([tf.AddedToken(tag, special=False, normalized=False) for tag in TAGS])
    return made


def _text(tokenizer, **more):
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    return {
        "vocab_size": len(tokenizer), "head_dim": 8, "max_position_embeddings": 32_768, "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id, "initializer_range": 0.3, **size, **more,
    }  # fmt: skip


def _saved(folder, model, processor):
    """The directory of a model that samples, as chat models do, and that likes to call tools where its tokenizer has a token for it."""
    import transformers as tf

    tokenizer = getattr(processor, "tokenizer", processor)
    opening = tokenizer.get_added_vocab().get("<tool_call>")
    model.generation_config = tf.GenerationConfig(
        do_sample=True, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        sequence_bias=None if opening is None else [[[opening], 2.0]],
    )  # fmt: skip
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return str(folder)


def qwen3(folder, call=_JSON_CALL):
    """Text only, whose cache can be cropped. `call` is how its template writes a tool call."""
    import torch
    import transformers as tf

    torch.manual_seed(0)
    tokenizer = qwen_tokenizer()
    tokenizer.chat_template = template(call)
    return _saved(folder, tf.Qwen3ForCausalLM(tf.Qwen3Config(**_text(tokenizer))), tokenizer)


def _pictures_only():
    """The processor of Qwen3-VL as it is without torchvision: for saving; the product builds its own from the saved files."""
    import transformers as tf
    from transformers.processing_utils import ProcessorMixin

    class Processor(tf.Qwen3VLProcessor):
        def __init__(self, image_processor=None, tokenizer=None, chat_template=None, **more):
            ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)

    Processor.__name__ = "Qwen3VLProcessor"
    return Processor


def _qwen_that_sees(folder, config_class, model_class, call, **text):
    """A Qwen with sight: pictures in patches of 8 pixels, positions in three dimensions."""
    import torch
    import transformers as tf

    torch.manual_seed(0)
    tokenizer = qwen_tokenizer()
    ids = tokenizer.get_vocab()
    pictures = tf.Qwen2VLImageProcessorPil(patch_size=8, merge_size=2, min_pixels=32 * 32, max_pixels=48 * 48)
    processor = _pictures_only()(pictures, tokenizer, chat_template=template(call, picture="<|vision_start|><|image_pad|><|vision_end|>"))
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 1, 1], "mrope_interleaved": True, "partial_rotary_factor": 1.0}
    sight = {
        "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 4, "patch_size": 8, "spatial_merge_size": 2,
        "out_hidden_size": 32, "num_position_embeddings": 64, "deepstack_visual_indexes": [0],
    }  # fmt: skip
    config = config_class(
        text_config=_text(tokenizer, rope_parameters=rope, **text), vision_config=sight, image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"], vision_start_token_id=ids["<|vision_start|>"], vision_end_token_id=ids["<|vision_end|>"],
    )  # fmt: skip
    made = _saved(folder, model_class(config), processor)
    (folder / "video_preprocessor_config.json").write_text(json.dumps({"video_processor_type": "Qwen3VLVideoProcessor"}))
    return made


def qwen3_vl(folder):
    """Sees pictures; its cache can be cropped."""
    import transformers as tf

    return _qwen_that_sees(folder, tf.Qwen3VLConfig, tf.Qwen3VLForConditionalGeneration, _JSON_CALL)


def qwen3_5(folder):
    """Sees pictures, has layers whose state cannot be cropped, and writes tool calls in XML."""
    import transformers as tf

    linear = {"linear_num_key_heads": 2, "linear_num_value_heads": 2, "linear_key_head_dim": 8, "linear_value_head_dim": 8}
    layers = ["linear_attention", "full_attention"]
    return _qwen_that_sees(folder, tf.Qwen3_5Config, tf.Qwen3_5ForConditionalGeneration, _XML_CALL, layer_types=layers, **linear)


def qwen2_audio(folder):
    """Hears."""
    import torch
    import transformers as tf

    torch.manual_seed(0)
    tokenizer = qwen_tokenizer()
    tokenizer.add_tokens([tf.AddedToken(mark, special=True, normalized=False) for mark in ("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")])
    ears = tf.WhisperFeatureExtractor(feature_size=16)
    processor = tf.Qwen2AudioProcessor(ears, tokenizer, chat_template=template(sound="<|audio_bos|><|AUDIO|><|audio_eos|>"))
    hearing = {
        "num_mel_bins": 16, "d_model": 32, "encoder_layers": 1, "encoder_attention_heads": 4, "encoder_ffn_dim": 64,
        "max_source_positions": 1500, "model_type": "qwen2_audio_encoder",
    }  # fmt: skip
    text = {key: value for key, value in _text(tokenizer).items() if key != "head_dim"} | {"model_type": "qwen2"}
    config = tf.Qwen2AudioConfig(audio_config=hearing, text_config=text, audio_token_index=tokenizer.convert_tokens_to_ids("<|AUDIO|>"))
    return _saved(folder, tf.Qwen2AudioForConditionalGeneration(config), processor)


def gemma3(folder):
    """Sees pictures, attends within a window of 64 tokens, and its template knows no tools."""
    import torch
    import transformers as tf

    torch.manual_seed(0)
    marks = ["<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>", "<image_soft_token>"]
    words = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *marks, *(f"<0x{n:02X}>" for n in range(256)), "▁", *map(chr, range(33, 127))]
    ids = {word: n for n, word in enumerate(dict.fromkeys(words))}
    names = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    tokenizer = tf.GemmaTokenizer(vocab=ids, extra_special_tokens=names)
    tokenizer.add_tokens([tf.AddedToken(mark, special=True, normalized=False) for mark in marks[:2]], special_tokens=True)
    pictures = tf.Gemma3ImageProcessorPil(size={"height": 28, "width": 28}, image_seq_length=4)
    processor = tf.Gemma3Processor(pictures, tokenizer, image_seq_length=4, chat_template=GEMMA)
    sight = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 28, "patch_size": 7,
    }  # fmt: skip
    config = tf.Gemma3Config(
        text_config=_text(tokenizer, sliding_window=64, layer_types=["sliding_attention", "full_attention"]), vision_config=sight,
        mm_tokens_per_image=4, boi_token_index=ids["<start_of_image>"], eoi_token_index=ids["<end_of_image>"],
        image_token_id=ids["<image_soft_token>"],
    )  # fmt: skip
    return _saved(folder, tf.Gemma3ForConditionalGeneration(config), processor)


GEMMA_4 = (
    "{{ bos_token }}{% if enable_thinking %}<|turn>system\n<|think|>\n<turn|>\n{% endif %}{% for m in messages %}<|turn>"
    "{{ 'model' if m.role == 'assistant' else m.role }}\n{% for p in m.content %}{% if p.type == 'image' %}<|image|>"
    "{% elif p.type == 'audio' %}<|audio|>{% else %}{{ p.text }}{% endif %}{% endfor %}<turn|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|turn>model\n{% if not enable_thinking %}<|channel>thought\n<channel|>{% endif %}{% endif %}"
)
"""Marks thoughts by a channel, as the template of Gemma 4 does."""


def gemma4(folder):
    """Sees and hears, and opens its thought channel wherever it may."""
    import torch
    import transformers as tf

    torch.manual_seed(0)
    marks = ["<|turn>", "<turn|>", "<|think|>", "<|channel>", "<channel|>", "<|video|>"]
    names = {
        "boi_token": "<|image>", "eoi_token": "<image|>", "image_token": "<|image|>", "boa_token": "<|audio>", "eoa_token": "<audio|>",
        "audio_token": "<|audio|>",
    }  # fmt: skip
    words = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *marks, *names.values(), *(f"<0x{n:02X}>" for n in range(256)), "▁"]
    ids = {word: n for n, word in enumerate(dict.fromkeys([*words, *map(chr, range(33, 127))]))}
    tokenizer = tf.GemmaTokenizer(vocab=ids, extra_special_tokens=names)
    tokenizer.add_tokens([tf.AddedToken(mark, special=True, normalized=False) for mark in marks], special_tokens=True)
    pictures = tf.Gemma4ImageProcessorPil(patch_size=4, max_soft_tokens=70, pooling_kernel_size=3)
    ears = tf.Gemma4AudioFeatureExtractor(feature_size=16)

    class Processor(tf.Gemma4Processor):
        """Without its video part, which alone needs torchvision: for saving."""

        def check_argument_for_proper_class(self, name, part):
            return None if part is None else super().check_argument_for_proper_class(name, part)

    Processor.__name__ = "Gemma4Processor"
    processor = Processor(ears, pictures, tokenizer, None, chat_template=GEMMA_4, image_seq_length=70)
    processor.get_attributes = lambda: ["feature_extractor", "image_processor", "tokenizer"]
    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4}
    text = _text(
        tokenizer, sliding_window=64, layer_types=["sliding_attention", "full_attention"], global_head_dim=8, hidden_size_per_layer_input=8,
        vocab_size_per_layer_input=len(tokenizer),
    )  # fmt: skip
    config = tf.Gemma4Config(
        text_config=text,
        vision_config={**size, "intermediate_size": 64, "num_key_value_heads": 4, "head_dim": 8, "patch_size": 4, "pooling_kernel_size": 3},
        audio_config={**size, "subsampling_conv_channels": [16, 4], "output_proj_dims": 32},
        boi_token_id=ids["<|image>"], eoi_token_id=ids["<image|>"], image_token_id=ids["<|image|>"], video_token_id=ids["<|video|>"],
        boa_token_id=ids["<|audio>"], eoa_token_index=ids["<audio|>"], audio_token_id=ids["<|audio|>"],
    )  # fmt: skip
    made = _saved(folder, tf.Gemma4ForConditionalGeneration(config), processor)
    (folder / "video_preprocessor_config.json").write_text(json.dumps({"video_processor_type": "Gemma4VideoProcessor"}))
    _biased(folder, [[[ids["<|channel>"]], 60.0]])
    return made


def _biased(folder, biases):
    file = folder / "generation_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"sequence_bias": biases}))


def bent(folder, call, answer):
    """A saved Qwen, bent by a bias of its own settings to write `call` when it is asked and `answer` when a tool has answered.

    Its template tells the two apart. All else it writes as before.
    """
    import transformers as tf

    file = folder / "chat_template.jinja"
    told = file.read_text()
    before = "<|im_start|>assistant\n{% if enable_thinking %}"
    assert before in told
    file.write_text(
        told.replace(before, before.replace("\n", "\n{% if messages[-1].role == 'tool' %}Found.\n{% else %}Asked.\n{% endif %}"))
    )
    tokenizer = tf.AutoTokenizer.from_pretrained(str(folder))
    biases = []
    for word, text in (("Asked.", call), ("Found.", answer)):
        known = tokenizer(f"assistant\n{word}\n<think>\n\n</think>\n\n", add_special_tokens=False)["input_ids"]
        written = [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        biases += [[[*known, *written[: n + 1]], 500.0] for n in range(len(written))]
    _biased(folder, biases)
    return str(folder)
