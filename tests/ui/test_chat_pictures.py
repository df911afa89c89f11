"""Pictures on the chat page against a small real server: the numbered sheet, what its buttons send, the recipe, and the Gallery."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from chat_service import picture
from PIL import Image
from streamlit.testing.v1 import AppTest

import ui.chat
from ui.chat import brush, history, pictures, viewer
from ui.chat.live import Asked, Draft

PAGE = str(Path(ui.chat.__file__).with_name("page.py"))
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def service(server, monkeypatch):
    for kept in (server.conversations, server.bodies, server.pictures, server.asked_for):
        kept.clear()
    server.identical = True
    server.go_on.set()
    monkeypatch.setenv("ASSISTANT_API_URL", server.address)
    return server


def words(at: AppTest) -> str:
    kinds = ("markdown", "text", "caption", "title", "error", "warning", "success", "info")
    return "\n".join(str(e.value) for kind in kinds for e in at.get(kind))


def drawn(service) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=20).run()
    at.chat_input[0].set_value("four options").run()
    assert not at.exception
    return at


def press(at: AppTest, label: str, which: int = 0) -> AppTest:
    [b for b in at.button if b.label == label][which].click().run()
    assert not at.exception
    return at


def sent(service) -> tuple[str, str, dict]:
    """Words, tool and arguments of the newest turn."""
    body = service.bodies[-1]
    return body["messages"][0]["content"][0]["text"], body["metadata"]["tool"], json.loads(body["metadata"]["arguments"])


def test_candidates_are_a_numbered_sheet_with_their_scores_and_a_warning(service):
    at = drawn(service)
    assert [b.label for b in at.button if b.label.startswith("Open picture")] == [f"Open picture {n}\\: four options" for n in (1, 2, 3, 4)]
    shown = words(at)
    assert "91% match" in shown
    assert "31% match, doubtful" in shown
    assert shown.count("match, doubtful") == 1
    marks = "".join(str(e.value) for e in at.get("html"))
    assert marks.count("made here") == 4


def test_like_this_names_the_picture_and_the_operation(service):
    press(drawn(service), "Like this", 1)
    said, tool, arguments = sent(service)
    assert (said, tool) == ("More like picture 2", "edit_image")
    assert arguments == {"instruction": "four options", "image": "file-made-2", "operation": "variation"}


def test_a_picked_picture_is_shown_again_so_that_it_is_meant_from_then_on(service):
    press(press(drawn(service), "Open picture 2\\: four options"), "Pick this one")
    assert sent(service) == ("I pick picture 2", "show_image", {"image": "file-made-2"})


def test_others_are_drawn_from_the_same_words(service):
    press(drawn(service), "Draw others")
    said, tool, arguments = sent(service)
    assert (said, tool) == ("Draw others: four options", "generate_image")
    assert arguments == {"prompt": "four options", "n": 4, "new": True, "width": 64, "height": 48}


def test_a_picture_is_opened_and_changed_by_words(service):
    at = press(drawn(service), "Open picture 3\\: four options")
    at.text_input(key="picture_words").set_value("make it red")
    at = press(at, "Change")
    assert sent(service) == ("make it red", "edit_image", {"instruction": "make it red", "image": "file-made-3"})
    assert "picture" not in at.session_state
    for name in ("Change", "Brush", "Like this", "Enlarge", "Recipe"):  # the new picture stands alone with its buttons
        assert name in [b.label for b in at.button]


def test_a_change_without_words_asks_for_them_and_sends_nothing(service):
    at = press(drawn(service), "Open picture 1\\: four options")
    at = press(at, "Change")
    assert "Say in a few words what should change" in words(at)
    assert len(service.bodies) == 1


def test_a_picture_is_enlarged(service):
    at = press(drawn(service), "Like this")
    press(at, "Enlarge")
    assert sent(service) == (
        "Make this picture larger", "edit_image",
        {"instruction": "Make this picture larger", "image": "file-made-5", "operation": "upscale"},
    )  # fmt: skip


def test_regenerating_what_a_button_asked_for_names_the_same_tool(service):
    at = press(drawn(service), "Like this")
    first = sent(service)
    press(at, "Regenerate")
    assert sent(service) == first
    assert len(service.bodies) == 3


@pytest.mark.parametrize(("identical", "told"), [(True, "byte for byte"), (False, "not the same")])
def test_the_recipe_is_told_and_made_again(service, identical, told):
    at = press(drawn(service), "Like this")
    service.identical = identical
    at = press(at, "Recipe")
    shown = words(at)
    for part in ("four options", "shapes", "64 × 48", "91%"):
        assert part in shown
    at = press(at, "Make it again")
    assert told in words(at)


def test_the_strip_shows_what_a_picture_was_made_from_and_opens_it(service):
    at = press(drawn(service), "Like this")
    row = service.pictures["file-made-5"]
    row["chain"] = [{k: v for k, v in service.pictures["file-made-1"].items() if k not in ("chain", "children")}]
    at = press(at, "Recipe")
    assert "From the first picture to the last" in words(at)
    at = press(at, "Open the picture\\: four options")  # the one in the strip is the only other one that is named so
    assert at.session_state["picture"][1]["file_id"] in ("file-made-1", "file-made-5")


def test_a_new_one_can_be_drawn_though_there_is_one(service):
    at = AppTest.from_file(PAGE, default_timeout=20).run()
    at.chat_input[0].set_value("an offer please").run()
    press(at, "Draw a new one")
    assert sent(service) == ("Draw a new one: a lamp", "generate_image", {"prompt": "a lamp", "new": True})


def gallery() -> None:
    from ui.chat import gallery, visit

    gallery.show(visit.visit(), {})


def test_the_gallery_asks_for_words_colour_likeness_and_what_was_made_here(service):
    service.paint(2, "a blue dog")
    service.paint(1, "a red cat", "red")
    at = AppTest.from_function(gallery, default_timeout=20).run()
    assert not at.exception
    assert sum(b.label.startswith("Open the picture") for b in at.button) == 3
    at.text_input(key="gallery_words").set_value("dog").run()
    assert sum(b.label.startswith("Open the picture") for b in at.button) == 2
    at.selectbox(key="gallery_colour").set_value("blue").run()
    at.toggle(key="gallery_made").set_value(True).run()
    assert service.asked_for[-1] == {"q": "dog", "colour": "blue", "generated": "true", "limit": "24"}
    at.session_state["gallery_like"] = "file-made-1"
    at.run()
    assert service.asked_for[-1]["like"] == "file-made-1"
    assert "Like this picture" in words(at)
    press(at, "Show all")
    assert "like" not in service.asked_for[-1]


def test_the_gallery_says_what_to_do_when_nothing_is_there_or_fits(service):
    at = AppTest.from_function(gallery, default_timeout=20).run()
    assert "No picture yet" in words(at)
    service.paint(1, "a blue dog")
    at.text_input(key="gallery_words").set_value("cat").run()
    assert "No picture fits" in words(at)


def test_the_gallery_shows_more_on_request(service):
    service.paint(30, "a blue dog")
    at = AppTest.from_function(gallery, default_timeout=20).run()
    assert sum(b.label.startswith("Open the picture") for b in at.button) == 24
    press(at, "Show more")
    assert sum(b.label.startswith("Open the picture") for b in at.button) == 30


@pytest.mark.parametrize(("count", "columns"), [(0, 1), (1, 1), (2, 2), (4, 2), (5, 3), (6, 3), (7, 4), (8, 4)])
def test_a_sheet_has_as_many_columns_as_are_seen_at_one_look(count, columns):
    assert pictures.across(count) == columns


def test_what_a_recipe_does_not_say_is_left_out_and_a_seed_of_nothing_is_told():
    made = {"prompt": "a dog", "negative_prompt": "", "seed": 0, "width": 64, "height": 64, "model": "m", "guidance": 0.0,
            "parameters": {"edits": ["make it red"]}}  # fmt: skip
    assert viewer.rows(made) == [("prompt", "a dog"), ("edits", "make it red"), ("model", "m"), ("seed", "0"), ("size", "64 × 64")]


def preview(number: object, data: str) -> dict:
    return {"trace": {"event": {"type": "tool_preview", "tool": "generate_image", "number": number, "data": data}}}


def test_previews_are_gathered_by_number_and_broken_ones_are_passed_over():
    draft = Draft()
    draft.add({"trace": {"event": {"type": "tool_started", "id": "1", "tool": "generate_image", "arguments": {"n": 3}}}})
    assert draft.add(preview(2, base64.b64encode(b"late").decode())) == "preview"
    assert draft.add(preview(0, base64.b64encode(b"first").decode())) == "preview"
    assert draft.add(preview(0, base64.b64encode(b"better").decode())) == "preview"
    assert draft.add(preview(1, "not base64 !")) == "other"
    assert draft.previews == {0: b"better", 2: b"late"}
    assert draft.drawing == 3


def test_a_named_tool_travels_as_json_and_words_need_no_language():
    named = Asked("更红一点", tool="edit_image", arguments={"instruction": "更红一点"}).metadata("en")
    assert named == {"tool": "edit_image", "arguments": '{"instruction": "更红一点"}'}
    assert Asked(" ").metadata("zh") == {"language": "zh"}
    assert Asked("hello").metadata("zh") == {}


def test_what_is_painted_on_is_small_and_keeps_the_size_of_the_picture():
    out = io.BytesIO()
    Image.new("RGBA", (3000, 2000), (255, 0, 0, 0)).save(out, "PNG")
    shown, width, height = brush.canvas(out.getvalue())
    assert (width, height) == (3000, 2000)
    with Image.open(io.BytesIO(base64.b64decode(shown.partition(",")[2]))) as small:
        assert max(small.size) == brush.SHOWN
    assert brush.canvas(picture())[1:] == (64, 48)


def test_a_drawing_made_once_more_is_a_new_one():
    words, button = {"tool": "search", "score": 0.7}, {"tool": "edit_image", "score": 1.0}
    drew = {"tool": "generate_image", "arguments": {"prompt": "a blue dog", "seed": 0}}
    edited = {"tool": "edit_image", "arguments": {"instruction": "make it red"}}
    assert history.named({"route": [words], "steps": [drew]}) == {
        "tool": "generate_image", "arguments": {"prompt": "a blue dog", "seed": 0, "new": True},
    }  # fmt: skip
    assert history.named({"route": [button], "steps": [edited]})["arguments"] == {"instruction": "make it red"}
    assert history.named({"route": [words, button], "steps": [edited]}) == {}
    assert history.named({"route": [words], "steps": [{"tool": "search"}, drew]}) == {}
