"""Chat models: LangChain `BaseChatModel`s. One file per back-end with `create(reference, *, embedder, timeout) -> BaseChatModel`.

`reference` is what stands after the colon in the settings, e.g. `http://localhost:11434/v1#qwen3-vl` in
`chat_model = "openai_http:http://localhost:11434/v1#qwen3-vl"`.

Conventions of the messages that the agent hands to every chat model:

- A person's turn is a HumanMessage whose text is what was typed or heard, followed by one line per medium,
  `[image_1: photo.jpg]`, so that a language model can name it in a tool call.
- `additional_kwargs["media"]` lists those media as dicts (`handle`, `file_id`, `modality`, `media_type`, `name`).
- `additional_kwargs["words"]` is the bare text without those lines, `additional_kwargs["language"]` is `en` or `zh`,
  `additional_kwargs["collections"]` lists the collections as dicts (`id`, `name`, `items`). `additional_kwargs["curated"]` is there
  when a curated answer of these collections surely fits the words: how likely, 1 for the very words of an entry. `search` gives it.
  `additional_kwargs["remembered"]` is true when they ask for something the person once asked to be remembered. `remember` gives it.
  `additional_kwargs["call"]` (`tool`, `arguments`) is there when the turn names its tool: that call is made before a model is asked.
- What a model thinks before it answers is no part of the answer: chunks carry it as `additional_kwargs["reasoning_content"]`.
- The first chunk may say in `response_metadata["answered_by"]` which model answers, when more than one could.
- A tool's answer is a ToolMessage whose text is `ToolResult.text` and whose `artifact` is `ToolResult.model_dump()`;
  `status == "error"` when it failed, the text then being the fault's message and hint and the artifact
  `{"error": Fault.to_dict()}`.
- Marks `[n]` in the answer point at the evidence numbers in those results.
"""

from __future__ import annotations

from typing import Protocol

from langchain_core.language_models.chat_models import BaseChatModel

from retrieval.embedders.base import Embedder


class ChatModelFactory(Protocol):
    """The signature of every back-end's `create`."""

    def __call__(self, reference: str, *, embedder: Embedder, timeout: float) -> BaseChatModel:
        """A chat model. Raises NotInstalled or InvalidInput."""
        ...
