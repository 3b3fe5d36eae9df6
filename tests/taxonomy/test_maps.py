"""Label maps: what they decide, how labels are matched, and what a map of one's own is refused for."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from wildwear.datasets.formats import ccp
from wildwear.datasets.making.ccp30 import read_table
from wildwear.errors import DatasetError
from wildwear.taxonomy import CATEGORIES, category, maps

# A label of Clothing Co-Parsing *is* a category where CCP-30 gave it to nine in ten of its instances: two
# annotators agree on hardly more (94.7 %). With fewer instances than ENOUGH, the definitions decide.
NEARLY_ALWAYS = 0.9
ENOUGH = 10
SELDOM = 0.02  # of a label's instances; a rarer category is no candidate

LENGTHS = ("short sleeve", "long sleeve")
PAPER = [
    *(f"{length} top" for length in LENGTHS),
    *(f"{length} outwear" for length in LENGTHS),
    *("vest", "sling", "shorts", "trousers", "skirt"),
    *(f"{cut} dress" for cut in (*LENGTHS, "vest", "sling")),
]


@pytest.fixture(scope="module")
def ccp30_by_label() -> dict[str, Counter[str]]:
    """How often the annotator of CCP-30 gave each category to the instances of each CCP label, or to none of
    them (`ignore`); what is no garment (`drop`) is no instance."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in read_table():
        for label in row.ccp_label.split("+") if row.category != "drop" else ():
            counts[label][row.category] += 1
    return counts


def test_every_label_of_the_ccp_map_that_is_a_category_nearly_always_was_it_in_ccp30(
    ccp30_by_label: dict[str, Counter[str]],
) -> None:
    ccp_map = maps.load("ccp")
    seen_enough = {label for label, counts in ccp30_by_label.items() if counts.total() >= ENOUGH}
    assert len(seen_enough) > 20
    for label in seen_enough:
        counts, rule = ccp30_by_label[label], ccp_map.rule(label)
        assert rule is not None
        garments = [(name, n) for name, n in counts.most_common() if name != "ignore"]
        name, most = garments[0]
        if most >= NEARLY_ALWAYS * counts.total():
            assert (rule.kind, [one.name for one in rule.categories]) == ("is", [name]), label
        else:
            assert rule.kind == "ambiguous", label
            candidates = [one.name for one in rule.categories]
            assert set(candidates) == {name for name, n in garments if n >= SELDOM * counts.total()}, label
            assert [counts[name] for name in candidates] == sorted(map(counts.get, candidates))[::-1], label


def test_a_label_that_ccp30_saw_seldom_allows_for_all_that_it_saw(
    ccp30_by_label: dict[str, Counter[str]],
) -> None:
    for label, counts in ccp30_by_label.items():
        if counts.total() < ENOUGH:
            rule = maps.load("ccp").rule(label)
            assert rule is not None
            assert counts.keys() - {"ignore"} <= {one.name for one in rule.categories}, label


def test_what_ccp30_never_named_a_garment_is_ignored_or_decided_by_definition(
    ccp30_by_label: dict[str, Counter[str]],
) -> None:
    unseen = [rule for rule in maps.load("ccp").rules if rule.label not in ccp30_by_label]
    reached = {rule.label for rule in unseen if rule.kind != "ignore"}
    assert reached == {"clogs", "intimate", "panties", "swimwear"}
    assert all("by definition" in rule.why or rule.kind != "is" for rule in unseen)


def test_the_ccp_map_has_the_59_labels_of_the_published_list(ccp_folder: Path) -> None:
    assert [rule.label for rule in maps.load("ccp").rules] == ccp.load_labels(ccp_folder)


def test_the_fashionpedia_map_knows_the_early_release_too(shared: Path) -> None:
    sample = json.loads((shared / "fixtures" / "fashionpedia" / "sample.json").read_text())
    fashionpedia = maps.load("fashionpedia")
    labels = [rule.label for rule in fashionpedia.rules if not rule.attributes]
    assert labels == [one["name"] for one in sample["categories"]]
    early = {rule.label for rule in fashionpedia.rules if "early release only" in rule.why}
    assert early == {"earmuffs", "garment belt"}
    parts = {"garment parts", "closures", "decorations"}
    of_parts = [one["name"] for one in sample["categories"] if one["supercategory"] in parts]
    assert all(rule.kind == "ignore" for rule in fashionpedia.rules if rule.label in of_parts)


def test_every_attribute_that_decides_is_one_of_fashionpedia(shared: Path) -> None:
    sample = json.loads((shared / "fixtures" / "fashionpedia" / "sample.json").read_text())
    known = {one["name"] for one in sample["attributes"]}
    deciding = [name for rule in maps.load("fashionpedia").rules for name in rule.attributes]
    assert len(deciding) > 20
    assert set(deciding) <= known


@pytest.mark.parametrize(
    ("label", "attributes", "becomes"),
    [
        ("pants", ["jeans"], "jeans"),
        ("pants", ["leggings", "plain (pattern)"], "leggings"),
        ("pants", ["track (pants)", "sweatpants"], "joggers"),
        ("jacket", ["blazer"], "blazer"),
        ("jacket", ["tuxedo (jacket)"], "blazer"),
        ("jacket", ["pea (jacket)"], "coat"),
        *(("jacket", [f"{kind} (jacket)"], "jacket") for kind in ("biker", "bomber", "puffer")),
        ("top, t-shirt, sweatshirt", ["hoodie"], "sweatshirt"),
        *(
            ("top, t-shirt, sweatshirt", [kind], "top")
            for kind in ("classic (t-shirt)", "polo (shirt)", "tank (top)", "tube (top)")
        ),
        ("shorts", ["trunks"], "swimsuit"),
        ("coat", ["kimono"], "cover_ups"),
        ("coat", ["robe"], "robe"),
        ("dress", ["kaftan"], "cover_ups"),
        ("dress", ["nightgown"], "pyjama"),
        ("dress", ["maxi (length)"], "dress"),
    ],
)
def test_attributes_of_fashionpedia_decide(label: str, attributes: list[str], becomes: str) -> None:
    rule = maps.load("fashionpedia").rule(label, attributes)
    assert rule is not None
    assert (rule.kind, [one.name for one in rule.categories]) == ("is", [becomes])


def test_attributes_that_disagree_or_decide_nothing_leave_a_label_what_it_is() -> None:
    fashionpedia = maps.load("fashionpedia")
    plain = fashionpedia.rule("pants")
    assert plain is not None
    assert plain.kind == "ambiguous"
    assert fashionpedia.rule("pants", ["jeans", "leggings"]) is plain
    assert fashionpedia.rule("pants", ["maxi (length)", "blazer"]) is plain


@pytest.mark.parametrize(
    ("label", "candidates"),
    [("headband, head covering, hair accessory", ["hat"]), ("cape", ["coat", "cover_ups"])],
)
def test_what_only_a_look_can_tell_is_no_background(label: str, candidates: list[str]) -> None:
    rule = maps.load("fashionpedia").rule(label)
    assert rule is not None
    assert (rule.kind, [one.name for one in rule.categories]) == ("ambiguous", candidates)


def test_the_modanet_map_has_the_labels_of_its_file(shared: Path) -> None:
    found = json.loads((shared / "fixtures" / "modanet" / "instances_val.json").read_text())["categories"]
    modanet = maps.load("modanet")
    rules = [modanet.rule(one["name"]) for one in sorted(found, key=lambda one: one["id"])]
    assert rules == list(modanet.rules)


def test_deepfashion2_is_known_by_the_names_of_its_paper_of_its_script_and_by_number() -> None:
    deepfashion2 = maps.load("deepfashion2")
    script = [name.replace("sleeve", "sleeved").replace("top", "shirt").replace(" ", "_") for name in PAPER]
    assert script[0] == "short_sleeved_shirt"
    by_paper, by_script = map(deepfashion2.rule, PAPER), map(deepfashion2.rule, script)
    by_number = (deepfashion2.rule(str(number)) for number in range(1, 14))
    assert list(by_paper) == list(by_script) == list(by_number) == list(deepfashion2.rules)


def test_of_coco_only_what_is_carried_on_the_body_is_a_bag() -> None:
    coco = maps.load("coco")
    assert len(coco.rules) == 80
    reached = {rule.label: rule.kind for rule in coco.rules if rule.categories}
    assert reached == {"backpack": "is", "handbag": "is", "suitcase": "ambiguous"}
    assert all(rule.categories == (category("bag"),) for rule in coco.rules if rule.categories)


@pytest.mark.parametrize("name", maps.NAMES)
def test_a_map_printed_as_csv_reads_as_it_was(name: str, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(maps.load(name).to_csv(), encoding="utf-8")
    assert maps.read(tmp_path / "own.csv", name) == maps.load(name)


@pytest.mark.parametrize("name", maps.NAMES)
def test_every_decision_that_is_not_in_the_name_says_why(name: str) -> None:
    for rule in maps.load(name).rules:
        same_name = rule.kind == "is" and rule.categories[0].name in rule.title.replace(" ", "_")
        assert rule.why or same_name, rule.title


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("modanet", ["scarf/tie", "scarf & tie", "Scarf_Tie", "scarf and tie"]),
        ("deepfashion2", ["long sleeve top", "long_sleeved_shirt", "Long-Sleeve Top", "long sleeve tops"]),
        ("ccp", ["t-shirt", "T Shirt", "tshirts"]),
        ("fashionpedia", ["shirt, blouse", "shirt/blouse", "Shirts_Blouses"]),
        ("wildwear30", ["flat_shoes", "Flat shoe", "7"]),
    ],
)
def test_spellings_of_one_label_have_one_rule(name: str, spellings: list[str]) -> None:
    rules = {maps.load(name).rule(spelling) for spelling in spellings}
    assert len(rules) == 1
    assert None not in rules


