"""The patterns of `assistant/high_stakes.py`: words that settle a kind by themselves, words that mean another matter, and the terms of
reports. All are matched against lower-case text with straight quotes. Knows no person and no policy.
"""

from __future__ import annotations

import re

from assistant.stakes import Kind

_MAKE = (
    r"(?:make|making|build|building|construct(?:ing)?|assembl(?:e|ing)|creat(?:e|ing)|produc(?:e|ing)|synthesi[sz](?:e|ing)|cook(?:ing)? up"
    r"|manufactur(?:e|ing)|prepar(?:e|ing)|mix(?:ing)?|craft(?:ing)?|recipe for|instructions for|ingredients (?:of|for|in)|print(?:ing)?"
    r"|blueprints? (?:of|for)|steps? (?:to|for))"
)
_WEAPON = (
    r"(?:(?:pipe|nail|car|letter|dirty|fertili[sz]er|pressure[- ]cooker|petrol|gas|home ?made|real|mail)[- ]?bombs?\b"
    r"|(?<!bath )(?<!jager )(?<!jäger )(?<!photo )(?<!cocoa )(?<!seed )(?<!chocolate )(?<!fat )(?<!glitter )\bbombs?\b(?! (?:calorimeter"
    r"|shelter|cyclone|recipe|cocktail|dessert|in (?:the game|minecraft|terraria|battleship)|emoji|costume|cake|prop|drawing))"
    r"|molotov|napalm|\btatp\b|\bpetn\b|\brdx\b|semtex|\banfo\b|nitroglycerin\w*|\bdynamite\b|\bsarin\b|\bricin\b|\bvx gas"
    r"|nerve (?:gas|agent)"
    r"|mustard gas|anthrax|botulinum|\bied\b|explosive device|(?:plastic |high )?explosives?\b|silencers?\b|ghost guns?|zip guns?"
    r"|untraceable (?:gun|firearm)\w*|(?:home ?made |real |working |plastic )?(?:firearms?|pistols?|handguns?|ar-?15s?|glocks?|rifles?)\b)"
)
_MAKE_ZH = r"(?:做|造|制作|制造|自制|合成|配制?|组装|搞|弄|打印|配方|配比)"
_WEAPON_ZH = (
    r"(?:炸弹(?!人|超人|猫)|土炸弹|炸药|雷管|燃烧瓶|毒气|沙林|蓖麻毒素|芥子气|硝化甘油|火药枪|土枪|手枪|步枪|真枪|消音器|地雷"
    r"|手榴弹|汽油弹|枪支|(?<=[做造制印])(?:一?[把支])?枪(?!手|版|声|战))"
)
_PLAY = (
    r"(?:game|minecraft|terraria|fortnite|zelda|roblox|level \d|cosplay|costume|lego|nerf|water (?:gun|pistol|bomb)|toy|museum|painting"
    r"|drawing|emoji|origami|paper plane|history|invented|cake|cookie|dessert|cocktail|in the (?:film|movie|book|picture|photo)"
    r"|游戏|玩具|水枪|乐高|折纸|博物馆|历史|发明|画|蛋糕|电影里|照片)"
)
"""Around weapons: play, art, the past."""
SURE: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("self_harm", re.compile(
        r"\b(?:lethal|fatal|deadly) (?:dose|amount|quantity)\b(?!.{0,40}\b(?:rats?|mice|ld50|dogs?|cats?)\b)"
        r"|\bhow (?:many|much)\b.{0,40}\b(?:pills?|tablets?|tylenol|paracetamol|ibuprofen|painkillers|insulin|xanax)\b.{0,30}"
        r"\b(?:to (?:die|od|overdose|kill)|kill (?:you|me|a person|someone|somebody)|fatal|lethal)\b"
        r"|\b(?:painless|quick|least painful|easiest)\w* (?:way|method)s? to (?:die|go for good|kill (?:your|my|one)self"
        r"|end (?:it|my life))\b"
        r"|致死量|(?:吃|喝|服)多少.{0,12}(?:会死|能死|致死|毙命)|怎么(?:样)?死(?:得|才|最)?(?:不|没有|无)?(?:痛|疼|难受)"
    )),
    ("weapons", re.compile(rf"\b{_MAKE}\b.{{0,40}}?{_WEAPON}|{_WEAPON}.{{0,30}}\b(?:recipe|instructions|step by step|diy)\b")),
    ("weapons", re.compile(rf"{_MAKE_ZH}.{{0,10}}?{_WEAPON_ZH}|{_WEAPON_ZH}.{{0,4}}(?:的)?(?:配方|制作|做法|制造|怎么做|怎么造)")),
    ("weapons", re.compile(
        r"\b(?:full(?:y)?[- ]?auto(?:matic)?)\b.{0,40}\b(?:ar-?15|ar|glock|rifle|pistol|gun|semi)\b"
        r"|\b(?:ar-?15|ar|glock|rifle|pistol|gun|semi)\b.{0,40}\bfull(?:y)?[- ]?auto(?:matic)?\b"
        r"|\b(?:poison|kill|murder)(?:ing)? (?:someone|somebody|a person|people|my (?:wife|husband|boss|neighbou?r|ex))\b.{0,60}"
        r"\b(?:without|undetect\w*|caught|trace\w*)\b|下毒.{0,10}(?:不被|查不出|发现)|改(?:成|装).{0,4}(?:全自动|连发)"
    )),
    ("medical", re.compile(
        r"\b(?:dos(?:e|age|ing)s? of|how (?:much|many mg of|many))\b.{0,30}\b(?:ibuprofen|paracetamol|acetaminophen|aspirin|insulin|"
        r"amoxicillin|tylenol|advil|benadryl|metformin|antibiotics?|melatonin|xanax|morphine|codeine|warfarin)\b"
        r"|\b(?:sign|symptom)s? of (?:a |an )?(?!aging|wear|life|use|water)\w+"
        r"|(?:布洛芬|阿莫西林|头孢|阿司匹林|二甲双胍|胰岛素|退烧药|对乙酰氨基酚).{0,12}(?:剂量|几片|几次|几毫升|多少|能吃|可以吃)"
    )),
)  # fmt: skip
"""(kind, what settles it), the gravest first."""
PLAY = re.compile(_PLAY)
ANOTHER = re.compile(
    r"^(?:(?:please|can you|could you|now|hey|ok)\s+)*(?:draw|paint|sketch|sing|play|translate|spell|turn|switch|dim|set (?:an?|the)"
    r"|remind|add|delete|open|close|call|text|book|order|schedule|transcribe|read (?:this|it) (?:aloud|out))\b(?! me (?:how|what|if))"
    r"|^(?:kill|cut|shut|nuke|blast) (?:the|all|those|every|off)\b(?! (?:people|person|man|woman|kids?|pain))"
    r"|\bkill(?:ing)? (?:a |an |the |this |that |all )?(?:process|tab|thread|server|job|script|container|session|time|light"
    r"|music|engine|weeds?"
    r"|stain|odou?r)\w*"
    r"|^(?:请|帮我|麻烦)*(?:画|打开|关掉|关上|关闭|播放|放一|翻译|提醒|设置?一?个?闹钟|预约|朗读|读一下)"
)
"""Orders: what is in them is not asked."""
RETURNS = re.compile(
    r"\ballowed to (?:return|exchange|swap|send back|give back|send (?:it|them|this) back|bring (?:it|them|this) back)\b(?! to)"
    r"|(?:退|换)(?:货|掉|回去)"
)
"""Goods that are taken back: the terms of a shop, not the law, unless a word of it stands beside them."""
_TERMS: dict[Kind, tuple[int, str]] = {
    "medical": (4, (
        r"\bdiagnos[ie]s\b|\bpatients?\b|\bsymptoms?\b|\bmg/d?l\b|\bmmol/l\b|\bblood pressure\b|\bh(?:a)?emoglobin\b|\bcholesterol\b|"
        r"\bglucose\b|\bleu[ck]ocytes?\b|\bplatelets\b|\bcreatinine\b|\bradiograph\w*|\bx-?ray\b|\bct scan\b|\bmri\b|\bultrasound\b|"
        r"\bbiopsy\b|\blesions?\b|\bfractures?\b|\bprescri(?:bed|ption)\b|\bdosage\b|\btablets?\b|\bprognosis\b|\bphysician\b"
        r"|\bimpression:|"
        r"\bfindings:|\breference range\b|\bhistory of present illness\b|\bcontraindicat\w+|\bside effects\b|\boncolog\w+"
        r"|\bdischarge summary\b|"
        r"诊断|患者|症状|血压|血红蛋白|血糖|白细胞|血小板|肌酐|胆固醇|检验报告|化验|参考范围|病史|影像|骨折|结节|超声|病理"
        r"|用法用量|不良反应|医嘱|主诉"
    )),
    "legal": (4, (
        r"\bplaintiffs?\b|\bdefendants?\b|\bsummons\b|\bcourt of\b|\bdistrict court\b|\bsubpoena\b|\bindictment\b|\bverdict\b|\bsued?\b|"
        r"\blitigation\b|\bjurisdiction\b|\bhereby\b|\bhereinafter\b|\bindemnif\w+|\blessee\b|\blessor\b|\bcase no\."
        r"|\bdocket\b|\battorneys?\b|"
        r"\bprosecut\w+|\bconvict\w+|\bstatutes?\b|\bterminat(?:ion|e) of (?:the |your )?(?:lease|employment|tenancy)\b|"
        r"原告|被告|传票|人民法院|判决|起诉|上诉|诉讼|仲裁|刑事|民事|律师|答辩|举证|委托代理人|强制执行"
    )),
    "financial": (4, (
        r"\btax assessment\b|\btaxable income\b|\btax return\b|\bwithholding\b|\bprospectus\b|\bsecurities\b|\bportfolio\b|\bdividends?\b|"
        r"\bmaturity\b|\bprincipal amount\b|\bloan agreement\b|\bborrower\b|\blender\b|\bannual percentage rate\b"
        r"|\bcollateral\b|\bannuity\b|"
        r"\bmutual fund\b|\bnet asset value\b|\bcapital gains?\b|\bforeclosure\b|\bbankruptcy\b|\bpension\b|"
        r"应纳税|纳税人|招股|净值|基金份额|借款人|贷款人|抵押|年化|收益率|到期日|投资者|信托|破产|养老金"
    )),
}  # fmt: skip


