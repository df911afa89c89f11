"""Pictures with the official `openai` client, sync and async, against real server processes; and what docs/pictures.md says, run."""

import base64
import concurrent.futures
import hashlib
import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest
from openai_server import serving
from PIL import Image

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pictures.md").read_text("utf-8")
SIZE = "192x192"
PLAIN = "a red circle"
"""Drawn from its outline: fast."""
LONG = {"prompt": "a cat, a dog, a horse, a bird and a fish", "n": 2, "size": "512x512", "extra_body": {"steps": 40}}
"""Keeps the drawing model busy until it is stopped."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("images") / "data"


@pytest.fixture(scope="module")
def address(data_dir):
    with serving(data_dir) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=300) as client:
        yield client


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server where nobody may wait, whose filter is off but for the operator's own word; its client."""
    folder = tmp_path_factory.mktemp("strict")
    (folder / "words.txt").write_text("# ours\nunicorn\n", "utf-8")
    settings = {"LIMITS_DRAWINGS_WAITING": "0", "LIMITS_DRAWINGS_PER_DAY": "7", "LIMITS_DRAWN_STEPS": "40", "CONTENT_FILTER": "false",
                "CONTENT_FILTER_WORDS": str(folder / "words.txt")}  # fmt: skip
    named = {f"ASSISTANT_{name}": value for name, value in settings.items()}
    with serving(folder / "data", **named) as address, openai.OpenAI(
        base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=300
    ) as client:  # fmt: skip
        yield client


@pytest.fixture(scope="module")
def dog(client):
    return client.images.generate(prompt="a blue dog", size=SIZE, extra_body={"seed": 0}).data[0]


def data_of(picture):
    return base64.b64decode(picture.b64_json)


def opened(picture):
    return Image.open(io.BytesIO(data_of(picture)))