def test_the_categories_that_no_label_can_stand_for_are_named() -> None:
    unmarked = {one.name for one in maps.load("deepfashion2").not_labelled}
    assert {"hat", "bag", "boots", "sneakers", "heels", "flat_shoes", "slippers"} < unmarked
    assert unmarked.isdisjoint({"top", "coat", "jeans", "dress"})
    assert maps.load("wildwear30").not_labelled == []


def test_our_own_map_is_the_30_themselves() -> None:
    assert [rule.categories for rule in maps.load("wildwear30").rules] == [(one,) for one in CATEGORIES]


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (["bag", "footwear"], "modanet"),
        (["long_sleeved_dress"], "deepfashion2"),
        (["person", "handbag"], "coco"),
        (["top, t-shirt, sweatshirt"], "fashionpedia"),
        (["purse", "skin"], "ccp"),
        (["jeans", "joggers"], "wildwear30"),
        (["shorts"], "wildwear30"),  # which four others know as well, and agree
    ],
)
def test_a_map_is_guessed_by_the_labels_that_it_alone_knows_or_all_agree_on(
    labels: list[str], name: str
) -> None:
    assert maps.guess(labels).name == name


@pytest.mark.parametrize("labels", [["top", "pants"], [str(number) for number in range(1, 14)]])
def test_labels_that_mean_different_things_in_different_sets_are_not_guessed(labels: list[str]) -> None:
    with pytest.raises(DatasetError, match=r"wildwear30, .*modanet.* disagree .* --map"):
        maps.guess(labels)


def test_labels_that_nobody_knows_are_named_beside_the_nearest_map() -> None:
    with pytest.raises(DatasetError, match=r"modanet knows all but 'a\\x1b', 'saree'"):
        maps.guess(["outer", "footwear", "saree", "a\x1b"])


def test_an_unknown_map_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(DatasetError, match="nope: no such label map; there are wildwear30, deepfashion2"):
        maps.load("nope")


HEAD = "label,kind,categories\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"line 1: has no column 'label'"),
        ("label;kind;categories\n", r"line 1: has no column 'label'"),
        ("label,kind\nhat,is\n", r"line 1: has no column 'categories'"),
        (HEAD + "hat,is,hat\ncap,was,hat\n", r"line 3: kind: expected is, ambiguous, ignore, found 'was'"),
        (HEAD + "cap,is,hatt\n", r"line 2: categories: no category is called 'hatt': did you mean hat"),
        (HEAD + "cap,is,\n", r"line 2: categories: a label that is 'is' has exactly one category there"),
        (HEAD + "cap,is,hat;bag\n", r"line 2: .*exactly one category there, found 'hat;bag'"),
        (HEAD + "cap,ambiguous,\n", r"line 2: .*at least one category"),
        (HEAD + "cap,ambiguous,hat;hats\n", r"line 2: .*each once there, found 'hat;hats'"),
        (HEAD + "cap,ignore,hat\n", r"line 2: .*'ignore' has nothing there"),
        (HEAD + "cap,is,hat\nCaps,ignore,\n", r"line 3: 'Caps' stands in line 2 already"),
        (HEAD + "cap,is,hat,more\n", r"line 2: has more or fewer fields"),
        (HEAD + "cap,is\n", r"line 2: has more or fewer fields"),
        (HEAD + '"cap,is,hat\n', r"line 2: is not CSV"),
        (HEAD + " - ,is,hat\n", r"line 2: label: expected a name, found '-'"),
        ("label,aliases,kind,categories\ncap,beanie,is,hat\nbeanie,,is,hat\n", r"line 3: 'beanie' stands"),
        (
            "label,attributes,kind,categories\ncap,,is,hat\ncap,wool;knit,is,hat\ncaps,Knit,ignore,\n",
            r"line 4: 'caps' with 'Knit' stands in line 3 already",
        ),
        (
            "label,kind,categories,one_mask_a_shoe\nclog,is,heels,maybe\n",
            r"line 2: one_mask_a_shoe: expected yes or nothing, found 'maybe'",
        ),
    ],
)
def test_a_map_that_contradicts_itself_is_refused_with_the_line(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(DatasetError, match=r"own\.csv: " + message):
        maps.read(path)


@pytest.mark.parametrize("content", [b"label,kind\xff\xfe", None])
def test_a_map_that_is_no_text_or_not_there_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content:
        (tmp_path / "own.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=r"own\.csv: (is not UTF-8|cannot be read)"):
        maps.read(tmp_path / "own.csv")


def test_a_map_of_ones_own_needs_three_columns_and_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_bytes(b"\xef\xbb\xbfkind,label,categories\r\nis,bonnet,Hat\r\n\r\n")
    rules = maps.read(tmp_path / "own.csv").rules
    assert rules == (maps.Rule("bonnet", "is", (category("hat"),)),)
