"""Front matter in every notation, and the marks of site generators in Markdown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.parsing.template_marks import replace_marks
from index.types import Kind
from tests.helpers.parsing import FERRY, kind_of, parse_content, texts

DAY = date(2023, 3, 14)

FRONT_MATTER = {
    "dots in keys": "---\ntitle: Mole\nms.date: 03/14/2023\nauthor: ann-bee\n---\n",
    "quoted keys": '---\n"title": Mole\n"date": 2023-03-14\nauthor: Ann Bee\n---\n',
    "folded": "---\ntitle: >-\n  Mole\ndate: 2023-03-14\nauthor: {name: Ann Bee, url: x}\n---\n",
    "only updated": "---\ntitle: Mole\nlastmod: 2023-03-14\ntags:\n- a\nauthor: Ann Bee\n---\n",
    "below a comment": "<!-- CC BY -->\n---\ntitle: Mole\ndate: 2023-03-14\nby: Ann Bee\n---\n",
    "TOML": '+++\ntitle = "Mole"\ndate = 2023-03-14\nauthor = "Ann Bee"\n+++\n',
    "JSON": '{\n"title": "Mole", "date": "2023-03-14", "author": "Ann Bee"\n}\n',
    "Pandoc": "% Mole\n% Ann Bee\n% 14 March 2023\n",
    "fields": "Title: Mole\nAuthor: Ann Bee\nDate: 2023-03-14\n\n",
    "carriage returns": "---\r\ntitle: Mole\r\ndate: 2023-03-14\r\nauthor: Ann Bee\r\n---\r\n",
}


@pytest.mark.parametrize("case", FRONT_MATTER)
def test_front_matter_is_metadata_and_not_text(tmp_path: Path, case: str) -> None:
    article = parse_content(tmp_path, "a.md", f"{FRONT_MATTER[case]}\n{FERRY[0]}\n")
    found = article.metadata
    assert (found.title, found.authors, found.published) == ("Mole", ("Ann Bee",), DAY)
    assert article.text == FERRY[0]


@pytest.mark.parametrize(
    "block", ["{{ not json }}\n", "{curly} words\n", "% of ships that\ncame\n", "Title: alone\n"]
)
def test_what_is_not_front_matter_stays_text(tmp_path: Path, block: str) -> None:
    article = parse_content(tmp_path, "a.md", f"{block}\n{FERRY[0]}\n")
    assert block.split()[1] in article.text


SHOWN = {
    '{{< note title="Careful" >}}Run it.{{< /note >}}': "CarefulRun it.",
    'See [the guide]({{< ref "guide.md" >}}).': "See the guide.",
    "{% if x %}Run it.{% endif %}": "Run it.",
    "{% comment %}Gone{% endcomment %}Run it.": "Run it.",
    "{% raw %}{{ x }}{% endraw %} is printed.": "{{ x }} is printed.",
    "{{</* note */>}} makes a note.": "{{< note >}} makes a note.",
    "Run [it]({{ site.baseurl }}/x).": "Run it.",
    "Run `{{< it >}}` and `[[it]]`.": "Run {{< it >}} and [[it]].",
    "See [[Page|the page]] and [[Other#Part]].": "See the page and Other > Part.",
    "Run it.\n{: .note}": "Run it.",
    "![The pier](x.png){width=50%}": "The pier",
    "Finished in 1913[^4].\n\n[^4]: By Renn.": "Finished in 1913[4].\n\n[4] By Renn.",
    "Finished in 1913<sup>4</sup>.": "Finished in 1913 ⁴.",
    "It weighs 10<sup>6</sup> kg on 41 m<sup>2</sup>.": "It weighs 10⁶ kg on 41 m².",
    "{/* hidden */}Run it.": "Run it.",
    "import Tabs from '@theme/Tabs';\n\nRun it.": "Run it.",
    "Run &amp; stop&nbsp;it.": "Run & stop\xa0it.",
    "Bash has [[ -f x ]].": "Bash has [[ -f x ]].",
    "```\n{{< it >}}\n!!! it\n```": "{{< it >}}\n!!! it",
}


@pytest.mark.parametrize("source", SHOWN)
def test_the_text_is_what_the_page_shows(tmp_path: Path, source: str) -> None:
    article = parse_content(tmp_path, "a.md", f"# Pump\n\n{source}\n")
    assert article.text == f"Pump\n\n{SHOWN[source]}"


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ('!!! warning "Keep wet"\n    Do not run dry.\n\n    - One item.', "Keep wet"),
        ("??? note\n    Do not run dry.\n\n    - One item.", "Note"),
        ("> [!NOTE]\n> Do not run dry.\n> \n> - One item.", "Note"),
        ("> [!tip]- Keep wet\n> Do not run dry.\n> \n> - One item.", "Keep wet"),
        (":::tip Keep wet\nDo not run dry.\n\n- One item.\n:::", "Keep wet"),
        (":::note[Keep wet]\n\nDo not run dry.\n\n- One item.\n\n:::", "Keep wet"),
        ('::: zone pivot="linux"\nDo not run dry.\n\n- One item.\n::: zone-end', ""),
        ("::: {.column}\nDo not run dry.\n\n- One item.\n:::", ""),
    ],
)
def test_an_admonition_is_its_title_and_its_text(tmp_path: Path, source: str, title: str) -> None:
    article = parse_content(tmp_path, "a.md", f"# Pump {{#pump}}\n\n{source}\n\n{FERRY[0]}\n")
    expected = ["Do not run dry.", "One item.", FERRY[0]]
    assert texts(article) == ["Pump", *([title] if title else []), *expected]
    assert kind_of(article, "Do not run dry.") is Kind.BODY


@settings(deadline=None)
@given(st.text(alphabet="ab{}[]!%<>/*#:.`~|\n \"=-'^_$&;", max_size=80))
def test_marks_never_raise_and_code_stays(text: str) -> None:
    replace_marks(text)
    fenced = "\n".join(line for line in text.splitlines() if "`" not in line and "~" not in line)
    assert fenced in replace_marks(f"```\n{fenced}\n```\n")
