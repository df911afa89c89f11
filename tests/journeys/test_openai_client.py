"""The official `openai` client, sync and async, against a real server process. Nothing here knows how the server works."""

import base64
import io

import httpx
import numpy as np
import openai
import pytest
from openai_server import WARRANTY, b64, pdf, png, serving, text_part, tone
from PIL import Image

pytestmark = pytest.mark.slow
QUESTION = "what does the warranty of the Gale G40 cover?"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("openai") / "data") as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=120) as client:
        yield client


@pytest.fixture(scope="module")
def store(client):
    store = client.vector_stores.create(name="manuals", metadata={"kind": "demo"})
    file = client.vector_stores.files.upload_and_poll(
        vector_store_id=store.id, file=("gale_g40.md", WARRANTY.encode()), attributes={"product": "kettle"}
    )
    assert (file.status, file.last_error) == ("completed", None)
    return store


def ask(client, content, **more):
    return client.chat.completions.create(model="assistant", messages=[{"role": "user", "content": content}], **more)


def test_a_cited_answer(client, store):
    done = ask(client, QUESTION, metadata={"collection": store.id})
    message = done.choices[0].message
    assert "two years" in message.content
    assert done.choices[0].finish_reason == "stop"
    citation = message.annotations[0].model_dump()
    assert (citation["type"], citation["index"]) == ("citation", 1)
    assert "two years" in citation["cited_text"]
    assert client.files.retrieve(citation["file_id"]).filename == "gale_g40.md"
    assert done.trace["steps"][0]["ok"]
    assert done.usage.total_tokens >= 0


def test_a_refusal(client, store):
    done = ask(client, "who won the 1954 chess championship in Reykjavik?", extra_headers={"X-Collection": "manuals"})
    assert done.trace["refused"] is True
    assert not done.choices[0].message.annotations


def test_a_stream(client, store):
    words, annotations, finished, usage = [], [], [], None
    for chunk in ask(client, QUESTION, metadata={"collection": "manuals"}, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            words.append(choice.delta.content or "")
            annotations += getattr(choice.delta, "annotations", None) or []
            finished += [choice.finish_reason] if choice.finish_reason else []
    assert "two years" in "".join(words)
    assert annotations[0]["type"] == "citation"
    assert finished == ["stop"]
    assert usage is not None


def test_the_streaming_helper_gathers_the_same(client, store):
    message = {"role": "user", "content": QUESTION}
    with client.chat.completions.stream(model="assistant", messages=[message], metadata={"collection": "manuals"}) as stream:
        for _ in stream:
            pass
        assert "two years" in stream.get_final_completion().choices[0].message.content


async def test_the_async_client(address, store):
    async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=120) as client:
        done = await client.chat.completions.create(model="assistant", messages=[{"role": "user", "content": "hello"}])
        assert done.choices[0].message.content
        stream = await client.chat.completions.create(model="assistant", messages=[{"role": "user", "content": "你好"}], stream=True)
        words = "".join([choice.delta.content or "" async for chunk in stream for choice in chunk.choices])
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words)
        assert "assistant" in [model.id async for model in client.models.list()]


def test_a_picture(client):
    done = ask(
        client,
        [
            text_part("what colour is this picture?"),
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64(png('green'))}"}},
        ],
    )
    assert "green" in done.choices[0].message.content.lower()


def test_a_recording(client):
    done = ask(
        client,
        [text_part("what is said in this recording?"), {"type": "input_audio", "input_audio": {"data": b64(tone()), "format": "wav"}}],
    )
    assert done.choices[0].message.content


def test_a_document(client):
    question = text_part("how long does the warranty last according to this document?")
    sent = ask(
        client, [question, {"type": "file", "file": {"filename": "gale.pdf", "file_data": f"data:application/pdf;base64,{b64(pdf())}"}}]
    )
    assert "two years" in sent.choices[0].message.content
    file = client.files.create(file=("gale.pdf", pdf()), purpose="user_data")
    stored = ask(client, [question, {"type": "file", "file": {"file_id": file.id}}])
    assert "two years" in stored.choices[0].message.content
    assert stored.choices[0].message.annotations[0].model_dump()["locator"]["page"] == 1


