"""What `--where` says is taken apart, and nothing but a look at the columns is let through."""

from pathlib import Path

import polars as pl
import pytest

from wildwear.curation.conditions import FUNCTIONS, conditions
from wildwear.errors import DatasetError


def texts(where: str) -> list[str]:
    return [condition.text for condition in conditions(where)]


def test_what_and_joins_is_one_condition_each() -> None:
    assert texts("color = 'color' AND (faces > 0 or garments > 0) and not duplicate") == [
        "color = 'color'",
        "(faces > 0 or garments > 0)",
        "not duplicate",
    ]


@pytest.mark.parametrize(
    "where",
    [
        "sharpness between -1 and 2",
        "(color = 'color' and faces > 0)",
        "photo = 'you and me.jpg'",
        "faces > 0 or garments > 0 and people = 'one'",
        '"hats and bags" > 1',
    ],
)
def test_an_and_that_joins_something_else_parts_nothing(where: str) -> None:
    assert texts(where) == [where]


@pytest.mark.parametrize("function", sorted(FUNCTIONS - {"cast"}))
def test_what_may_be_called_is_there(function: str) -> None:
    assert "unsupported function" not in said_against(f"{function}(1)")


def said_against(expression: str) -> str:
    """What polars says is wrong with an expression; nothing where it takes it."""
    try:
        pl.sql_expr(expression)
    except pl.exceptions.PolarsError as error:
        return str(error)
    return ""


def test_a_between_stays_whole_among_others() -> None:
    assert texts("faces = 1 and sharpness between -1 and 2 and people = 'one'") == [
        "faces = 1",
        "sharpness between -1 and 2",
        "people = 'one'",
    ]


@pytest.mark.parametrize(
    "where",
    [
        "photo in (select * from read_csv('{secret}'))",
        "exists (SELECT * FROM read_csv('{secret}'))",
        "photo in (from read_csv('{secret}'))",
        "photo in (table secret)",
        "photo in (with a as (select 1) select * from a)",
        "photo in (values ('a'))",
        "faces > 0; drop table photos",
        "faces > 0 -- and more",
        "faces /* */ > 0",
        "read_csv('{secret}')",
        "\"read_csv\"('{secret}')",
        "photo = e'\\\\' or photo in (select 1) or photo = '\\\\'",
        "photo = $$a$$",
        "photo = `a`",
        "photo = X'41'",
        "photo = 'a'\"b",
        "photo = 'open",
    ],
)
def test_what_might_do_more_than_look_is_refused_before_it_is_parsed(where: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("hidden\n1\n")
    with pytest.raises(DatasetError, match="--where") as refused:
        conditions(where.replace("{secret}", str(secret)))
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("where", ["", "color ==== 1", "color = ", "(faces > 0"])
def test_what_is_no_condition_is_refused_with_an_example(where: str) -> None:
    with pytest.raises(DatasetError, match=r"is no condition in SQL; for example"):
        conditions(where)


@pytest.mark.parametrize("where", ["greatest() > 1", "coalesce ( ) = 'a'", "()"])
def test_a_function_of_nothing_is_refused_before_polars_panics(where: str) -> None:
    with pytest.raises(DatasetError, match=r"\(\) holds nothing"):
        conditions(where)


def test_thousands_of_ors_are_refused_with_the_list_that_says_the_same() -> None:
    where = " or ".join(f"photo = '{number}.jpg'" for number in range(3000))
    with pytest.raises(DatasetError, match=r"are a list: photo in \('1\.jpg', '2\.jpg'\)") as refused:
        conditions(where)
    assert len(str(refused.value)) < 400


def test_a_list_of_thousands_is_one_condition() -> None:
    names = ", ".join(f"'{number}.jpg'" for number in range(3000))
    assert len(conditions(f"photo in ({names}) and faces > 0")) == 2


def test_a_byte_that_is_no_text_makes_no_condition() -> None:
    with pytest.raises(DatasetError, match="is no condition in SQL"):
        conditions("color = '\udcff'")
