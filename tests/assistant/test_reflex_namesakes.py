import pytest

from assistant.reflex.namesakes import leaves_out, names_another
from assistant.reflex.rows import Row, is_another
from assistant.reflex.tables import answer_from_rows

ANOTHER = [
    ("北京西苑饭店的价格是多少？", "北京西单饭店", "价格: 652"),
    ("请问维也纳国际酒店(北京首体店)的地址是什么？", "维也纳国际酒店(北京广安门店)", "地址: 白广路7号"),
    ("How much does the Amber Trail Backpack cost?", "Amber Leather Backpack", "price: 49"),
    ("How much is the Mauve Leather Daypack?", "Black Leather Daypack", "colour: black"),
    ("what's the price of the Cove Tent 6", "Cove Tent 2 Orange", "in stock: 6"),
    ("What does the Summit 3 tent cost?", "Summit 2 tent", "price: 259"),
]
THE_SAME = [
    ("北京西单饭店的价格是多少？", "北京西单饭店", "价格: 652"),
    ("红色的山脊夹克多少钱？", "山脊夹克", "颜色: 红色"),
    ("How much is the comfy red jacket for my son?", "Ridge jacket", "colour: red"),
    ("how much is the ridge rain jacket in red", "Ridge jacket", "a rain jacket, red"),
    ("what's the price of the Cove Tent 2", "Cove Tent 2 Orange", "in stock: 6"),
    ("Is the Cove Tent 2 under 300 g?", "Cove Tent 2 Orange", ""),
    ("Does the Ridge come as a jacket?", "Ridge jacket", ""),
    ("What is the price of the Ridge jacket?", "Ridge jacket", ""),
    ("", "Ridge jacket", ""),
]


@pytest.mark.parametrize(("question", "title", "text"), ANOTHER)
def test_nearly_the_same_name_is_another(question, title, text):
    assert names_another(question, title, text)


@pytest.mark.parametrize(("question", "title", "text"), THE_SAME)
def test_what_is_asked_for_is_recognised(question, title, text):
    assert not names_another(question, title, text)


def test_the_cell_of_a_namesake_is_no_answer():
    rows = [Row(1, "Amber Leather Backpack", "Amber Leather Backpack, price 49", {"name": "Amber Leather Backpack", "price": 49.0})]
    weigh = lambda words: dict.fromkeys(words, 1.0)  # noqa: E731
    assert "49" in answer_from_rows("How much does the Amber Leather Backpack cost?", rows, weigh, "en")
    assert answer_from_rows("How much does the Amber Trail Backpack cost?", rows, weigh, "en") == ""


HOTEL = {"电话": "010-1", "价格": 500}


def row(title, **columns):
    return Row(1, title, "", {"名称" if title > "\u2e7f" else "name": title, **columns})


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("湖南大厦在哪里？", row("北京湖北大厦", 地址="中关村南大街36号")),
        ("请问富驿时尚酒店(北京中关村店)的地址是什么？", row("布丁精选酒店(北京中关村店)", 地址="大柳树路23号")),
        ("住7天连锁酒店(北京西站北广场店)要花多少钱？", row("汉庭酒店(北京西站北广场店)", **HOTEL)),
        ("7天优品酒店（北京国贸店）怎么走，地址是什么？", row("7天优品酒店(北京国贸劲松地铁站店)", 地址="劲松南路5号院")),
        ("花家怡园(四合院总店)的营业时间是几点到几点？", row("花家怡园", 营业时间="10:30-14:00")),
        ("帮我查一下国家图书馆的电话号码", row("首都图书馆", 电话="010-6")),
        ("故宫的电话是多少？", row("角楼", 电话="010-8", 地址="北京市东城区故宫博物院内")),
        ("世界花卉大观园一般游玩时间多久？", row("大观园", 游玩时间="2小时")),
        ("人民大会堂的门票多少钱？", row("中国人民大学", 门票=0)),
        ("北京和平饭店多少钱？", row("北京贵宾楼饭店", **HOTEL)),
        ("What style is the Sleek Casual Belt?", row("Classic Woven Belt", style="belt", description="A sleek, casual belt.")),
        ("what does the arctic flame puffer jacket cost?", row("Frostline Hooded Puffer Jacket", price=129.0)),
        ("price of the vintage western buckle", row("Vintage Western Belt", price=39.0)),
    ],
)
def test_a_row_of_another_name_is_another_thing(question, named):
    column = next(name for name in named.columns if name not in ("名称", "name"))
    assert is_another(question, named, column)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("住汉庭酒店(北京西站北广场店)要花多少钱？", row("汉庭酒店(北京西站北广场店)", **HOTEL)),
        ("和颐酒店（北京站店）多少钱？", row("和颐酒店(北京站店)", **HOTEL)),
        ("汉庭酒店北京西站店一晚多少钱", row("汉庭酒店(北京西站店)", **HOTEL)),
        ("你们的豪华型酒店电话是多少", row("北京贝尔特酒店", 酒店类型="豪华型", **HOTEL)),
        ("去日坛公园玩要买票吗，门票多少？", row("日坛公园", 门票=0)),
        ("今日美术馆地址", row("今日·美术馆", 地址="百子湾路32号")),
        ("黑色的山脊夹克多少钱？", row("山脊夹克男款", 颜色="黑色", 价格=189)),
        ("山脊夹克和露营灯分别多少钱？", row("山脊夹克", 价格=189)),
        ("我上次买的那个山脊夹克多少钱", row("山脊夹克", 价格=189)),
        ("灯多少钱？", row("灯", 价格=9)),
        ("How much is the Chaz Kangaroo Hoodie?".lower(), row("Chaz Kangeroo Hoodie", price=52.0)),
        ("What does the Ridge Jacket cost in New Zealand?", row("Ridge Jacket", price=189.0)),
        ("how much is the red rain jacket", row("Ridge Jacket", price=189.0, colour="red", description="A rain jacket.")),
        ("How Much Is The Tent Of Yours?", row("Cove Tent", price=329.0)),
        ("what is the price of the tent", row("Cove Tent", price=329.0)),
    ],
)
def test_a_row_is_known_by_its_name_however_it_is_asked_for(question, named):
    assert not is_another(question, named, "price")


INVOICE = "Amazon Web Services Invoice\nTOTAL AMOUNT DUE ON August 3, 2014: 4.11. Write to Mary Miller."


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the total amount of the NETPRESSE invoice?", True),
        ("When is the invoice of Hetzner Online due?", True),
        ("What is the total amount of the Amazon invoice?", False),
        ("Whom do I write to, Mary or John?", False),
        ("What is the total amount?", False),
        ("What do I pay if I'm late on Monday?", False),
        ("WHAT IS THE NETPRESSE TOTAL", False),
        ("What Is The Total Of The Netpresse Invoice", False),
    ],
)
def test_a_source_without_the_name_that_is_asked_for_says_nothing_of_it(question, expected):
    assert leaves_out(question, INVOICE) == expected
