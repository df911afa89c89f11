"""Tiny pipelines with random weights in diffusers' own format, built on the spot: Stable Diffusion, its XL, FLUX 1 and 2, Z-Image,
an upscaler."""


def _letters():
    from tokenizers import pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = {letter: n for n, letter in enumerate(alphabet + [f"{letter}</w>" for letter in alphabet])}
    for mark in ("<|startoftext|>", "<|endoftext|>"):
        words[mark] = len(words)
    return words


def clip_tokenizer():
    """A tokenizer whose tokens are the letters."""
    import transformers as tf

    return tf.CLIPTokenizer(vocab=_letters(), merges=[], model_max_length=16)


def _clip(tokenizer, kind="CLIPTextModel"):
    import transformers as tf

    return getattr(tf, kind)(
        tf.CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=37,
            num_hidden_layers=2,
            num_attention_heads=4,
            projection_dim=32,
            max_position_embeddings=16,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )  # fmt: skip


def _autoencoder(**more):
    import diffusers as df

    return df.AutoencoderKL(
        block_out_channels=(8, 16), norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2, sample_size=16, **{"latent_channels": 4, **more},
    )  # fmt: skip


_UNET = {
    "sample_size": 8, "block_out_channels": (8, 16), "norm_num_groups": 4, "layers_per_block": 1,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"), "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
}  # fmt: skip


def stable_diffusion(folder):
    """A Stable Diffusion that draws multiples of 2 pixels."""
    import diffusers as df
    import torch

    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    df.StableDiffusionPipeline(
        vae=_autoencoder(), text_encoder=_clip(tokenizer), tokenizer=tokenizer, scheduler=df.EulerAncestralDiscreteScheduler(),
        unet=df.UNet2DConditionModel(**_UNET, cross_attention_dim=32, attention_head_dim=4),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def stable_diffusion_xl(folder):
    """A Stable Diffusion XL with two text encoders."""
    import diffusers as df
    import torch

    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    df.StableDiffusionXLPipeline(
        vae=_autoencoder(), text_encoder=_clip(tokenizer), tokenizer=tokenizer, tokenizer_2=clip_tokenizer(),
        text_encoder_2=_clip(tokenizer, "CLIPTextModelWithProjection"), scheduler=df.EulerDiscreteScheduler(),
        unet=df.UNet2DConditionModel(
            **_UNET, cross_attention_dim=64, attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time",
            addition_time_embed_dim=8, transformer_layers_per_block=1, projection_class_embeddings_input_dim=80,
        ),
        add_watermarker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def flux(folder):
    """A FLUX.1: a transformer instead of a U-Net, with a T5 beside the CLIP."""
    import diffusers as df
    import torch
    import transformers as tf

    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    words = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *((chr(c), -3.0) for c in range(97, 123))]
    df.FluxPipeline(
        vae=_autoencoder(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06, scaling_factor=1.5), tokenizer=tokenizer,
        text_encoder=_clip(tokenizer), scheduler=df.FlowMatchEulerDiscreteScheduler(),
        text_encoder_2=tf.T5EncoderModel(
            tf.T5Config(vocab_size=len(words), d_model=32, d_kv=8, d_ff=37, num_layers=1, num_heads=4)
        ),
        tokenizer_2=tf.T5Tokenizer(vocab=words, extra_ids=0, model_max_length=16),
        transformer=df.FluxTransformer2DModel(
            patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
            joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=(4, 4, 8),
        ),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def _reader_of_words(layers=28):
    """A Qwen3 and its tokenizer: what newer pipelines read their prompts with. They take the states of layers far up."""
    import tiny_chat_models
    import transformers as tf

    tokenizer = tiny_chat_models.qwen_tokenizer()
    tokenizer.chat_template = tiny_chat_models.template()
    config = tf.Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, max_position_embeddings=512,
    )  # fmt: skip
    return tf.Qwen3ForCausalLM(config), tokenizer


def flux2_klein(folder):
    """A FLUX.2-klein, which draws in few steps and follows instructions about a picture."""
    import diffusers as df
    import torch

    torch.manual_seed(0)
    reader, tokenizer = _reader_of_words()
    df.Flux2KleinPipeline(
        scheduler=df.FlowMatchEulerDiscreteScheduler(), text_encoder=reader, tokenizer=tokenizer, is_distilled=True,
        vae=df.AutoencoderKLFlux2(
            sample_size=32, down_block_types=("DownEncoderBlock2D",), up_block_types=("UpDecoderBlock2D",), block_out_channels=(4,),
            layers_per_block=1, latent_channels=4, norm_num_groups=1, use_quant_conv=False, use_post_quant_conv=False,
        ),
        transformer=df.Flux2Transformer2DModel(
            patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
            joint_attention_dim=48, timestep_guidance_channels=32, axes_dims_rope=[4, 4, 4, 4], guidance_embeds=False,
        ),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def z_image(folder):
    """A Z-Image."""
    import diffusers as df
    import torch

    torch.manual_seed(0)
    reader, tokenizer = _reader_of_words()
    df.ZImagePipeline(
        scheduler=df.FlowMatchEulerDiscreteScheduler(), text_encoder=reader.model, tokenizer=tokenizer,
        vae=_autoencoder(latent_channels=16, scaling_factor=0.36, shift_factor=0.12),
        transformer=df.ZImageTransformer2DModel(
            all_patch_size=(2,), all_f_patch_size=(1,), in_channels=16, dim=32, n_layers=2, n_refiner_layers=1, n_heads=2, n_kv_heads=2,
            cap_feat_dim=16, axes_dims=[8, 4, 4], axes_lens=[256, 32, 32],
        ),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def upscaler(folder):
    """A pipeline that only enlarges pictures: twice, where the full-size one of its kind makes it four times."""
    import diffusers as df
    import torch

    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    df.StableDiffusionUpscalePipeline(
        vae=_autoencoder(scaling_factor=0.08333), text_encoder=_clip(tokenizer), tokenizer=tokenizer, low_res_scheduler=df.DDPMScheduler(),
        scheduler=df.DDIMScheduler(), max_noise_level=350,
        unet=df.UNet2DConditionModel(
            **_UNET, in_channels=7, cross_attention_dim=32, attention_head_dim=4, num_class_embeds=400
        ),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def mask(left, width=64, height=48):
    """A mask that is white in its `left` pixels."""
    import io

    from PIL import Image

    from retrieval.content import Content

    image = Image.new("L", (width, height), 0)
    image.paste(255, (0, 0, left, height))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), name="mask.png", width=width, height=height)


def picture(width=64, height=48, name="photo.png"):
    """A colourful PNG as a Content."""
    import io

    from PIL import Image

    from retrieval.content import Content

    out = io.BytesIO()
    bands = [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256), 90)]
    Image.merge("RGB", bands).resize((width, height)).save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), name=name, width=width, height=height)
