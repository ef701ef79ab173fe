"""Units, each with the dimension it measures and its size in the dimension's first unit."""

from __future__ import annotations

import re

#: A plain number, one that counts, and one before a word that may be what is counted. Counters are
#: one: 3篇 is 3份 and 3 reports.
BARE, COUNT, THINGS = "", "count", "things"
PERCENT, POINTS, TIMES = "%", "points", "times"

# Names beginning with a capital or a sign are meant as they stand, all others in any case.
_TABLE = """
% 1: % percent per␣cent pct
% 10: 成
% 0.1: ‰
points 1: 个百分点 百分点 percentage␣points percentage␣point percentage-point pp ppts ppt
points 1: points point
points 0.01: 个基点 基点 basis␣points basis␣point basis-point bps
times 1: 倍 times fold x ×
CNY 1: 元 元人民币 人民币 块钱 yuan renminbi rmb CNY
CNY 0.1: 毛钱
USD 1: 美元 美金 dollars dollar us␣dollars USD
USD 0.01: 美分 cents cent
EUR 1: 欧元 euros euro EUR
GBP 1: 英镑 pounds pound sterling GBP
JPY 1: 日元 yen JPY
HKD 1: 港元 港币 HKD
TWD 1: 新台币 TWD
KRW 1: 韩元 won KRW
INR 1: 卢比 rupees rupee INR
RUB 1: 卢布 roubles rubles RUB
CHF 1: 瑞士法郎 francs CHF
krone 1: 克朗 kroner krone kronor krona NOK SEK DKK
THB 1: 泰铢 baht THB
peso 1: 比索 pesos peso
BRL 1: 雷亚尔 reais BRL
TRY 1: 里拉 lira TRY
MYR 1: 林吉特 令吉 ringgit MYR
ZAR 1: 兰特 rand ZAR
PLN 1: 兹罗提 zlotys zloty PLN
AED 1: 迪拉姆 dirhams dirham AED
SAR 1: 里亚尔 riyals riyal SAR
IDR 1: 印尼盾 印尼卢比 rupiah IDR
VND 1: 越南盾 dong VND
BTC 1: 比特币 bitcoins bitcoin BTC
AUD 1: 澳元 AUD
CAD 1: 加元 CAD
SGD 1: 新元 SGD
m 1: 米 公尺 metres metre meters meter m
m 1000: 公里 千米 kilometres kilometre kilometers kilometer km
m 500: 里 华里
m 0.1: 分米
m 0.01: 厘米 公分 centimetres centimetre centimeters centimeter cm
m 0.001: 毫米 millimetres millimetre millimeters millimeter mm
m 1e-6: 微米 micrometres micrometers micrometre micrometer microns micron μm µm
m 1e-9: 纳米 nanometres nanometre nanometers nanometer nm
m 1609.344: 英里 miles mile
m 1852: 海里 nautical␣miles nautical␣mile
m 0.3048: 英尺 feet foot ft
m 0.9144: 码 yards yard
m 0.0254: 英寸 寸 inches inch
ly 1: 光年 light-years light␣years light-year light␣year
g 1: 克 grams gram g
g 1000: 千克 公斤 kilograms kilogram kilos kilo kg
g 500: 斤
g 0.001: 毫克 milligrams milligram mg
g 1e-6: 微克 micrograms microgram μg µg mcg
g 1e6: 吨 公吨 tonnes tonne metric␣tons metric␣ton tons ton t
g 453.59237: 磅 pounds pound lbs lb
g 28.349523: 盎司 ounces ounce oz
m2 1: 平方米 平米 平 square␣metres square␣metre square␣meters square␣meter m² m2 ㎡ sqm
m2 1e6: 平方公里 平方千米 square␣kilometres square␣kilometers square␣kilometre km² km2 sq␣km
m2 2589988.11: 平方英里 square␣miles square␣mile
m2 0.09290304: 平方英尺 square␣feet square␣foot sq␣ft
m2 666.6666667: 亩
m2 10000: 公顷 hectares hectare ha
m2 4046.8564: 英亩 acres acre
l 1: 升 公升 litres litre liters liter L
l 0.001: 毫升 millilitres millilitre milliliters milliliter ml
l 1000: 立方米 cubic␣metres cubic␣meters cubic␣metre cubic␣meter m³ m3
l 1e12: 立方公里 立方千米 cubic␣kilometres cubic␣kilometers cubic␣kilometre km³ km3
l 3.785411784: 加仑 gallons gallon
l 158.987: 桶 barrels barrel bpd
s 1: 秒 秒钟 seconds second secs sec s
s 60: 分钟 分 minutes minute mins min
s 3600: 小时 个小时 钟头 个钟头 hours hour hrs hr h
s 86400: 天 昼夜 days day
s 604800: 周 星期 个星期 礼拜 weeks week
s 1209600: fortnights fortnight
s 0.001: 毫秒 milliseconds millisecond ms
month 1: 个月 月龄 months month
month 3: 个季度 quarters
month 12: 年 岁 周岁 周年 载 years year year-olds yr yrs
month 120: decades decade
month 12000: millennia millennium
month 1200: 个世纪 centuries century
m/s 1: 米每秒 米/秒 m/s
m/s 0.277777778: 公里每小时 公里/小时 千米每小时 千米/小时 公里/时
m/s 0.277777778: km/h kph kmh kilometres␣per␣hour kilometers␣per␣hour
m/s 0.44704: 英里每小时 mph miles␣per␣hour miles␣an␣hour
C 1: 度 摄氏度 ℃ °C degrees␣celsius degree␣celsius degrees␣C celsius C degrees degree
F 1: 度 华氏度 ℉ °F degrees␣fahrenheit degrees␣F fahrenheit F degrees degree
byte 1: 字节 bytes byte
byte 1e3: KB kilobytes
byte 1e6: MB 兆字节 megabytes megabyte
byte 1e9: GB gigabytes gigabyte
byte 1e12: TB terabytes terabyte
byte 1e15: PB petabytes
byte/s 1e3: KB/s
byte/s 1e6: MB/s
byte/s 1e9: GB/s
byte/s 1e12: TB/s
bit/s 1e3: kbps Kbps
bit/s 1e6: Mbps
bit/s 1e9: Gbps
Hz 1: 赫兹 hertz Hz
Hz 1e3: 千赫 kHz
Hz 1e6: 兆赫 MHz megahertz
Hz 1e9: 吉赫 GHz gigahertz
W 1: 瓦 瓦特 watts watt W
W 1e3: 千瓦 kilowatts kilowatt kW KW
W 1e6: 兆瓦 megawatts megawatt MW
W 1e9: 吉瓦 gigawatts gigawatt GW
W 1e12: 太瓦 terawatts terawatt TW
Wh 1e3: 度 千瓦时 千瓦小时 度电 kilowatt-hours kilowatt␣hours kilowatt-hour kWh
Wh 1e6: 兆瓦时 megawatt-hours megawatt␣hours MWh
Wh 1e9: 吉瓦时 gigawatt-hours gigawatt␣hours GWh
Wh 1e12: 太瓦时 terawatt-hours terawatt␣hours TWh
mAh 1: 毫安时 毫安 mAh
V 1: 伏 伏特 volts volt V
hp 1: 马力 horsepower hp
cal 1: 卡路里
cal 1e3: 千卡 大卡 kilocalories kcal calories
J 1: 焦 焦耳 joules joule
J 1e3: 千焦 kilojoules kilojoule kJ
dB 1: 分贝 decibels decibel dB dBA
mg/dL 1: 毫克/分升 mg/dL
mmol/L 1: 毫摩尔/升 mmol/L
ug/m3 1: 微克/立方米 μg/m³ µg/m³ ug/m3
pixel 1e6: 百万像素 megapixels megapixel MP
fps 1: 帧 fps frames␣per␣second frames␣a␣second
mmHg 1: 毫米汞柱 mmHg
hPa 1: 百帕 hPa millibars millibar mbar mb
count 1: 人 人次 名 位 家 个 篇 份 项 件 套 辆 台 部 本 册 卷 场 次
count 1: 届 章 条 款 户 只 头 匹 架 艘 座 所 间 栋 幢 棵 株 朵 颗
count 1: 粒 枚 张 幅 片 块 根 支 把 口 道 层 级 种 类 样 组 批 对
count 1: 双 期 集 回 轮 步 遍 趟 起 例 宗 笔 号 页 行 句 字 词 分
count 1: 点 票 席 国 省 市 县 区 镇 乡 村 校 店 站 处
count 1: points point
count 1: 代 餐 顿 杯 瓶 盒 袋 包 箱 床 尾 羽 股 金 银 铜
"""


