"""`pincite eval` and `pincite compare`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import SettingError
from qa.errors import MetricError
from qa.evaluation.fail_under import Minimum

if TYPE_CHECKING:
    from index.library import Library
    from qa.evaluation.run import Run
    from qa.questions import QuestionSet

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_eval_parser(commands: Commands) -> None:
    """Declare `pincite eval`."""
    from qa.cli.args import add_json, add_reader, add_source, add_unanswerable

    parser = commands.add_parser(
        "eval",
        help="run a question set and report how good the answers are",
        description="Ask every question of a set and report retrieval, answers, citations, "
        "refusals and times, each with a 95 % interval. Sets are Pincite's JSON lines, SQuAD "
        "1.1 or 2.0 JSON, a BEIR folder, or TREC topics with --qrels; sets that bring their "
        "own texts need no index.",
        epilog="example: pincite eval seeds/questions.jsonl --articles seeds/ --html report.html",
    )
    parser.add_argument("questions", type=Path, metavar="QUESTIONS")
    parser.add_argument(
        "--check", action="store_true", help="only check that the set fits the articles"
    )
    parser.add_argument("--save", type=Path, metavar="RUN.json", help="keep the run for compare")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write a page with every question")
    parser.add_argument("--run-file", type=Path, metavar="OUT", help="write a TREC run")
    parser.add_argument(
        "--fail-under",
        type=_minimum,
        action="append",
        default=[],
        metavar="FIGURE=MIN",
        help="exit with 1 when a figure is lower, as in recall@5=0.9; may be given again; not "
        "for errors, which are better the lower they are",
    )
    parser.add_argument("--limit", type=_positive, metavar="N", help="draw N of the questions")
    parser.add_argument("--seed", type=int, default=0, help="which N are drawn (default: 0)")
    parser.add_argument(
        "-k",
        type=_positive,
        default=50,
        help="passages retrieved, 8 at least where answers are read (default: 50)",
    )
    parser.add_argument("--always-answer", action="store_true", help="switch refusal off")
    parser.add_argument(
        "--gold-paragraph",
        action="store_true",
        help="also measure the reader alone on each question's own paragraph",
    )
    add_unanswerable(parser)
    add_reader(parser)
    parser.add_argument("--reranker", metavar="NAME", help="a cross-encoder, by name or path")
    parser.add_argument(
        "--qrels", type=Path, metavar="F", help="judgments, for TREC topics or BEIR"
    )
    parser.add_argument("--documents", type=Path, metavar="F", help="documents, for TREC topics")
    add_source(parser)
    add_json(parser)
    parser.set_defaults(run=run_eval)


def add_compare_parser(commands: Commands) -> None:
    """Declare `pincite compare`."""
    from qa.cli.args import add_json

    parser = commands.add_parser(
        "compare",
        help="compare two saved runs of one question set",
        description="Paired differences of two runs (B minus A) with 95 % intervals and a "
        "permutation test, and the questions that changed.",
        epilog="example: pincite compare before.json after.json",
    )
    parser.add_argument("a", type=Path, metavar="A.json")
    parser.add_argument("b", type=Path, metavar="B.json")
    add_json(parser)
    parser.set_defaults(run=run_compare)


def run_eval(args: argparse.Namespace) -> int:
    """Run `pincite eval`; 1 when the check or a bound fails."""
    from qa.cli.output import DONE, ERROR, print_json, say
    from qa.evaluation.formats import read_question_set

    for written in (args.save, args.html, args.run_file):
        if written is not None and not written.absolute().parent.is_dir():
            raise SettingError(f"{written}: the folder {written.parent} does not exist; make it")
    questions = read_question_set(args.questions, qrels=args.qrels, documents=args.documents)
    for warning in questions.warnings:
        say(f"warning: {warning}")
    if args.fail_under:
        from qa.evaluation.metrics import run_metrics

        # Before a run of hours, not after it.
        metrics = run_metrics(
            retrieval_only=questions.retrieval_only, gold_paragraph=args.gold_paragraph
        )
        for minimum in args.fail_under:
            minimum.check(metrics)
    library, index = _library(args, questions)
    if args.check:
        return _check(args, questions, library)
    run = _run(args, questions, library, index)
    if args.save:
        run.save(args.save)
    if args.run_file:
        from qa.evaluation.trec_run import write_run_file

        write_run_file(run.results, args.run_file)
    if args.html:
        from qa.evaluation.html_report import render_report

        args.html.write_text(render_report(run), encoding="utf-8", errors="replace")
    if args.json:
        print_json(run.to_json())
    else:
        from qa.evaluation.text_report import run_table

        print(run_table(run.summary, run.results))
    failures = [failed for minimum in args.fail_under if (failed := minimum.failure(run.summary))]
    for failure in failures:
        say(f"pincite: {failure}")
    return ERROR if failures else DONE


def _library(args: argparse.Namespace, questions: QuestionSet) -> tuple[Library, dict[str, Any]]:
    """The articles to ask, and how fast they were indexed."""
    from qa.evaluation.corpus_index import corpus_library, describe_library

    if questions.articles is None:
        from qa.cli.args import library

        opened = library(args)
        return opened, describe_library(opened)
    if args.index or args.articles:
        left = "--index" if args.index else "--articles"
        raise SettingError(f"{args.questions} brings its own texts to ask; leave {left} out")
    from qa.cli.output import SyncBar, waiting

    with SyncBar() as progress:
        return corpus_library(questions, progress=progress, on_wait=waiting)


def _run(
    args: argparse.Namespace, questions: QuestionSet, library: Library, index: dict[str, Any]
) -> Run:
    from qa.evaluation.experiment import ExperimentOptions, run_experiment

    options = ExperimentOptions(
        k=args.k,
        reader=args.reader,
        reranker=args.reranker,
        unanswerable=args.unanswerable,
        always_answer=args.always_answer,
        gold_paragraph=args.gold_paragraph,
        limit=args.limit,
        seed=args.seed,
    )
    with _QuestionBar() as progress:
        return run_experiment(questions, library, index, options, progress=progress)


def _check(args: argparse.Namespace, questions: QuestionSet, library: Library) -> int:
    from qa.cli.output import DONE, ERROR, plain, print_json
    from qa.evaluation.question_set_check import find_problems
    from qa.evaluation.text_report import counted

    found = find_problems(questions, library)
    if args.json:
        listed = [{"id": one.question, "reason": one.reason} for one in found]
        print_json({"questions": len(questions.questions), "problems": listed})
    else:
        for one in found:
            print(plain(f"{one.question}: {one.reason}"))
        print(f"{counted(len(questions.questions), 'question')}, {counted(len(found), 'problem')}")
    return ERROR if found else DONE


def run_compare(args: argparse.Namespace) -> int:
    """Run `pincite compare`."""
    from qa.cli.output import DONE, print_json
    from qa.evaluation.compare import compare, comparison_table
    from qa.evaluation.run import Run

    comparison = compare(Run.load(args.a), Run.load(args.b))
    if args.json:
        print_json(comparison)
    else:
        print(comparison_table(comparison, args.a.name, args.b.name))
    return DONE


def _minimum(text: str) -> Minimum:
    try:
        return Minimum.parse(text)
    except MetricError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


class _QuestionBar:
    """A progress bar over questions, on a terminal only."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __enter__(self) -> Any:
        return self._show if sys.stderr.isatty() else None

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def _show(self, done: int, total: int) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=total, desc="questions", file=sys.stderr, leave=False)
        self._bar.n = done
        self._bar.refresh()