def as_png(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def box_mask(mode, rest, place, size=(192, 192), box=(96, 96, 176, 176)):
    image = Image.new(mode, size, rest)
    image.paste(place, box)
    return as_png(image)


def refused(call, kind=openai.BadRequestError):
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.body["hint"]
    return caught.value


class TestMaking:
    def test_seeds_decide_and_0_is_one(self, client):
        made = client.images.generate(model="assistant", prompt=PLAIN, n=4, size=SIZE, extra_body={"seed": 0})
        by_seed = {picture.recipe["seed"]: picture for picture in made.data}
        assert set(by_seed) == {0, 1, 2, 3}
        assert len({picture.b64_json for picture in made.data}) == 4
        again = client.images.generate(prompt=PLAIN, size=SIZE, extra_body={"seed": 0})
        assert again.data[0].b64_json == by_seed[0].b64_json
        other = client.images.generate(prompt=PLAIN, size=SIZE, extra_body={"seed": 2})
        assert other.data[0].b64_json == by_seed[2].b64_json
        scores = [picture.score for picture in made.data if picture.score is not None]
        assert scores == sorted(scores, reverse=True)

    def test_the_answer_has_the_official_shape(self, client, dog):
        made = client.images.generate(prompt="a blue dog", size=SIZE, extra_body={"seed": 0})
        assert (made.size, made.output_format, made.background) == (SIZE, "png", "opaque")
        assert made.data[0].b64_json == dog.b64_json
        assert made.data[0].revised_prompt == "a blue dog"
        usage = made.usage
        assert (usage.input_tokens_details.text_tokens, usage.output_tokens) == (3, 144)
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens

    @pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
    def test_formats(self, client, form):
        made = client.images.generate(prompt=PLAIN, size=SIZE, output_format=form, extra_body={"seed": 1})
        picture = opened(made.data[0])
        assert (made.output_format, picture.format.lower(), picture.size) == (form, form, (192, 192))
        if form != "png":
            small = client.images.generate(prompt=PLAIN, size=SIZE, output_format=form, output_compression=5, extra_body={"seed": 1})
            assert len(data_of(small.data[0])) < len(data_of(made.data[0]))
            assert b"lgorithmicMedia" in picture.info["xmp"]

    def test_a_stream_without_partial_pictures_is_one_event(self, client, dog):
        events = list(client.images.generate(prompt="a blue dog", size=SIZE, stream=True, partial_images=0, extra_body={"seed": 0}))
        assert [event.type for event in events] == ["image_generation.completed"]
        assert events[0].b64_json == dog.b64_json
        assert (events[0].size, events[0].output_format, events[0].quality, events[0].background) == (SIZE, "png", "auto", "opaque")
        assert events[0].usage.output_tokens == 144

    def test_partial_pictures_come_before_the_finished_ones(self, client):
        events = list(
            client.images.generate(
                prompt="a blue dog", n=2, size=SIZE, stream=True, partial_images=2, output_format="jpeg", extra_body={"seed": 0}
            )
        )
        kinds = [event.type for event in events]
        assert kinds[-2:] == ["image_generation.completed"] * 2
        partial = [event for event in events if event.type == "image_generation.partial_image"]
        assert kinds[: len(partial)] == ["image_generation.partial_image"] * len(partial)
        for number in (0, 1):
            indexes = [event.partial_image_index for event in partial if event.image_index == number]
            assert indexes in ([0], [0, 1])
        assert all(opened(event).format == "JPEG" for event in events)
        assert {(event.image_index, event.recipe["seed"]) for event in events[-2:]} == {(0, 0), (1, 1)}

    def test_progress_is_told_to_who_asks(self, client):
        stream = client.images.generate(prompt=PLAIN, size=SIZE, stream=True, extra_body={"progress": True, "seed": 0})
        told = [event for event in stream if event.type == "image_generation.progress"]
        assert told
        assert all(0 <= event.fraction <= 1 for event in told)

    async def test_the_async_client(self, address):
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=300) as client:
            whole = await client.images.generate(prompt=PLAIN, size=SIZE, extra_body={"seed": 5})
            stream = await client.images.generate(prompt=PLAIN, size=SIZE, stream=True, partial_images=3, extra_body={"seed": 5})
            events = [event async for event in stream]
            assert events[-1].b64_json == whole.data[0].b64_json
            sent = ("circle.png", data_of(whole.data[0]))
            changed = await client.images.edit(image=sent, prompt="make it blue", extra_body={"seed": 1})
            stream = await client.images.edit(image=sent, prompt="make it blue", stream=True, partial_images=1, extra_body={"seed": 1})
            events = [event async for event in stream]
            assert events[-1].type == "image_edit.completed"
            assert events[-1].b64_json == changed.data[0].b64_json