def _units() -> dict[str, list[tuple[str, float]]]:
    units: dict[str, list[tuple[str, float]]] = {}
    for line in _TABLE.strip().splitlines():
        head, _, names = line.partition(": ")
        dimension, size = head.split()
        for name in dict.fromkeys(names.replace("␣", "\x01").split()):
            units.setdefault(name.replace("\x01", " "), []).append((dimension, float(size)))
    return units


#: Name → what it may mean. A name of one small letter is that letter alone: M is no metre.
UNITS = _units()
CURRENCIES = {
    "US$": ["USD"],
    "HK$": ["HKD"],
    "NT$": ["TWD"],
    "A$": ["AUD"],
    "C$": ["CAD"],
    "S$": ["SGD"],
    "$": ["USD"],
    "€": ["EUR"],
    "£": ["GBP"],
    "¥": ["CNY", "JPY"],
    "￥": ["CNY", "JPY"],
    "₩": ["KRW"],
    "₹": ["INR"],
    "₽": ["RUB"],
    "RMB": ["CNY"],
    "CNY": ["CNY"],
    "USD": ["USD"],
    "EUR": ["EUR"],
    "GBP": ["GBP"],
    "JPY": ["JPY"],
    "人民币": ["CNY"],
}
_LATIN = [name for name in UNITS if name[-1].isascii() and name[-1].isalnum()]
_OTHER = [name for name in UNITS if name not in _LATIN]


def _any(names: list[str]) -> str:
    longest_first = sorted(names, key=len, reverse=True)
    return "|".join(re.escape(name).replace(r"\ ", r"[-\ ]") for name in longest_first)


#: A unit behind a number. 百分之三 and 元宵 begin like units and are none.
UNIT = (
    rf"(?:[-\ ]?(?:(?i:{_any([n for n in _LATIN if len(n) > 1 and n.islower()])})"
    rf"|{_any([n for n in _LATIN if len(n) == 1 or not n.islower()])})(?![A-Za-z\d²³]|/[a-z])"
    rf"|\ ?(?:{_any([n for n in _OTHER if n != '成'])}"
    rf"|成(?![为立员果绩本功都熟长份交效就品因分人型像]))(?!分之))"
)
CURRENCY = rf"(?:{_any(list(CURRENCIES))})\ ?"


def meaning(unit: str) -> list[tuple[str, float]]:
    """The dimensions and sizes that what matched UNIT may stand for."""
    name = unit.lstrip(" -")
    spaced = name.lower().replace("-", " ")
    return UNITS.get(name) or UNITS.get(name.lower()) or UNITS.get(spaced, [])