def test_a_conversation_by_history(client, store):
    messages = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "Hi!"}, {"role": "user", "content": QUESTION}]
    done = client.chat.completions.create(model="assistant", messages=messages, metadata={"collection": "manuals"})
    assert "two years" in done.choices[0].message.content


def test_files(client):
    file = client.files.create(file=("note.txt", b"remember the milk"), purpose="assistants")
    assert client.files.content(file.id).read() == b"remember the milk"
    assert file.id in [f.id for f in client.files.list(limit=2)]
    assert client.files.delete(file.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file.id)


def test_vector_stores(client, store):
    assert client.vector_stores.retrieve(store.id).file_counts.completed >= 1
    found = client.vector_stores.search(vector_store_id=store.id, query="how to clean the kettle?", max_num_results=2)
    assert "citric acid" in found.data[0].content[0].text
    assert found.data[0].filename == "gale_g40.md"
    assert found.data[0].attributes["product"] == "kettle"
    none = client.vector_stores.search(
        vector_store_id=store.id, query="kettle", filters={"type": "eq", "key": "product", "value": "jacket"}
    )
    assert none.data == []
    files = [client.files.create(file=(f"{n}.txt", f"Sentence number {n}.".encode()), purpose="assistants").id for n in range(3)]
    batch = client.vector_stores.file_batches.create_and_poll(vector_store_id=store.id, file_ids=files)
    assert batch.file_counts.completed == 3
    assert len(list(client.vector_stores.files.list(store.id, limit=2))) == 4
    assert client.vector_stores.files.delete(files[0], vector_store_id=store.id).deleted
    other = client.vector_stores.create(name="other")
    assert client.vector_stores.update(other.id, name="renamed").name == "renamed"
    assert client.vector_stores.delete(other.id).deleted


def test_attributes_of_files_and_batches(client):
    store = client.vector_stores.create(name="attributes")
    files = [client.files.create(file=(f"{n}.txt", f"The harbour of number {n}.".encode()), purpose="assistants").id for n in range(3)]
    batch = client.vector_stores.file_batches.create_and_poll(
        vector_store_id=store.id, files=[{"file_id": name, "attributes": {"n": n, "kind": "harbour"}} for n, name in enumerate(files)]
    )
    assert (batch.status, batch.file_counts.completed) == ("completed", 3)
    assert client.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store.id).file_counts.total == 3
    listed = client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id)
    assert {file.id: file.attributes["n"] for file in listed} == dict(zip(files, range(3), strict=True))

    def found(*filters, kind="and"):
        answer = client.vector_stores.search(
            vector_store_id=store.id, query="harbour", filters={"type": kind, "filters": list(filters)}, rewrite_query=False
        )
        return {hit.file_id for hit in answer}

    assert found({"type": "gte", "key": "n", "value": 1}, {"type": "eq", "key": "kind", "value": "harbour"}) == {*files[1:]}
    assert found({"type": "eq", "key": "n", "value": 0}, {"type": "in", "key": "n", "value": [2, 9]}, kind="or") == {files[0], files[2]}
    changed = client.vector_stores.files.update(files[0], vector_store_id=store.id, attributes={"kind": "pier"})
    assert changed.attributes == {"kind": "pier"}
    assert client.vector_stores.files.retrieve(files[0], vector_store_id=store.id).attributes == {"kind": "pier"}
    assert found({"type": "eq", "key": "kind", "value": "pier"}, {"type": "eq", "key": "n", "value": 0}) == set()
    assert found({"type": "eq", "key": "kind", "value": "pier"}) == {files[0]}
    content = client.vector_stores.files.content(files[0], vector_store_id=store.id)
    assert "number 0" in next(iter(content)).text
    with pytest.raises(openai.NotFoundError):
        client.vector_stores.files.update("file-none", vector_store_id=store.id, attributes={})


def test_a_file_that_cannot_be_read_fails_with_a_reason(client, store):
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=("broken.pdf", b"%PDF-1.7 nothing"))
    assert "unreadable" in caught.value.code


