"""`python -m benchmarks.reading`: the share of texts that is read as expected."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version

from benchmarks.reading import preparations
from benchmarks.reading.corpus import VOICES, Sentence, sentences
from benchmarks.reading.phonemes import phonemes


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument(
        "--peers", nargs="*", choices=preparations.PEERS, default=preparations.PEERS
    )
    parser.add_argument("--failures", action="store_true", help="print what is read otherwise")
    options = parser.parse_args()
    corpus = [*sentences()]
    columns = {
        "as written": preparations.nothing(corpus),
        "sse_pipeline": preparations.library(corpus),
    }
    columns |= dict(filter(None, (preparations.peer(each, corpus) for each in options.peers)))
    expected = [phonemes(each.expected, each.language) for each in corpus]
    read = {
        name: [
            phonemes(text, each.language) == said
            for text, each, said in zip(prepared, corpus, expected, strict=True)
        ]
        for name, prepared in columns.items()
    }
    _print_table("language", [*VOICES], [each.language for each in corpus], read)
    kinds = [each.kind for each in corpus]
    _print_table("kind", [*dict.fromkeys(kinds)], kinds, read)
    print(f"\n{len(corpus)} texts; phonemes by espeakng-loader {version('espeakng-loader')}.")
    if options.failures:
        _print_failures(corpus, columns["sse_pipeline"], read["sse_pipeline"])


def _print_table(
    title: str, rows: Sequence[str], row_of: Sequence[str], read: dict[str, list[bool]]
) -> None:
    print(f"\n| {title} | texts | " + " | ".join(read) + " |")
    print("| --- " * (2 + len(read)) + "|")
    counts = Counter(row_of)
    for row in [*rows, "all"]:
        chosen = [row in (each, "all") for each in row_of]
        shares = [
            f"{sum(ok for ok, here in zip(found, chosen, strict=True) if here) / sum(chosen):.0%}"
            for found in read.values()
        ]
        print(f"| {row} | {counts.get(row, len(row_of))} | " + " | ".join(shares) + " |")


def _print_failures(
    corpus: Sequence[Sentence], prepared: Sequence[str], read: Sequence[bool]
) -> None:
    for sentence, text, is_read in zip(corpus, prepared, read, strict=True):
        if not is_read:
            print(f"{sentence.language} {sentence.kind}: {sentence.written!r}")
            print(f"    expected {sentence.expected!r}\n    got      {text!r}")


if __name__ == "__main__":
    main()
