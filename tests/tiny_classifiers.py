"""Tiny classifiers of emotion with random weights in their real formats, built on the spot: of text, of a voice, of a face."""

from tiny_speech import byte_pairs

GO = ("admiration", "anger", "annoyance", "fear", "joy", "nervousness", "sadness", "neutral")


def _labels(names):
    return {"id2label": dict(enumerate(names)), "label2id": {name: n for n, name in enumerate(names)}}


def text(folder, names=GO, *, several=True, sure=None):
    """A RoBERTa over texts; `sure` names the label that its bias makes likely, whatever the text."""
    import torch
    import transformers as tf

    torch.manual_seed(0)
    words, merges = byte_pairs(("<s>", "<pad>", "</s>", "<unk>", "<mask>"), ["I am so glad that you are here"] * 9, 300)
    tokenizer = tf.RobertaTokenizer(vocab=words, merges=merges, model_max_length=40)
    config = tf.RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=512, pad_token_id=tokenizer.pad_token_id,
        problem_type="multi_label_classification" if several else "single_label_classification", **_labels(names),
    )  # fmt: skip
    model = tf.RobertaForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.out_proj.bias.fill_(-3.0)
        if sure:
            model.classifier.out_proj.bias[list(names).index(sure)] = 3.0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def voice(folder, names=("ang", "hap", "neu", "sad")):
    """A wav2vec 2 over recordings."""
    import torch
    import transformers as tf

    torch.manual_seed(0)
    config = tf.Wav2Vec2Config(
        vocab_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, conv_dim=(16, 16),
        conv_kernel=(10, 32), conv_stride=(5, 64), num_feat_extract_layers=2, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
        feat_extract_norm="layer", do_stable_layer_norm=True, classifier_proj_size=8, **_labels(names),
    )  # fmt: skip
    tf.Wav2Vec2ForSequenceClassification(config).save_pretrained(folder)
    tf.Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=True).save_pretrained(folder)
    return folder


def face(folder, names=("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")):
    """A vision transformer over faces."""
    import torch
    import transformers as tf

    torch.manual_seed(0)
    config = tf.ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=32, patch_size=8, **_labels(names)
    )
    tf.ViTForImageClassification(config).save_pretrained(folder)
    tf.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder
