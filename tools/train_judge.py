"""Train the judge of blocks on pages whose content is known, and write daemon/extract/judge.json.

    python -m tools.train_judge DATA PAGES [--folds 3 --answers FOLDER [--ablate]]

DATA is the folder of the extraction bench with its truth.jsonl, PAGES the folder of its unpacked
pages. With --folds it trains on all but one part of the sites, reads that part, and writes the text
that it finds on each page to FOLDER/all.json, and no judge. With --ablate it does so again without
each group of features, to FOLDER/GROUP.json. `make bench-quality HELD_OUT=FOLDER` scores them.

The seed is fixed: the same pages and versions make the same file. It needs `pip install lightgbm
numpy`, which nothing else does.
"""

from __future__ import annotations

import argparse
import json
import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lightgbm
import numpy as np
from msgspec import Struct, to_builtins

from daemon.extract.blocks import TOKEN, Outline, outline_of
from daemon.extract.choose import chosen
from daemon.extract.claims import Claims, claims_of
from daemon.extract.clean import clean
from daemon.extract.context import class_words
from daemon.extract.features import GROUPS, NAMES, REGION_NAMES, SHORT, Features, Words
from daemon.extract.judge import DOUBT, DOUBTFUL, Judge, Tree
from daemon.extract.metadata import told_by
from daemon.extract.parse import parse

SEED = 7
FIRST_TREES, TREES, LEAVES, RATE = 15, 70, 24, 0.2
#: A sum of the first trees that leaves no hope, as a logarithm of odds.
HOPELESS = -3.0
#: Tokens of a run that page and content must have in common.
GRAM = 4
#: Sites on which a word of a class, and of a text, must occur.
CLASS_SITES, TEXT_SITES = 8, 12
#: A word says nothing when it goes with content about as often as without.
LEAST = 0.5

Truth = dict[str, Any]


class Page(Struct):
    """A page of the bench: what each block is, and how much of it is content (-1: unknown)."""

    site: str
    source: str
    tokens: list[int]
    words: list[frozenset[str]]  #: of short blocks
    headings: list[bool]
    classes: list[frozenset[str]]  #: of all regions around
    content: list[float]


def outlined(truth: Truth, pages: Path) -> tuple[Outline, Claims]:
    page = parse((pages / f"{truth['id']}.html").read_text("utf-8", "replace"))
    claims = claims_of(told_by(page, truth["url"]))
    clean(page)
    body = page.find("body")
    return outline_of(page if body is None else body), claims


def read(truth: Truth, pages: Path) -> Page:
    outline, _ = outlined(truth, pages)
    classes: dict[Any, frozenset[str]] = {}
    for region in outline.regions:
        above = classes.get(region.parent, frozenset())
        classes[region] = above | class_words(region.element)
    return Page(
        site=site_of(truth),
        source=truth["source"],
        tokens=[block.tokens for block in outline.blocks],
        words=[frozenset(b.words) if b.tokens <= SHORT else frozenset() for b in outline.blocks],
        headings=[block.is_heading for block in outline.blocks],
        classes=[classes[block.region] for block in outline.blocks],
        content=content_of(outline, truth),
    )


def site_of(truth: Truth) -> str:
    host = urlsplit(truth["url"]).hostname or truth["url"]
    # Fixtures of one project stand under one host: each is a site of its own.
    made_up = host.endswith(("example.com", "example.org")) or host == "fakehost"
    return truth["id"] if made_up else ".".join(host.split(".")[-2:])


def content_of(outline: Outline, truth: Truth) -> list[float]:
    if truth.get("articleBody") is None:
        return [snippets_in(block.text, truth) for block in outline.blocks]
    wanted = TOKEN.findall(truth["articleBody"].lower())
    known = set(zip(*(wanted[n:] for n in range(GRAM)), strict=False)) or {tuple(wanted)}
    words = [word for block in outline.blocks for word in block.words]
    marked = bytearray(len(words))
    for at, gram in enumerate(zip(*(words[n:] for n in range(GRAM)), strict=False)):
        if gram in known:
            marked[at : at + GRAM] = b"\1" * GRAM
    shares, at = [], 0
    for block in outline.blocks:
        shares.append(sum(marked[at : at + block.tokens]) / max(block.tokens, 1))
        at += block.tokens
    return shares


def snippets_in(text: str, truth: Truth) -> float:
    line = text.lower()

    def holds(snippets: Iterable[str]) -> bool:
        return any(" ".join(each.split()).lower() in line for each in snippets)

    wanted, unwanted = holds(truth.get("with") or ()), holds(truth.get("without") or ())
    return -1.0 if wanted == unwanted else float(wanted)


def learned_words(pages: Sequence[Page]) -> Words:
    classes, texts, headings = Tally(CLASS_SITES), Tally(TEXT_SITES), Tally(TEXT_SITES)
    for page in pages:
        heading: frozenset[str] = frozenset()
        shares: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for tokens, words, is_heading, names, content in zip(
            page.tokens, page.words, page.headings, page.classes, page.content, strict=True
        ):
            if content < 0:
                continue
            for name in names:
                shares[name][0] += content * math.log1p(tokens)
                shares[name][1] += (1 - content) * math.log1p(tokens)
            texts.add(page.site, words, content, 1 - content)
            if is_heading:
                heading = words
            else:
                weight = min(tokens, 50) / 50
                headings.add(page.site, heading, content * weight, (1 - content) * weight)
        for name, (inside, outside) in shares.items():
            if inside + outside:
                whole = inside + outside
                classes.add(page.site, [name], inside / whole, outside / whole)
    return Words(classes.weights(), texts.weights(), headings.weights())


class Tally:
    def __init__(self, least_sites: int) -> None:
        self._least_sites = least_sites
        self._inside: Counter[str] = Counter()
        self._outside: Counter[str] = Counter()
        self._sites: dict[str, set[str]] = defaultdict(set)

    def add(self, site: str, words: Iterable[str], inside: float, outside: float) -> None:
        for word in words:
            self._inside[word] += inside  # type: ignore[assignment]
            self._outside[word] += outside  # type: ignore[assignment]
            self._sites[word].add(site)

    def weights(self) -> dict[str, float]:
        usual = math.log(sum(self._inside.values()) / sum(self._outside.values()))
        found = {}
        for word in sorted(self._sites):
            weight = math.log((self._inside[word] + 1) / (self._outside[word] + 1)) - usual
            if len(self._sites[word]) >= self._least_sites and abs(weight) > LEAST:
                found[word] = round(weight, 2)
        return found


def rows_of(truth: Truth, pages: Path, words: Words) -> np.ndarray:
    outline, claims = outlined(truth, pages)
    features = Features(outline, claims, truth["url"], words)
    rows = [
        features.of_region(block.region) + features.of_block(index)
        for index, block in enumerate(outline.blocks)
    ]
    return np.array(rows, dtype=np.float32)


def weights_of(page: Page) -> np.ndarray:
    """A block weighs what it is of its page's content: every page counts the same."""
    tokens, content = np.array(page.tokens, float), np.array(page.content)
    if page.source == "trafilatura":
        return (content >= 0) * 0.1
    whole = max((tokens * content).sum(), 50)
    return np.minimum(tokens / whole, 1) + 0.02 * np.log1p(tokens) / np.log(len(tokens) + 1.5)


class Trained(Struct):
    """The first trees, and the others."""

    of_region: lightgbm.Booster
    of_block: lightgbm.Booster

    def sums(self, rows: np.ndarray) -> np.ndarray:
        first = self.of_region.predict(rows, raw_score=True) - DOUBT * rows[:, DOUBTFUL]
        return first + (first >= HOPELESS) * self.of_block.predict(rows, raw_score=True)


def trained(rows: list[np.ndarray], pages: list[Page], columns: list[int]) -> Trained:
    filled = [at for at, each in enumerate(rows) if len(each)]
    matrix = np.vstack([rows[at] for at in filled])
    left_out = [at for at in range(matrix.shape[1]) if at not in set(columns) or at == DOUBTFUL]
    matrix[:, left_out] = 0
    content = np.clip(np.concatenate([pages[at].content for at in filled]), 0, 1)
    weights = np.concatenate([weights_of(pages[at]) for at in filled])
    first_rows = matrix.copy()
    first_rows[:, len(REGION_NAMES) :] = 0
    first = boosted(first_rows, content, weights, None, FIRST_TREES)
    sums = first.predict(matrix, raw_score=True)
    asked = sums >= HOPELESS
    others = boosted(matrix[asked], content[asked], weights[asked], sums[asked], TREES)
    return Trained(first, others)


def boosted(
    rows: np.ndarray, content: np.ndarray, weights: np.ndarray, sums: np.ndarray | None, trees: int
) -> lightgbm.Booster:
    """Trees that bring the *sums* of others nearer to the truth."""
    data = lightgbm.Dataset(rows, content, weight=weights, init_score=sums)
    settings = {
        "objective": "cross_entropy",
        "num_leaves": LEAVES,
        "learning_rate": RATE,
        "min_data_in_leaf": 200,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 5,
        "seed": SEED,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 2,
        "verbose": -1,
    }
    return lightgbm.train(settings, data, trees)


def tree_of(root: dict[str, Any]) -> Tree:
    nodes: list[list[Any]] = []
    leaves: list[float] = []

    def place(node: dict[str, Any]) -> int:
        if "leaf_value" in node:
            leaves.append(float(f"{node['leaf_value']:.5g}"))
            return -len(leaves)
        at = len(nodes)
        nodes.append([node["split_feature"], float(f"{node['threshold']:.6g}"), 0, 0])
        nodes[at][2], nodes[at][3] = place(node["left_child"]), place(node["right_child"])
        return at

    place(root)
    columns, limits, left, right = (tuple(node[part] for node in nodes) for part in range(4))
    return Tree(columns, limits, left, right, tuple(leaves))


def judge_from(model: Trained, words: Words) -> Judge:
    def trees(booster: lightgbm.Booster) -> tuple[Tree, ...]:
        return tuple(tree_of(each["tree_structure"]) for each in booster.dump_model()["tree_info"])

    return Judge(NAMES, words, trees(model.of_region), trees(model.of_block), HOPELESS)


def columns_without(group: str) -> list[int]:
    """The columns of all other groups; of all groups, for the name of none."""
    left_out = GROUPS[group].split() if group in GROUPS else []
    return [at for at, name in enumerate(NAMES) if name not in left_out]


def fold_of(truth: Truth, folds: int) -> int:
    return zlib.crc32(site_of(truth).encode()) % folds


def answers(
    truths: list[Truth], pages: list[Page], folder: Path, folds: int, groups: Sequence[str]
) -> dict[str, dict[str, str]]:
    """By group, the text that a judge without it finds on each page of sites it has not seen."""
    found: dict[str, dict[str, str]] = {group: {} for group in groups}
    for fold in range(folds):
        seen = [at for at, truth in enumerate(truths) if fold_of(truth, folds) != fold]
        words = learned_words([pages[at] for at in seen])
        rows = each_of(truths, partial(rows_of, pages=folder, words=words))
        read_by = {
            group: trained([rows[at] for at in seen], [pages[at] for at in seen], columns)
            for group, columns in zip(groups, map(columns_without, groups), strict=True)
        }
        judged = [
            (truth, {group: likely(model, rows[at]) for group, model in read_by.items()})
            for at, truth in enumerate(truths)
            if fold_of(truth, folds) == fold
        ]
        texts = each_of(judged, partial(texts_of, pages=folder))
        for (truth, _), chosen_by in zip(judged, texts, strict=True):
            for group, text in chosen_by.items():
                found[group][truth["id"]] = text
    return found


def each_of(values: Iterable[Any], work: Callable[[Any], Any]) -> list[Any]:
    with ProcessPoolExecutor() as pool:
        return list(pool.map(work, values, chunksize=20))


def likely(model: Trained, rows: np.ndarray) -> list[float]:
    return list(1 / (1 + np.exp(-model.sums(rows)))) if len(rows) else []


def texts_of(judged: tuple[Truth, dict[str, list[float]]], pages: Path) -> dict[str, str]:
    """What is chosen on a page, by each of the judges that say how likely its blocks are."""
    truth, probabilities = judged
    outline, _ = outlined(truth, pages)
    found = {}
    for name, each in probabilities.items():
        kept = zip(outline.blocks, chosen(outline, each), strict=True)
        found[name] = "\n".join(block.text for block, is_kept in kept if is_kept)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--answers", type=Path, help="the folder for the texts of the folds")
    parser.add_argument("--ablate", action="store_true", help="again without each group")
    given = parser.parse_args()
    with (given.data / "truth.jsonl").open(encoding="utf-8") as lines:
        truths = [json.loads(line) for line in lines]
    pages = each_of(truths, partial(read, pages=given.pages))
    if given.folds:
        groups = ["all", *(GROUPS if given.ablate else ())]
        given.answers.mkdir(parents=True, exist_ok=True)
        for group, texts in answers(truths, pages, given.pages, given.folds, groups).items():
            (given.answers / f"{group}.json").write_text(json.dumps(texts), "utf-8")
        return
    words = learned_words(pages)
    rows = each_of(truths, partial(rows_of, pages=given.pages, words=words))
    judge = judge_from(trained(rows, pages, columns_without("all")), words)
    written = json.dumps(to_builtins(judge), ensure_ascii=False, separators=(",", ":"))
    path = Path(__file__).parent.parent / "daemon" / "extract" / "judge.json"
    path.write_text(written + "\n", "utf-8")


if __name__ == "__main__":
    main()
