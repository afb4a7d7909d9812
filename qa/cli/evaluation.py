"""`pincite eval` and `pincite compare`."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import SettingError
from qa.errors import MetricError
from qa.evaluation.limits import Limit

if TYPE_CHECKING:
    from index.library import Library
    from qa.evaluation.run import Run
    from qa.questions import QuestionSet

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_eval_parser(commands: Commands) -> None:
    """Declare `pincite eval`."""
    from qa.cli.args import add_json, add_reader, add_reranker, add_source, add_unanswerable

    parser = commands.add_parser(
        "eval",
        help="run a question set and report how good the answers are",
        description="Ask every question of a set and report retrieval, answers, citations, "
        "refusals and times, with 95% intervals. A set is a file of Pincite's JSON lines (or "
        "several, or a folder of them), a JSON array or CSV of questions and answers, "
        "a file of SQuAD 1.1 or 2.0, a BEIR folder, or TREC topics "
        "with --qrels. A set that brings its own articles needs no index.",
        epilog="example: pincite eval seeds/questions.jsonl --articles seeds/ --html report.html",
    )
    parser.add_argument(
        "questions",
        type=Path,
        nargs="+",
        metavar="QUESTIONS",
        help="a question set; several files of JSON lines are read as one set",
    )
    parser.add_argument(
        "--check", action="store_true", help="only check the set against the articles"
    )
    parser.add_argument(
        "--save", type=Path, metavar="RUN.json", help="save the run, for pincite compare"
    )
    parser.add_argument(
        "--html", type=Path, metavar="OUT", help="write an HTML page with every question"
    )
    parser.add_argument(
        "--run-file", type=Path, metavar="OUT", help="write the rankings as a TREC run"
    )
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="OUT",
        help="write the answers shown as SQuAD's predictions.json",
    )
    parser.add_argument(
        "--na-prob",
        type=Path,
        metavar="OUT",
        help="write the probabilities of no answer as SQuAD's na_prob.json",
    )
    parser.add_argument(
        "--fail-under",
        type=_limit,
        action="append",
        default=[],
        metavar="METRIC=MIN",
        help="exit with status 1 if a metric is below a minimum, such as recall@5=0.9; can be "
        "repeated; only for metrics where higher is better",
    )
    parser.add_argument(
        "--fail-over",
        type=partial(_limit, is_maximum=True),
        action="append",
        default=[],
        metavar="METRIC=MAX",
        help="exit with status 1 if a metric is above a maximum, such as false_answer_rate=0.1; "
        "can be repeated; only for metrics where lower is better",
    )
    parser.add_argument(
        "--limit", type=_positive, metavar="N", help="ask a random sample of N questions"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="random seed of the sample (default: 0)"
    )
    parser.add_argument(
        "-k",
        type=_positive,
        default=50,
        help="number of passages to retrieve, at least those that are read; of documents, at least "
        "100, where documents are judged (default: 50)",
    )
    parser.add_argument("--always-answer", action="store_true", help="never refuse")
    parser.add_argument(
        "--gold-paragraph",
        action="store_true",
        help="also measure the reader alone, on the paragraph that holds the answer",
    )
    add_unanswerable(parser)
    parser.add_argument(
        "--recalibrate",
        action="store_true",
        help="use the votes on the index's answers, as pincite ask does",
    )
    add_reader(parser)
    add_reranker(parser)
    parser.add_argument(
        "--qrels", type=Path, metavar="FILE", help="judgments, for TREC topics or BEIR"
    )
    parser.add_argument("--documents", type=Path, metavar="FILE", help="documents, for TREC topics")
    add_source(parser)
    add_json(parser)
    parser.set_defaults(run=run_eval)


def add_compare_parser(commands: Commands) -> None:
    """Declare `pincite compare`."""
    from qa.cli.args import add_json

    parser = commands.add_parser(
        "compare",
        help="compare two saved runs of one question set",
        description="Show the paired differences of two runs (B minus A) with 95% intervals and a "
        "permutation test, and the questions that changed.",
        epilog="example: pincite compare before.json after.json",
    )
    parser.add_argument("a", type=Path, metavar="A.json")
    parser.add_argument("b", type=Path, metavar="B.json")
    add_json(parser)
    parser.set_defaults(run=run_compare)


def run_eval(args: argparse.Namespace) -> int:
    """Run `pincite eval`; the status is 1 when the check or a limit fails."""
    from qa.cli.output import DONE, ERROR, print_json, print_message
    from qa.evaluation.formats import read_question_sets

    for path in (args.save, args.html, args.run_file, args.predictions, args.na_prob):
        if path is not None and not path.absolute().parent.is_dir():
            raise SettingError(f"{path}: the folder {path.parent} does not exist; create it")
    questions = read_question_sets(args.questions, qrels=args.qrels, documents=args.documents)
    for warning in questions.warnings:
        print_message(f"warning: {warning}")
    if questions.retrieval_only and (args.predictions or args.na_prob):
        raise SettingError(
            f"{questions.path} judges documents and has no answers; leave out --predictions and "
            "--na-prob"
        )
    limits = [*args.fail_under, *args.fail_over]
    if limits:
        from qa.evaluation.metrics import run_metrics

        # A run can take hours, so check first.
        metrics = run_metrics(
            retrieval_only=questions.retrieval_only, gold_paragraph=args.gold_paragraph
        )
        for limit in limits:
            limit.check(metrics)
    library, index = _library(args, questions)
    if args.check:
        return _check(args, questions, library)
    run = _run(args, questions, library, index)
    if args.save:
        run.save(args.save)
    if args.run_file:
        from qa.evaluation.trec_run import write_run_file

        write_run_file(run.results, args.run_file)
    if args.predictions:
        from qa.evaluation.squad_predictions import write_predictions

        write_predictions(run.results, args.predictions)
    if args.na_prob:
        from qa.evaluation.squad_predictions import write_na_prob

        write_na_prob(run.results, args.na_prob)
    if args.html:
        from qa.evaluation.html_report import render_report

        args.html.write_text(render_report(run), encoding="utf-8", errors="replace")
    if args.json:
        print_json(run.to_json())
    else:
        from qa.evaluation.text_report import run_table

        print(run_table(run.summary, run.results))
    failures = [failed for limit in limits if (failed := limit.failure(run.summary))]
    for failure in failures:
        print_message(f"pincite: {failure}")
    return ERROR if failures else DONE


def _library(args: argparse.Namespace, questions: QuestionSet) -> tuple[Library, dict[str, Any]]:
    """Return the library to ask, and its description for the run."""
    from qa.evaluation.corpus_index import corpus_library, describe_library

    if questions.articles is None:
        from qa.cli.args import library

        opened = library(args)
        return opened, describe_library(opened)
    index = None if args.index == args.configured.get("index") else args.index
    if index or args.articles:
        option = "--index" if index else "--articles"
        raise SettingError(f"{questions.path} brings its own articles; leave out {option}")
    from qa.cli.output import SyncProgressBar, report_wait

    with SyncProgressBar() as progress:
        return corpus_library(questions, progress=progress, on_wait=report_wait)


def _run(
    args: argparse.Namespace, questions: QuestionSet, library: Library, index: dict[str, Any]
) -> Run:
    from qa.cli.output import QuestionProgressBar
    from qa.evaluation.experiment import ExperimentOptions, run_experiment

    options = ExperimentOptions(
        k=args.k,
        reader=args.reader,
        reranker=args.reranker,
        unanswerable=args.unanswerable,
        recalibrate=args.recalibrate,
        always_answer=args.always_answer,
        gold_paragraph=args.gold_paragraph,
        limit=args.limit,
        seed=args.seed,
    )
    with QuestionProgressBar() as progress:
        return run_experiment(questions, library, index, options, progress=progress)


def _check(args: argparse.Namespace, questions: QuestionSet, library: Library) -> int:
    from qa.cli.output import DONE, ERROR, print_json, terminal_text
    from qa.evaluation.question_set_check import find_problems
    from qa.wording import counted

    problems = find_problems(questions, library)
    if args.json:
        listed = [{"id": one.question, "reason": one.reason} for one in problems]
        print_json({"questions": len(questions.questions), "problems": listed})
    else:
        for one in problems:
            print(terminal_text(f"{one.question}: {one.reason}"))
        print(
            f"{counted(len(questions.questions), 'question')}, {counted(len(problems), 'problem')}"
        )
    return ERROR if problems else DONE


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


def _limit(text: str, *, is_maximum: bool = False) -> Limit:
    try:
        return Limit.parse(text, is_maximum=is_maximum)
    except MetricError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"invalid number {text!r}; give a whole number of 1 or more"
        )
    return int(text)