def test_embeddings(client):
    found = client.embeddings.create(model="assistant", input=["a cat", "a kitten", "tax law"])
    cat, kitten, law = (np.array(row.embedding) for row in found.data)
    assert cat @ kitten > cat @ law
    plain = client.embeddings.create(model="assistant", input="a cat", encoding_format="float")
    assert np.allclose(plain.data[0].embedding, cat, atol=1e-5)


def test_images(client):
    made = client.images.generate(model="assistant", prompt="a red circle", size="256x256", n=1, extra_body={"seed": 5})
    again = client.images.generate(prompt="a red circle", size="256x256", n=1, extra_body={"seed": 5}, response_format="b64_json")
    assert made.data[0].b64_json == again.data[0].b64_json
    picture = Image.open(io.BytesIO(base64.b64decode(made.data[0].b64_json)))
    assert picture.size == (256, 256)
    linked = client.images.generate(prompt="a red circle", size="256x256", response_format="url")
    assert httpx.get(linked.data[0].url).content.startswith(b"\x89PNG")
    changed = client.images.edit(image=("circle.png", base64.b64decode(made.data[0].b64_json)), prompt="make it blue")
    assert changed.data[0].b64_json != made.data[0].b64_json


def test_speech_and_transcription(client):
    try:
        sound = client.audio.speech.create(model="assistant", voice="alloy", input="good morning", response_format="wav").read()
    except openai.InternalServerError:
        pytest.skip("no synthesizer is installed here")
    plain = client.audio.transcriptions.create(model="assistant", file=("a.wav", sound))
    assert plain.text
    verbose = client.audio.transcriptions.create(
        model="assistant", file=("a.wav", sound), response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    assert verbose.words[0].end > verbose.words[0].start
    assert "-->" in client.audio.transcriptions.create(model="assistant", file=("a.wav", sound), response_format="srt")
    done = ask(client, "hello", modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"})
    assert base64.b64decode(done.choices[0].message.audio.data).startswith(b"RIFF")
    asked = ask(client, [{"type": "input_audio", "input_audio": {"data": b64(sound), "format": "wav"}}])
    assert asked.choices[0].message.content


def test_responses(client, store):
    done = client.responses.create(model="assistant", input=QUESTION, metadata={"collection": "manuals"})
    assert "two years" in done.output_text
    assert done.output[-1].content[0].annotations[0].filename == "gale_g40.md"
    kinds = [event.type for event in client.responses.create(model="assistant", input="hello", stream=True)]
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    assert "response.output_text.delta" in kinds
    with client.responses.stream(model="assistant", input="hello") as stream:
        for _ in stream:
            pass
        assert stream.get_final_response().output_text


def test_models(client):
    assert client.models.retrieve("assistant").owned_by == "synesthesia"
    assert len(client.models.list().data) > 3


class TestErrors:
    def test_an_unknown_model(self, client):
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "hi"}])
        assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
        assert "assistant" in str(caught.value)

    def test_a_missing_collection(self, client):
        with pytest.raises(openai.NotFoundError) as caught:
            ask(client, "hi", metadata={"collection": "nowhere"})
        assert caught.value.code == "collection_not_found"
        with pytest.raises(openai.NotFoundError):
            ask(client, "hi", metadata={"collection": "nowhere"}, stream=True)

    def test_bad_requests(self, client):
        for more in (
            {"n": 2},
            {"temperature": 9.0},
            {"tools": [{"type": "function", "function": {"name": "x", "parameters": {}}}]},
            {"extra_body": {"chat_template": "x"}},
        ):
            with pytest.raises(openai.BadRequestError) as caught:
                ask(client, "hi", **more)
            assert caught.value.param
        with pytest.raises(openai.BadRequestError):
            ask(client, [{"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}])

    def test_bad_files(self, client):
        for name, data, status in (
            ("empty.txt", b"", 422),
            ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
            ("x.bin", bytes(range(256)) * 9, 415),
        ):
            with pytest.raises(openai.APIStatusError) as caught:
                client.files.create(file=(name, data), purpose="user_data")
            assert caught.value.status_code == status
            assert caught.value.body["message"]

    def test_100_mb(self, client):
        with pytest.raises(openai.APIStatusError) as caught:
            client.files.create(file=("big.txt", b"x" * 100_000_000), purpose="user_data")
        assert caught.value.status_code == 413
