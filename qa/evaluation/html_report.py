"""A run as one self-contained page: figures, plots, and every question, failures first.

Everything that comes from articles and questions is escaped, and the page's own policy
forbids it to load anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from qa.evaluation.error_stage import ErrorStage
from qa.evaluation.plots import plots
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.run import Run
from qa.evaluation.summary import oracle_rows, report_sections

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
"""What a browser may load on the page: nothing; its styles and script are in it."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1d20; --soft: #61656e; --line: #d9dce2;
  --paper: #fff; --mark: #fff0b3; --one: #1f5fbf; --two: #b3541e; --bad: #b3261e; --good: #1d7a46 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e9ec; --soft: #a0a4ad; --line: #3a3d44;
  --paper: #191a1d; --mark: #5c4a00; --one: #7fb0ff; --two: #f0a26b; --bad: #ff8a80;
  --good: #6fd39b } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1100px; margin: 0 auto; padding: 24px 16px }
h1 { font-size: 22px; margin: 0 } h2 { font-size: 17px; margin: 32px 0 8px }
p.note { color: var(--soft) } table { border-collapse: collapse }
td, th { padding: 2px 14px 2px 0; text-align: right; font-variant-numeric: tabular-nums }
td:first-child, th:first-child { text-align: left } td.soft { color: var(--soft) }
.figures, .plots { display: grid; gap: 8px 32px;
  grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)) }
figure { margin: 8px 0 } figcaption { font-weight: 600 }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft) }
svg polyline { stroke-width: 2 } svg .grid { stroke: var(--line) }
svg polyline.first { stroke: var(--one) } svg polyline.second { stroke: var(--two) }
svg polyline.guide { stroke: var(--soft); stroke-dasharray: 4 4 }
svg circle.first, svg rect.first { fill: var(--one) } svg rect.second { fill: var(--two) }
svg rect.guide { fill: var(--soft) }
details { border-top: 1px solid var(--line); content-visibility: auto;
  contain-intrinsic-size: auto 34px }
summary { cursor: pointer; padding: 5px 0; display: flex; gap: 12px }
summary .q { flex: 1 } .tag { font-size: 12px; white-space: nowrap }
.bad { color: var(--bad) } .good { color: var(--good) }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 24px; padding: 4px 0 16px 16px }
.sides h3 { font-size: 13px; color: var(--soft); margin: 4px 0 } .where { color: var(--soft) }
blockquote { margin: 4px 0; overflow-wrap: anywhere } mark { background: var(--mark);
  color: inherit }
