"""The words of each language. Words that Unicode's CLDR knows, such as unit names, are not here."""

from sse_pipeline.tts.text.verbalization.language import CurrencyWords, Language

ENGLISH = Language(
    titles={
        "Dr.": "Doctor",
        "Mr.": "Mister",
        "Mrs.": "Missis",
        "Ms.": "Miz",
        "Prof.": "Professor",
        "Gen.": "General",
        "Sen.": "Senator",
        "St.": "Saint",
    },
    counted={
        "No.": "number",
        "Nos.": "numbers",
        "no.": "number",
        "Fig.": "figure",
        "Figs.": "figures",
        "Eq.": "equation",
        "Sec.": "section",
        "Ch.": "chapter",
        "Vol.": "volume",
        "p.": "page",
        "pp.": "pages",
        "Jan.": "January",
        "Feb.": "February",
        "Mar.": "March",
        "Apr.": "April",
        "Aug.": "August",
        "Sep.": "September",
        "Sept.": "September",
        "Oct.": "October",
        "Nov.": "November",
        "Dec.": "December",
        "ca.": "about",
    },
    abbreviations={
        "e. g.": "for example",
        "i. e.": "that is",
        "etc.": "etcetera",
        "vs.": "versus",
        "approx.": "approximately",
        "a.k.a.": "also known as",
        "cf.": "compare",
        "Dept.": "department",
        "Inc.": "Incorporated",
        "Ltd.": "Limited",
        "Corp.": "Corporation",
        "Jr.": "Junior",
        "w/o": "without",
    },
    money={
        "USD": CurrencyWords("dollar", "dollars", "cent", "cents"),
        "EUR": CurrencyWords("euro", "euros", "cent", "cents"),
        "GBP": CurrencyWords("pound", "pounds", "penny", "pence"),
        "JPY": CurrencyWords("yen", "yen"),
        "INR": CurrencyWords("rupee", "rupees", "paisa", "paise"),
    },
    scales={
        "thousand": "thousand",
        "million": "million",
        "billion": "billion",
        "trillion": "trillion",
        "k": "thousand",
        "K": "thousand",
        "M": "million",
        "m": "million",
        "mn": "million",
        "b": "billion",
        "bn": "billion",
        "B": "billion",
        "T": "trillion",
    },
    to="to",
    signs={"#": "number", "~": "about", "\u2248": "about"},
)

GERMAN = Language(
    titles={"Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Fr.": "Frau", "St.": "Sankt"},
    counted={
        "Nr.": "Nummer",
        "Abb.": "Abbildung",
        "Kap.": "Kapitel",
        "Bd.": "Band",
        "S.": "Seite",
        "Art.": "Artikel",
        "Abs.": "Absatz",
    },
    abbreviations={
        "z. B.": "zum Beispiel",
        "d. h.": "das hei\u00dft",
        "u. a.": "unter anderem",
        "o. \u00e4.": "oder \u00e4hnlich",
        "i. d. R.": "in der Regel",
        "v. a.": "vor allem",
        "usw.": "und so weiter",
        "bzw.": "beziehungsweise",
        "ca.": "circa",
        "evtl.": "eventuell",
        "ggf.": "gegebenenfalls",
        "inkl.": "inklusive",
        "exkl.": "exklusive",
        "vgl.": "vergleiche",
        "etc.": "et cetera",
    },
    money={
        "USD": CurrencyWords("Dollar", "Dollar", "Cent", "Cent"),
        "EUR": CurrencyWords("Euro", "Euro", "Cent", "Cent"),
        "GBP": CurrencyWords("Pfund", "Pfund", "Penny", "Pence"),
        "JPY": CurrencyWords("Yen", "Yen"),
    },
    scales={
        "Tsd.": "Tausend",
        "Mio.": "Millionen",
        "Mrd.": "Milliarden",
        "Million": "Million",
        "Millionen": "Millionen",
        "Milliarde": "Milliarde",
        "Milliarden": "Milliarden",
    },
    to="bis",
    signs={"~": "etwa", "\u2248": "etwa"},
)

