"""Numbers, dates and quotations of a summary are held against its article."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from daemon.checking import marked
from daemon.checking.copying import copied
from tests.timing import seconds

PAIRS = Path(__file__).parents[2] / "pairs"


def doubts(summary: str, article: str) -> list[str]:
    return [doubt.text for doubt in marked(summary, article)[1]]


def pairs() -> list[dict[str, Any]]:
    files = [path.read_text("utf-8") for path in sorted(PAIRS.glob("*.jsonl"))]
    return [json.loads(line) for file in files for line in file.splitlines()]


def test_planted_errors_are_found_and_true_sentences_are_not_marked() -> None:
    planted = [pair for pair in pairs() if pair["planted"]]
    clean = [pair for pair in pairs() if not pair["planted"]]
    found = spurious = 0
    for pair in planted:
        told = [text.strip('“”"《》') for text in doubts(pair["summary"], pair["article"])]
        wrong = pair["planted"].strip('“”"《》')
        right = [text for text in told if text in wrong or wrong in text]
        found += bool(right)
        spurious += len(told) > len(right)
    false = sum(bool(doubts(pair["summary"], pair["article"])) for pair in clean)

    print(f"recall {found}/{len(planted)}, false alarms {false}/{len(clean)}, beside {spurious}")
    assert len(planted) + len(clean) >= 260
    assert found >= 0.95 * len(planted)
    assert false <= 0.03 * len(clean)
    assert spurious <= 0.03 * len(planted)


HELD = {
    "a number may stand in another scale": ("2.2万亿元", "22197亿元"),
    "per cent is said in many ways": ("13.3 per cent；百分之十三点三", "13.3%"),
    "tenths are per cent": ("三成，九成五", "30%、95%"),
    "a date is the same in every form": ("7月23日, July 23, 23 July", "2026-07-23"),
    "a year may stand elsewhere": ("2026年7月23日", "7月23日。二〇二六年"),
    "last year is counted from one that is named": ("2025年", "2026年的产量高于去年"),
    "a range is two dates": ("July 23–25", "7月23日至25日"),
    "a quarter may be a name": ("Q2; the second quarter", "二季度"),
    "a decade may lack its century": ("上世纪90年代; the 1990s", "20世纪90年代"),
    "a time may lack its half day": ("15:00; 3 p.m.", "下午三点"),
    "numerals may be words": ("23 people, 105人", "Twenty-three people, a hundred and five"),
    "a dozen is twelve": ("12 people", "a dozen people"),
    "numerals of other scripts are digits": ("123", "١٢٣"),
    "full width is no difference": ("１，２３４元", "1234元"),
    "digits may be grouped": ("1,234,567 and 1\u202f234\u202f567", "1234567"),
    "units that are exact are converted": ("5 km; 1.94公斤", "5000米，1935.3克"),
    "a bare number may have a unit elsewhere": ("60 or older", "60岁及以上"),
    "counters are one": ("三份 and 3 reports", "3篇"),
    "fractions are per cent": ("two thirds; 三分之二; 2/3", "66%"),
    "multiples have words": ("doubled; 翻了一番; 增长一倍", "twofold, twice"),
    "a right rounding is held": ("13%", "13.34%"),
    "over allows what is above": ("超17%; more than 17%", "17.3%"),
    "nearly allows what is below": ("nearly 2,000", "1,987"),
    "about allows what is near": ("about 30", "28"),
    "vague numbers say nothing": ("数百人，十几个，dozens", "x"),
    "words with numerals in them are no numbers": ("一方面，四川的百姓万一，十分统一", "x"),
    "a list's numbers are no statements": ("1. a\n2. b\n\n（3）c\n\n**4. d**\n\n第五，e", "x"),
    "code and addresses are no statements": ("`5%` [a](b/2024) https://x/5 <i a=7>", "x"),
    "tags are no statements": ("#million #2030年", "x"),
    "a name may be joined otherwise": ("gpt4o, Covid19", "GPT-4o, COVID-19"),
    "a quotation may lack its punctuation": ("“不会 放慢， 投入”", "他说不会放慢投入。"),
    "a quotation may leave out": ('"we […] won … today"', "and we have won it all today"),
    "a quotation in another script is a translation": (
        "“人工智能优先”",
        "AI comes first, he said.",
    ),
    "an entity is its character": ("&quot;we won&quot; 5&nbsp;km", "we won 5 km"),
    "emphasis may cut a number": ("**13.3**%, 5**km**", "13.3%, 5 km"),
    "the first months of a year": ("前8个月", "1—8月累计1282亿件"),
    "the first months in words": ("in the first eight months", "今年前8个月"),
    "the first quarters of a year": ("the first three quarters", "前三季度"),
    "nine months": ("1-9月", "前三季度"),
    "a half year by its months": ("上半年", "1-6月"),
    "noon": ("12 p.m.", "at noon"),
    "a time of day before a full stop": ("It landed at 23:20.", "at 11.20pm local time"),
    "a time of hours, minutes and seconds": ("a record of 2:01:39.", "2:01:39 in Berlin"),
    "a version with its letter": ("v4.2.0 and v3.9", "release 4.2.0, Python 3.9"),
    "hundreds of years as a century": ("the 1500s", "the 16th century"),
    "a ratio with hyphens": ("14-to-1", "14:1"),
    "odds with hyphens": ("1-in-32", "1 in 32"),
    "a rate per million": ("$10/1M", "$10 per million"),
    "a decade": ("ten years", "about a decade"),
    "an ordinal of years": ("连续第五年", "for a fifth straight year"),
    "kroner": ("6980亿克朗", "698bn kroner"),
    "the speed of a disk": ("7GB/s", "7000MB/s"),
    "terawatts": ("1,100 GW", "1.1 terawatts"),
    "a rank at the end of a sentence": ("finished 8th", "He finished eighth."),
    "what 成 begins behind a number": ("双11成交额", "今年双11期间的交易"),
    "a doubling": ("增长一倍", "收入翻倍"),
    "months in days": ("three months", "90 days"),
    "millennia": ("10 millennia", "10,000 years"),
    "frames": ("60fps", "60 frames per second"),
    "points of a percentage": ("±2.9 points", "plus or minus 2.9 percentage points"),
    "an end of a year": ("by end-2024", "at the end of 2024"),
    "speeds in many words": (
        "120 km/h, 每小时120公里, 时速120公里, 120公里/小时",
        "at 120 kilometres an hour",
    ),
    "fuel per distance": ("45 miles per gallon; 5.2 litres per 100 km", "45mpg, 百公里油耗5.2升"),
    "torque": ("320 Nm, 320牛·米", "320 newton metres"),
    "pressure": ("250 kPa, 2.5 bar", "250千帕"),
    "kelvin": ("about 1,027 °C", "1,300 kelvin"),
    "another scale of temperature": ("38°C", "100.4 degrees Fahrenheit"),
    "parts per million": ("420 ppm, 百万分之420", "420 parts per million"),
    "pence and cents": ("85p, $0.60", "85 pence, 60 cents"),
    "small money": ("1角9分，12元，1.5元", "0.19元，12块，1块5"),
    "spoons": ("two tbsp, 一茶匙", "2 tablespoons, a teaspoon"),
    "pixels": ("4800万像素", "a 48-megapixel camera"),
    "currencies by their country": (
        "A$5m, 300万加元, CHF14m, HK$20",
        "5 million Australian dollars, C$3 million, 14 million Swiss francs, 20港元",
    ),
    "a price for another amount": ("每公斤5.6元至6.4元", "每斤2.8元到3.2元"),
    "a price for a year": ("$95 annually", "$95 a year"),
    "a day of the month may be days": ("30天", "连续三十日"),
    "days may be a day of the month": ("15日内", "in 15 days"),
    "minutes and seconds": ("195秒一班", "3分15秒"),
    "hundredths of a second": ("2:05.31", "2分05秒31"),
    "and a half": (
        "90 minutes, 18 months, 30个月",
        "an hour and a half, a year and a half, 两年半",
    ),
    "and a quarter": ("135 minutes", "two hours and a quarter"),
    "a number and a half": ("2.5 million", "two and a half million people"),
    "times of day in words": (
        "10:15, 9:30, 17:50, 19:45",
        "a quarter past ten, half past nine, at ten to six, a quarter to eight in the evening",
    ),
    "a quarter of an hour": ("15分钟，10:15", "一刻钟，十点一刻"),
    "by a fraction": ("up 20%, down 33%", "rose by a fifth to 8 million, a third less water"),
    "a half in many words": ("50%", "half price"),
    "half in Chinese": ("减半，半价", "腰斩，五折"),
    "more than half": ("过半；逾半数", "55%"),
    "one in many": ("5%, 1%, 20%", "One in twenty, one in a hundred, 每五人有一人"),
    "discounts": ("八折，75折，5% off", "20% off; 七五折; 九五折"),
    "翻番": ("翻番，翻倍", "翻了一番"),
    "two times more": ("增长两倍", "涨到原来的三倍，tripled"),
    "a doubling by both amounts": ("翻倍", "每秒从4.5万次提升到9万次"),
    "a halving by both amounts": ("halved", "cut from $18.5 million to $9.25 million"),
    "a century by its year": ("18th century, 18世纪", "built in 1764"),
    "a decade by its year": ("the 1990s, 上世纪90年代, the 90s", "in 1994"),
    "no noun behind a number": ("the four sought", "asked for four years"),
    "times are a count": ("four times daily", "four departures a day"),
    "none in any unit": ("0-62 mph in 8 s", "Zero to 62mph takes 8 seconds"),
    "multiples may be a count": ("9.6个太阳", "太阳的9.6倍"),
    "holidays are no numbers": ("五一五天，十一七天", "假期5天、7天"),
    "a half of a fiscal year": ("first-half", "in the six months to September"),
    "a quarter by its months": ("the third quarter; the first nine months", "7-9月；1-9月"),
    "first months as a length": ("six months free", "free for the first six months"),
    "a formula": ("CO2, CO₂", "carbon dioxide"),
    "a formula in Chinese": ("CO2，H2O", "二氧化碳和水"),
    "bowling": ("6/38 from 14 overs", "6 for 38 in 14 overs"),
    "days by their name": ("December 25, 10月1日", "Christmas Day, 国庆节"),
    "the end of a month": ("6月30日", "截至6月底"),
    "half past on a weekday": ("周三上午9点半", "周三9时30分"),
    "heights": ("1.86米", "1米86"),
    "a year in months": ("38个月", "三年零两个月"),
    "two years of a season": ("the 2024-25 season", "2024至2025赛季"),
    "a day of the month as a number": ("on the 15th", "15日"),
    "half a spoon": ("half a teaspoon", "半茶匙"),
    "what 升 and 平 begin": ("2023年升至5，3平均", "2023年为5、3"),
    "a result, which is no time of day": ("2小时9分56秒; 2:09:56", "She ran 2:09:56."),
    "a result as a time": ("2:09:56", "2小时9分56秒; 2 hours, 9 minutes and 56 seconds"),
    "hours and hundredths": ("1:02:05.31", "1小时2分5秒31"),
    "minutes and seconds of a clip": ("12分35秒; 9:58", "The clip runs 12:35, not 9分58秒."),
    "beats": ("每分钟60次", "60 beats a minute"),
    "two years of a season in full": ("2019-2020", "the 2019/20 season"),
    "half the price": ("half the price, half as many", "£20, down from £40"),
    "a Roman numeral of one character": ("phase 3", "Ⅲ期"),
    "days by a day of the month": ("15 days", "on the 15th day"),
    "mu": ("587,000 mu, 80 kg per mu", "58.7万亩，亩均80公斤"),
    "pixels of all sizes": (
        "32亿像素，像素达32亿; 3.2-gigapixel; a pixel count of 3.2 billion",
        "a 3,200-megapixel camera",
    ),
    "a split by a ratio": ("各担一半; half each", "按1:1分担"),
    "a split by another ratio": ("60% and 40%", "按6:4的比例分成"),
    "a split in words": ("half each; 50%", "split the bill equally"),
    "a fifth below": (
        "20% below, down 25%",
        "a fifth below the mean, a quarter short of its target",
    ),
    "rand": ("R90 million, R90m, R 90 million, R90,000,000", "90 million rand"),
    "rand in words": ("90 million rand, 50 rand", "R90m, R50"),
    "money of other letters": (
        "500 kr, kr 500, 500 zł, 5000 Ft, 500 Kč, Rs. 500, S/500, CA$5m, AU$6m, RM5.50, "
        "K20 million",
        "500 kronor, zł 500, 5,000 forints, 500 korunas, 500 rupees, 500 soles, C$5 million, "
        "A$6m, 5.5 ringgit, 20 million kwacha",
    ),
    "names of a letter and a digit": ("R1, K2, P100", "DeepSeek-R1, R1, K2 and P100"),
    "a half that is a time": ("2,000 in the half, up", "2,014 in the first half"),
    "half of what is told": ("half that, half of that", "400 mg, for women no more than 200 mg"),
    "under half an hour": ("under half an hour; 不到半小时", "29 minutes"),
    "three quarters of an hour": ("45 minutes", "three quarters of an hour"),
    "a month in digits": ("November 2025; 2025年11月; 2025/11; 2025-11", "before 11/2025"),
    "days with their weekdays": ("12 to 27 July; 7月12日至27日", "Saturday 12 to Sunday 27 July"),
    "days with their weekdays in Chinese": ("July 12–27", "7月12日（周六）至27日（周日）"),
    "a day whose month is told elsewhere": (
        "9 January",
        "in January after a fire on the 9th, from",
    ),
    "years of two digits": (
        "1842–51, 2025—26, 1939-45",
        "1842 to 1851, 2025 and 2026, 1939 to 1945",
    ),
    "the under-25s": ("25岁以下, 65岁以上", "under-25s, the over-65s"),
    "ages as ranges": ("5300至4800年", "距今约5,300至4,800年"),
    "Roman numerals": (
        "三期, phase 3; 第二季; 第二次世界大战",
        "phase III; Season II; World War II",
    ),
    "Roman numerals in a summary": (
        "Phase III, III期, Season II, Louis XIV",
        "三期临床，第二季，路易十四",
    ),
    "capitals that are no numerals": ("Then I saw an IV drip, Malcolm X and SpaceX", "x"),
    "a rate of what is counted": ("600 per minute; 600/minute", "600 requests a minute"),
    "months to months": ("half a year; six months", "cut from eighteen months to six."),
    "a copied sentence, whatever is next to it": (
        "- 净利润为-5%。\n- It fell 7 per cent.",
        "前文。净利润为-5%。It fell 7 per cent. 后文",
    ),
}
DOUBTED = {
    "kilometres for miles": ("115 km/h", "115 mph"),
    "another currency by its country": ("$14 million", "14 million Swiss francs"),
    "dollars of another country": ("3 million Canadian dollars", "$3 million"),
    "pounds for pence": ("£11.2", "11.2p"),
    "for another weight": ("$9,640 an ounce", "$9,640 a tonne"),
    "for another weight in Chinese": ("每公斤2.8元", "每斤2.8元"),
    "for another time": ("$50 a week, 每年50元", "$50 a month"),
    "another rate in air": ("424 parts per billion", "424 parts per million"),
    "another pressure": ("250 MPa", "250 kPa"),
    "another temperature": ("300 K", "300°C"),
    "a spoon": ("five teaspoons", "five tablespoons"),
    "other minutes": ("95 minutes", "an hour and a half"),
    "another quarter of an hour": ("a quarter past eleven", "10:15"),
    "other days": ("31天", "连续三十日"),
    "other hundredths": ("2:05.13", "2分05秒31"),
    "another share": ("up a quarter", "rose by a fifth"),
    "fewer than half": ("more than half; 过半", "47%"),
    "one in others": ("one in thirty", "one in twenty"),
    "numbers that are apart": ("1 in 42", "1 in 32; it is wide, about 42 metres"),
    "another discount": ("七折", "八折"),
    "another doubling": ("翻两番", "翻了一番"),
    "two times more for two times": ("增长两倍", "翻番"),
    "a doubling that is a tripling": ("doubled", "from $4.5m to $13.5m"),
    "a halving that is a doubling": ("halved", "from $4.5m to $9m"),
    "a century without a year": ("17th century", "built in 1764"),
    "another formula": ("SO2", "carbon dioxide"),
    "other bowling": ("6/48", "6 for 38"),
    "another season": ("the 2023-24 season", "2024至2025赛季"),
    "the day before": ("December 24", "on Christmas Day"),
    "a part of a sentence that is copied": ("5%", "15% 增长"),
    "a quotation out of two sentences": ("“我们赢了。他输了。”", "我们赢了。你来了。他输了。"),
    "a digit": ("2.3万亿元", "22197亿元"),
    "a magnitude": ("3 million", "3 billion"),
    "a unit": ("5 km", "5 m"),
    "a currency": ("5元", "5美元"),
    "per cent for points": ("13.3%", "13.3个百分点"),
    "money for people": ("$500", "500 people"),
    "a direction": ("下降5%", "增长5%"),
    "a sign": ("-5%", "+5%"),
    "a day": ("July 24", "2026-07-23"),
    "a month": ("8月23日", "7月23日"),
    "a year": ("2025年7月23日", "2026年7月23日"),
    "a half day": ("7:30 pm", "7:30 am"),
    "a quarter": ("Q3", "第二季度"),
    "a century": ("16th century", "15世纪"),
    "a false bound": ("超过2.3万亿元", "22197亿元"),
    "what is not near": ("近2万亿元", "22197亿元"),
    "a wrong rounding": ("2.4万亿", "23499亿 and 24600亿"),
    "more digits than there are": ("3.45", "3.4"),
    "a count that is near": ("120人", "124人"),
    "a name": ("GPT-5", "GPT-4"),
    "a number in words": ("twenty-two", "23"),
    "a fraction": ("五分之二", "五分之三"),
    "a multiple": ("tripled", "doubled"),
    "a quotation": ("“放慢投入”", "他说加快投入。"),
    "a title": ("《网络法》", "《数据法》通过"),
    "the order of a quotation": ('"today … we"', "we have won today"),
    "part of a word": ('"art"', "an article"),
    "other first months": ("前9个月", "1—8月累计"),
    "a quarter for three": ("前三季度", "三季度"),
    "another version": ("v4.2.1", "4.2.0 and 1"),
    "another time before a full stop": ("at 23:40.", "at 11.20pm"),
    "another kind of money": ("6980亿克朗", "698bn euros"),
    "another speed of a disk": ("70GB/s", "7000MB/s"),
    "a hundred other years": ("the 1600s", "the 16th century"),
    "another rank": ("finished 6th", "He finished eighth."),
    "other months": ("four months", "90 days"),
    "a difference that is worked out": ("up 0.1 points", "to 4.3% from 4.2%"),
    "other odds": ("1-in-32", "1 in 42"),
    "a time of day for hours": ("提前八小时", "2025年06月18日 08:30:00"),
    "a time of day for its own hours": ("8小时30分", "2025-06-18 08:30:00"),
    "a time of day for half hours": ("eight and a half hours", "08:30:00.123"),
    "a time on a weekday": ("8小时30分5秒", "周三 08:30:05"),
    "a time before its weekday": ("8小时30分5秒", "08:30:05, Wednesday"),
    "a result that is rounded": ("about two hours", "She ran 2:09:56."),
    "another result": ("2小时9分57秒", "She ran 2:09:56."),
    "other seconds of a clip": ("12分36秒", "The clip runs 12:35."),
    "a clock for minutes that are rounded": ("twelve and a half minutes", "The clip runs 12:35."),
    "a full hour for minutes": ("at 10:00", "It takes ten minutes or ten hours."),
    "not half as many": ("half as many", "£30, down from £40"),
    "another type": ("三型", "type II"),
    "weeks for a day of the month": ("两周; about two weeks", "15日"),
    "weeks for an ordinal": ("two weeks", "on the 15th"),
    "other mu": ("58,700 mu", "58.7万亩"),
    "other pixels": ("像素达3.2亿", "a 3,200-megapixel camera"),
    "another split": ("一半", "按6:4分担"),
    "a score that splits nothing": ("一半", "双方1:1战平"),
    "another fifth": ("25%", "a fifth below the mean"),
    "other rand": ("R9 million", "90 million rand"),
    "dollars for rand": ("R90m", "$90m"),
    "crowns for zlotys": ("500 kr", "500 zł"),
    "another name of a letter and a digit": ("R2", "R1 and 2 people"),
    "half of what is not told": ("half that", "400 mg, for women no more than 300 mg"),
    "over half an hour": ("under half an hour", "39 minutes"),
    "another month in digits": ("October 2025", "before 11/2025"),
    "other days with weekdays": ("12 to 26 July", "Saturday 12 to Sunday 27 July"),
    "another day whose month is told": ("8 January", "in January after a fire on the 9th, from"),
    "another year of two digits": ("1842–52", "1842 to 1851"),
    "the under-35s": ("35岁以下", "under-25s"),
    "another Roman numeral": ("二期", "phase III"),
    "another Roman numeral in a summary": ("Season III", "第二季"),
    "another king": ("Louis XV", "Louis XIV"),
    "another rate of what is counted": ("600 per second", "600 requests a minute"),
    "another rate in Chinese": ("每秒600个", "600 requests a minute"),
    "months to other months": ("eight months", "cut from eighteen months to six."),
}


@pytest.mark.parametrize("rule", HELD)
def test_what_the_article_says_in_other_words_is_held(rule: str) -> None:
    summary, article = HELD[rule]

    assert doubts(summary, article) == []


@pytest.mark.parametrize("rule", DOUBTED)
def test_what_the_article_does_not_say_is_doubted(rule: str) -> None:
    summary, article = DOUBTED[rule]

    assert doubts(summary, article)


def test_a_mark_stands_behind_the_words_and_the_doubts_name_them() -> None:
    summary = "- 增长**2.3万亿元**，7月24日。\n\n| a | 5% |\n|---|---|\n\n“放慢”、[见 6 km](u/7)"

    text, told = marked(summary, "x 没有")

    assert text == (
        "- 增长**2.3万亿元⚠\ufe0e**，7月24日⚠。\n\n| a | 5%⚠ |\n|---|---|\n\n"
        "“放慢”⚠、[见 6 km⚠](u/7)"
    )
    assert [(doubt.text, doubt.kind) for doubt in told] == [
        ("2.3万亿元", "number"),
        ("7月24日", "date"),
        ("5%", "number"),
        ("“放慢”", "quotation"),
        ("6 km", "number"),
    ]


def test_a_number_in_a_doubtful_quotation_is_not_marked_again() -> None:
    assert doubts("“增长5%的产量”", "下降了") == ["“增长5%的产量”"]


def test_a_mark_that_is_no_longer_right_goes_and_others_stay() -> None:
    text, told = marked("增长5%⚠ ⚠ 注意 ⚠️6%⚠", "增长5%")

    assert text == "增长5% ⚠ 注意 ⚠️6%⚠"
    assert [doubt.text for doubt in told] == ["6%"]


PARTS = st.sampled_from(
    '5% 2.3万亿元 **增长 6** 7月** 24日 _9_ ~~8~~ “放慢 ” " \\ \n \n\n - 1. | ` ⚠ ⚠️ # > '
    "[ ](u) <b> &amp; 中 a three half 1e9 ， . ** * _ 3️⃣ \ud800 \u202e \u200b 壹 第 分之 http://a/5".split(
        " "
    )
)
TEXTS = st.lists(st.one_of(PARTS, st.text(max_size=3)), max_size=25).map("".join)


@given(TEXTS, TEXTS)
def test_marking_again_changes_nothing(summary: str, article: str) -> None:
    once = marked(summary, article)

    assert marked(once[0], article) == once


@given(TEXTS.map(lambda text: text.replace("⚠", "")))
def test_without_its_marks_it_is_the_summary(summary: str) -> None:
    text, told = marked(summary, "")

    assert text.replace("⚠\ufe0e", "").replace("⚠", "") == summary
    assert ("⚠" in text) == bool(told)


def test_a_title_behind_its_label_is_copied() -> None:
    note = "### 归档笔记: 利润增长5%\n\n来源"

    (span,) = copied(note, "利润增长5%\n后文。")

    assert note[slice(*span)] == ": 利润增长5%"


def test_minutes_are_no_sentence_behind_a_label() -> None:
    assert copied("9:30", "30\n8:30") == []


@given(TEXTS)
def test_what_is_copied_is_held(text: str) -> None:
    plain = text.translate({ord(sign): None for sign in "⚠\\`*_~<>[]()&|#-+=\n"})

    assert doubts("x " + plain, "x " + plain) == []


EMPHASIS = st.sampled_from(
    "增长 5% a 中 ， 24日 **2.3万亿元** **增长6** “放慢” *7月* ***8km*** **增长*5%*** ~~9~~".split()
)


@given(
    st.lists(st.tuples(EMPHASIS, st.sampled_from(" 中，a")).map("".join), max_size=9).map("".join)
)
def test_a_mark_breaks_no_markdown(summary: str) -> None:
    render = MarkdownIt("commonmark").render

    shown = render(marked(summary, "")[0])
    assert shown.replace("⚠\ufe0e", "").replace("⚠", "") == render(summary)


HOSTILE = {
    "digits": "1" * 300_000,
    "exponents": "1e999999 " * 30_000,
    "groups": "1,000," * 50_000,
    "numerals": "亿" * 300_000,
    "words": "hundred and " * 25_000,
    "quotation marks": "“" * 150_000 + "”" * 150_000,
    "names": "a1-" * 100_000,
    "dates": "1月1" * 100_000,
    "spaces": "1" + " " * 300_000,
    "signs": "*" * 150_000 + "`a" * 75_000,
    "brackets": "](<" * 100_000,
    "surrogates": "\ud8001" * 150_000,
    "unseen": "\u200b1" * 150_000,
    "one value": "5% " * 100_000,
    "Roman numerals": "XX " * 100_000,
    "clocks": "2:09:56 " * 40_000,
    "splits": "1:1比" * 75_000,
    "counted": "5 a b " * 50_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_takes_time_in_proportion(kind: str) -> None:
    """Ten times the text may take thirty times as long, where a quadratic one takes a hundred."""

    def check(text: str) -> None:
        marked("5% 下降6%，7月8日 “a”", text)
        marked(text[: len(text) // 10], "增长5%")

    text = HOSTILE[kind]
    tenth = seconds(lambda: check(text[: len(text) // 10]))

    assert seconds(lambda: check(text), times=1) < 30 * tenth + 0.5
