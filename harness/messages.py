"""The texts of the package that are translated, as its sources and its catalogs have them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

PACKAGE = Path(__file__).parent.parent / "sse_pipeline"
LANGUAGES = ("de", "fr")

#: The functions that translate. The context comes first if the name begins with "p".
FUNCTIONS = {"_", "gettext", "gettext_lazy", "pgettext", "pgettext_lazy"}


class Text(NamedTuple):
    context: str | None
    singular: str
    plural: str | None = None


def texts() -> set[Text]:
    """Return the texts that the sources ask to translate."""
    found = {text for path in PACKAGE.rglob("*.py") for text in _in_python(path.read_text())}
    for path in PACKAGE.glob("templates/**/*.html"):
        found.update(_in_template(path.read_text()))
    return found


def source(language: str) -> Catalog:
    with _path(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(language: str) -> Catalog:
    with _path(language).with_suffix(".mo").open("rb") as file:
        return read_mo(file)


def _path(language: str) -> Path:
    return PACKAGE / f"locale/{language}/LC_MESSAGES/django.po"


def translations(catalog: Catalog) -> dict[Text, tuple[str, ...]]:
    """Return the translations of a catalog: one of each text, or two if it has a plural."""
    found = {}
    for each in catalog:
        if each.id:
            # Babel reads the context of a compiled catalog as bytes.
            context: Any = each.context
            context = context.decode() if isinstance(context, bytes) else context
            found[Text(context, *_tuple(each.id))] = _tuple(each.string)
    return found


def _tuple(texts: Any) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _in_python(code: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given: list[Any] = [each.value for each in node.args if isinstance(each, ast.Constant)]
            if name in FUNCTIONS and given:
                context, text = given if name.startswith("p") else (None, *given)
                yield Text(context, text)


def _in_template(code: str) -> Iterator[Text]:
    nodes: Any = engines["django"].from_string(code).template.nodelist  # type: ignore[attr-defined]
    for node in nodes.get_nodes_by_type(TranslateNode):
        yield Text(_context(node), node.filter_expression.var.literal)
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        plural = node.render_token_list(node.plural)[0] if node.plural else None
        yield Text(_context(node), node.render_token_list(node.singular)[0], plural)


def _context(node: Any) -> str | None:
    return str(node.message_context.resolve({})) if node.message_context else None
