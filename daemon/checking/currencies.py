"""Currencies: by code, their names, their hundredths and what stands before an amount."""

from __future__ import annotations

from itertools import chain

# Code | names behind a number | of a hundredth | signs before one. A name that several currencies
# have may be any of them, but for "dollars" and $, which are another's by its adjective.
_TABLE = """
USD | 美元 美金 us␣dollar(s) u.s.␣dollar(s) american␣dollar(s) dollar(s) | 美分 cent(s) c ¢ | US$ $
EUR | 欧元 euro(s) | 欧分 euro␣cent(s) cent(s) c | €
GBP | 英镑 镑 pound(s) pound(s)␣sterling sterling british␣pound(s) quid | 便士 pence penny p | £
CNY | 元 元人民币 人民币 块 块钱 chinese␣yuan yuan renminbi rmb | 分 分钱 | CN¥ ¥ ￥ RMB 人民币
JPY | 日元 日圆 円 japanese␣yen yen | | JP¥ ¥ ￥
HKD | 港元 港币 港圆 hong␣kong␣dollar(s) hk␣dollar(s) | cent(s) | HK$
TWD | 新台币 台币 新台币元 new␣taiwan␣dollar(s) taiwan␣dollar(s) nt␣dollar(s) | | NT$
MOP | 澳门元 澳门币 pataca(s) | | MOP$
AUD | 澳元 澳币 澳大利亚元 australian␣dollar(s) aussie␣dollar(s) | 澳分 cent(s) c | AU$ A$
CAD | 加元 加币 加拿大元 canadian␣dollar(s) | 加分 cent(s) c | CA$ C$
NZD | 新西兰元 新西兰币 纽元 纽币 new␣zealand␣dollar(s) kiwi␣dollar(s) | cent(s) c | NZ$
SGD | 新元 新加坡元 新币 坡币 singapore␣dollar(s) singaporean␣dollar(s) | cent(s) | SG$ S$
KRW | 韩元 韩圆 韩币 south␣korean␣won korean␣won won | | ₩
INR | 卢比 印度卢比 indian␣rupee(s) rupee(s) | 派士 paise | ₹ Rs Rs.
PKR | 卢比 巴基斯坦卢比 pakistani␣rupee(s) pakistan␣rupee(s) rupee(s) | paisa | Rs
LKR | 卢比 斯里兰卡卢比 sri␣lankan␣rupee(s) rupee(s) | | Rs
NPR | 卢比 尼泊尔卢比 nepalese␣rupee(s) nepali␣rupee(s) rupee(s) | | Rs
BDT | 塔卡 bangladeshi␣taka taka | | ৳
RUB | 卢布 俄罗斯卢布 russian␣rouble(s) russian␣ruble(s) ruble(s) rouble(s) | 戈比 kopeck(s) | ₽
UAH | 格里夫纳 ukrainian␣hryvnia(s) hryvnia(s) hryvnias | | ₴
CHF | 瑞士法郎 瑞郎 法郎 swiss␣franc(s) franc(s) | rappen | SFr Fr
XAF | 中非法郎 西非法郎 非洲法郎 cfa␣franc(s) franc(s) 法郎 | |
NOK | 挪威克朗 克朗 norwegian␣krone(r) norwegian␣crown(s) krone(r) crown(s) kr | øre | kr kr.
SEK | 瑞典克朗 克朗 swedish␣krona(s) swedish␣kronor krona(s) kronor crown(s) kr | öre | kr kr.
DKK | 丹麦克朗 克朗 danish␣krone(r) danish␣crown(s) krone(r) crown(s) kr | øre | kr kr.
ISK | 冰岛克朗 克朗 icelandic␣krona icelandic␣kronur krona kronur kr | | kr
CZK | 捷克克朗 克朗 czech␣koruna(s) czech␣crown(s) koruna(s) koruny korun crown(s) Kč | | Kč
PLN | 兹罗提 波兰兹罗提 polish␣zloty polish␣zlotys zloty(s) zł | grosz | zł
HUF | 福林 匈牙利福林 hungarian␣forint(s) forint(s) Ft | | Ft
RON | 列伊 罗马尼亚列伊 romanian␣lei romanian␣leu lei | |
BGN | 列弗 bulgarian␣lev bulgarian␣leva leva | |
RSD | 第纳尔 serbian␣dinar(s) dinar(s) | |
THB | 泰铢 thai␣baht baht | satang | ฿
MYR | 林吉特 令吉 马币 马来西亚林吉特 malaysian␣ringgit ringgit | sen | RM
IDR | 印尼盾 印尼卢比 印度尼西亚盾 indonesian␣rupiah rupiah | | Rp
VND | 越南盾 越盾 vietnamese␣dong dong | | ₫
PHP | 菲律宾比索 比索 philippine␣peso(s) peso(s) | | ₱ P
MXN | 墨西哥比索 比索 mexican␣peso(s) peso(s) | | MX$
ARS | 阿根廷比索 比索 argentine␣peso(s) argentinian␣peso(s) peso(s) | |
CLP | 智利比索 比索 chilean␣peso(s) peso(s) | |
COP | 哥伦比亚比索 比索 colombian␣peso(s) peso(s) | |
BRL | 雷亚尔 巴西雷亚尔 brazilian␣real(s) brazilian␣reais reais | | R$
PEN | 索尔 秘鲁索尔 peruvian␣sol(s) peruvian␣soles soles | | S/
TRY | 里拉 土耳其里拉 turkish␣lira(s) lira(s) | 库鲁什 kurus | ₺
ZAR | 兰特 南非兰特 south␣african␣rand rand | cent(s) | R
NGN | 奈拉 尼日利亚奈拉 nigerian␣naira naira | kobo | ₦ N
GHS | 塞地 ghanaian␣cedi(s) ghana␣cedi(s) cedi(s) | | ₵
KES | 先令 肯尼亚先令 kenyan␣shilling(s) kenya␣shilling(s) shilling(s) | | KSh Ksh Sh
UGX | 先令 乌干达先令 ugandan␣shilling(s) shilling(s) | | USh Sh
TZS | 先令 坦桑尼亚先令 tanzanian␣shilling(s) shilling(s) | | TSh Sh
ZMW | 克瓦查 赞比亚克瓦查 zambian␣kwacha kwacha | ngwee | K
BWP | 普拉 botswana␣pula pula | thebe | P
GTQ | 格查尔 quetzal(s) quetzales | | Q
ETB | 比尔 ethiopian␣birr birr | |
EGP | 埃及镑 egyptian␣pound(s) pound(s) | 皮阿斯特 piastre(s) | E£
LBP | 黎巴嫩镑 lebanese␣pound(s) lebanese␣lira pound(s) lira | |
SYP | 叙利亚镑 叙利亚磅 syrian␣pound(s) pound(s) | |
AED | 迪拉姆 阿联酋迪拉姆 uae␣dirham(s) emirati␣dirham(s) dirham(s) | fils | Dh Dhs
MAD | 迪拉姆 摩洛哥迪拉姆 moroccan␣dirham(s) dirham(s) | |
SAR | 里亚尔 沙特里亚尔 saudi␣riyal(s) riyal(s) | 哈拉 halala(s) | SR
QAR | 里亚尔 卡塔尔里亚尔 qatari␣riyal(s) riyal(s) | |
IRR | 里亚尔 伊朗里亚尔 iranian␣rial(s) rial(s) | |
OMR | 里亚尔 阿曼里亚尔 omani␣rial(s) rial(s) | |
KWD | 第纳尔 科威特第纳尔 kuwaiti␣dinar(s) dinar(s) | |
JOD | 第纳尔 约旦第纳尔 jordanian␣dinar(s) dinar(s) | |
IQD | 第纳尔 伊拉克第纳尔 iraqi␣dinar(s) dinar(s) | |
ILS | 谢克尔 新谢克尔 israeli␣shekel(s) new␣shekel(s) shekel(s) | agorot | ₪
KZT | 坚戈 kazakhstani␣tenge tenge | | ₸
MNT | 图格里克 mongolian␣tugrik(s) tugrik(s) | | ₮
KPW | 朝鲜元 朝元 north␣korean␣won won | |
MMK | 缅元 缅币 myanmar␣kyat(s) kyat(s) | |
BTC | 比特币 bitcoin(s) | | ₿
ETH | 以太币 ether | | Ξ
"""


