"""Words of different sound that questions of customers use for one thing, English and Chinese. Knows words only, no question.

A sentence encoder that hardly knows Chinese cannot tell that 邮费 and 运费 are one thing and 邮费 and 房费 are not; a list can. It holds
what people ask services about: orders, payment, accounts, appointments, opening, travel. One group a line; phrases have blanks as `_`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from retrieval.segmentation import STOP_WORDS, segments
from retrieval.stemming import stem

_GROUPS = """
return returns send_back give_back bring_back sent_back 退货 退掉 退回 退换货 退
refund money_back reimburse reimbursement 退款 退钱 返款 钱退回来 钱退
exchange swap 换货 调换 更换 换一件 换个颜色
shipping delivery postage ship deliver shipment courier 配送 送货 寄送 邮寄 快递
shipping+price shipping_cost shipping_fee delivery_cost delivery_fee postage_fee 运费 邮费 快递费 配送费 邮资
free+shipping free_shipping free_delivery 包邮 免运费 免邮 免邮费
dispatch 发货 发出 寄出 出货
order orders purchase purchases 订单 订购 下单 单子
parcel package packet 包裹 快件 邮包
track tracking whereabouts 物流 物流信息 快递进度 跟踪 追踪
pay payment paying payments 付款 支付 付钱 结账 缴费 交钱 交费 付费
cash_on_delivery 货到付款 收到货再付钱 见货付款 收货付款
invoice receipt bill_copy 发票 开票 收据
coupon voucher promo_code discount_code gift_card gift_certificate gift_cards 优惠券 折扣券 代金券 优惠码 礼品卡 礼品券
discount cheaper reduction lower_price 折扣 打折 优惠 便宜点
price cost costs prices fee fees charge charges expensive how_much tariff 价格 价钱 费用 收费 多少钱 什么价 价位 怎么收费 怎么算钱
fine penalty 罚款 违约金 滞纳金 罚金
warranty guarantee guaranteed 保修 质保 三包 保修期 质保期
cover covers covered include includes included 包括 涵盖 包含 覆盖 含
defect defects defective faulty broken damaged fault flaw 质量问题 瑕疵 坏的 坏了 损坏 破损 故障 毛病
repair repairs fix mend mended 维修 修理 修
size sizes 尺码 尺寸 大小 码数
colour color colours colors 颜色 色
cancel cancels call_off cancellation 取消 撤销 退订 作废
change modify update edit alter switch 修改 更改 变更 改 改成
move reschedule postpone another_day different_date 改期 改签 改时间 推迟 延后
address 地址 住址
account profile 账号 账户 帐号 帐户
register sign_up create_account registration enrol enroll enrolment registering signing_up 注册 开户 开立
delete erase remove close_account 注销 销户 删除 销毁 移除
log_in login sign_in logging_in signin 登录 登入 登陆 登进去 登不进去
log_out sign_out logout 退出登录 登出
password passcode 密码 口令
forgot forget forgotten lost_password 忘记 忘了 想不起来 不记得 记不得
lost lose missing misplaced 丢了 丢失 遗失 弄丢 不见了 挂失
stolen theft 被偷 被盗 盗刷
contact reach get_in_touch call_you talk_to speak_to 联系 联络
support customer_service help_desk human agent representative 客服 人工 人工服务 客户服务 人工客服
complain complaint complaints unhappy 投诉 举报 意见
phone telephone mobile 电话 手机
email e_mail mail_address 邮箱 电子邮件 邮件
opening_hours opening_time opening_times business_hours office_hours open opens hours opened 营业时间 开门 几点开门 上班时间 营业 开放
close closes closed closing shut shuts 关门 打烊 下班 几点关门 歇业
weekend weekends 周末
saturday saturdays 星期六 周六 礼拜六
sunday sundays 星期天 周日 礼拜天 星期日
holiday holidays vacation 假期 放假 节假日
location located whereabouts_shop shop store branch 位置 门店 店铺 网点 支行 分行 分店 实体店
nearby nearest closest near 附近 最近的 就近
book booking reserve reservation make_an_appointment 预订 预约 订 预定 订房 挂号
appointment visit 预约的号 约好的号 门诊号
check_in 入住 办理入住
check_out leave_the_room 退房 离店
breakfast 早餐 早饭 含早 早点
room rooms 房间 客房
pet pets dog dogs cat cats 宠物 狗 猫
parking park car_park 停车 停车场 车位 泊车
wifi wi_fi internet wireless network 无线 无线网络 上网 网络 网
airport 机场
pick_up pickup shuttle 接机 接送
luggage baggage bags 行李 存包
pool swimming swim 泳池 游泳池 游泳
bed extra_bed 床 加床
distance far 多远 距离
passport 护照
id identity_card identification 身份证 证件
document documents papers paperwork 材料 文件 资料 证明
apply application 申请 办理 办
deadline latest 截止 最晚 最迟
fee_tuition tuition 学费
scholarship bursary grant 奖学金 助学金
dormitory dorm residence 宿舍 住校 住宿
insurance insurer insurers 保险 医保 医疗保险
doctor physician gp 医生 大夫 医师
emergency urgent 急诊 紧急 急救
prescription medicine medication repeat_prescription 处方 药 药方
vaccine vaccination vaccinated vaccinations shot jab 疫苗 接种 打疫苗
blood_test blood_draw 验血 抽血 化验血
result results report reports 报告 结果 检查结果 化验单 化验结果
pregnant pregnancy expecting 怀孕 孕妇 孕期
child children kid kids baby babies paediatrician pediatrician 儿童 孩子 小孩 宝宝 婴儿
fasting empty_stomach 空腹 饿着肚子
hospital clinic 医院 诊所
record records file_copy 病历 档案 记录
borrow lend loan_book 借 借阅
renew extend renewal extension 续借 续期 延期 延长
library_card reader_card 借书证 读者卡 借书卡
overdue late_payment 逾期 超期 过期 晚了
expire expired expires 到期 过期 失效
loan loans mortgage 贷款 借款
repay repayment pay_off pay_back 还款 还清 还贷 还钱 结清
transfer transfers remittance 转多少钱 转出 转账 汇款 转钱 打款
withdraw withdrawal cash_out 取款 取钱 取现 提现 取多少钱 取现金
limit maximum most allowance 限额 上限 最多 限制
credit+card credit_card 信用卡
card cards 卡 银行卡
statement bill bills 账单
activate enable turn_on switch_on 激活 启用 开通 打开 开启
deactivate disable turn_off switch_off mute 停用 禁用 关掉 关闭
notification notifications alert alerts reminder reminders 通知 提醒 推送 消息提醒
subscription plan tier membership 订阅 套餐 会员
premium paid paid_version pro professional 高级版 专业版 付费版 专业
free no_cost without_paying free_of_charge 免费 不付费 不要钱
upgrade 升级
download export backup back_up 导出 下载 备份
upload import 导入 上传
data records_data 数据
encrypt encrypted encryption secure security safe 安全 加密 泄露
privacy private 隐私
offline without_internet no_internet 离线 没有网络 断网 没网
device devices computers computer phones 设备 台设备 电脑 机器
system operating_system platform platforms 系统 操作系统 平台
crash crashes crashing closes_by_itself 闪退 崩溃 自己关了
slow lagging takes_so_long laggy 慢 卡顿 很卡
not_start does_not_open 打不开 启动不了 没有反应
app application_program program software 软件 程序 应用 客户端
name names called introduce 名字 叫什么 名称 昵称 用户名
job work_here career vacancy 招聘 工作 职位 岗位
recycle recycling 回收
rubbish trash garbage waste bin 垃圾 废物
permit permission licence license allowed 许可 许可证 执照 批准
wash washing clean cleaning laundry 清洗 洗 清洁 机洗
waterproof water_repellent reproof 防水
tent tents 帐篷
backpack backpacks rucksack rucksacks 背包 双肩包
rent hire rental 租 租赁 出租
ticket tickets 票 门票 车票
abroad international overseas another_country 国外 海外 国际 境外
currency foreign_currency 外币 外汇 换汇
how_long how_soon how_many_days how_many_weeks duration 多久 多长时间 多少天 几天 多少时间 要多久
when what_time which_day what_day 什么时候 什么时间 几点 几号 哪天 哪一天 何时
where which_place 哪里 哪儿 在哪 何处 什么地方 去哪儿 哪
who 谁 是谁
why how_come 为什么 为何 为啥 怎么会
how_many 多少个 几个 几本 多少本 几台 几种
arrive arrival received receive get_here arrives 收到 到账 到货 送到 到了 拿到
accept take_card 接受 支持 支不支持
wheelchair accessible ramp disabled_access 轮椅 无障碍
companion companions accompany come_along with_me 陪床 陪护 陪夜 家属陪
visit_patient visiting_hours 探视 探病 看望病人
student students uni undergraduate 学生
shop_online online_shop 网店 网购
marry marriage wedding married 结婚 婚姻登记
birth born newborn_certificate 出生
school 学校
seat seats 座位 位子 自习座位
copy duplicate photocopy 复印 复制 复印件
book_item books 书 图书
hotel 酒店 宾馆 旅馆
buy 买 购买
sell 卖 出售
symptom symptoms sign signs 症状 征兆
cause causes caused come_from comes_from origin source 原因 起因 引起 导致
treat treated treatment treatments therapy therapies cure helps_against 治疗 疗法 医治
diagnose diagnosed diagnosis test tests tested testing exam exams 检查 诊断 检测
prevent prevention avoid avoided protect protected protection 预防 防止 避免 防护
outlook prognosis life_expectancy 预后
common rare often frequency how_many_people 常见 罕见
inherited inherit hereditary run_in_the_family genetic gene genes mutation mutations 遗传 基因
risk at_risk likely risk_factors susceptible 风险 危险
danger dangerous threat harm harmful severe serious 危害 严重
covid corona coronavirus corona_virus ncov 新冠 新冠病毒 冠状病毒 肺炎疫情
spread spreads spreading transmit transmitted transmission pass passed infect infected infection infections catch 传播 传染 感染
contagious infectious 传染性
mask masks facemask facemasks face_mask 口罩
quarantine isolation isolate self_isolate 隔离
travel trip travelling traveling journey 旅行 出行 旅游
complication complications side_effect side_effects 并发症 副作用
animal animals pet_animals 动物
survive survives live lives 存活
mean meaning explain definition 意思 含义 解释
wrong incorrect mistake typed_wrong 错了 填错 弄错 买错 写错
"""
_MORE_STOP_WORDS = frozenset(
    """would could like possible able may might must should way thing things something anything item items goods article product products
    procedure process steps hello hi thanks have has still already make makes made go going us someone anyone
    多少 想 我想 想要 需要 应该 应当 弄 操作 流程 进行 东西 商品 产品 物品 处理 办法 方法 方式 步骤 提供
    行不行 可不可以 能不能 可否 可不 可 怎么弄
    不可以 一个 一张 一下子 没有 还 还能 来 去 做 用 使用 给 让 要 给我 怎么样 咋 咋样 咋办 什么样 呢 啦 嘛 哦 吧 先 再 新 里面
    你们 有 没 吗 才能 能够 得 了吗 该 想问 问一下 求问 告诉 我要 我 是不是 会不会 有没有 是否
    时间 时候 钱 之后 以后 后 办理 通常 一般""".split()
)
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
NAMED = re.compile(r"\b(?:covid[- ]?19|sars[- ]?cov[- ]?2|2019[- ]?ncov)\b")
"""A name with a number in it that has no other."""
_RUNS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[^\u3400-\u4dbf\u4e00-\u9fff]+")
_WORD = re.compile(r"[^\W_]+")
_APART = re.compile(r"\b(send|give|bring|take)((?: \w+){1,3}?) back\b")
"""Verbs that stand apart from their "back"."""


@lru_cache
def _table() -> tuple[dict[str, list[str]], re.Pattern[str], re.Pattern[str]]:
    """Phrase -> name of its group; the English phrases of several words; the Chinese ones, longest first."""
    groups: dict[str, list[str]] = {}
    for line in _GROUPS.strip().split("\n"):
        members = line.split()
        for member in members[1:] if "+" in members[0] else members:
            phrase = " ".join(stem(word) for word in member.split("_")) if member.isascii() else member
            groups.setdefault(phrase, [f"={part}" for part in members[0].split("+")])
    english = sorted((p for p in groups if " " in p), key=len, reverse=True)
    chinese = sorted((p for p in groups if not p.isascii()), key=len, reverse=True)
    joined = re.compile(r"(?<![^\s])(?:" + "|".join(map(re.escape, english)) + r")(?![^\s])")
    return groups, joined, re.compile("|".join(map(re.escape, chinese)))


@lru_cache(maxsize=1)
def english_words() -> dict[str, str]:
    """Chinese words that questions of customers are made of -> what they are in English; empty for those that say nothing."""
    found: dict[str, str] = {}
    for line in files("retrieval").joinpath("gloss.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            english, members = line.split("\t")
            found.update(dict.fromkeys(members.split(","), english))
    return found


@lru_cache(maxsize=4096)
def usual(text: str) -> tuple[str, ...]:
    """The most usual Chinese name of each group that a Chinese text has another word of: 退货 for 退. For an index of words."""
    groups, _, phrases = _table()
    names = {f"={line.split()[0]}": next((one for one in line.split() if not one.isascii()), "") for line in _GROUPS.strip().split("\n")}
    found = [names.get(name, "") for match in phrases.finditer(text) for name in groups[match.group()]]
    return tuple(dict.fromkeys(name for name in found if name and name not in text))


@lru_cache(maxsize=16384)
def concepts(text: str) -> tuple[str, ...]:
    """The distinct words of a question that carry meaning, in order, those of one group as one: `=refund` for refund and 退款.

    Words without a group stand for themselves, English stemmed; a question of common words alone keeps them.
    """
    return _concepts(text, {})


@lru_cache(maxsize=16384)
def meanings(text: str) -> tuple[str, ...]:
    """As `concepts`, with the English for Chinese words without a group: what 夹克 and jacket mean is one. For evidence in either language;
    the chances of `retrieval.question_matching` were fitted without, and gain nothing by it."""
    return _concepts(text, english_words())


def _concepts(text: str, english: Mapping[str, str]) -> tuple[str, ...]:
    plain = _APART.sub(r"\1 back\2", unicodedata.normalize("NFKC", text).lower())
    plain = NAMED.sub("covid", plain).replace("’", "'").replace("'s ", " ").replace("'", "")
    found: list[str] = []
    spare: list[str] = []
    for part in _RUNS.findall(plain):
        meaning, rest = _chinese(part, english) if _CHINESE.match(part) else _english(part)
        found += meaning
        spare += rest
    return tuple(dict.fromkeys(found or spare))


def _english(part: str) -> tuple[list[str], list[str]]:
    """The words with a meaning, and all words."""
    groups, joined, _ = _table()
    words = _WORD.findall(part)
    common = {stem(word) for word in words if word in STOP_WORDS or word in _MORE_STOP_WORDS}
    tokens = joined.sub(lambda match: " ".join(groups[match.group()]), " ".join(stem(word) for word in words)).split()
    kept = [name for word in tokens for name in groups.get(word, [word] if word not in common else [])]
    return kept, tokens


def _chinese(run: str, english: Mapping[str, str]) -> tuple[list[str], list[str]]:
    groups, _, phrases = _table()
    kept: list[str] = []
    spare: list[str] = []
    place = 0
    for match in [*phrases.finditer(run), None]:
        between = segments(run[place : match.start() if match else len(run)])
        for word in between:
            if word not in STOP_WORDS and word not in _MORE_STOP_WORDS:
                kept += _english(english.get(word, ""))[0] or [word]
        spare += between
        if match:
            kept += groups[match.group()]
            place = match.end()
    return kept, spare