class TestChanging:
    def test_the_chain_goes_through_what_was_sent_back(self, client, address, dog):
        red = client.images.edit(image=("dog.png", data_of(dog)), prompt="make it red").data[0]
        assert red.recipe["parents"] == [hashlib.sha256(data_of(dog)).hexdigest()]
        grey = client.images.edit(image=[("red.png", data_of(red))], prompt="make it black and white").data[0]
        known = httpx.get(f"{address}/v1/images/{grey.file_id}").json()
        assert known["chain"][0]["caption"] == "a blue dog"
        assert known["chain"][-1]["id"] == red.file_id
        assert [row["id"] for row in httpx.get(f"{address}/v1/images/{red.file_id}").json()["children"]] == [grey.file_id]

    def test_both_kinds_of_mask_mean_the_same_and_nothing_else_is_touched(self, client, dog):
        def edit(mask):
            return client.images.edit(
                image=("dog.png", data_of(dog)), mask=("m.png", mask), prompt="an apple", extra_body={"seed": 3}
            ).data[0]

        transparent = edit(box_mask("RGBA", (0, 0, 0, 255), (0, 0, 0, 0)))
        white = edit(box_mask("L", 0, 255))
        assert transparent.b64_json == white.b64_json
        before, after = (np.asarray(opened(picture).convert("RGB")) for picture in (dog, white))
        changed = (before != after).any(axis=2)
        assert changed[96:176, 96:176].any()
        changed[96:176, 96:176] = False
        assert not changed.any()

    def test_a_size_covers(self, client, dog):
        made = client.images.edit(image=("dog.png", data_of(dog)), mask=("m.png", box_mask("L", 0, 255)), prompt="an apple", size="256x128")
        assert (made.size, opened(made.data[0]).size) == ("256x128", (256, 128))

    def test_several_and_variations(self, client, dog):
        changed = client.images.edit(
            image=("dog.png", data_of(dog)), prompt="a red dog", n=2, extra_body={"operation": "variation", "seed": 0}
        )
        assert len({picture.b64_json for picture in changed.data}) == 2
        with pytest.warns(DeprecationWarning, match="deprecated"):
            varied = client.images.create_variation(image=("dog.png", data_of(dog)), n=2, extra_body={"seed": 4})
        assert len({dog.b64_json, *(picture.b64_json for picture in varied.data)}) == 3
        assert all(picture.recipe["parents"] for picture in varied.data)
        larger = client.images.edit(image=("dog.png", data_of(dog)), prompt="larger", extra_body={"operation": "upscale"})
        assert larger.size == "384x384"

    def test_a_refused_edit_leaves_nothing_behind(self, client, address):
        before = {file.id for file in client.files.list()}
        photo = as_png(Image.effect_noise((80, 60), 90).convert("RGB"))
        refused(lambda: client.images.edit(image=("p.png", photo), mask=("m.png", box_mask("L", 0, 255)), prompt="an apple"))
        assert {file.id for file in client.files.list()} == before


class TestFinding:
    def test_again_is_the_same_bytes(self, address, dog):
        again = httpx.post(f"{address}/v1/images/{dog.file_id}/again", timeout=120).json()
        assert (again["identical"], again["file_id"]) == (True, dog.file_id)

    def test_by_words_likeness_and_colour(self, client, address, dog):
        square, red = (client.images.generate(prompt=prompt, size=SIZE).data[0] for prompt in ("a green square", "a red dog"))

        def found(**asked):
            answer = httpx.get(f"{address}/v1/images", params=asked).json()
            return [row["id"] for row in answer["data"]]

        assert dog.file_id in found(q="blue dog")
        assert square.file_id not in found(q="blue dog")
        assert square.file_id in found(colour="green")
        assert square.file_id in found(colour="绿色", generated="true")
        assert dog.file_id in found(colour="blue")
        assert dog.file_id not in found(colour="orange")
        assert dog.file_id not in found(like=dog.file_id)
        assert red.file_id in found(like=dog.file_id)
        assert found(limit=1) == found()[:1]
        assert found(limit=1, after=found()[0]) == found()[1:2]
        assert not set(found(generated="false")) & {dog.file_id, square.file_id}

    def test_the_recipe_is_in_the_file(self, client, address, dog):
        sent = {"file": ("dog.png", data_of(dog))}
        read = httpx.post(f"{address}/v1/images/recipe", files=sent).json()
        assert (read["recipe"], read["file_id"]) == (dog.recipe, dog.file_id)
        plain = httpx.post(f"{address}/v1/images/recipe", files={"file": ("a.png", as_png(Image.new("RGB", (64, 64))))})
        assert (plain.status_code, plain.json()["error"]["code"]) == (422, "no_recipe")


BAD = [
    ({"prompt": ""}, "prompt"), ({"prompt": " \n"}, "prompt"), ({"prompt": "x" * 2001}, "prompt"), ({"n": 0}, "n"), ({"n": 9}, "n"),
    ({"size": "20000x20000"}, "size"), ({"size": "20000x64"}, "size"), ({"size": "0x0"}, "size"), ({"size": "big"}, "size"),
    ({"extra_body": {"steps": 0}}, "steps"), ({"extra_body": {"steps": 10_000}}, "steps"), ({"extra_body": {"seed": -1}}, "seed"),
    ({"extra_body": {"seed": 2**32}}, "seed"), ({"extra_body": {"seed": 1.5}}, "seed"), ({"extra_body": {"guidance": 31}}, "guidance"),
    ({"output_format": "gif"}, "output_format"), ({"output_compression": 101}, "output_compression"),
    ({"partial_images": 4, "stream": True}, "partial_images"), ({"partial_images": 1}, "partial_images"),
    ({"background": "transparent"}, "background"), ({"response_format": "url", "output_format": "webp"}, "response_format"),
    ({"extra_body": {"strenght": 1}}, "strenght"),
]  # fmt: skip