form { display: flex; gap: 12px; flex-wrap: wrap; margin: 8px 0 } [hidden] { display: none }
@media (max-width: 700px) { .sides { grid-template-columns: 1fr } }
"""

# The list works without this; it only hides what does not match.
_SCRIPT = """
const rows = [...document.querySelectorAll("#questions details")];
const words = document.querySelector("#words"), kind = document.querySelector("#kind");
const count = document.querySelector("#count");
function show() {
  const wanted = words.value.toLowerCase(); let shown = 0;
  for (const row of rows) {
    const match = (!kind.value || row.dataset.kind === kind.value) &&
      (!wanted || row.textContent.toLowerCase().includes(wanted));
    row.hidden = !match; shown += match;
  }
  count.textContent = `${shown} of ${rows.length}`;
}
words.addEventListener("input", show); kind.addEventListener("change", show); show();
"""


def render_report(run: Run) -> str:
    """The whole page of a run, as HTML."""
    summary = run.summary
    title = f"Evaluation: {summary['config'].get('questions', 'questions')}"
    return "".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            f'<p class="note">{summary["questions"]:,} questions, {summary["answerable"]:,} '
            f"answerable, {summary['unanswerable']:,} not.</p>",
            metric_tables(summary),
            '<h2>Plots</h2><div class="plots">',
            *plots(run),
            "</div>",
            _missing(summary),
            _questions(run),
            _conditions(summary),
            f"<script>{_SCRIPT}</script></body></html>",
        ]
    )


def metric_tables(summary: Mapping[str, Any]) -> str:
    """Every figure with its interval, and the times, as tables in HTML."""
    parts = ['<div class="figures">']
    for heading, rows in report_sections(summary).items():
        parts.append(f"<section><h2>{escape(heading)}</h2><table>")
        for row in rows:
            interval = " to ".join(map(row.metric.format, row.interval or ()))
            shown = "undefined" if row.value is None else row.metric.format(row.value)
            parts.append(
                f'<tr><td title="{escape(row.metric.definition)}">{escape(row.metric.name)}</td>'
                f'<td>{shown}</td><td class="soft">{interval}</td></tr>'
            )
        parts.append("</table></section>")
    parts.append("<section><h2>Milliseconds</h2><table><tr><th></th>")
    parts.append("<th>p50</th><th>p95</th><th>p99</th></tr>")
    for name in ("retrieval", "answer"):
        spread = summary["latency_ms"].get(name)
        if spread and spread["p50"] is not None:
            cells = "".join(f"<td>{spread[one]:.0f}</td>" for one in ("p50", "p95", "p99"))
            parts.append(f"<tr><td>{name}</td>{cells}</tr>")
    parts.append("</table>")
    rate = summary["index"].get("characters_per_second")
    peak = summary["environment"].get("peak_memory_mb")
    if rate:
        parts.append(f"<p>IndexedCorpus now: {rate:,.0f} characters per second.</p>")
    if peak:
        parts.append(f"<p>Peak memory: {peak:,.0f} MB.</p>")
    parts.append("</section>")
    if oracle := oracle_rows(summary):
        parts.append("<section><h2>Oracle threshold (tuned on this question set)</h2><table>")
        for best in oracle:
            parts.append(
                f"<tr><td>{escape(best.name)}</td><td>{best.score:.3f}</td>"
                f'<td class="soft">{best.condition}</td></tr>'
            )
        parts.append("</table></section>")
    parts.append("</div>")
    return "".join(parts)


def _missing(summary: Mapping[str, Any]) -> str:
    named = summary["missing_gold"]["named"]
    if not named:
        return ""
    items = "".join(
        f"<li>{escape(identity)}: {escape('; '.join(why))}</li>" for identity, why in named.items()
    )
    return f"<h2>Gold that cannot be used, {len(named):,} questions</h2><ul>{items}</ul>"


def _questions(run: Run) -> str:
    ordered = sorted(run.results, key=lambda one: (not _failed(one, run), one.id))
    kinds = dict.fromkeys(_kind(one, run) for one in ordered)
    options = "".join(f"<option>{escape(kind)}</option>" for kind in kinds)
    return "".join(
        [
            "<h2>Every question, failures first</h2><form>",
            '<input id="words" type="search" placeholder="words" aria-label="words">',
            '<select id="kind" aria-label="what happened"><option value="">everything</option>',
            f'{options}</select><span id="count"></span></form><div id="questions">',
            *(_question(one, run) for one in ordered),
            "</div>",
        ]
    )


def _failed(result: QuestionResult, run: Run) -> bool:
    return result.is_lost if "answers" in run.summary else result.rank != 1


def _kind(result: QuestionResult, run: Run) -> str:
    """What happened to a question, in a few words."""
    if "answers" not in run.summary:
        if result.rank is None:
            return "not retrieved"
        return "first" if result.rank == 1 else "found below the first"
    if result.loss:
        return ErrorStage(result.loss).label
    if result.answerable:
        return "right"
    return "answered, though nothing answers it" if result.answered else "rightly refused"


def _question(result: QuestionResult, run: Run) -> str:
    kind = _kind(result, run)
    tone = "bad" if _failed(result, run) else "good"
    rank = f"rank {result.rank}" if result.rank else "not ranked"
    facts = rank if result.answerable else "unanswerable"
    if "answers" in run.summary:
        facts += f", confidence {result.confidence:.2f}"
        if result.answerable:
            facts += f", F1 {result.f1:.2f}"
    return (
        f'<details data-kind="{escape(kind)}"><summary><span class="q">'
        f'{escape(result.question)}</span><span class="tag">{escape(facts)}</span>'
        f'<span class="tag {tone}">{escape(kind)}</span></summary><div class="sides">'
        f"<div>{_given(result, run)}</div><div>{_gold(result)}</div></div></details>"
    )


def _given(result: QuestionResult, run: Run) -> str:
    if "answers" not in run.summary:
        found = "".join(f"<li>{escape(name)}</li>" for name in result.retrieved[:10])
        return f"<h3>Retrieved</h3><ol>{found}</ol>"
    head = "Answer" if result.answered else "Refused; the best candidate was"
    if result.citation is None:
        return f"<h3>{head}</h3><p>nothing</p>"
    citation = result.citation
    return (
        f"<h3>{head}</h3>{_marked(str(citation['paragraph_text']), str(citation['quote']))}"
        f'<p class="where">{escape(_where(citation))}</p>'
    )


def _gold(result: QuestionResult) -> str:
    parts = [f"<h3>Gold, id {escape(result.id)}</h3>"]
    if result.answers:
        parts.append(f"<p>Accepted: {escape(' | '.join(result.answers))}</p>")
    elif not result.answerable:
        parts.append("<p>The articles do not answer it.</p>")
    for place in result.gold[:10]:
        if "paragraph_text" not in place:
            parts.append(f"<p>{escape(str(place['article']))}</p>")
            continue
        parts.append(_marked(str(place["paragraph_text"]), str(place.get("quote") or "")))
        parts.append(f'<p class="where">{escape(_where(place))}</p>')
    for missing in result.missing_gold:
        parts.append(f'<p class="bad">{escape(missing["article"] + ": " + missing["reason"])}</p>')
    return "".join(parts)


def _where(place: Mapping[str, Any]) -> str:
    title = f"{place['title']}, " if place.get("title") else ""
    return f"{title}{place['article']}, paragraph {place['paragraph']}"


def _marked(text: str, quote: str) -> str:
    """A paragraph with the quoted words marked, where they stand in it as they are."""
    before, found, after = text.partition(quote) if quote else (text, "", "")
    middle = f"<mark>{escape(found)}</mark>" if found else ""
    return f"<blockquote>{escape(before)}{middle}{escape(after)}</blockquote>"


def _conditions(summary: Mapping[str, Any]) -> str:
    shown = {"config": summary["config"], "environment": summary["environment"]}
    text = json.dumps(shown, indent=2, ensure_ascii=False, default=str)
    return f"<h2>Conditions</h2><pre>{escape(text)}</pre>"
