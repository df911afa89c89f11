"""The patterns of `assistant/crisis.py`: how people plainly say, in English and Chinese, that a life is in danger. Knows no person.

All are matched against lower-case text with straight quotes. One row is one way to say it; what a row must not be followed by is a figure
of speech or another matter, and each stands there because a test names it.
"""

from __future__ import annotations

import re

QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|「[^」]*」|『[^』]*』|《[^》]*》|(?<!\w)'[^']{6,}'(?!\w)")
HANDED_OVER = re.compile(
    r"^(?:(?:please|can you|could you|now)\s+)*"
    r"(?:translate|draw|paint|sing|say|spell|define|transcribe|pronounce|caption|what does|read (?:this|it|that )?\s*(?:aloud|out))\b"
    r"|^(?:请|帮我|麻烦你?|把)*.{0,4}(?:翻译|画|朗读|读出|念出|唱|拼写|解释)"
)
"""Orders to do something with words: those words are not what the person says of themselves."""
TOLD = re.compile(
    r"\b(?:says|sings|sang|called|titled|entitled|named|lyrics?|goes)\b|(?<!\bi )\bsaid\b"
    r"|歌词|歌名|书名|电影|小说|台词|(?<!我)(?:说|唱)(?:过|了|着)?[:：，,]"
)
"""Before a statement in the same sentence: somebody else's words."""
DENIED = re.compile(
    r"(?:\b(?:not|never|dont|wont|wouldnt|didnt|no longer)|n't)\s+(?:(?:really|actually|ever|even|going to|want to|wanna|planning to"
    r"|about to|at all|be|been|feel|feeling|think|thinking|about|of|having|have|had|any)\s+)*$"
    r"|(?:不|没|没有|从不|从没|不会|不是|别|不要|并不|并非|绝不)(?:再|曾|是|会|真的|有|想|要|打算|准备)*$"
)
"""Right before a statement: it is denied."""
DENIED_WITHIN = re.compile(r"\b(?:not|never|dont|wont)\b|n't|(?:不|没|别)(?:会|是|有|要|想|打算)*[想要]")
DEED = re.compile(
    r"(?:kill|end|tak|hang|suicid|die|dying|hurt|harm|cut|jump|overdos|dead|live|alive|exist|wake"
    r"|自杀|轻生|想死|跳楼|伤害|结束|自残)"
)
"""Where the deed begins in a statement; a denial before it takes the statement back."""

