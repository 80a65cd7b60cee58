"""Text that engines read badly is written out. All other text stays as it is."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_pipeline.tts.text.spoken_spans import SpokenSpan
from sse_pipeline.tts.text.verbalization import continues_sentence, verbalize

WRITTEN = [
    "$", "\u20ac", "5", "3.50", "1,000", "1.000,50", "million", "Mio.", "k", " ", "\u202f", "-",
    "\u2013", "EUR", "US$", "Dr. ", "No. ", "e.g.", "z. B.", "M. ", "p. ej.", "etc.", "km/h",
    "\u00b0C", "kg", "m\u00b2", "3:00", " pm", "15h30", "15:30 Uhr", "2026-11-22", "2026-99-99",
    "22.11.2026", "1. Mai", "1990s", "2e", "#", "~", "&", ".", ",", "A", "\ud800", "\0", "\u0665",
    "99999999999999999999",
]  # fmt: skip

texts = st.lists(st.one_of(st.sampled_from(WRITTEN), st.text(max_size=5)), max_size=16).map("".join)
languages = st.sampled_from(
    ["en", "en-us", "de", "fr-fr", "es-419", "it", "ar", "cmn", "xx", "", "-"]
)


def say(text: str, language: str = "en") -> str:
    return "".join(piece.text for piece in verbalize(text, language))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$3.50 and $3", "3 dollars 50 and 3 dollars"),
        (
            "$1, $1.00, $0.99, $0.01, $3.05",
            "1 dollar, 1 dollar, 99 cents, 1 cent, 3 dollars 5 cents",
        ),
        ("$1,000.50, $1,000, $1.5", "1,000 dollars 50, 1,000 dollars, 1.5 dollars"),
        ("\u20ac5, 5 \u20ac, \u00a32.99, \u00a5500.", "5 euros, 5 euros, 2 pounds 99, 500 yen."),
        ("US$5, CHF 5, 5 EUR", "5 dollars, 5 Swiss francs, 5 euros"),
        ("$3 million, $1.5M, $2bn", "3 million dollars, 1.5 million dollars, 2 billion dollars"),
        ("$5k, $5 thousand", "5 thousand dollars, 5 thousand dollars"),
        ("$5-$10, $5\u201310, 5-10 \u20ac", "5 to 10 dollars, 5 to 10 dollars, 5 to 10 euros"),
        ("-$5", "-5 dollars"),
        ("$PATH, US$, $", "$PATH, US$, $"),
    ],
)
def test_amounts_are_said_with_their_currency(written, said):
    assert say(written) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("de", "3,50 \u20ac, $3.50, 1.234,50 \u20ac", "3 Euro 50, 3 Dollar 50, 1.234 Euro 50"),
        ("de", "5\u201310 \u20ac, 3,5 Mio. \u20ac", "5 bis 10 Euro, 3,5 Millionen Euro"),
        (
            "fr",
            "1,50 \u20ac, 2 millions \u20ac, 2 M$",
            "1 euro 50, 2 millions d'euros, 2 millions de dollars",
        ),
        ("es", "3,50 \u20ac, $5", "3 euros 50, 5 d\u00f3lares"),
        ("it", "5 \u20ac", "5 euro"),
        ("ru", "$5", "5 долларов США"),
    ],
)
def test_amounts_are_said_in_the_language(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en", "5 km/h, 1 km, 2 m.", "5 kilometers per hour, 1 kilometer, 2 meters."),
        ("en-gb", "5 km", "5 kilometres"),
        ("en", "20 \u00b0C, 20\u00b0C, 3kg", "20 degrees Celsius, 20 degrees Celsius, 3 kilograms"),
        ("en", "1,000 km, 16 GB, 100 ms", "1000 kilometers, 16 gigabytes, 100 milliseconds"),
        ("en", "5-10 km, 1.5\u20132.5 kg", "5 to 10 kilometers, 1.5 to 2.5 kilograms"),
        ("de", "1,5 km, 5 km/h", "1,5 Kilometer, 5 Kilometer pro Stunde"),
        ("fr", "16 Go", "16\xa0gigaoctets"),
        ("es", "3 kg", "3 kilogramos"),
        ("ru", "1 km, 2 km, 5 km", "1 километр, 2 километра, 5 километров"),
        ("cmn", "5 km/h", "每小时5公里"),
        ("en", "5G, 4K, km, v1.2m, 5 m/min", "5G, 4K, km, v1.2m, 5 m/min"),
    ],
)
def test_units_after_numbers_are_said_in_full(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en", "Dr. Smith, Mr. X and Mrs. Y", "Doctor Smith, Mister X and Missis Y"),
        ("en", "No. 5, Fig. 3, Jan. 5, pp. 3", "number 5, figure 3, January 5, pages 3"),
        ("en", "I said no. Dr. or Fig.", "I said no. Dr. or Fig."),
        ("en", "E.g. A vs. B, i.e. approx. 5", "For example A versus B, that is approximately 5"),
        ("en", "cats, etc. and dogs, etc.", "cats, etcetera and dogs, etcetera."),
        ("en", '(cats, etc.) "dogs, etc." ', '(cats, etcetera) "dogs, etcetera." '),
        (
            "de",
            "z. B. Bier, z.B. Wein, d.\u00a0h. Nr. 5",
            "zum Beispiel Bier, zum Beispiel Wein, das hei\u00dft Nummer 5",
        ),
        (
            "de",
            "Dr. M\u00fcller usw. bzw. ca. 5.",
            "Doktor M\u00fcller und so weiter beziehungsweise circa 5.",
        ),
        (
            "fr",
            "M. Dupont, Mme Curie, p. ex. n\u00b0 5",
            "Monsieur Dupont, Madame Curie, par exemple num\u00e9ro 5",
        ),
        (
            "es",
            "Sr. L\u00f3pez, Sra. Paz, p. ej. n.\u00ba 5",
            "se\u00f1or L\u00f3pez, se\u00f1ora Paz, por ejemplo n\u00famero 5",
        ),
    ],
)
def test_abbreviations_are_said_in_full_where_they_are_sure(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en-us", "on 2026-11-22.", "on November 22, 2026."),
        ("en-gb", "2026-11-22", "22 November 2026"),
        ("de", "am 2026-11-22, 1.5.2026", "am zweiundzwanzigsten November 2026, ersten Mai 2026"),
        ("de", "am 1. Mai um 15:30 Uhr, 9:00 Uhr", "am ersten Mai um 15 Uhr 30, 9 Uhr"),
        (
            "fr",
            "2026-11-22, 15h30, 1 h, 21e",
            "22 novembre 2026, 15 heures 30, 1 heure, vingt-et-uni\u00e8me",
        ),
        ("es", "2026-11-22", "22 de noviembre de 2026"),
        ("en", "3:00 pm, 3:30 pm", "3 pm, 3:30 pm"),
        (
            "en",
            "the 1990s, 1900s and 2020s",
            "the nineteen nineties, nineteen hundreds and twenty twenties",
        ),
        ("en", "2026-13-40, 2026-11-22T10:00", "2026-13-40, 2026-11-22T10:00"),
    ],
)
def test_dates_and_times_are_said_as_people_say_them(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en", "#5, ~5, \u2248 5, 2020-2024", "number 5, about 5, about 5, 2020 to 2024"),
        ("es", "A & B, ~5", "A y B, unos 5"),
        ("de", "~5, \u2248 5", "etwa 5, etwa 5"),
        ("fr", "~5", "environ 5"),
    ],
)
def test_signs_are_said_where_engines_name_them(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    "text",
    [
        "1st, 2nd, 50%, 3.50, 1,000,000, 2026, 3:30",
        "3-1, 192.168.1.1, v1.2.3, C#, a&b, and/or, GTK+2/3, 16/9, 1/2/3",
        "a = [1], x=N.ma, ?a=1&b=2, 0x1F, x86, e-mail, a-b, I - V",
        "iPhone 5s, Galaxy 7s, 3/4 time, on 3/4, 4/5 stars",
        "Plain words, and no more.",
    ],
)
def test_what_engines_read_well_stays_as_it_stands(text):
    assert verbalize(text, "en") == [SpokenSpan(text, 0, len(text))]


@pytest.mark.parametrize("language", ["xx", "", "-", "tlh", "no such"])
def test_a_language_that_is_not_known_is_left_alone(language):
    assert say("$5, 5 km, Dr. X", language) == "$5, 5 km, Dr. X"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$2m", "2 million dollars"),
        ("$1.5bn", "1.5 billion dollars"),
        ("\u20ac4b", "4 billion euros"),
        ("$2x", "$2x"),
        ("St. Louis", "Saint Louis"),
        ("Acme Inc. did", "Acme Incorporated did"),
    ],
)
def test_short_forms_after_amounts_and_names(text, words):
    assert "".join(piece.text for piece in verbalize(text, "en")) == words


@pytest.mark.parametrize(
    ("before", "after", "language", "expected"),
    [
        ("Dr. ", "Who", "en", True),
        ("approx. ", "5", "en", True),
        ("etc. ", "and", "en", True),
        ("etc. ", "Then", "en", False),
        ("Dr. ", "", "en", False),
        ("end. ", "and", "en", False),
        ("Dr. ", "Wer", "de", True),
        ("Dr. ", "Who", "tlh", False),
    ],
)
def test_a_sentence_goes_on_after_an_abbreviation(before, after, language, expected):
    assert continues_sentence(before, after, language) is expected


def test_a_piece_stands_for_what_it_replaces():
    assert verbalize("Now $5!", "en") == [
        SpokenSpan("Now ", 0, 4),
        SpokenSpan("5 dollars", 4, 6, is_reworded=True),
        SpokenSpan("!", 6, 7),
    ]
    assert verbalize("", "en") == []


@settings(max_examples=300)
@given(texts, languages)
def test_the_pieces_tile_the_text(text, language):
    pieces = verbalize(text, language)
    assert [piece.begin for piece in pieces] == [0, *(piece.end for piece in pieces)][: len(pieces)]
    assert (pieces[-1].end if pieces else 0) == len(text)
    assert all(piece.begin < piece.end for piece in pieces)


@pytest.mark.parametrize(
    "text", ["$1", "1", "1,", "1,000", "5-", "5 ", "z. ", "e.g.", "1.", "$", "h"]
)
def test_the_work_grows_with_the_text(text):
    def calls(size: int) -> int:
        count = 0

        def note(frame, event, argument):
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(note)
        try:
            verbalize((text * size)[:size], "en")
        finally:
            sys.setprofile(None)
        return count

    verbalize(text, "en")
    assert calls(2_000) < 2.5 * calls(1_000) + 200