class TestRefusing:
    @pytest.mark.parametrize(("change", "param"), BAD, ids=[f"{p}-{n}" for n, (_, p) in enumerate(BAD)])
    def test_generations(self, client, change, param):
        fault = refused(lambda: client.images.generate(**{"prompt": PLAIN, **change}))
        assert fault.param == param

    def test_in_chinese(self, client):
        fault = refused(lambda: client.images.generate(prompt="", extra_headers={"Accept-Language": "zh-CN"}))
        assert "提示词" in fault.body["message"]

    @pytest.mark.parametrize(
        ("mask", "says"),
        [(box_mask("L", 0, 255, (64, 64), (0, 0, 9, 9)), "64 x 64"), (box_mask("L", 0, 0), "marks nothing"),
         (box_mask("RGBA", (9, 9, 9, 255), (9, 9, 9, 255)), "marks nothing")], ids=["size", "black", "opaque"],
    )  # fmt: skip
    def test_masks(self, client, dog, mask, says):
        fault = refused(lambda: client.images.edit(image=("dog.png", data_of(dog)), mask=("m.png", mask), prompt="an apple"))
        assert fault.param == "mask"
        assert says in fault.body["message"]

    def test_pictures(self, client, dog):
        def edit(**more):
            return client.images.edit(**{"image": ("dog.png", data_of(dog)), "prompt": "make it red", **more})

        assert refused(lambda: edit(prompt=" ")).param == "prompt"
        assert refused(lambda: edit(image=("a.txt", b"some words"))).param == "image"
        assert refused(lambda: edit(mask=("a.txt", b"some words"))).param == "mask"
        assert refused(lambda: edit(image=[("a.png", data_of(dog)), ("b.png", data_of(dog))])).param == "image"
        assert refused(lambda: edit(extra_body={"strength": "0"})).param == "strength"
        assert refused(lambda: edit(image=("cut.png", data_of(dog)[:200])), openai.UnprocessableEntityError).param == "image"
        wide = as_png(Image.new("RGB", (20_000, 1_100)))
        too_large = refused(lambda: edit(image=("wide.png", wide)), openai.APIStatusError)
        assert (too_large.status_code, too_large.param) == (413, "image")
        missing = refused(lambda: edit(image=b"file-none"), openai.BadRequestError)
        assert missing.param == "image"

    def test_the_filter(self, client, strict):
        shipped, own = "counterfeit banknotes", "a Unicorn"
        fault = refused(lambda: client.images.generate(prompt=shipped, size=SIZE), openai.PermissionDeniedError)
        assert (fault.code, fault.param) == ("content_refused", "prompt")
        with pytest.raises(openai.PermissionDeniedError):
            client.images.generate(prompt=shipped, size=SIZE, stream=True)
        with pytest.raises(openai.PermissionDeniedError):
            strict.images.generate(prompt=own, size=SIZE)
        try:
            strict.images.generate(prompt=shipped, size=SIZE)
        except openai.BadRequestError as fault:  # nothing of it can be drawn, which is another matter
            assert fault.code != "content_refused"