_LIFE = (
    r"my (?:own )?life\b(?!\s+(?:insurance|sentence|savings|style|story|support|coach|cover|membership|subscription|policy|vest|jacket"
    r"|as|in|back)\b)"
)
_FIGURE = (
    r"(?!\s+(?:laughing|(?:from|with|of) (?:laughter|laughing|boredom|embarrassment|shame|cringe|hunger|thirst|joy)|trying|working"
    r"|at (?:the gym|work)|for forgetting|over (?:a|this|that|the)|in (?:this|that|the|a) (?:game|level|match|round)"
    r"|with (?:this|that|the) (?:workout|diet)))"
)
_KILL = (
    rf"(?:(?:kill|unalive|hang|shoot|drown|poison)(?:ing)? myself\b(?! in the foot){_FIGURE}|(?:end|take|ending|taking) {_LIFE}"
    r"|(?:end|ending) it all\b|commit(?:ting)? suicide)"
)
_HURT = r"(?:hurt|harm|cut)(?:ting|ing)? myself\b(?! (?:while|at|with|on|off|some|a|free|when|in|by|from|out|loose)\b)"
_JUMP = r"(?:jump(?:ing)? (?:off|from) (?:a|the|my) (?:bridge|building|roof|balcony)|jump in front of (?:a|the) (?:train|car|bus))"
_SUICIDE = r"suicide\b(?! squad| prevention| rate| note in| hotline| door| mission)"
_STOP = (
    r"(?=\s*(?:$|[.!?,;…]|(?:and|but|because|so|tonight|today|now|right|every|all the time|already|too|please|really|badly|any ?more"
    r"|any longer|i)\b))"
)
"""What may follow a bare "die" or "live": the end, or a new clause."""
_I = (
    r"\bi(?:'?ve| have| had|'?d| am|'?m)?\b(?:\s+(?:just|really|also|still|often|keep|kept|been|have|had|do|honestly|so|badly|constantly"
    r"|always|having|get|got|am|was|an?|the|some|these|strong|secretly|only|almost))*\s+"
)
_WISH = r"(?:want(?:ed|ing)? to|wanna|would like to|'?d like to|feel like|am ready to|ready to)"
_WILL = (
    rf"(?:{_WISH}|(?:am |'?m )?(?:going to|gonna|about to|planning to)|plan(?:ned)? to|will|'?ll|might|may|decided to|need to|have to"
    r"|tried to|try to|think(?:ing)? (?:about|of)|thought (?:about|of)|thoughts (?:about|of)|consider(?:ing)?|urge to)"
)
_HOW = r"(?:how (?:to|do i|can i|could i|should i)|(?:(?:best|easiest|painless|quick(?:est)?) )?ways? (?:to|of))"
_VERY = r"\s+(?:(?:just|really|actually|always|only|sometimes|secretly|simply|finally|now)\s+)*"
_NO_WISH = r"\bi (?:really |just |simply )*(?:do not|don'?t) (?:really |even )?(?:want to|wanna)"
_PILLS = r"(?:all|a (?:whole )?bottle of|too many)(?: of)?(?: my| the)? (?:sleeping )?pills"