FRENCH = Language(
    titles={
        "M.": "Monsieur",
        "MM.": "Messieurs",
        "Mme": "Madame",
        "Mlle": "Mademoiselle",
        "Dr": "Docteur",
        "Pr": "Professeur",
    },
    counted={"n\u00b0": "num\u00e9ro", "N\u00b0": "num\u00e9ro", "env.": "environ", "p.": "page"},
    abbreviations={
        "p. ex.": "par exemple",
        "c.-\u00e0-d.": "c'est-\u00e0-dire",
        "etc.": "et cetera",
        "cf.": "confer",
    },
    money={
        "USD": CurrencyWords("dollar", "dollars", "cent", "cents"),
        "EUR": CurrencyWords("euro", "euros", "centime", "centimes"),
        "GBP": CurrencyWords("livre", "livres", "penny", "pence"),
        "JPY": CurrencyWords("yen", "yens"),
    },
    scales={
        "million": "million",
        "millions": "millions",
        "milliard": "milliard",
        "milliards": "milliards",
        "M": "millions",
        "Md": "milliards",
    },
    of=" de ",
    of_vowel=" d'",
    to="\u00e0",
    signs={"~": "environ", "\u2248": "environ", "#": "num\u00e9ro"},
    units={
        "o": "digital-byte",
        "Ko": "digital-kilobyte",
        "Mo": "digital-megabyte",
        "Go": "digital-gigabyte",
        "To": "digital-terabyte",
    },
)

SPANISH = Language(
    titles={
        "Sr.": "se\u00f1or",
        "Sra.": "se\u00f1ora",
        "Srta.": "se\u00f1orita",
        "Dr.": "doctor",
        "Dra.": "doctora",
        "D.": "don",
    },
    counted={
        "n.\u00ba": "n\u00famero",
        "N.\u00ba": "n\u00famero",
        "n\u00ba": "n\u00famero",
        "p\u00e1g.": "p\u00e1gina",
        "aprox.": "aproximadamente",
    },
    abbreviations={
        "p. ej.": "por ejemplo",
        "etc.": "etc\u00e9tera",
        "EE. UU.": "Estados Unidos",
        "Ud.": "usted",
        "Uds.": "ustedes",
    },
    money={
        "USD": CurrencyWords("d\u00f3lar", "d\u00f3lares", "centavo", "centavos"),
        "EUR": CurrencyWords("euro", "euros", "c\u00e9ntimo", "c\u00e9ntimos"),
        "GBP": CurrencyWords("libra", "libras", "penique", "peniques"),
        "JPY": CurrencyWords("yen", "yenes"),
    },
    scales={"mill\u00f3n": "mill\u00f3n", "millones": "millones", "M": "millones"},
    of=" de ",
    of_vowel=" de ",
    to="a",
    signs={"~": "unos", "\u2248": "aproximadamente", "#": "n\u00famero"},
    ampersand="y",
)

HINDI = Language(
    titles={"डॉ.": "डॉक्टर", "प्रो.": "प्रोफेसर", "पं.": "पंडित", "श्री.": "श्री"},
    money={
        "INR": CurrencyWords("रुपया", "रुपये"),
        "USD": CurrencyWords("डॉलर", "डॉलर"),
        "EUR": CurrencyWords("यूरो", "यूरो"),
    },
    scales={"हज़ार": "हज़ार", "लाख": "लाख", "करोड़": "करोड़", "अरब": "अरब"},
    to="से",
)

CHINESE = Language(
    money={
        "CNY": CurrencyWords("元", "元"),
        "USD": CurrencyWords("美元", "美元"),
        "EUR": CurrencyWords("欧元", "欧元"),
        "GBP": CurrencyWords("英镑", "英镑"),
    },
    scales={"万": "万", "亿": "亿"},
    to="到",
)

JAPANESE = Language(
    money={
        "JPY": CurrencyWords("円", "円"),
        "USD": CurrencyWords("ドル", "ドル"),
        "EUR": CurrencyWords("ユーロ", "ユーロ"),
    },
    scales={"万": "万", "億": "億"},
    to="から",
)

ARABIC = Language(
    titles={
        "\u062f.": "\u062f\u0643\u062a\u0648\u0631",
        "\u0623.": "\u0623\u0633\u062a\u0627\u0630",
    },
)

LANGUAGES = {
    "ar": ARABIC,
    "de": GERMAN,
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "hi": HINDI,
    "ja": JAPANESE,
    "zh": CHINESE,
}
