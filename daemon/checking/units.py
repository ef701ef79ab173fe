"""Units, each with the dimension it measures and its size in the dimension's first unit."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from itertools import chain

from .currencies import LETTER, NAMES, ONE_LETTER, SIGNS

#: A plain number, one that counts, and one before a word that may be what is counted. Counters are
#: one: 3篇 is 3份 and 3 reports.
BARE, COUNT, THINGS = "", "count", "things"
PERCENT, POINTS, TIMES = "%", "points", "times"

# Names of more than one small letter are meant in any case, all others as they stand.
_TABLE = """
% 1: % percent per␣cent pct pc
% 10: 成
% 0.1: ‰ per␣mille
points 1: 个百分点 百分点 percentage␣point(s) percent␣point(s) per␣cent␣point(s) pp ppt(s)
points 1: point(s) pt(s)
points 0.01: 个基点 基点 basis␣point(s) bp(s)
times 1: 倍 times fold x ×
CNY 0.1: 角 毛 角钱 毛钱
m 1: 米 公尺 metre(s) meter(s) m
m 1000: 公里 千米 kilometre(s) kilometer(s) km(s)
m 500: 里 华里
m 0.1: 分米 decimetre(s) decimeter(s) dm
m 0.01: 厘米 公分 centimetre(s) centimeter(s) cm
m 0.001: 毫米 millimetre(s) millimeter(s) mm
m 1e-6: 微米 micrometre(s) micrometer(s) micron(s) μm µm
m 1e-9: 纳米 nanometre(s) nanometer(s) nm
m 1609.344: 英里 mile(s)
m 1852: 海里 nautical␣mile(s) nmi
m 0.3048: 英尺 feet foot ft Ft
m 0.9144: 码 yard(s) yd(s)
m 0.0254: 英寸 寸 inch(es)
m 201.168: furlong(s)
m 1.8288: fathom(s) 英寻
m 149597870700: 天文单位 astronomical␣unit(s) au
ly 1: 光年 light␣year(s)
ly 3.261564: 秒差距 parsec(s)
g 1: 克 gram(s) gramme(s) g
g 1000: 千克 公斤 kilogram(s) kilogramme(s) kilo(s) kg(s)
g 500: 斤 市斤 jin
g 0.001: 毫克 milligram(s) mg
g 1e-6: 微克 microgram(s) μg µg mcg
g 1e-9: 纳克 nanogram(s) ng
g 0.2: 克拉 carat(s) ct
g 1e6: 吨 公吨 tonne(s) metric␣ton(s) ton(s) t mt
g 907184.74: 短吨 short␣ton(s) us␣ton(s)
g 1016046.9: 长吨 long␣ton(s)
g 1e9: kilotonne(s) kiloton(s) kt
g 1e12: megatonne(s) megaton(s) Mt
g 1e15: gigatonne(s) gigaton(s) Gt
g 453.59237: 磅 pound(s) lb(s)
g 28.349523: 盎司 ounce(s) oz
g 31.1034768: 盎司 troy␣ounce(s) ounce(s) oz
g 6350.29318: 英石 stone
m2 1: 平方米 平米 平 square␣metre(s) square␣meter(s) m² m2 ㎡ sqm sq␣m
m2 1e-4: 平方厘米 square␣centimetre(s) square␣centimeter(s) cm² cm2
m2 1e-6: 平方毫米 square␣millimetre(s) square␣millimeter(s) mm² mm2
m2 1e6: 平方公里 平方千米 square␣kilometre(s) square␣kilometer(s) km² km2 sq␣km
m2 2589988.11: 平方英里 square␣mile(s) sq␣mi
m2 0.09290304: 平方英尺 平方呎 square␣feet square␣foot sq␣ft sqft ft² ft2
m2 0.83612736: 平方码 square␣yard(s)
m2 3.305785: 坪
m2 666.6666667: 亩 mu
m2 10000: 公顷 hectare(s) ha
m2 4046.8564: 英亩 acre(s)
l 1: 升 公升 litre(s) liter(s) L
l 0.1: 分升 decilitre(s) deciliter(s) dl
l 0.01: 厘升 centilitre(s) centiliter(s) cl
l 0.001: 毫升 millilitre(s) milliliter(s) ml
l 0.001: 立方厘米 cubic␣centimetre(s) cubic␣centimeter(s) cc cm³ cm3
l 1000: 立方米 立方 cubic␣metre(s) cubic␣meter(s) m³ m3
l 1e12: 立方公里 立方千米 cubic␣kilometre(s) cubic␣kilometer(s) km³ km3
l 28.316847: 立方英尺 cubic␣feet cubic␣foot cu␣ft ft³ ft3
l 0.016387064: 立方英寸 cubic␣inch(es)
l 3.785411784: 加仑 us␣gallon(s) gallon(s) gal
l 4.54609: 英制加仑 imperial␣gallon(s) gallon(s)
l 0.568261: 品脱 pint(s)
l 0.473176: 品脱 pint(s)
l 0.946353: 夸脱 quart(s)
l 0.0295735: 液量盎司 液体盎司 fluid␣ounce(s) fl␣oz
l 0.25: cup(s)
l 0.236588: cup(s)
l 0.015: 汤匙 大匙 大勺 tablespoon(s) tbsp(s)
l 0.005: 茶匙 小匙 小勺 teaspoon(s) tsp(s)
l 158.987: 桶 barrel(s) bbl bpd b/d
l 1233481.84: 英亩英尺 acre-feet acre-foot
l 1: L/100km l/100km L/100␣km l/100␣km 升/百公里 升/100公里
l 1: litre(s)␣per␣100␣km litre(s)␣per␣100␣kilometre(s) liter(s)␣per␣100␣kilometer(s)
m/l 425.143707: mpg
s 1: 秒 秒钟 second(s) sec(s) s
s 60: 分钟 分 minute(s) min(s) m
s 900: 刻钟
s 3600: 小时 个小时 钟头 个钟头 个钟 hour(s) hr(s) h
s 7200: 时辰 个时辰
s 86400: 天 昼夜 day(s)
s 604800: 周 星期 个星期 礼拜 个礼拜 week(s) wk(s)
s 1209600: fortnight(s)
s 0.001: 毫秒 millisecond(s) ms
s 1e-6: 微秒 microsecond(s) μs µs
s 1e-9: 纳秒 nanosecond(s) ns
month 1: 个月 月龄 month(s) mo
month 3: 个季度 quarter(s)
month 12: 年 岁 周岁 周年 载 year(s) year-old(s) yr(s)
month 12: 个年头 年头
month 120: decade(s)
month 12000: 千年 millennia millennium
month 1200: 个世纪 centuries century
m/s 1: m/s mps
m/s 0.277777778: km/h kph kmh km/hr
m/s 0.44704: mph mi/h
m/s 0.5144444: 节 knot(s) kt(s) kn
m/s 340.3: 马赫 mach
C 1: 度 摄氏度 ℃ °C degree(s)␣celsius degree(s)␣centigrade degree(s)␣C celsius C degree(s) deg␣C ° c
F 1: 度 华氏度 ℉ °F degree(s)␣fahrenheit degree(s)␣F fahrenheit F degree(s) ° f
K 1: 开尔文 开氏度 K kelvin(s) degree(s)␣kelvin °K
byte 1: 字节 byte(s)
byte 1e3: 千字节 KB kilobyte(s)
byte 1e6: MB 兆字节 megabyte(s)
byte 1e9: GB 吉字节 gigabyte(s)
byte 1e12: TB 太字节 terabyte(s)
byte 1e15: PB 拍字节 petabyte(s)
byte 1e18: EB exabyte(s)
bit 1: 比特 bit(s)
bit 1e6: 兆比特 megabit(s) Mb
bit 1e9: 吉比特 gigabit(s) Gb
byte/s 1e3: KB/s
byte/s 1e6: MB/s MBps
byte/s 1e9: GB/s GBps
byte/s 1e12: TB/s TBps
bit/s 1e3: kbps Kbps kbit/s
bit/s 1e6: Mbps Mbit/s Mb/s
bit/s 1e9: Gbps Gbit/s Gb/s
bit/s 1e12: Tbps Tbit/s Tb/s
Hz 1: 赫 赫兹 hertz Hz
Hz 1e3: 千赫 千赫兹 kHz kilohertz
Hz 1e6: 兆赫 兆赫兹 MHz megahertz
Hz 1e9: 吉赫 吉赫兹 GHz gigahertz
Hz 1e12: 太赫 太赫兹 THz terahertz
W 1: 瓦 瓦特 watt(s) W
W 1e-3: 毫瓦 milliwatt(s) mW
W 1e3: 千瓦 kilowatt(s) kW KW
W 1e6: 兆瓦 megawatt(s) MW
W 1e9: 吉瓦 gigawatt(s) GW
W 1e12: 太瓦 terawatt(s) TW
W 735.5: 马力 PS metric␣horsepower
W 745.7: 马力 horsepower hp bhp
Wh 1: 瓦时 瓦特小时 watt␣hour(s) Wh
Wh 1e3: 度 千瓦时 千瓦小时 度电 kilowatt␣hour(s) kWh KWh kWh/100km 千瓦时/百公里 度/百公里
Wh 1e6: 兆瓦时 megawatt␣hour(s) MWh
Wh 1e9: 吉瓦时 gigawatt␣hour(s) GWh
Wh 1e12: 太瓦时 terawatt␣hour(s) TWh
Ah 1: 安时 amp␣hour(s) ampere␣hour(s) Ah
Ah 1e-3: 毫安时 毫安 milliamp␣hour(s) mAh
A 1: 安培 amp(s) ampere(s)
V 1: 伏 伏特 volt(s) V
V 1e3: 千伏 kilovolt(s) kV
ohm 1: 欧姆 ohm(s) Ω
cal 1: 卡 卡路里 calorie(s) cal
cal 1e3: 千卡 大卡 卡路里 kilocalorie(s) kcal calorie(s)
J 1: 焦 焦耳 joule(s) J
J 1e3: 千焦 kilojoule(s) kJ
J 1e6: 兆焦 megajoule(s) MJ
J 1e9: 吉焦 gigajoule(s) GJ
Btu 1: 英热单位 british␣thermal␣unit(s) btu(s)
Btu 1e6: 百万英热单位 million␣british␣thermal␣units mmbtu
N 1: 牛顿 newton(s)
N 1e3: 千牛 kilonewton(s) kN
Nm 1: 牛·米 牛米 牛顿米 牛顿·米 newton␣metre(s) newton␣meter(s) Nm N·m N⋅m N.m
Nm 1.355818: 磅英尺 磅·英尺 pound␣feet pound␣foot lb-ft lb␣ft ft-lb foot␣pound(s)
Pa 1: 帕 帕斯卡 pascal(s) Pa
Pa 100: 百帕 hPa hectopascal(s) millibar(s) mbar mb 毫巴
Pa 1e3: 千帕 kPa kilopascal(s)
Pa 1e6: 兆帕 MPa megapascal(s)
Pa 1e9: 吉帕 GPa gigapascal(s)
Pa 1e5: bar(s)
Pa 6894.757: psi pound(s)␣per␣square␣inch 磅/平方英寸
Pa 101325: 个大气压 大气压 标准大气压 atmosphere(s) atm
Pa 133.322: 毫米汞柱 mmHg mm␣Hg millimetre(s)␣of␣mercury millimeter(s)␣of␣mercury
dB 1: 分贝 decibel(s) dB dBA
lm 1: 流明 lumen(s) lm
lx 1: 勒克斯 lux lx
nit 1: 尼特 nit(s) cd/m² cd/m2
rpm 1: 转/分 转/分钟 转每分 转每分钟 rpm revolution(s)␣per␣minute revolution(s)␣a␣minute r/min
bpm 1: 次/分 次/分钟 bpm beat(s)␣per␣minute beat(s)␣a␣minute
dpi 1: dpi ppi dot(s)␣per␣inch pixel(s)␣per␣inch
ppm 1: ppm part(s)␣per␣million
ppm 1e-3: ppb part(s)␣per␣billion
ppm 1e-6: ppt part(s)␣per␣trillion
mg/dL 1: 毫克/分升 mg/dL
mmol/L 1: 毫摩尔/升 毫摩尔每升 mmol/L
ug/m3 1: 微克/立方米 微克每立方米 μg/m³ µg/m³ ug/m3
pixel 1: 像素 pixel(s) px
pixel 1e6: 百万像素 兆像素 megapixel(s) MP
pixel 1e9: gigapixel(s) GP
fps 1: 帧 帧/秒 帧每秒 fps frame(s)␣per␣second frame(s)␣a␣second
Sv 1: 西弗 sievert(s) Sv
Sv 1e-3: 毫西弗 millisievert(s) mSv
Sv 1e-6: 微西弗 microsievert(s) μSv µSv
eV 1: 电子伏特 电子伏 electronvolt(s) eV
eV 1e3: 千电子伏特 keV
eV 1e6: 兆电子伏特 MeV
eV 1e9: 吉电子伏特 GeV
eV 1e12: 太电子伏特 TeV
count 1: 人 人次 名 位 家 个 篇 份 项 件 套 辆 台 部 本 册 卷 场 次
count 1: 届 章 条 款 户 只 头 匹 架 艘 座 所 间 栋 幢 棵 株 朵 颗
count 1: 粒 枚 张 幅 片 块 根 支 把 口 道 层 级 种 类 样 组 批 对
count 1: 双 期 集 回 轮 步 遍 趟 起 例 宗 笔 号 页 行 句 字 词 分
count 1: 点 票 席 国 省 市 县 区 镇 乡 村 校 店 站 处 节 桶 盏 罐
count 1: point(s) stone cup(s) pint(s) bar(s) atmosphere(s) pound(s) won 角 毛 卡
count 1: beat(s)␣per␣minute beat(s)␣a␣minute bpm 次/分 次/分钟 型
count 1: 周年 年级 代 餐 顿 杯 瓶 盒 袋 包 箱 床 尾 羽 股 金 银 铜 班 列 剂
"""


def _units() -> dict[str, list[tuple[str, float]]]:
    units: dict[str, list[tuple[str, float]]] = {}
    for line in [*_TABLE.strip().splitlines(), *NAMES]:
        head, _, names = line.partition(": ")
        dimension, size = head.split()
        for name in dict.fromkeys(chain.from_iterable(map(_numbers, names.split()))):
            units.setdefault(name.replace("␣", " "), []).append((dimension, float(size)))
    return units


def _numbers(name: str) -> set[str]:
    """The singular and the plural of mile(s)␣per␣hour."""
    return {_PLURAL.sub("", name), _PLURAL.sub(r"\1", name)}


_PLURAL = re.compile(r"\((s|es|r)\)")
#: Name → what it may mean. A name of one small letter is that letter alone: M is no metre.
UNITS = _units()
_LATIN = [name for name in UNITS if name[-1].isascii() and name[-1].isalnum()]
_OTHER = [name for name in UNITS if name not in _LATIN]
_ANY_CASE = [name for name in _LATIN if len(name) > 1 and name.islower()]
_AS_THEY_STAND = [name for name in _LATIN if name not in _ANY_CASE]


_Tree = dict[str, "_Tree"]


def _any(names: Iterable[str]) -> str:
    """A pattern for the longest of *names*: as a tree, for a thousand branches are slow."""
    tree: _Tree = {}
    for name in names:
        node = tree
        for character in name:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branches(tree)


def _branches(tree: _Tree) -> str:
    branches = [
        (r"[-\ ]" if character == " " else re.escape(character)) + _branches(rest)
        for character, rest in tree.items()
        if character
    ]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if '' in tree else ''}"


#: What 成, 角 and their like begin behind a number: 五角大楼 and 三成为 have no amount.
_NO_UNIT = {
    "成": r"(?![为立员果绩本功都熟长份交效就品因分人型像])",
    "升": r"(?![至到学级高值幅温任空起势])",
    "平": r"(?![均时稳衡台等价息凡静])",
    "分": r"(?![别布为析公店行红手期支开化])",
    "米": r"(?![饭粒粉面线其])",
    "里": r"(?![程面斯昂约])",
    "码": r"(?!头)",
    "天": r"(?![然津气])",
    "周": r"(?![边围])",
    "元": r"(?![旦月宵素首])",
    "瓦": r"(?!斯)",
    "焦": r"(?!点)",
    "卡": r"(?!车)",
    "角": r"(?![形洲度落色钢函恋债大楼星兽鹿逐质球力])",
    "毛": r"(?![病线巾衣衫笔孩利])",
    "节": r"(?![日目省约能水假气点奏制])",
}
_HAN_UNIT = "|".join(
    [_any(name for name in _OTHER if name not in _NO_UNIT)]
    + [name + no_unit for name, no_unit in _NO_UNIT.items()]
)
_ANY_LATIN = rf"(?:(?i:{_any(_ANY_CASE)})|{_any(_AS_THEY_STAND)})(?![A-Za-zč\d²³])"
#: A unit behind a number. 百分之三 and 元宵 begin like units and are none.
UNIT = rf"(?:[-\ ]?{_ANY_LATIN}(?!/(?!{_ANY_LATIN})[a-z])|\ ?(?:{_HAN_UNIT})(?!分之))"
#: What a quantity is told for: 元/公斤, miles per hour, $5 a day; and where it stands before, 每吨.
PER_BEHIND = re.compile(
    r"\ ?[/每]\ ?(?P<calendar>[月季日])|\ (?P<adverb>hourly|daily|weekly|monthly|annually|yearly)\b"
    rf"|\ ?[/每]\ ?(?P<unit>{UNIT})|\ (?:per|an?|each|every)\ (?P<named>{_ANY_LATIN})"
    r"(?!\ (?:ago|earlier|later|before|after)\b)"
)
PER_BEFORE = re.compile(
    rf"(?=[每时日周月年])(?:每(?P<calendar>[月季日])|每(?P<unit>{UNIT})"
    r"|(?<![\d一二三四五六七八九十])(?P<pay>[时日周月年])(?:速|薪|均|租金?|收入|入|供|产量?))"
    r"[^\d，。；,;、:\n\x00]{0,10}$"
    r"|\b(?P<adverb>hourly|daily|weekly|monthly|annual|yearly)\ (?:[a-z]+\ ){0,3}$"
)
_PERIODS = {
    "month": "月 monthly",
    "quarter": "季",
    "day": "日 daily",
    "week": "周 weekly",
    "hour": "时 hourly",
    "year": "年 annual annually yearly",
}
_PERIOD = {word: unit for unit, words in _PERIODS.items() for word in words.split()}


def told_for(match: re.Match[str]) -> list[tuple[str, float]]:
    """The dimensions and sizes of what matched PER_BEHIND or PER_BEFORE."""
    told = next(value for value in match.groupdict().values() if value)
    return meaning(_PERIOD.get(told, told))


CURRENCY = rf"(?:{_any(sign for sign in SIGNS if sign not in ONE_LETTER)}|{LETTER})\ ?"


@functools.lru_cache(1024)
def meaning(unit: str) -> list[tuple[str, float]]:
    """The dimensions and sizes that what matched UNIT may stand for."""
    name = unit.lstrip(" -")
    spaced = name.lower().replace("-", " ")
    return UNITS.get(name) or UNITS.get(name.lower()) or UNITS.get(spaced, [])