ENGLISH = (
    rf"{_I}{_WILL}{_VERY}(?:{_KILL}|{_HURT}|{_JUMP}|{_SUICIDE}|overdose\b(?! on (?:sugar|chocolate|tv)))",
    rf"{_I}{_WISH}{_VERY}(?:die|be dead|dying){_STOP}",
    rf"\bi\b[^.!?]{{0,60}}\band (?:then )?(?:{_KILL})",
    r"\bi (?:can(?:no|')?t|can not) stop thinking (?:about|of) (?:suicide|killing myself|dying|ending my life)\b(?! prevention)",
    rf"^{_HOW}{_VERY}(?:{_KILL}|die painlessly)",
    rf"\b(?:tell|show|give|find) me\b[^.!?]{{0,30}}\b(?:to|of|i can) {_KILL}",
    rf"{_NO_WISH} (?:live|be alive|exist){_STOP}",
    rf"{_NO_WISH} wake up (?:again|ever again|any ?more|tomorrow(?! at| before| early| late| so))",
    r"\bi (?:really |just |often )*wish (?:that )?i (?:was|were) dead\b",
    r"\bi (?:really |just |often )*wish i (?:could|would) (?:just )?(?:die|never wake up)\b"
    r"(?! of| laughing| in (?:this|the|a|that) (?:game|level))",
    r"\bi (?:really |just |often )*wish (?:that )?i(?:'?d| had) never been born",
    r"\bi want my life to (?:end|be over)\b",
    r"\b(?:i(?:'?d| would)? be|i am|i'?m) better off dead\b",
    r"\bbetter off without me\b(?! (?:in|at|on) (?:the|this|that|their|your) \w+)",
    r"\bi(?: have|'?ve| see|'?ve got| have got)? (?:no reason|nothing(?: left)?|no will) to (?:live|keep living|go on living)(?: for)?\b",
    r"\b(?:my )?life is(?: not|n'?t) worth living|\bno point in (?:living|staying alive)\b|\bi can(?:no|'?)t go on living",
    r"\bi(?:'?m| am| feel| have been|'?ve been)(?: \w+)? suicidal\b",
    r"\bi(?:'?m| am)?(?: have|'?ve)?(?: been)?(?: having| get| got)? suicidal thoughts",
    r"\bi(?:'?ve| have)?(?: been)?(?: having| had)? thoughts of (?:suicide|killing myself)",
    rf"\bi(?:'?ve| have)? (?:just )?(?:took|taken|swallowed) (?:an overdose|{_PILLS})",
    r"\bi(?:'?ve| have)? (?:just )?overdosed\b(?! on (?:sugar|chocolate|memes|cake|tv))",
    r"\bi(?:'?ve| have) been (?:cutting|harming|hurting) myself\b(?! (?:while|at|with|on|when|shaving|by)\b)",
    r"\bi (?:cut|hurt|harm(?:ed)?) myself (?:on purpose|to feel|again (?:last night|today|because))",
    r"\bi(?:'?ve| have|'?m| am)?(?: been| still| started| keep)* self[- ]?harm(?:ing|ed)?\b",
    r"\bi(?:'?ve| have|'?m| am)?(?: \w+){0,2} cutting my (?:arms|wrists?|thighs|skin)\b",
    rf"\bif i (?:just |really )*(?:killed myself|ended my (?:own )?life|was dead)\b{_FIGURE}",
    r"\bi (?:almost|nearly) (?:killed myself|ended my life) (?:last night|today|yesterday|again|on purpose)\b(?! \w+ing\b)",
    rf"\bi (?:just |only |really )*{_WISH} (?:go to sleep|fall asleep|sleep) and never (?:ever )?wake up{_STOP}",
    r"\bi (?:do not|don'?t|can(?:no|')?t|can not) see (?:any|a) (?:reason|point) (?:to|in) "
    rf"(?:keep (?:on )?living|go(?:ing)? on living|living|live){_STOP}",
    rf"\bthoughts (?:of|about) not wanting to (?:be alive|live|exist){_STOP}",
    r"\bi(?:'?m| am) (?:standing |sitting )?(?:up )?on (?:the|a) (?:\w+ )?(?:bridge|roof|rooftop|ledge)\b"
    rf"[^.!?]{{0,20}}\b(?:want to|wanna|going to|gonna|about to|ready to|will) jump(?: off)?{_STOP}",
)
_NEAR = (
    r"\bmy (?:\w+ )?(?:friend|brother|sister|mother|mom|mum|father|dad|son|daughter|wife|husband|partner|girlfriend|boyfriend|colleague"
    r"|roommate|neighbou?r|child|kid)\b"
)
_THEY_WILL = (
    r"(?:wants? to|is going to|threatens to|(?:is )?threaten(?:ing|ed) to|tried to|says (?:he|she|they) wants? to|talks about"
    r"|is thinking (?:about|of))"
)
ENGLISH_NEAR = (
    rf"{_NEAR}[^.!?]{{0,40}}\b{_THEY_WILL}\s+(?:kill(?:ing)? (?:himself|herself|themsel\w+)|end(?:ing)? (?:his|her|their) (?:own )?life"
    r"|commit(?:ting)? suicide|suicide)",
    rf"{_NEAR}[^.!?]{{0,20}}\b(?:he|she|they) (?:just |really )*(?:wants? to|wanted to) (?:die|be dead){_STOP}",
)

