"""Conversations about pictures through the real assistant: whichever words point at a picture, that very file is changed, shown or repeated.

Each conversation goes on from one of a few beginnings, which are drawn once and copied. What is compared is the stored file and the parents
in its recipe, not the words of the answer.
"""

import asyncio
import io
import re
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

from assistant.build import build
from assistant.events import Finished, ShownMedia, ToolFinished
from assistant.settings import read
from assistant.turns import Turn
from retrieval.content import Content

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWNER = "local"
PHOTO = "(photo)"
"""Stands before the words of a turn that brings a picture along."""
BEGINNINGS = {
    "sheet": ("draw a red star at 64x64, 4 options",),
    "picked": ("draw a red heart at 64x64, 3 options", "make the second one green"),  # image_4 from image_2
    "sent": (f"{PHOTO} make it darker", "draw a blue house at 64x64, seed 0"),  # image_1, image_2 from it, image_3
    "two": ("draw a blue boat at 64x64", "draw a red car at 64x64"),
    "chain": ("draw a yellow sun at 64x64 with seed 0", "make it blue", "rotate it left"),  # image_1, _2, _3
    "two_photos": (f"{PHOTO}{PHOTO} make the first one darker",),  # image_1, image_2, image_3 from image_1
    "offer": ("draw a green heart at 128x128 with seed 3", "draw a green heart"),  # image_1, offered by the second turn
    "纸": ("画一颗绿色的星星，64x64，四张",),
    "链": ("画一朵蓝色的花，64x64，种子0", "把它改成红色", "把它变成黑白"),
    "两": ("画一座蓝色的房子，64x64", "画一辆红色的汽车，64x64"),
}
TALKS = """
sheet | make the second one green -> edit 2
sheet | now make the third one green -> edit 3
sheet | make the last one green -> edit 4
sheet | make the first one green -> edit 1
sheet | make number 2 green -> edit 2
sheet | make it green -> edit 1
sheet | I like the second one, make it green -> edit 2
sheet | the third one -> show 3 | make it green -> edit 3
sheet | I'll take number 4 -> show 4 | in green please -> edit 4
sheet | I like 2 best -> show 2 | undo -> show 2
sheet | thanks! -> nothing | make the second one green -> edit 2
sheet | put the third one on a beach -> edit 3
sheet | make the last two green -> edit 3, edit 4
sheet | make the first two green -> edit 1, edit 2 | undo -> show 1, show 2
sheet | make the second and the fourth one green -> edit 2, edit 4 | make both darker -> edit 5, edit 6
sheet | make all of them green -> edit 1, edit 2, edit 3, edit 4
sheet | make the ninth one green -> nothing
sheet | make the purple one darker -> nothing
sheet | one more like the second one -> vary 2
sheet | two more like the third -> vary 3, vary 3 | another one -> vary 3
sheet | another like number 4 but in blue -> vary 4
sheet | make the third one bigger -> enlarge 3
sheet | the third one in higher resolution please -> enlarge 3
sheet | make exactly the second one again, bit for bit the same -> repeat 2
sheet | exactly the same again -> repeat 1
sheet | make the second one green -> edit 2 | make the third one green -> edit 3 | make the one before green -> edit 3
sheet | make the second one green -> edit 2 | go back -> show 2 | make it green -> edit 2
sheet | what colour is the third one? -> look 3 | make it green -> edit 3
sheet | find something like the second one -> similar 2
sheet | hello -> nothing | one more -> draw
picked | make it darker -> edit 4 | undo -> show 4 | undo -> show 2
picked | now the first one, make it green -> edit 1
picked | make the red one darker -> edit 2
picked | make the green one darker -> edit 4
picked | go back to the original -> show 2
picked | more like this -> vary 4
sent | make the picture I sent darker -> edit 1
sent | make the one you drew green -> edit 3
sent | make it green -> edit 3
sent | make my photo darker -> edit 1
sent | make the house green -> edit 3
sent | what is in the picture I sent? -> look 1 | make it darker -> edit 1
sent | (photo) make this darker -> edit 4
sent | again -> draw | exactly the same again -> repeat 4
sent | the same at 128x128 -> draw 3
two | make the blue one darker -> edit 1
two | make the red one darker -> edit 2
two | make the boat green -> edit 1 | make the car darker -> edit 2
two | make the one before darker -> edit 1
two | make both darker -> edit 1, edit 2
two | the first one -> show 1 | make it bigger -> enlarge 1
chain | undo -> show 2 | undo -> show 1 | undo -> show 1
chain | go back two steps -> show 1 | make it blue -> edit 1
chain | show me the original -> show 1
chain | make the previous one darker -> edit 2
chain | bit for bit the same again -> repeat 3
two_photos | make the second picture I sent darker -> edit 2
two_photos | make the second one darker -> edit 2
two_photos | make the picture before this one darker -> edit 1
offer | yes, at 64x64 please -> draw
offer | make a new one at 64x64 -> draw
offer | no thanks -> nothing | make it darker -> edit 1
offer | the first one -> show 1 | make it darker -> edit 1
offer | 好的，画一张新的 -> draw
纸 | 第二张 -> show 2 | 把它改成蓝色 -> edit 2 | 撤销 -> show 2
纸 | 把第三张改成蓝色 -> edit 3
纸 | 把最后一张改成蓝色 -> edit 4
纸 | 把最后两张改成蓝色 -> edit 3, edit 4
纸 | 把前两张改成蓝色 -> edit 1, edit 2
纸 | 我喜欢第四张 -> show 4 | 再来一张 -> draw
纸 | 像第三张那样的再来两张 -> vary 3, vary 3
纸 | 把第二张放大 -> enlarge 2
纸 | 第三张一模一样再来一张 -> repeat 3
纸 | 把第九张改成红色 -> nothing
链 | 撤销 -> show 2 | 把它调亮 -> edit 2
链 | 回到原图 -> show 1 | 把它改成红色 -> edit 1
链 | 把上一张调亮 -> edit 2
链 | 一模一样再来一张 -> repeat 3
链 | (photo) 把这张图调亮 -> edit 4 | 把我发的图调亮 -> edit 4 | 把你画的那张调亮 -> edit 3
两 | 把蓝色的那张调亮 -> edit 1
两 | 把刚才那张调亮 -> edit 2
两 | 把它改成绿色 -> edit 2 | 把上一张调亮 -> edit 2
"""
ROWS = [line for line in TALKS.strip().splitlines() if line]
DONE = {"edit": "edit_image", "vary": "edit_image", "enlarge": "edit_image", "show": "show_image", "repeat": "repeat_image", "draw": "generate_image",
        "look": "look", "similar": "find_similar"}  # fmt: skip


