"""Tellings: clauses that say how something is, was, or might be, in English and Chinese. Pure; knows no device, and no questions."""

from __future__ import annotations

import re

_DONE = (
    r"turn|switch|open|close|lock|unlock|dim|start|stop|brighten|lower|raise|increase|decrease|change|power|shut|put|set|make|brew|run|"
    r"play|"
    r"light|activate|deactivate|enable|disable|leave"
)
_ING = (
    r"turning|switching|opening|closing|locking|unlocking|dimming|starting|stopping|brightening|lowering|raising|increasing|changing|"
    r"shutting|"
    r"putting|setting|making|brewing|running|leaving|playing"
)
_SOMEBODY = (
    r"(?:he|she|they|somebody|someone|everybody|everyone|nobody|no one|people|mom|dad|mum|grandma|grandpa|(?:my|his|her|our|their|the|"
    r"a) (?!light|lamp|"
    r"lights|lamps)\w+(?: \w+)?|[a-z]+)"
)
_SAYS = (
    r"(?:said|says|told|tells|asked|asks|shouted|shouts|yelled|wrote|writes|claims|claimed|thinks|thought|replied|suggested|mentioned|"
    r"heard|reads)"
)
_HOW = (
    r"on|off|open|opened|closed|shut|locked|unlocked|lit|running|playing|broken|working|nice|good|great|lovely|beautiful|pretty|fine|new|"
    r"old|expensive|"
    r"cheap|red|orange|yellow|green|blue|purple|pink|white|made|ready|delicious|tasty|still|already|always|never|not|in|from|a|an|the|my|"
    r"one|"
    r"called|perfect|awful|bad|important|dangerous|useful|smart|easy|hard|fun|turned|switched|supposed|about|flickering|on the|near"
)
_TELLS = re.compile(
    rf"^(?:(?:and|but|so|well|today|this morning|because|yes|yeah|no|maybe|perhaps) )*(?:"
    rf"(?!i\b|we\b|you\b|please\b){_SOMEBODY} {_SAYS}\b"
    rf"|(?:i|we) (?:told|asked|heard|saw|watched|helped) (?!you\b)"
    r"|(?!make\b|ensure\b|keep\b|let\b|have\b)(?:[\w']+ ){1,5}(?:was|were|wasn't|weren't|has been|have been|had been|had|used to)\b"
    rf"|(?!make\b|ensure\b|be sure\b|see\b|i (?:want|need|would)\b)(?:[\w']+ ){{0,4}}[\w]+(?: (?:is|are|isn't|aren't|am)|(?:'s|'re|'m)) "
    rf"(?:always |already |still |really |just |all )*(?:{_HOW})\b(?! please)"
    r"|(?:i|we|you|he|she|it|they|somebody|someone|everybody|everyone|nobody|people|(?:my|his|her|our|the) \w+) (?:always|usually|often|"
    r"sometimes|"
    rf"normally|generally|rarely|never|seldom|almost|nearly|can|could|might|may|'ll|will|shall|should|would|must|try to|tried to|"
    rf"wanted to|decided to|"
    rf"plan to|planned to|hope to|have to|had to|going to|forgot to|failed to|managed to|regret|remember)(?: (?:always|probably|never|"
    rf"also|soon|not|just))? "
    rf"(?:(?:to )?(?:{_DONE})s?|{_ING})\b"
    rf"|(?:i|we|you|they)(?:'ll|'d) (?:{_DONE})\b"
    r"|(?!(?:get|have|make|keep|want|need|please|can|could|i want|i need)\b)(?:[\w']+ ){1,3}(?:opened|closed|locked|unlocked|dimmed|"
    r"brightened|lowered|"
    r"raised|(?:turned|switched|powered) (?:on|off|up|down)) (?:the|my|our|his|her|their|all|a|every|some|it)\b"
    r"|(?!(?:make|let|have)\b)(?:[\w']+ ){1,3}(?:keeps|kept|likes|loves|hates|enjoys|wants to|wanted)\b"
    r"|(?:i|we|you|they|he|she|it)(?:'ve|'d|'s| have| has| had) (?:just |already |never |not )*(?!need|'d)(?:\w{3,}ed|put|set|shut|left|"
    r"made)\b"
    rf"|(?:i|we|they) (?:have(?! to)|get|use|drink|do|take|give|bring|go|{_DONE})\b"
    rf"|(?:i|we|you|they|he|she|it)(?:'m| am|'re| are|'s| is| was| were) (?:(?:just|not|always|still|thinking about|afraid of|tired of|"
    rf"scared of) )*(?:(?:going|about|"
    rf"planning|trying|afraid|scared|able|used|supposed|allowed|ready|gonna) (?:to )?(?:{_DONE})|gonna \w+|{_ING})\b"
    rf"|(?:he|she|it|somebody|someone|everybody|nobody|(?:my|his|her|our|the) \w+|\w+s) (?:{_DONE})e?s\b"
    r"|(?:i|we|you|he|she|it|they|somebody|someone|everyone|nobody|people|(?:my|his|her|our|the) \w+) (?:(?:have|has|had|just|already|"
    r"never|once|"
    r"also|only|finally|accidentally|quickly) )*(?!need\b)(?:\w{3,}ed|shut|went|came|saw|thought|knew|ran|began|kept|made|got|did|drank|"
    r"bought|put|set|"
    r"broke|fell|slept|woke|felt|spent|paid)\b"
    r"|i (?:really |also |always |do )*(?:like|love|enjoy|prefer|hate|dislike|miss|fear|remember|think|believe|know|guess|bet|doubt|hope)\b"
    rf"|(?:{_ING}|to (?:{_DONE})) (?:[\w']+ )*(?:is|was|are|costs?|wakes?|makes?|saves?|helps?|takes?|would|can|could|will|needs?|sounds?|"
    rf"seems?|feels?|"
    r"means?|isn't)\b"
    r"|(?:the|my|our|these|those|this|that|all|some|most|many|every) (?:[\w']+ ){1,3}(?:looks?|seems?|stays?|stayed|remains?|costs?|"
    r"works?|goes|went|"
    r"comes|came|smells?|tastes?|feels?|uses?|used|broke|burns?|turns|switches|opens|closes|flickers?|died|stopped|started)\b"
    r"|(?:translate|write|spell|define|search|google|remind|read|explain|describe|summari[sz]e|repeat|remember|note|schedule|email|text|"
    r"tweet|"
    r"calculate|imagine|pretend|assume|suppose|think|sing|type|quote|recite|learn|teach|book|look up|talk)\b"
    r")",
    re.IGNORECASE,
)  # fmt: skip
_ANYWHERE = re.compile(
    r"\b(?:what if|even if|only if|if|unless|whenever|as if|assuming|supposing|imagine|hypothetically|in theory|theoretically|once upon|"
    r"in (?:the|a|this|that|my|his|her) (?:story|book|film|movie|dream|game|song|poem|novel|play|tale|joke)|dreamt|dreamed|pretend|maybe|"
    r"perhaps|"
    r"might have|before|after(?! that)|while|as soon as|by the time|when|until|till|in case|wish|whether|is (?:what|an?|how|why|not))\b"
    r"|(?:下雨|有空|天黑|天亮|睡觉?|下班|上班|出门|回家|到家)[了]?(?:就|再|之?前|以?后|时)|[^，,。]{1,6}了就|(?:我|你|他|她|我们|你们|"
    r"他们)们?(?:还|都|也)?没有?(?=打?开|关|锁|调|拉|启动)|这[首本部个句][^，,。]{0,4}叫"
    r"|如果|要是|假如|假使|假设|倘若|万一|想象|设想|假装|(?<![不只])要不是|除非|只要|一旦|每当|的话[，,]|昨[天晚日]|前天|上周|上次|去年|"
    r"以前|从前|曾经|本来|"
    r"刚才|刚刚|已经|梦见|梦到|故事|小说|电影里|据说|听说|也许|可能|或许|大概|打算|计划|准备(?=[开关打把去])|正要|正想|自己(?:会|来|去|"
    r"能)|差点|差一点|忘了|忘记(?!.*吗)|总是|经常|"
    r"通常|有时|平时|习惯|等[^，,。]{1,8}[再就]|当[^，,。]{1,12}时|之?前[就先再]|以?后再|之后|以后"
    r"|(?:[爷奶爸妈哥弟姐妹叔婶姑舅]{1,2}|他|她|它|他们|她们|我[妈爸哥弟姐妹妻老]\w?|妈妈|爸爸|奶奶|爷爷|老师|朋友|同事|邻居|有人|别人|"
    r"大家|谁|孩子|儿子|女儿|小\w|老\w)们?(?:\w{0,3})?"
    r"(?:说|叫|让(?!.*吗)|告诉|问|喊|觉得|认为|想|喜欢|把|打开|关|开|锁|调)"
    r"|(?<![帮给替让请叫为])我(?:妈|爸|哥|弟|姐|妹|妻|老公|老婆)?(?:自己)?(?:打开了|关了|开了|锁了|调了|关掉了|关上了|打开过|关过|喜欢|"
    r"讨厌|记得|以为|觉得|认为|知道|"
    r"把[^，,。]{1,8}(?:打开了|关了|关掉了|关上了|锁了|锁上了|调亮了|调暗了|拉上了|拉开了))"
    r"|(?:灯|电视|风扇|空调|门|窗帘|音乐|咖啡机?|烤箱|音箱|设备)(?:都|还|一直|现在|正)?(?:是|很|真|挺|太好|坏|亮着|开着|关着|锁着|在)"
    r"|^(?:翻译|写|读|解释|描述|搜索|查找|提醒|记住|记下|朗读|背诵|重复)",
    re.IGNORECASE,
)  # fmt: skip


def tells(clause: str) -> bool:
    """True when a clause tells, supposes, or wants something other than that a device moves: "he said turn on the light", "灯是开着的"."""
    return bool(_TELLS.search(clause) or _ANYWHERE.search(clause))
