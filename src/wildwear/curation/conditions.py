"""What `--where` says, taken apart: SQL over the columns of a catalog. Not for which photos meet it.

polars parses it, as one expression and no statement, and only reads. But it runs a query inside an expression
while it parses that, and queries open files. So what could be one never gets there: `FUNCTIONS` are all that
may be called, and words that begin a query are no names of columns here.
"""

import re
from dataclasses import dataclass

import polars as pl

from wildwear.errors import DatasetError

FUNCTIONS = {
    *("abs", "ceil", "floor", "round", "sqrt", "cast", "coalesce", "greatest", "least", "nullif"),
    *("array_contains", "array_length"),
    *("ends_with", "length", "lower", "starts_with", "strpos", "upper"),
    *("avg", "max", "median", "min", "quantile_cont", "stddev"),
}
BEFORE_BRACKETS = {"and", "between", "case", "else", "ilike", "in", "like", "not", "or", "then", "when"}
QUERIES = {"from", "select", "table", "values", "with"}
TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|'')*')
    | (?P<column>"[^"\\]+")
    | (?P<word>[^\W\d]\w*)
    | (?P<number>\d+(?:\.\d*)?(?:e[+-]?\d+)?)
    | (?P<sign><=|>=|<>|!=|::|\|\||[-+*/%=<>(),])
    | (?P<space>\s+)""",
    re.VERBOSE | re.IGNORECASE,
)
COMMENTS = ("--", "/*")
MOST_JOINTS = 1000
"""Words and signs that join or compare: polars' time grows with the square of their number, and these are a
second's. The values of a list, of which there may be any number, are not joined by any."""
LONGEST_SHOWN = 120  # letters of a condition


@dataclass(frozen=True)
class Condition:
    """One thing that a photo has to meet.

    Attributes:
        text: as it was typed.
        expression: that is true, false, or null where it is not known.
    """

    text: str
    expression: pl.Expr


def conditions(where: str) -> list[Condition]:
    """The conditions that `and` joins, in order; those in brackets, or beside an `or`, are one.

    Raises:
        DatasetError: it is no condition, or one that might do more than look at a catalog.
    """
    found_tokens = tokens(where)
    if sum(map(joins, found_tokens)) > MOST_JOINTS:
        raise refused(
            where,
            f"has more than {MOST_JOINTS:,} words and signs that join or compare; many values of one column "
            "are a list: photo in ('1.jpg', '2.jpg')",
        )
    joints = [match.start() for match in found_tokens if match["word"] and match["word"].lower() == "and"]
    whole = parsed(where)
    if whole is None:
        raise refused(where, "is no condition in SQL; for example: color = 'color' and sharpness > -1")
    found: list[Condition] = []
    for joint in reversed(joints):
        left, right = parsed(where[:joint]), parsed(where[joint + len("and") :])
        # polars says whether that `and` stands where it seems to: not in brackets, not behind a between
        if left is not None and right is not None and whole.meta.eq(left & right):
            found.append(Condition(where[joint + len("and") :].strip(), right))
            where, whole = where[:joint], left
    found.append(Condition(where.strip(), whole))
    return found[::-1]


def tokens(where: str) -> list[re.Match[str]]:
    """The words and signs of a condition. Raises `DatasetError` where one of them may not stand there."""
    found: list[re.Match[str]] = []
    place = 0
    while place < len(where):
        token = TOKEN.match(where, place)
        if token is None or where.startswith(COMMENTS, place):
            raise refused(
                where, f"{where[place : place + 10]!r} stands where SQL's conditions have nothing like it"
            )
        if token["word"] and token["word"].lower() in QUERIES:
            raise refused(where, f"{token['word']!r} begins a query; a condition looks at columns alone")
        before = found[-1] if found else None
        if before and token["text"] and before.end() == place and (before["word"] or before["text"]):
            raise refused(where, f"{before[0]}{token[0]} is a text of a kind that is not read here")
        last = next((one for one in reversed(found) if not one["space"]), None)
        if last and token[0] == "(":
            refuse_call(last, where)
        if last and last[0] + token[0] == "()":  # at which polars panics, behind some functions
            raise refused(where, "() holds nothing, where a function wants something")
        found.append(token)
        place = token.end()
    return found


def joins(token: re.Match[str]) -> bool:
    """Whether a word or sign joins what stands before it with what comes."""
    word, sign = token["word"], token["sign"]
    return bool(word and word.lower() in ("and", "not", "or")) or bool(sign and sign not in "(),")


def refuse_call(called: re.Match[str], where: str) -> None:
    """Raise `DatasetError` where what stands before a bracket is a function that may not be called."""
    name = called[0].lower()
    if called["column"] or (called["word"] and name not in FUNCTIONS | BEFORE_BRACKETS):
        raise refused(
            where, f"the function {called[0]} may not be called; {', '.join(sorted(FUNCTIONS))} may"
        )


def parsed(text: str) -> pl.Expr | None:
    """An expression; None for what is none."""
    try:
        return pl.sql_expr(text)
    except (pl.exceptions.PolarsError, UnicodeEncodeError):  # a byte of the command line that is no UTF-8
        return None


def refused(where: str, reason: str) -> DatasetError:
    """The error for a condition."""
    return DatasetError(f"--where {brief(where)!r}: {reason}.")


def brief(text: str) -> str:
    """The beginning of a condition, where all of it would fill the screen."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
