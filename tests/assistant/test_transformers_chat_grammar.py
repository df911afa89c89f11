"""Grammars of answers: what a model may write, in the forms of several families, over a real tokenizer; and how it is read back."""

import json

import pytest
import tiny_chat_models

from assistant.chat_models._formats import Format, Wanted, bounded, detect, grammar

SEARCH = {
    "type": "function",
    "function": {
        "name": "search",
        "parameters": {
            "type": "object",
            "properties": {
                "query": {"type": "string", "minLength": 1, "maxLength": 20},
                "kinds": {"type": "array", "items": {"enum": ["text", "image"], "type": "string"}, "maxItems": 2},
                "filter": {"type": "string", "default": "", "maxLength": 30},
                "page": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 20}, {"type": "null"}]},
                "language": {"type": "string", "enum": ["", "en", "a/b"]},
            },
            "required": ["query"],
        },
    },
}
LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
JSON, XML = Format("json"), Format("xml")
LOOKS = '<tool_call>\n{"name": "look", "arguments": {}}\n</tool_call>'
SEARCHES = '<tool_call>\n{"name": "search", "arguments": {"query": "x < y", "filter": "a \\"b\\"", "page": null}}\n</tool_call>'
SEARCHES_XML = (
    "<tool_call>\n<function=search>\n<parameter=query>\na </b> < c\n</parameter>\n<parameter=kinds>\n[\"text\"]\n</parameter>\n"
    "<parameter=filter>\nprice < 60\n</parameter>\n<parameter=page>\n7\n</parameter>\n<parameter=language>\na/b\n</parameter>\n</function>\n"
    "</tool_call>"
)  # fmt: skip


@pytest.fixture(scope="module", params=["tags are tokens", "tags are text"])
def tokenizer(request):
    import transformers as tf

    if request.param == "tags are tokens":
        return tiny_chat_models.qwen_tokenizer()
    words, merges = tiny_chat_models.byte_pairs(("<|endoftext|>", "<|im_end|>"))
    return tf.Qwen2Tokenizer(vocab=words, merges=merges, eos_token="<|im_end|>", pad_token="<|endoftext|>")


def accepts(tokenizer, form, wanted, text):
    """Whether `text` is a whole answer."""
    import llguidance
    import llguidance.hf

    guide = llguidance.hf.from_tokenizer(tokenizer, eos_token=[tokenizer.eos_token_id])
    rules = llguidance.LLMatcher.grammar_from_lark(grammar(form, wanted, tokenizer.get_added_vocab()))
    matcher = llguidance.LLMatcher(guide, rules)
    assert not matcher.is_error(), matcher.get_error()
    tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


@pytest.mark.parametrize(
    ("form", "tools", "must", "text", "good"),
    [
        (JSON, (SEARCH, LOOK), False, "only words, 1 < 2 and </b>", True),
        (JSON, (SEARCH, LOOK), False, SEARCHES, True),
        (JSON, (SEARCH, LOOK), False, f"let me look\n{LOOKS}\n{SEARCHES}", True),
        (JSON, (SEARCH, LOOK), False, "\n".join([LOOKS] * 5), False),
        (JSON, (LOOK,), False, SEARCHES, False),
        (JSON, (LOOK,), False, f"{LOOKS} and more words", False),
        (JSON, (LOOK,), False, "<tool_call>\nno call", False),
        (JSON, (LOOK,), True, LOOKS, True),
        (JSON, (LOOK,), True, f"\n{LOOKS}", True),
        (JSON, (LOOK,), True, f"words {LOOKS}", False),
        (JSON, (LOOK,), True, "only words", False),
        (JSON, (SEARCH,), True, SEARCHES.replace("x < y", ""), False),
        (JSON, (SEARCH,), True, SEARCHES.replace("x < y", "x" * 21), False),
        (JSON, (SEARCH,), True, SEARCHES.replace("null", "21"), False),
        (JSON, (SEARCH,), True, SEARCHES.replace("page", "pages"), False),
        (JSON, (), False, LOOKS, False),
        (JSON, (), False, "words", True),
        (XML, (SEARCH, LOOK), False, SEARCHES_XML, True),
        (XML, (SEARCH, LOOK), True, SEARCHES_XML, True),
        (XML, (SEARCH, LOOK), False, f"words\n{SEARCHES_XML}", True),
        (XML, (LOOK,), True, "<tool_call>\n<function=look>\n</function>\n</tool_call>", True),
        (XML, (SEARCH,), True, "<tool_call>\n<function=search>\n</function>\n</tool_call>", False),
        (XML, (SEARCH,), True, SEARCHES_XML.replace("price", "price" * 9), False),
        (XML, (SEARCH,), True, SEARCHES_XML.replace("\n7\n", "\n21\n"), False),
        (XML, (SEARCH,), True, SEARCHES_XML.replace("a/b", "de"), False),
    ],
)
def test_what_may_be_written(tokenizer, form, tools, must, text, good):
    assert accepts(tokenizer, form, Wanted(tools, must), text) is good