def _lines() -> list[list[str]]:
    return [[part.strip() for part in line.split("|")] for line in _TABLE.strip().splitlines()]


#: As the lines of the table of units.
NAMES = list(
    chain.from_iterable(
        [f"{code} 1: {names} {code}", *([f"{code} 0.01: {parts}"] if parts else [])]
        for code, names, parts, _ in _lines()
    )
)
#: What stands before an amount → the currencies that it may be.
SIGNS: dict[str, list[str]] = {}
for _code, _, _, _signs in _lines():
    for _sign in [*_signs.split(), _code]:
        SIGNS.setdefault(_sign, []).append(_code)
#: Those in letters, which no name with digits begins with.
LETTERS = [sign for sign in SIGNS if sign[0].isascii() and sign[0].isalpha() and len(sign) > 1]
#: Of one letter, which begin a name as often (R1, K2): where a scale, groups or cents stand behind.
ONE_LETTER = [sign for sign in SIGNS if sign.isascii() and sign.isalpha() and len(sign) == 1]
LETTER = (
    rf"[{''.join(ONE_LETTER)}](?=\d+(?:[.,]\d+)*(?:\ (?:thousand|[mbtr]+illion)|[kmb]|mn|bn|tn)"
    r"(?![A-Za-z\d])|\d{1,3}(?:,\d{3})+(?!\d)|\d+\.\d\d(?![\w.]))|R(?=\ \d)"
)
