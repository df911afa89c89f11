"""Courtesies: what people say around an order, taken away: "would it be possible to …", "… if you don't mind". Pure; knows no device.

Only whole phrases that are known go. What is left is the order itself, or still a question, a tale or a prohibition.
"""

from __future__ import annotations

import re
from functools import cache

_NAMES = "assistant|computer|system|alexa|siri|google|cortana|jarvis|olly|buddy|mate|dear|friend"
"""What assistants are called. After "hey" any one word is a name."""
_CALLS = (
    rf"(?:hey|hi|hello|yo|ok|okay)(?:,? (?:{_NAMES}|(?!(?:please|can|could|would|will|may|i|it|turn|switch|put|set|make|the|all|my|is|are|"
    rf"do|"
    r"did|what|when|who|how|why|you|let|kindly|just|now|if|he|she|we|they|open|close|lock|dim|start|stop|don|not|never)\b)[a-z]+(?=,? (?:"
    r"please|can|could|would|will|i|turn|switch|put|set|make|open|close|lock|unlock|dim|start|stop|brighten|lower|raise|increase|decrease|"
    rf"change|lights?|off|on|it|shut)\b)))?|(?:{_NAMES})(?=[ ,])",
    r"(?:please|kindly|now|so|well|um|uh|oh|alright|right|sorry|excuse me|pardon|actually|quickly|quick|if you (?:don't|do not|"
    r"wouldn't) mind|if (?:it's )?possible|when(?:ever)? you (?:can|get a chance|have a moment))",
)  # fmt: skip
"""Ways to call somebody: they neither ask nor order."""
_REQUESTS = (
    r"(?:may|might|could|can) (?:i|we) (?:kindly |please )?(?:ask|request|trouble|bother|get|beg) (?:of )?you (?:please )?to",
    r"(?:can|could|shall|may) we (?:please |kindly |just |maybe )*(?=(?:turn|switch|put|set|make|open|close|shut|dim|lower|raise|brighten|"
    r"start|stop|increase|decrease|change|get|have)\b)",
    r"would it be (?:possible|okay|ok|alright|too much trouble) (?:for you )?to",
    r"(?:do you think|i was wondering if|i wonder if|i was hoping|any chance|is there any chance(?: that)?) (?:that )?you (?:could|would|"
    r"can|might)"
    r"(?: please| kindly)?",
    r"(?:i(?:'d| would)|it would be) (?:really |very )?(?:appreciate|appreciated|grateful|like|love|be grateful|be happy|nice|great|good|"
    r"lovely)"
    r"(?: it)? if (?:you|we) (?:could|would|can)?(?: please)?",
    r"(?:could|would|can|will) you (?:please )?be (?:so kind|so good|a dear|kind enough|good enough) (?:as to|and|to)",
    r"be (?:so kind|so good|kind enough|a dear) (?:as to|and|to)|(?:please )?do me a (?:favou?r|kindness) and",
    r"i (?:really |just )?(?:want|need|would like|(?:would )?(?:request|ask)|expect) you to|i'd (?:really )?(?:like|love|"
    r"want) (?:for )?you to",
    r"i (?:would|'d) like to (?=(?:turn|switch|put|set|make|open|close|shut|dim|lower|raise|brighten|start|stop|increase|decrease|change|"
    r"lock|"
    r"unlock|have|get)\b)|i (?:want|need|wish) to (?=(?:turn|switch|put|set|make|open|close|shut|dim|lower|raise|brighten|start|stop|"
    r"increase|decrease|change|lock|unlock)\b)",
    r"(?:would|do) you mind|mind (?=\w+ing\b)|(?:you (?:can|may|could|should|must)|feel free to|go (?:ahead )?and|go ahead,?|it's time to|"
    r"time to|"
    r"i'm asking you to|i ask you to|why don't you|remember to|be sure to) (?=(?:turn|switch|put|set|make|open|close|shut|dim|"
    r"lower|raise|brighten|start|stop|increase|decrease|change|lock|unlock|brew)\b)",
)  # fmt: skip
"""Openings that turn what follows into an order, question mark or not."""
_FOUND = (
    r"(?:it's|it is|its|this is|this room is|the room is|we're|we are|i'm|i am) (?:way |far |a bit |a little |just |getting )*(?:too|so|"
    r"very|really|"
    r"quite|pretty|awfully|rather)? ?(?:dark|bright|dim|cold|hot|dirty|messy|late|warm|freezing|gloomy|dusty)(?: (?:in )?here| (?:in|"
    r"on) (?:the|my|this) "
    r"\w+(?: room)?| outside)?|(?:good|nice) (?:night|morning|evening|day|afternoon)(?: everyone)?|i (?:can't|cannot|can not|can hardly|"
    r"can barely) "
    r"(?:see|read)(?: anything| a thing| well| properly| much)?(?: in here| here)?|(?:i'm|i am|we are|we're) (?:home|back|tired|sleepy|"
    r"sleeping|leaving|awake|up|going (?:out|home|to (?:bed|sleep))|"
    r"off to bed)|company(?: is| are)? coming(?: over)?|guests are coming|we have guests|my eyes hurt|(?:it's |it is |its )?(?:bed ?time|"
    r"time (?:for bed|to sleep|to go to bed))|wake up time|thirsty|i'm (?:thirsty|"
    r"cold|hot|bored)|the (?:floor|carpet|house|room|kitchen) is (?:so |very |really |too )?(?:dirty|dusty|messy|dark|a mess)"
)  # fmt: skip
"""How things are, said before what shall be done about it."""
_CLOSINGS = (
    r"(?:,|\band\b)? ?(?:if you (?:don't|do not|wouldn't) mind|if you please|if (?:it's |that's )?possible|if you (?:would|could|"
    r"can)(?: please)?|if you will|"
    r"when(?:ever)? you (?:can|get a chance|have (?:a moment|time|a minute))|as soon as (?:possible|you can)|asap|"
    r"(?:can|could|would|will) you (?:please )?do (?:it|that|this)(?: for me)?|would you be so kind|thank you (?:so|very) much|many thanks|"
    r"thanks a lot|thanks|thank you|cheers|please|for me|that would be (?:great|nice|lovely|good)|i would appreciate it)"
)
_START_ZH = re.compile(
    r"^(?:(?:你好|您好|嗨|嘿|喂|哈喽|小助手|助手|管家|那个|嗯|哎|好的|亲爱的|不好意思|打扰一下|晚安|早安|早上好|晚上好|我回来了|我到家了|"
    r"我要睡了|我要睡觉了|我困了|"
    r"看不清|看不清了|天黑了|(?:屋里|屋子里|房间里?|这里|这儿|家里|外面|天)?(?:太|好|有点儿?)(?:黑|暗|亮|热|冷|"
    r"刺眼)了?(?=[，,。！!]))[，,。！!]*|请问?你?(?:能不能|可不可以|能否|可否|可以)?(?=帮|把|将|开|关|打开|调|让)|"
    r"(?:能不能|可不可以|能否|可否|可以)(?:请|麻烦)?你?(?=帮|把|将|开|关|打开|调|让)|(?:拜托|烦请|有劳)你?[，,]?|(?:我)?(?:希望|想|要|"
    r"需要|想要|想请|想让|想叫|要求)你|"
    r"(?:是时候|该)(?=把|关|开|调|打)|赶紧|赶快|快点?(?=把|关|开|调|打)|动手|咱们?|我们(?=把|关|开|调))"
)
_END_ZH = re.compile(
    r"[，,]?(?:好吗|好么|行吗|可以吗|好不好|行不行|可不可以|谢谢你?|多谢|谢啦|谢了|拜托了?|麻烦(?:你|您)?了|辛苦了?|如果可以的话|方便的话|"
    r"可以的话|"
    r"(?:吧|嘛)(?![？?])|好啦|哈|呗|哟)[。！!？?]*$"
)


