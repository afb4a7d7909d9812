"""Filters in the SQL of Lance select the articles that `Filter.matches` matches."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.filters import Filter
from index.types import Metadata

lance = pytest.importorskip("lance")

NAMES = st.sampled_from(
    ["Harbour News", "harbour", "news 100%", "It's", "Café_x", "", "%", "naïve"]
)
DAYS = st.dates(date(1999, 11, 1), date(2001, 2, 1))
FIELDS = st.dictionaries(
    st.sampled_from(["desk", "it's"]), st.lists(st.sampled_from(["a", "b'c", "%"]), max_size=2)
)
METADATA = st.builds(
    Metadata,
    title=NAMES,
    authors=st.lists(NAMES, max_size=2).map(tuple),
    publisher=st.none() | NAMES,
    published=st.none() | DAYS,
    year=st.none() | st.integers(1999, 2001),
    fields=FIELDS,
)
PATTERNS = st.text(alphabet="ab/.*?[]!-\\'", max_size=5) | st.sampled_from(["a/*", "[!b]*", "*.b"])
IDS = st.text(alphabet="ab/.'[!-", min_size=1, max_size=4)
FILTERS = st.builds(
    lambda days, **conditions: Filter(after=days[0], before=days[1], **conditions),
    days=st.tuples(st.none() | DAYS, st.none()) | st.tuples(st.none(), st.none() | DAYS),
    publisher=st.none() | NAMES,
    author=st.none() | NAMES,
    title=st.none() | NAMES,
    year=st.none() | st.integers(1999, 2001),
    path=st.none() | PATTERNS,
    metadata=st.none() | FIELDS,
    articles=st.none() | st.sets(IDS, max_size=3),
    exclude=st.none() | st.sets(IDS, max_size=3),
)


@settings(max_examples=60)
@given(st.dictionaries(IDS, METADATA, min_size=1, max_size=8), st.lists(FILTERS, max_size=4))
def test_the_condition_selects_what_the_filter_matches(
    articles: dict[str, Metadata], filters: list[Filter]
) -> None:
    import pyarrow as pa

    from index.storage.lance.filters import COLUMNS, column_values, condition

    rows = [{"id": name, **column_values(about)} for name, about in articles.items()]
    schema = pa.schema([pa.field("id", pa.string()), *COLUMNS])
    table = lance.write_dataset(
        pa.Table.from_pylist(rows, schema=schema), "memory://articles", mode="overwrite"
    )
    for keep in filters:
        found = table.to_table(columns=["id"], filter=condition(keep, "id"))["id"].to_pylist()
        wanted = {name for name, about in articles.items() if keep.matches(name, about)}
        assert set(found) == wanted, asdict(keep)
