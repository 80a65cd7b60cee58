"""The words of each language for signs between numbers, for fractions and for powers."""

# ruff: noqa: RUF001 - the sign of a union is meant

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NumberWords:
    """Signs and their words. What is empty is left to the engine."""

    #: The sign of a negative number.
    minus: str = ""
    #: "{}" stands for the number; for engines that read the sign in English.
    percent: str = ""
    #: Pairs that are no fractions.
    idioms: Mapping[str, str] = field(default_factory=dict)
    #: Fractions as they are spoken, and a form for those that are not listed.
    fractions: Mapping[str, str] = field(default_factory=dict)
    fraction: str = ""
    #: The word between a whole number and a fraction: "1 1/2".
    mixed: str = ""
    #: The sign between two lengths: "6 x 6".
    by: str = ""
    #: Powers: "{}" stands for the base, or for the exponent.
    square: str = ""
    cube: str = ""
    power: str = ""
    #: Between a function and its argument: "f(x)".
    of: str = ""
    #: Signs between the terms of a formula.
    operators: Mapping[str, str] = field(default_factory=dict)
    #: What goes between a word and a number.
    gap: str = " "
    #: Words before a code whose digits are read one by one, as a regular expression.
    codes: str = ""


_ENGLISH = NumberWords(
    minus="minus",
    fractions={
        "1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter",
        "3/4": "three quarters", "1/5": "one fifth", "2/5": "two fifths", "3/5": "three fifths",
        "4/5": "four fifths", "1/8": "one eighth", "3/8": "three eighths", "5/8": "five eighths",
        "7/8": "seven eighths", "1/10": "one tenth",
    },
    idioms={"24/7": "24 7", "50/50": "50 50", "9/11": "9 11", "20/20": "20 20"},
    mixed="and",
    by="by",
    of="of",
    square="{} squared",
    cube="{} cubed",
    power=" to the power of {}",
    operators={
        "=": "equals", "≠": "is not equal to", "<": "is less than", ">": "is greater than",
        "≤": "is at most", "≥": "is at least", "+": "plus", "-": "minus", "*": "times",
        "/": "divided by", "±": "plus or minus", "∩": "intersection", "∪": "union",
        "∈": "in", "≈": "is about",
    },
    codes=r"(?:pass)?code|PIN|OTP|ZIP(?: code)?|area code|extension|ext\.",
)  # fmt: skip
_GERMAN = NumberWords(
    minus="minus",
    fractions={
        "1/2": "ein halb", "1/3": "ein Drittel", "2/3": "zwei Drittel", "1/4": "ein Viertel",
        "3/4": "dreiviertel", "1/5": "ein Fünftel", "2/5": "zwei Fünftel", "3/5": "drei Fünftel",
        "4/5": "vier Fünftel", "1/8": "ein Achtel", "3/8": "drei Achtel",
    },
    idioms={"24/7": "24 7", "50/50": "50 50"},
    mixed="",
    by="mal",
    of="von",
    square="{} Quadrat",
    cube="{} hoch drei",
    power=" hoch {}",
    operators={
        "=": "gleich", "≠": "ungleich", "<": "kleiner als", ">": "größer als",
        "≤": "höchstens", "≥": "mindestens", "+": "plus", "-": "minus", "*": "mal",
        "/": "durch", "±": "plus minus", "∩": "geschnitten mit",
        "∪": "vereinigt mit", "∈": "Element von", "≈": "ungefähr",
    },
    codes=r"[\w-]{0,20}[Cc]ode|PIN|TAN|PLZ|Postleitzahl|Durchwahl",
)  # fmt: skip
_FRENCH = NumberWords(
    minus="moins",
    fractions={
        "1/2": "un demi", "1/3": "un tiers", "2/3": "deux tiers", "1/4": "un quart",
        "3/4": "trois quarts", "1/5": "un cinquième", "2/5": "deux cinquièmes",
        "3/5": "trois cinquièmes", "4/5": "quatre cinquièmes",
    },
    idioms={"24/7": "24 heures sur 24, 7 jours sur 7"},
    mixed="et",
    by="sur",
    of="de",
    square="{} au carré",
    cube="{} au cube",
    power=" puissance {}",
    operators={
        "=": "égale", "≠": "différent de", "<": "inférieur à",
        ">": "supérieur à", "≤": "inférieur ou égal à",
        "≥": "supérieur ou égal à", "+": "plus", "-": "moins", "*": "fois",
        "/": "divisé par", "±": "plus ou moins", "∩": "inter", "∪": "union",
        "∈": "appartient à", "≈": "environ",
    },
    codes=r"[Cc]ode(?: postal)?|PIN",
)  # fmt: skip
_SPANISH = NumberWords(
    minus="menos",
    fractions={
        "1/2": "un medio", "1/3": "un tercio", "2/3": "dos tercios", "1/4": "un cuarto",
        "3/4": "tres cuartos", "1/5": "un quinto", "2/5": "dos quintos", "3/5": "tres quintos",
        "4/5": "cuatro quintos",
    },
    idioms={"24/7": "24 7"},
    mixed="y",
    by="por",
    of="de",
    square="{} al cuadrado",
    cube="{} al cubo",
    power=" elevado a {}",
    operators={
        "=": "es igual a", "≠": "es distinto de", "<": "es menor que", ">": "es mayor que",
        "≤": "es menor o igual que", "≥": "es mayor o igual que", "+": "más",
        "-": "menos", "*": "por", "/": "entre", "±": "más menos",
        "∩": "intersección", "∪": "unión", "∈": "pertenece a",
        "≈": "aproximadamente",
    },
    codes=r"[Cc]ódigo(?: postal)?|PIN|clave",
)  # fmt: skip
_CHINESE = NumberWords(
    minus="负",
    gap="",
    percent="百分之{}",
    fraction="{1}分之{0}",
    mixed="又",
    by="乘",
    square="{}的平方",
    cube="{}的立方",
    power="的{}次方",
    operators={
        "=": "等于", "≠": "不等于", "<": "小于",
        ">": "大于", "≤": "小于等于",
        "≥": "大于等于", "+": "加", "-": "减", "*": "乘",
        "/": "除以", "±": "正负",
        "∩": "交", "∪": "并", "∈": "属于", "≈": "约等于",
    },
    codes=r"验证码|邮编|邮政编码",
)  # fmt: skip
_JAPANESE = NumberWords(
    minus="マイナス",
    gap="",
    percent="{}パーセント",
    fraction="{1}分の{0}",
    mixed="と",
    by="かける",
    square="{}の二乗",
    cube="{}の三乗",
    power="の{}乗",
    operators={
        "=": "イコール", "<": "小なり", ">": "大なり",
        "+": "プラス", "-": "マイナス", "*": "かける",
        "/": "割る",
    },
    codes=r"認証コード|郵便番号",
)  # fmt: skip
_ARABIC = NumberWords(
    minus="سالب",
    percent="{} بالمئة",
    fractions={
        "1/2": "نصف", "1/3": "ثلث", "2/3": "ثلثان",
        "1/4": "ربع", "3/4": "ثلاثة أرباع",
    },
    by="في",
    square="{} تربيع",
    cube="{} تكعيب",
    power=" أس {}",
    operators={
        "=": "يساوي", "<": "أصغر من",
        ">": "أكبر من", "+": "زائد",
        "-": "ناقص", "*": "ضرب",
        "/": "على",
    },
    codes=r"رمز|الرمز",
)  # fmt: skip
_HINDI = NumberWords(
    minus="माइनस",
    percent="{} प्रतिशत",
    fractions={
        "1/2": "आधा", "1/3": "एक तिहाई",
        "2/3": "दो तिहाई", "1/4": "एक चौथाई",
        "3/4": "तीन चौथाई",
    },
    by="गुणा",
    square="{} का वर्ग",
    cube="{} का घन",
    power=" की घात {}",
    operators={
        "=": "बराबर", "<": "से कम",
        ">": "से बड़ा", "+": "प्लस",
        "-": "माइनस", "*": "गुणा", "/": "भाग",
    },
    codes=r"कोड|पिन(?: कोड)?|ओटीपी",
)  # fmt: skip

NUMBER_WORDS: Mapping[str, NumberWords] = {
    "ar": _ARABIC,
    "de": _GERMAN,
    "en": _ENGLISH,
    "es": _SPANISH,
    "fr": _FRENCH,
    "hi": _HINDI,
    "ja": _JAPANESE,
    "zh": _CHINESE,
}
