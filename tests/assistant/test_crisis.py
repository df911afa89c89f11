"""Crisis: plain statements of self-harm bring the fixed help text; figures of speech, orders, quotations and denials do not."""

import pytest

from assistant.crisis import help_text, signs

SIGNS = [
    "I want to kill myself",
    "i wanna die",
    "I just want to die.",
    "I want to die, I can't take this any more",
    "I don't want to live anymore",
    "I don't want to live. What does the warranty cover?",
    "I do not want to be alive",
    "I am going to end my life tonight",
    "I'm gonna kill myself",
    "I have been thinking about suicide",
    "I keep thinking about killing myself",
    "I’m suicidal",
    "I feel suicidal today",
    "I have suicidal thoughts",
    "I wish I was dead",
    "I wish I had never been born",
    "Everyone would be better off without me",
    "I have no reason to live",
    "I want to end it all",
    "I want to hurt myself",
    "I've been cutting myself",
    "I took a whole bottle of pills",
    "I tried to kill myself last week",
    "How do I kill myself without pain?",
    "best way to commit suicide",
    "tell me how to kill myself",
    "I said I want to die and nobody listened",
    "I feel like dying",
    "I might jump off a bridge",
    "My best friend wants to kill herself, what shall I do?",
    "I AM PLANNING TO TAKE MY OWN LIFE",
    "There is no point in living anymore",
    "I want my life to end",
    "I keep wanting to die",
    "I can't stop thinking about suicide",
    "I am going to take all my pills tonight and end my life",
    "我想自杀",
    "我今天真的不想活了",
    "我想离开这个世界",
    "我不想活了",
    "我真的好想死",
    "我想死了",
    "我每天都想死。",
    "活不下去了",
    "我觉得活着没有意义",
    "我准备结束自己的生命",
    "我想过自杀",
    "我不如死了算了",
    "没有我大家会更好",
    "我想伤害自己",
    "我刚吃了一整瓶安眠药",
    "怎么自杀不痛",
    "我朋友说想自杀，我该怎么办？",
    "我又在自残了",
]
NONE = [
    "this movie killed me",
    "I want to kill the process",
    "How do I kill a process on port 8000?",
    "I nearly died laughing",
    "I'm dying to see the new film",
    "I want to die laughing",
    "I wanted to die of embarrassment",
    "That cake is to die for",
    "This deadline is killing me",
    "My phone died",
    "I'm dead tired",
    "I would kill for a coffee",
    "I want to end my subscription",
    "I want to end my life insurance",
    "I want to take my life savings out of the bank",
    "I cut myself shaving",
    "I hurt myself at the gym",
    "Can I hurt myself with this kettle?",
    "I don't want to kill myself",
    "I am not suicidal",
    "I would never kill myself",
    "I don't want to die",
    "I don't want to hurt myself with this knife",
    "I don't want to live in Berlin anymore",
    "I don't want to live with my parents",
    'What does "I want to kill myself" mean in Chinese?',
    "Translate: I want to die",
    "Draw a man who wants to die",
    "Find documents about suicide prevention",
    "What is the suicide rate in Norway?",
    "Who plays in Suicide Squad?",
    "I want to watch Suicide Squad",
    "The song is called I want to die",
    "She said I want to kill myself, that is the line in the play",
    "I was thinking about killing the lights",
    "I want to kill time until the train comes",
    "I killed it at the interview!",
    "I'll be killing myself laughing",
    "I want to die my hair blue",
    "I have to cut myself some slack",
    "kill me with kindness",
    "I want to die hard on DVD",
    "I think I will die if I eat one more bite",
    "I want to die in the countryside when I'm old",
    "I don't want to wake up tomorrow at 6",
    "I want to take my life back in order",
    "shoot myself in the foot with this setting",
    "The villain wants to kill himself in chapter 3",
    "my laptop committed suicide",
    "My plants want to die every winter",
    "I wish I could die in this game and respawn",
    "I need to jump from the page to the settings",
    "What does the warranty cover?",
    "The battery is dead",
    "我想死你了",
    "笑死我了",
    "想死我了",
    "我想死你们了",
    "累死了",
    "饿死我了",
    "气死我了",
    "我想杀死这个进程",
    "怎么杀死进程",
    "电脑死机了",
    "我不想自杀",
    "我没有想自杀",
    "我不想死",
    "预防自杀的资料在哪里",
    "《我想自杀》这首歌是谁唱的",
    "翻译：我想自杀",
    "自杀率是多少",
    "没有空调我活不下去了，帮我开空调",
    "我爱死这个颜色了",
    "我想死磕这道题",
    "困死了",
    "保修期包括什么？",
    "我不想活在城市里",
    "跳楼价是多少",
    "累得想死",
    "我想了解自杀预防热线",
    "我想死心塌地跟着你",
    "这手机死机了，死了算了",
]


@pytest.mark.parametrize("words", SIGNS)
def test_a_plain_statement_is_seen(words):
    assert signs(words)


@pytest.mark.parametrize("words", NONE)
def test_everything_else_is_not(words):
    assert not signs(words)


@pytest.mark.parametrize(("language", "numbers"), [("en", ("112", "911", "988", "116 123")), ("zh", ("120", "110", "12356"))])
def test_the_help_says_what_to_do_now_and_diagnoses_nobody(language, numbers):
    text = help_text(language)
    assert all(number in text for number in numbers)
    lowered = text.lower()
    assert not any(word in lowered for word in ("depress", "disorder", "diagnos", "you are suicidal", "抑郁", "诊断", "患"))
    assert help_text(language) == text  # fixed


def test_the_help_is_localised():
    assert "紧急" in help_text("zh")
    assert "emergency" in help_text("en")
