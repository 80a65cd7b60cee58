"""Prepare texts with stream2sentence, with the arguments that RealtimeTTS gives it."""

import json
import sys

from stream2sentence import generate_sentences


def main() -> None:
    prepared = [
        " ".join(
            generate_sentences(
                iter([written]), language=language, minimum_sentence_length=1,
                cleanup_text_links=True, cleanup_text_emojis=True,
            )
        )
        for language, written in json.load(sys.stdin)
    ]  # fmt: skip
    print(json.dumps(prepared))


main()
