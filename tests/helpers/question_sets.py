"""Small question sets in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HARBOUR = "The harbour of Port Vell was dredged in 1931. Its lighthouse keeper was Ana Ruiz."
FERRY = "The ferry to Isla Gris leaves at six each morning.\nIt carries forty passengers."
ORCHARD = "The orchard at Monte Alto grows pears. Its owner, Luis Paz, planted 300 trees in 1954."
MILL = "The paper mill burned down in 1902 and was never rebuilt."


def squad_content() -> dict[str, Any]:
    """Return a SQuAD 2.0 set: two titled articles, one untitled, a context with a line break."""

    def answer(context: str, text: str) -> dict[str, Any]:
        return {"text": text, "answer_start": context.index(text)}

    return {
        "version": "v2.0",
        "data": [
            {
                "title": "Port_Vell",
                "paragraphs": [
                    {
                        "context": HARBOUR,
                        "qas": [
                            {
                                "id": "h1",
                                "question": "When was the harbour of Port Vell dredged?",
                                "answers": [answer(HARBOUR, "1931"), answer(HARBOUR, "in 1931")],
                                "is_impossible": False,
                            },
                            {
                                "id": "h2",
                                "question": "Who kept the lighthouse?",
                                "answers": [answer(HARBOUR, "Ana Ruiz")],
                            },
                            {
                                "id": "h3",
                                "question": "When was the harbour of Port Vell sold?",
                                "answers": [],
                                "plausible_answers": [answer(HARBOUR, "1931")],
                                "is_impossible": True,
                            },
                        ],
                    },
                    {
                        "context": FERRY,
                        "qas": [
                            {
                                "id": "f1",
                                "question": "How many passengers does the ferry carry?",
                                "answers": [answer(FERRY, "forty")],
                            }
                        ],
                    },
                ],
            },
            {
                "title": "Monte_Alto",
                "paragraphs": [
                    {
                        "context": ORCHARD,
                        "qas": [
                            {
                                "id": "o1",
                                "question": "Who owns the orchard at Monte Alto?",
                                "answers": [answer(ORCHARD, "Luis Paz")],
                            },
                            {
                                "id": "o2",
                                "question": "How much did the orchard at Monte Alto cost?",
                                "answers": [],
                                "is_impossible": True,
                            },
                        ],
                    }
                ],
            },
            {"paragraphs": [{"context": MILL, "qas": []}]},
        ],
    }


def write_squad(path: Path) -> Path:
    """Write the SQuAD set to a file."""
    path.write_text(json.dumps(squad_content()), encoding="utf-8")
    return path


def write_lines(path: Path, *entries: dict[str, Any] | str) -> Path:
    """Write objects (or raw text) as JSON lines."""
    lines = (entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_beir(folder: Path) -> Path:
    """Write a BEIR folder: four documents, two judged queries and one without judgments."""
    (folder / "qrels").mkdir(parents=True)
    write_lines(
        folder / "corpus.jsonl",
        {"_id": "d1", "title": "Harbour", "text": HARBOUR},
        {"_id": "d2", "title": "Ferry", "text": FERRY},
        {"_id": "d3", "title": "Orchard", "text": ORCHARD},
        {"_id": "d4", "title": "A title alone", "text": ""},
    )
    write_lines(
        folder / "queries.jsonl",
        {"_id": "q1", "text": "dredging of the harbour"},
        {"_id": "q2", "text": "pears and their owner"},
        {"_id": "q3", "text": "never judged"},
    )
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\nq2\td3\t1\nq2\td4\t0\n"
    )
    return folder


TOPICS = """<xml>
<top>
<num> 7</num>
<title>
dredging of
the harbour
</title>
</top>
<top>
<num> Number: 12</num>
<title>pears and their owner</title>
</top>
</xml>
"""

DOCUMENTS = f"""<doc>
<docno>1</docno>
<title>harbour &amp; light</title>
<text>
{HARBOUR}
</text>
</doc>
<doc>
<docno>2</docno>
<title>orchard</title>
<text>{ORCHARD}</text>
</doc>
"""