def photo(number):
    picture = Image.new("RGB", (64, 64), (240, 240, 230))
    ImageDraw.Draw(picture).rectangle((12, 12, 50, 40 + number), fill=(200, 40 + 30 * number, 40))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@dataclass
class Talk:
    """A stored conversation, and the file behind each handle of it."""

    assistant: object
    id: str
    photos: int = 0
    steps: list = field(default_factory=list)

    async def say(self, words):
        """The turn's finished tools, each with the files it showed."""
        contents = [Content.from_text(words.replace(PHOTO, "").strip())]
        for _ in range(words.count(PHOTO)):
            self.photos += 1
            contents.append(self.assistant.admit(photo(self.photos), f"shot {self.photos}.png"))
        self.steps = []
        async for event in self.assistant.run(Turn(contents=tuple(contents), conversation=self.id)):
            if isinstance(event, ToolFinished):
                assert event.ok, f"{words}: {event.error}"
                self.steps.append((event, []))
            elif isinstance(event, ShownMedia):
                self.steps[-1][1].append(self.assistant.library.file(event.media.file_id, OWNER))
            last = event
        assert isinstance(last, Finished), (words, last)
        return self.steps

    @property
    def files(self):
        """Handle -> stored file."""
        media = [entry for message in self.assistant.conversations.messages(self.id, OWNER) for entry in message.media]
        return {entry["handle"]: self.assistant.library.file(entry["file_id"], OWNER) for entry in media if entry["modality"] == "image"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def assistant(tmp_path_factory):
    made = build(read({"data_dir": tmp_path_factory.mktemp("talk") / "data", "sample": False, "models.image_generator": "shapes"}))
    await made.start()
    yield made
    await made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def begun(assistant):
    """Begins a conversation that goes on where a beginning ended; that is drawn once."""
    drawn = {}

    async def begin(name):
        if name not in drawn:
            talk = Talk(assistant, assistant.conversations.create(OWNER).id)
            for words in BEGINNINGS[name]:
                assert await talk.say(words), f"{words} ran no tool"
            drawn[name] = talk
        return await copied(drawn[name])

    return begin


async def copied(talk):
    """The same conversation under another id, with ids of its own for the messages: what is said in it stays in it."""
    made = Talk(talk.assistant, talk.assistant.conversations.create(OWNER).id, talk.photos)
    for message in talk.assistant.conversations.messages(talk.id, OWNER):
        own = message.model_copy(update={"id": f"{message.id}_{made.id}", "conversation": made.id})
        talk.assistant.conversations.add(own, OWNER)
    graph = talk.assistant.agent.remembering
    state = await graph.aget_state({"configurable": {"thread_id": talk.id}})
    messages = [m.model_copy(update={"id": f"{m.id}_{made.id}"}) for m in state.values["messages"]]
    await graph.aupdate_state({"configurable": {"thread_id": made.id}}, {"messages": messages})
    return made


async def test_the_battery_is_long_enough():
    assert len(ROWS) == len(set(ROWS)) >= 60
    assert sum(bool(re.search("[\u3400-\u9fff]", row)) for row in ROWS) >= 15


@pytest.mark.parametrize("row", ROWS)
async def test_a_conversation(row, begun):
    name, *turns = (part.strip() for part in row.split(" | "))
    talk = await begun(name)
    for turn in turns:
        words, _, wanted = turn.rpartition(" -> ")
        before = talk.files
        steps = await talk.say(words)
        if wanted == "nothing":
            assert steps == [], [event.tool for event, _ in steps]
            continue
        files = talk.files
        made = {"edit_image", "show_image", "repeat_image", "generate_image"}
        outcomes = [(event, file) for event, shown in steps for file in (shown if event.tool in made else [None])]
        assert len(outcomes) == len(wanted.split(", ")), (words, [(e.tool, e.arguments) for e, _ in outcomes])
        for (event, file), expected in zip(outcomes, wanted.split(", "), strict=True):
            kind, _, number = expected.partition(" ")
            assert event.tool == DONE[kind], (words, event.tool, event.arguments)
            CHECKS[kind](event, file, files.get(f"image_{number}"), before)


def changed(event, file, source, before):
    named = event.arguments["image"]
    assert before.get(named, source).id == source.id, f"{named} was taken"
    assert file.recipe.parents == (source.sha256,)
    assert event.arguments.get("operation", "change") == "change"


def varied(event, file, source, before):
    assert file.recipe.parents == (source.sha256,)
    assert event.arguments["operation"] == "variation"
    assert file.sha256 != source.sha256


def enlarged(event, file, source, before):
    assert file.recipe.parents == (source.sha256,)
    assert file.width > source.width


def shown(event, file, source, before):
    assert file.id == source.id


def repeated(event, file, source, before):
    assert event.data["identical"] is True
    assert file.sha256 == source.sha256


def drawn(event, file, source, before):
    latest = source or list(before.values())[-1]
    assert event.arguments["new"] is True
    assert file.recipe.parents == ()
    assert file.recipe.prompt == latest.recipe.prompt
    assert file.sha256 not in {one.sha256 for one in before.values()}
    assert (file.recipe.seed == latest.recipe.seed) == bool(source), "the same keeps its seed, another one does not"


def used(event, file, source, before):
    named = str(event.arguments.get("image") or event.arguments.get("media"))
    assert (before[named].id if named in before else named) == source.id


CHECKS = {
    "edit": changed,
    "vary": varied,
    "enlarge": enlarged,
    "show": shown,
    "repeat": repeated,
    "draw": drawn,
    "look": used,
    "similar": used,
}


async def test_the_beginnings_hold_different_pictures(begun):
    for name in BEGINNINGS:
        files = (await begun(name)).files
        assert len({file.sha256 for file in files.values()}) == len(files) >= 1 + (name != "offer"), name


async def test_two_conversations_at_once_keep_their_own_pictures(begun):
    one, other = await begun("two"), await begun("chain")
    first, second = await asyncio.gather(one.say("make the boat darker"), other.say("make it darker"))
    assert first[0][1][0].recipe.parents == (one.files["image_1"].sha256,)
    assert second[0][1][0].recipe.parents == (other.files["image_3"].sha256,)
