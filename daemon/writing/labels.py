"""The words of a summary that are ours, in the languages of notes."""

LABELS = {
    "zh-CN": {
        "offline": "离线摘录：由程序摘出的原文关键句，未经 AI 撰写。",
        "cut": "模型的回答达到长度上限，在此中断；以上并非全部。",
        "heading": "归档笔记：",
        "basics": "基本信息",
        "core": "核心内容",
        "sources": "数据来源",
        "tags": "归档标签",
        "colon": "：",
        "site": "来源",
        "byline": "作者",
        "published": "发布时间",
    },
    "en": {
        "offline": "Offline extract: key sentences of the original text, not written by AI.",
        "cut": "The model's answer reached its limit of length and breaks off: this is not all.",
        "heading": "Archive note: ",
        "basics": "Basics",
        "core": "Core content",
        "sources": "Sources",
        "tags": "Tags",
        "colon": ": ",
        "site": "Site",
        "byline": "Author",
        "published": "Published",
    },
}