class TestBounds:
    def test_a_full_queue_and_hanging_up(self, strict):
        stream = strict.images.generate(stream=True, partial_images=1, **LONG)
        fault = refused(lambda: strict.images.generate(prompt=PLAIN, size=SIZE), openai.RateLimitError)
        assert fault.code == "queue_full"
        assert int(fault.response.headers["retry-after"]) >= 1
        with pytest.raises(openai.RateLimitError):
            strict.images.generate(prompt=PLAIN, size=SIZE, stream=True)
        stream.close()
        assert drawn_when_free(strict)
        with pytest.raises(openai.APITimeoutError):  # hangs up a request that does not stream
            strict.with_options(timeout=1.5).images.generate(**LONG)
        assert drawn_when_free(strict)

    def test_the_quota(self, strict):
        fault = refused(lambda: strict.images.generate(prompt=PLAIN, n=8, size=SIZE))
        assert fault.param == "n"
        codes = []
        for _ in range(8):
            try:
                strict.images.generate(prompt=PLAIN, size=SIZE)
            except openai.RateLimitError as error:
                codes.append((error.code, int(error.response.headers["retry-after"]) > 3600))
        assert codes
        assert set(codes) == {("quota_spent", True)}

    def test_others_are_answered_while_drawings_wait(self, client, address):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            drawn = [pool.submit(client.images.generate, prompt=PLAIN, size=SIZE, extra_body={"seed": n}) for n in range(6)]
            assert httpx.get(f"{address}/v1/models", timeout=60).status_code == 200
            seeds = [one.result().data[0].recipe["seed"] for one in drawn]
        assert sorted(seeds) == [*range(6)]
        assert "synesthesia_drawings_running 0.0" in httpx.get(f"{address}/metrics").text


def drawn_when_free(client, seconds=60.0):
    """A picture, asked for until the place is free."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return client.images.generate(prompt=PLAIN, size=SIZE).data[0]
        except openai.RateLimitError as fault:
            assert fault.code == "queue_full"
            time.sleep(0.1)
    raise AssertionError("the place was never given back")


@pytest.mark.parametrize("language", ["bash", "python"])
def test_what_the_page_says_runs(language, data_dir, address, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "ASSISTANT_DATA_DIR": str(data_dir), "NO_PROXY": "127.0.0.1"}
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        told = block.replace("http://127.0.0.1:8000", address)
        command = [sys.executable, "-c", told] if language == "python" else ["bash", "-euo", "pipefail", "-c", told]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.strip()
    if language == "bash":
        assert (tmp_path / "pictures" / "a-blue-dog.png").read_bytes().startswith(b"\x89PNG")


def parents(client, picture):
    """What the picture was made of, as the server knows it."""
    return [p["id"] for p in client.get(f"/images/{picture}", cast_to=httpx.Response).json()["chain"]][-1:]


def test_an_answer_that_is_sent_back_whole_keeps_its_pictures(client):
    """The habit of the official client: the message of the answer is appended to the messages of the next request."""
    messages = [{"role": "user", "content": "Draw a red circle, 2 options"}]

    def said(words):
        messages.append({"role": "user", "content": words})
        answer = client.chat.completions.create(model="assistant", messages=messages).choices[0].message
        messages.append(answer)
        return answer

    first = client.chat.completions.create(model="assistant", messages=messages).choices[0].message
    messages.append(first)
    drawn = [one["file_id"] for one in first.images]
    green = said("make the second one green").images[0]["file_id"]
    assert parents(client, green) == [drawn[1]]
    undone = said("undo that")
    assert undone.images[0]["file_id"] == drawn[1]
    purple = said("把它变成紫色").images[0]["file_id"]
    assert parents(client, purple) == [drawn[1]]


def test_the_output_of_a_response_that_is_sent_back_keeps_its_pictures(client):
    first = client.responses.create(model="assistant", input="Draw a red circle, 2 options")
    drawn = [one.file_id for one in first.output if one.type == "image_generation_call"]
    again = [{"role": "user", "content": "Draw a red circle, 2 options"}, *(item.model_dump() for item in first.output)]
    second = client.responses.create(model="assistant", input=[*again, {"role": "user", "content": "make the second one green"}])
    green = next(one.file_id for one in second.output if one.type == "image_generation_call")
    assert parents(client, green) == [drawn[1]]