def _terms(words: str) -> re.Pattern[str]:
    """The pattern of alternatives that all begin a word in English, then in Chinese: at most places one look tells that none begins."""
    begins = re.search(r"\|(?=[\u3400-\u9fff])", words)
    assert begins is not None
    english = words[: begins.start()].removeprefix(r"\b").replace(r"|\b", "|")
    return re.compile(rf"\b(?:{english})|{words[begins.end() :]}")


REPORTS: tuple[tuple[Kind, int, re.Pattern[str]], ...] = tuple((kind, least, _terms(words)) for kind, (least, words) in _TERMS.items())
"""(kind, how many different terms a text must have, the terms)."""
_HINTS: dict[Kind, str] = {
    "medical": (
        r"\b(?:pain|ache|aching|fever|rash|symptoms?|diagnos\w+|disease|illness|infect\w+|cancer|tumou?rs?|diabet\w+|asthma"
        r"|allerg(?:y|ies|ic)"
        r"|pregnan\w+|breastfeed\w*|miscarriage|dos(?:e|age)|mg|pills?|tablets?|medicines?|medications?|meds|antibiotics?"
        r"|painkillers?|vaccin\w+"
        r"|blood pressure|heart rate|pulse|cholesterol|thyroid|kidneys?|liver|lungs?|swollen|bleeding|vomit\w*|nausea|dizz\w+"
        r"|cough\w*|scan|mri"
        r"|x-?ray|ecg|biopsy|surgery|doctor|gp|hospital|er|therap(?:y|ist)|depress\w+|anxiety|adhd|autis\w+|seizure|stroke|concussion|wound"
        r"|stitches|fracture\w*|sprain\w*|hip|knee|scalp|drooping|numb\w*|itch\w*|scratching|lump|mole|peeing|thirsty|poison\w*|swallowed"
        r"|chocolate|advil|nyquil|tylenol|ibuprofen|paracetamol|aspirin|insulin|turmeric|supplements?|vitamins?|hiv|std"
        r"|herpes|flu|covid|cold"
        r"|hay fever|migraines?|headaches?|insomnia|menopause|periods?|contracepti\w+|overweight|blood test|results"
        r"|prescri\w+|syndrome|disorder)\b"
        r"|疼|痛|发烧|症状|病|药|癌|瘤|血压|血糖|血脂|怀孕|孕妇|哺乳|流产|疫苗|手术|开刀|医生|医院|化验|体检|头晕|恶心|呕吐"
        r"|咳|痒|疹|肿|出血|便血"
        r"|牙龈|感染|过敏|发炎|骨折|失眠|抑郁|焦虑|痔疮|月经|剂量|饭前|饭后|吃几片|痴呆|糖尿|心脏|肝|肾|胃|肺"
        r"|便便|大便|小便|尿酸|尿频|流血|鼻血|腹泻|拉肚子|便秘|腹痛|腹胀|小腿|膝盖|关节|扭伤|抽筋|发麻|麻木|心慌|胸闷|气短|喘不|打鼾"
        r"|感冒|流感|新冠|退烧|水痘|湿疹|烫伤|溃疡|息肉|结节|囊肿|早搏|心电图|核磁|复查|指标|备孕|避孕|胎儿|怀上|母乳|断奶|月子|姨妈|更年期"
        r"|瘦了|抗生素|头孢|布洛芬|阿莫西林|胰岛素|激素|维生素|钙片|中药|副作用|针灸|吃多少片|停药"
    ),
    "legal": (
        r"\b(?:legal\w*|illegal|unlawful|law(?!n)s?|lawyer|attorney|solicitor|sue|suing|sued|court|judge|jail|prison|crime"
        r"|criminal|arrest\w*"
        r"|charge[ds]? with|felony|misdemeanou?r|police|cops?|warrant|custody|divorce\w*|alimony|child support|landlord"
        r"|tenan\w+|evict\w*|lease"
        r"|deposit|fired|layoff|laid off|wrongful\w*|harass\w+|discriminat\w+|lawsuit|liab(?:le|ility)|negligen\w+"
        r"|compensation|damages|will|inherit\w*"
        r"|probate|contract|nda|copyright|patent|trademark|visa|immigra\w+|asylum|deport\w*|citizenship|subpoena|summons|witness|testify"
        r"|my rights?|press charges|restraining|robbery|weed|drunk|dui|allowed|who pays|neighbou?r)\b"
        r"|违法|犯法|合法|法律|法院|起诉|律师|坐牢|判刑|判几年|拘留|警察|离婚|抚养|遗嘱|继承|房东|押金|仲裁|劳动合同|辞退"
        r"|开除|辞职|裁员|赔偿|补偿|索赔"
        r"|借条|传票|诉讼|侵权|名誉|驾照|酒驾|归谁|报警|醉驾|肇事|全责|交警|工伤|试用期|加班费|欠薪|拖欠|违约|定金|霸王条款|维权|产权|过户|彩礼"
        r"|监护|遗产|公证|肖像|诈骗|被骗|报案|欠条|欠我钱|担保人|拆迁|签证|移民|户口|犯罪|判多久|解除合同|签了合同|不签合同"
    ),
    "financial": (
        r"\b(?:invest\w*|stocks?|shares|bonds?|etfs?|funds?|crypto|bitcoin|ethereum|portfolio|dividends?|market|401k|ira|roth"
        r"|pension|retire\w*"
        r"|mortgage|refinanc\w+|loans?|debts?|bankrupt\w*|credit score|consolidat\w+|tax(?:es|able|ed)?|deduct\w*|write off"
        r"|irs|hmrc|capital gains"
        r"|inheritance|savings?|save|lying around|afford|insurance|annuit\w+|interest rates?|inflation|gold|real estate|house"
        r"|owe|lend|borrow)\b"
        r"|投资|股票|股市|基金|债券|理财|比特币|黄金|房贷|车贷|贷款|网贷|欠款|还不上|逾期|破产|征信|交税|报税|纳税|个税"
        r"|所得税|税|退休|养老金"
        r"|养老保险|保险|割肉|定投|买房|炒股|年终奖|公积金|存款|利率|还款|期货|外汇|汇率|a股|港股|美股|重疾险|寿险|房价|首付|月供|年化|收益率|本金"
        r"|回本|套现|通胀|分红|借钱给|欠债|负债|医保|社保|五险一金"
    ),
    "self_harm": (
        r"\b(?:suicid\w*|self[- ]?harm\w*|kill (?:your|him|her|them|one)sel\w+|overdos\w+|od|cuts?|cutting|wrists?"
        r"|hang(?:ing)? (?:him|her|them|your)"
        r"\w*|end it|go without pain|goodbye|wont be here|won't be here|gave away|giving away|without me|wasn'?t around"
        r"|if i (?:was|were) gone"
        r"|disappear\w*|can'?t go on|not want to live|jump off|starve|lethal|fatal|die|dying)\b"
        r"|自杀|自残|轻生|割腕|刀痕|跳楼|遗书|不想活|想死|致死|会死|能死人|安眠药|撑不下去|再见了|一了百了|活着没"
    ),
    "weapons": (
        r"\b(?:bombs?|pipebombs?|explosi\w+|explode|detonat\w+|grenades?|guns?|firearms?|ar-?15|ar|glock|rifles?|pistols?"
        r"|silencers?|suppressors?"
        r"|full auto|fully auto\w*|ammo|gunpowder|napalm|thermite|molotov|nerve (?:gas|agent)|sarin|ricin|chlorine gas"
        r"|poison gas|fertili[sz]er)\b"
        r"|炸弹|炸药|雷管|手榴弹|枪|消音器|毒气|沙林|火药|燃烧瓶|爆炸|毒药"
    ),
}  # fmt: skip
HINTS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple((kind, re.compile(words)) for kind, words in _HINTS.items())
"""(kind, words that questions of it have): where one stands, a smaller chance is enough."""