_ICH = r"(?:我|^|[，,]\s*)"
_PLAN = r"(?:想|要|打算|准备|决定|考虑|试图|试过|想过|想着|计划)(?:去|要|着|过|再)?"
_END = r"(?=[了啊吧呀]*(?:$|[。！!…,，;；\s]|但|可|却|因为|而且|怎么|没|谁))"
CHINESE = (
    rf"{_ICH}[^。！？!?，,]{{0,10}}?{_PLAN}(?:自杀(?!率|小队|式|性|预防|干预)|轻生|寻死|自尽|自我了断|了断自己|了结自己|一死了之|离开(?:这个世界|人世))",
    rf"{_ICH}[^。！？!?，,]{{0,10}}?{_PLAN}结束(?:自己的?|我的?|这条)?(?:生命|性命)",
    rf"{_ICH}[^。！？!?，,]{{0,10}}?{_PLAN}(?:跳楼(?!机|价)|割腕|上吊|自残|自伤|伤害(?:我)?自己)",
    rf"{_ICH}(?:真的?|好|很|就|只|现在|今天|最近|每天都?|总是|一直|有时候?|经常|突然|又|也|都|们)*想死{_END}",
    rf"{_ICH}(?:真的?|好|也|都|再也|已经|就|现在|今天|最近|一点都?|早就|实在)*不想(?:再)?(?:活(?:了|下去|着)(?!在|得)|活$|活[，,。！!])",
    rf"{_ICH}(?:真的?|已经|快|实在|觉得|感觉|都)*活不下去(?:了)?(?=[。！!，,\s…]*$)",
    r"(?:我|不如|还不如)(?:干脆|不如|还不如|真想)*死了算了|我(?:恨不得|真想|宁愿)(?:去|现在就?)?死(?=[了。！!，,\s…]*$)",
    r"我[^。！？!?]{0,6}(?:活着|生活)(?:真的?|已经|太|也|都|就|实在)*(?:没有?(?:任何|什么)?(?:意义|意思|盼头)|不如死)",
    r"没有我[，,]?(?:你们|大家|他们|她们|家里|家人|世界)[^。！？!?]{0,4}(?:更好|好过|轻松)",
    r"我(?:刚刚?|已经|昨晚|今天|又)*(?:割腕了|吞了(?:一整?瓶|很多|好多|一把)?(?:安眠)?药|吃了(?:一整?瓶|一整盒|很多|好多|一把)安眠药)",
    r"我(?:一直|又|最近|经常|开始|总是)*(?:在)?(?:自残|用刀割自己)",
    r"(?:怎么|如何|怎样)(?:才能|能|可以)?(?:自杀(?!率|预防|干预)|无痛(?:苦)?(?:地)?(?:死|自杀)|结束(?:自己的)?生命)",
    r"不想(?:再|继续)?活在(?:这个|这)?(?:世界上?|世上|人世)",
    r"我[^。！？!?，,没]{0,6}(?:楼顶|天台|桥上|窗台|顶楼)[^。！？!?没不]{0,6}(?:想|要|准备)(?:就|直接)?跳下去",
    r"我(?:已经|刚刚?|昨晚|今天|都)*(?:写|留)(?:好|完|下)?了?(?:一封)?遗书",
    r"我(?!国|市|省|校)[^。！？!?，,没]{0,6}有(?:过|了)?(?:自杀|轻生|寻死)的?(?:念头|想法|冲动)",
    rf"{_ICH}[^。！？!?，,不没]{{0,6}}?(?:想|要|不如|干脆)(?:结束|了结)(?:这)?一切{_END}",
    rf"{_ICH}[^。！？!?，,不没]{{0,6}}?(?:想|不如|干脆)(?:就)?一了百了{_END}",
    r"(?:要是|如果)我(?:消失|不在|死)了[，,]?(?:你们|大家|他们|她们|家里|家人|爸妈|父母)[^。！？!?]{0,4}(?:更好|好过|轻松|解脱)",
)
CHINESE_NEAR = (
    r"我(?:的)?(?:好|男|女)?(?:朋友|同学|同事|室友|妈妈?|爸爸?|哥哥?|姐姐?|弟弟?|妹妹?|儿子|女儿|孩子|老公|老婆|爱人|邻居)[^。！？!?]{0,8}"
    r"(?:想|要|打算|准备|说想|说要)(?:去)?(?:自杀|轻生|寻死|跳楼|结束(?:自己的)?生命)",
    r"我(?:的)?(?:好|男|女)?(?:朋友|同学|同事|室友|妈妈?|爸爸?|哥哥?|姐姐?|弟弟?|妹妹?|儿子|女儿|孩子|老公|老婆|爱人|邻居)"
    r"(?:刚刚?|又|在家|突然|昨晚|今天)*(?:割腕|自残|自杀|轻生)了",
)