@pytest.mark.parametrize(
    ("thoughts", "text", "good"),
    [
        ("may", "<think>\nhm\n</think>\n\nwords", True),
        ("may", "words", True),
        ("open", "hm\n</think>\n\nwords", True),
        ("open", "words", False),
        ("open", "hm " * 40 + "</think>", False),
        ("none", "<think>hm</think>words", False),
    ],
)
def test_thoughts_come_first_and_end(thoughts, text, good):
    assert accepts(tiny_chat_models.qwen_tokenizer(), JSON, Wanted((LOOK,), thoughts=thoughts, most_thoughts=20), text) is good


@pytest.mark.parametrize(("form", "text"), [(JSON, SEARCHES), (XML, SEARCHES_XML)])
def test_what_was_written_is_read_back(form, text):
    from transformers.utils.chat_parsing import ResponseParser

    parser = ResponseParser(form.response_template(), prefix="", tools=[SEARCH])
    events = [event for letter in f"<think>\nhm\n</think>\n\nLet me see.\n{text}" for event in parser.feed(letter)]
    message, last = parser.finalize()
    assert message["reasoning_content"] == "hm"
    assert "".join(e["text"] for e in [*events, *last] if e["type"] == "region_chunk" and e["field"] == "content").strip() == "Let me see."
    call = message["tool_calls"][0]["function"]
    assert call["name"] == "search"
    assert call["arguments"]["page"] in (None, 7)
    assert call["arguments"]["query"] in ("x < y", "a </b> < c")
    assert not isinstance(call["arguments"].get("kinds", []), str)


def test_formats_are_told_from_the_template():
    assert detect(tiny_chat_models.template()) == Format("json")
    assert detect(tiny_chat_models.template(call=tiny_chat_models._XML_CALL)).body == "xml"
    gemma = detect(tiny_chat_models.GEMMA)
    assert (gemma.body, gemma.native, gemma.switch) == ("json", False, False)


def test_schemas_get_an_end_everywhere():
    schema = {
        "type": "object", "title": "T", "properties": {
            "a": {"type": "string", "description": "d"}, "b": {"type": "array", "items": {"type": "integer"}},
            "c": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]}, "title": {"type": "string", "enum": ["x"]},
        },
    }  # fmt: skip
    made = bounded(schema)
    assert made["additionalProperties"] is False
    assert "maxLength" in made["properties"]["a"]
    assert "description" not in made["properties"]["a"]
    assert "maxItems" in made["properties"]["b"]
    assert {"minimum", "maximum"} <= set(made["properties"]["b"]["items"])
    assert made["properties"]["c"]["anyOf"][0]["minimum"] == 0
    assert made["properties"]["title"] == {"type": "string", "enum": ["x"]}, "an argument may be called `title`"


def test_the_tools_of_the_product_have_grammars():
    import importlib

    import llguidance
    import llguidance.hf
    import pydantic
    from langchain_core.tools import StructuredTool
    from langchain_core.utils.function_calling import convert_to_openai_tool

    from tools.registry import names

    tools = []
    for name in names():
        module = importlib.import_module(f"tools.{name}")
        kinds = [
            v
            for v in vars(module).values()
            if isinstance(v, type) and issubclass(v, pydantic.BaseModel) and v.__module__ == module.__name__
        ]
        tools += [convert_to_openai_tool(StructuredTool(name=name, description=name, args_schema=kind, func=json.dumps)) for kind in kinds]
    assert len(tools) >= 10
    tokenizer = tiny_chat_models.qwen_tokenizer()
    guide = llguidance.hf.from_tokenizer(tokenizer)
    for form in (JSON, XML):
        matcher = llguidance.LLMatcher(
            guide, llguidance.LLMatcher.grammar_from_lark(grammar(form, Wanted(tools), tokenizer.get_added_vocab()))
        )
        assert not matcher.is_error(), matcher.get_error()
