"""The content filter: innocent words pass, what is refused is refused however it is spelled, and the operator has the last word."""

import pytest

from retrieval.faults import InvalidInput, NotAllowed
from tools.content_filter import ContentFilter, normal

FILTER = ContentFilter()

INNOCENT = """
a nude colour dress|a woman in a nude dress|a woman with nude lipstick|breast of chicken|a plate of chicken breast with rice
a robin with a red breast|blue tits and great tits on a branch|a cock crowing at dawn|a pussy willow branch|a naked mole rat
a child under a naked tree|children playing near a naked flame|the naked chef cooks for children|a dog without clothes
a mother breastfeeding her baby|a baby in the bath|a boy on the beach in swimming trunks|a girl with bare feet|kids without shoes
a woman in a bikini on the beach|a male model in a suit|a man without a hat|a sexy red sports car|a statue of David|Venus de Milo
a field of rape in bloom|yellow rape flowers under a blue sky|sex education poster for teens|a poster against sexual harassment
a stop child abuse poster|a same-sex wedding cake|make love not war|a map of Essex and Sussex|Scunthorpe town hall|moby dick the whale
a cumulus cloud|a title page|an assassin and a classic analysis|popcorn|a cream pie|paint stripper|toy money for a board game
how to spot fake banknotes|remove the text|remove the hat|take off his hat|take off her glasses|remove the clothes from the chair
remove the top of the tower|make the dress red|a woman and her naked dog|2 dogs, a mp3 player and a 4x4|A B C D letters
处女座|画一个处女座的星座图|给男性爱好者的海报|女性交流会|路口交通灯|出口交易|做爱心形状的饼干|妈妈做爱吃的菜|室内射击馆
角色情感表|景色情怀|心情色彩|混乱伦敦街头|裸眼3D城市|光着脚的小女孩|没穿鞋的小孩|没穿衣服的小狗|牛肉棒|儿童内衣宣传图
防性侵宣传海报|识别假钞海报|十八岁的生日蛋糕|性感的红色跑车|黄色图片|米开朗基罗的裸体雕像
"""
REFUSED = {
    "explicit": """porn|pornographic drawing|p o r n|p.o.r.n|p0rn|a naked woman|draw a NAKED lady|n4ked w0man|ｎｕｄｅ woman|nаked woman
        a woman, completely naked|a naked\u200b woman|a man and woman having sex|a woman without clothes|a girl wearing nothing|erotic art
        take off her clothes|remove the clothes|undress her|make her naked|裸女|裸体的女人|一个赤裸的女孩|色情图片|色 情|裸體女人
        没穿衣服的女人|脱掉她的衣服|把她的衣服脱掉|去掉女孩的衣服|淫秽""",
    "minors": "a naked child|a sexy little girl|a nude 12 year old|a sexy schoolgirl|child porn|小女孩裸体|性感的小学生|十二岁的性感女孩",
    "violence": "a rape scene|a man raping a woman|bestiality|强奸|強姦",
    "forgery": "counterfeit banknotes|a fake passport|forged 100 euro notes|假身份证|伪造的护照",
}


def phrases(table):
    return [part.strip() for line in table.strip().splitlines() for part in line.split("|") if part.strip()]


@pytest.mark.parametrize("words", phrases(INNOCENT))
def test_innocent_words_pass(words):
    FILTER.check(words)


@pytest.mark.parametrize(("kind", "words"), [(kind, words) for kind, table in REFUSED.items() for words in phrases(table)])
def test_what_is_refused_is_refused_with_its_reason(kind, words):
    from tools.phrasing import tell

    for language in ("en", "zh"):
        with pytest.raises(NotAllowed) as caught:
            FILTER.check(words, language)
        assert caught.value.message == tell(language, f"content_filter.{kind}")
        assert caught.value.hint == tell(language, "content_filter.hint")
        assert caught.value.code == "content_refused"


def test_a_change_is_read_together_with_what_the_picture_shows():
    FILTER.check("make it naked", before="a tree in winter")
    with pytest.raises(NotAllowed):
        FILTER.check("make it naked", before="a woman at the window")


def test_what_must_not_be_in_the_picture_is_not_what_is_asked_for():
    FILTER.check("a woman at the window", unwanted="nsfw, nude, naked, porn, text, watermark")
    FILTER.check("a dog", unwanted="clothes")
    for prompt in ("a woman at the window", "a child"):
        with pytest.raises(NotAllowed):
            FILTER.check(prompt, unwanted="clothes")


def test_long_and_strange_words_are_read_in_no_time_and_pass():
    for words in ("a " * 1000, "naked " * 330, "\u0301" * 2000, "女" * 2000, "n a " * 500, "🐕" * 2000, "1a" * 1000):
        FILTER.check(words[:2000])


def test_the_operator_may_switch_it_off():
    ContentFilter(enabled=False).check("a naked woman")


def test_words_of_the_operator_hold_with_and_without_the_rules(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("# our competitors\nAcme Corp\n广告\n\n", "utf-8")
    for enabled in (True, False):
        own = ContentFilter(enabled, words)
        own.check("an acmecorporation")
        for refused in ("the logo of ACME-corp", "一张广告海报"):
            with pytest.raises(NotAllowed, match="does not have this drawn"):
                own.check(refused)


def test_a_file_of_comments_refuses_nothing(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("# nothing yet\n", "utf-8")
    ContentFilter(words=words).check("a blue dog")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00broken"], ids=["missing", "not text"])
def test_a_file_that_cannot_be_read_is_told_at_the_start(tmp_path, content):
    words = tmp_path / "words.txt"
    if content is not None:
        words.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        ContentFilter(words=words)
    assert caught.value.param == "content_filter_words"


def test_the_shipped_file_can_be_read_by_nobody_by_accident():
    from importlib.resources import files

    text = files("tools").joinpath("content_filter.json").read_text("ascii")
    assert len(text) < 20_000
    assert "naked" not in text


def test_spellings_become_one():
    assert normal("N A K E D") == "n a k e d naked"
    assert normal("裸 体-女人") == "裸体女人"