@cache
def _english() -> tuple[re.Pattern[str], ...]:
    """Calls, requests, situations and closings. Made at the first order: they take a tenth of a second, which no start has to wait for."""
    return (
        re.compile(rf"^(?:{'|'.join(_CALLS)})[ ,.!]+", re.IGNORECASE),
        re.compile(rf"^(?:{'|'.join(_REQUESTS)})[ ,]*(?<=[ ,])", re.IGNORECASE),
        re.compile(rf"^(?:{_FOUND})(?:[ ,.!;]+(?:(?:and|so|now|then|can you|could you|please|let's|let us) )*)(?=\w)", re.IGNORECASE),
        re.compile(rf"(?: ?{_CLOSINGS}|(?<=\w)[ ,.;]+(?:(?:because|cause|cuz|since|as) )?(?:{_FOUND}))[ .!?]*$", re.IGNORECASE),
    )


def without_courtesies(text: str) -> str:
    """`text` without the phrases around an order, in English or Chinese. A polite request loses its question mark with its opening."""
    left = text.strip().replace("’", "'")
    chinese = bool(re.search(r"[\u3400-\u9fff]", left))
    while True:
        shorter = _shorter_zh(left) if chinese else _shorter_en(left)
        if shorter == left or not shorter.strip(" ,.!?。，！？"):
            return left
        left = shorter


def _shorter_en(text: str) -> str:
    call, request, situation, end = _english()
    asked = request.sub("", text, count=1)
    if asked != text:
        text = asked.rstrip(" ?")
    return end.sub("", situation.sub("", call.sub("", text, count=1), count=1), count=1).strip()


def _shorter_zh(text: str) -> str:
    return _END_ZH.sub("", _START_ZH.sub("", text, count=1), count=1).strip()
