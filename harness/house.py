"""`python -m harness.house`: the rules of the code that no other tool checks.

It reads the tree with `ast`, writes one line for each fault, and exits with 1 if there is one.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import grimp

PACKAGES = ("sse_pipeline", "project")
TESTS = ("tests", "harness", "benchmarks")
FOLDERS = (*PACKAGES, *TESTS, "docs")
#: Names to which Django gives a meaning: each may be there often.
DJANGO_CLASSES = {"Meta", "Media", "Migration", "Command"}
#: `apps` and `models` are names that Django gives.
STEMS = {"apps", "base", "models"}
PUBLIC = {"_meta", "_exit"}
#: The calls that take the name of an attribute as a text.
LOOKUPS = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller"}

FILE_LINES, FUNCTION_LINES, ROOT_FILES = 300, 40, 16


class Fault(NamedTuple):
    """A place in the code, and the rule that it breaks."""

    place: str
    sentence: str


class Source(NamedTuple):
    """A Python file: its path in the repository, its number of lines and its tree."""

    path: Path
    lines: int
    tree: ast.Module

    def fault(self, node: ast.AST, sentence: str) -> Fault:
        """Return a fault at a node."""
        return Fault(f"{self.path}:{getattr(node, 'lineno', 1)}", sentence)

    def under(self, *folders: str) -> bool:
        """Return whether it lies in one of these folders."""
        return self.path.parts[0] in folders


def read(root: Path) -> list[Source]:
    """Read the Python files of a repository."""
    paths = sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py"))
    texts = {path: path.read_text() for path in paths if "migrations" not in path.parts}
    parts = ((path.relative_to(root), text) for path, text in texts.items())
    return [Source(path, text.count("\n"), ast.parse(text)) for path, text in parts]


def check(root: Path) -> Iterator[Fault]:
    """Yield the faults of a repository."""
    sources = read(root)
    yield from check_classes(sources)
    yield from check_stems(sources)
    yield from check_root(sources)
    for source in sources:
        yield from check_lengths(source)
        if source.under(*TESTS):
            yield from check_names(source)
            yield from check_patches(source)
        if source.under("tests"):
            yield from check_sleeps(source)


def check_classes(sources: list[Source]) -> Iterator[Fault]:
    """Yield each class whose name another class of the packages has."""
    places = defaultdict(list)
    for source in sources:
        if source.under(*PACKAGES):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.ClassDef) and node.name not in DJANGO_CLASSES:
                    places[node.name].append(source.fault(node, ""))
    for name, found in places.items():
        for fault in found[1:]:
            yield Fault(fault.place, f"class {name} has the name of a class in {found[0].place}")


def check_stems(sources: list[Source]) -> Iterator[Fault]:
    """Yield each module or folder of the package that has the name of another one."""
    seen: dict[str, Path] = {}
    for source in sources:
        path = source.path
        name = path.parent.name if path.stem == "__init__" else path.stem
        if not source.under("sse_pipeline") or name in STEMS or "commands" in path.parts:
            continue
        if name in seen:
            yield source.fault(source.tree, f"module {name} has the name of {seen[name]}")
        seen.setdefault(name, path)


def check_root(sources: list[Source]) -> Iterator[Fault]:
    """Yield a fault if the root of the package has too many files."""
    count = sum(source.path.parts[:-1] == ("sse_pipeline",) for source in sources)
    if count > ROOT_FILES:
        yield Fault("sse_pipeline:1", f"{count} files lie here, and not {ROOT_FILES} at most")


def check_lengths(source: Source) -> Iterator[Fault]:
    """Yield a file that is too long, and each function that is."""
    if source.lines > FILE_LINES:
        yield source.fault(source.tree, f"{source.lines} lines, and not {FILE_LINES} at most")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                sentence = f"{node.name} has {lines} lines, and not {FUNCTION_LINES} at most"
                yield source.fault(node, sentence)


def check_names(source: Source) -> Iterator[Fault]:
    """Yield each use of a private name of another module or object."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            owner = node.value
            if not (isinstance(owner, ast.Name) and owner.id in {"self", "cls"}):
                yield source.fault(node, f"{node.attr} is a private name of another object")
        elif isinstance(node, ast.Call) and _names(node.func) & LOOKUPS:
            texts = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
            for part in filter(_is_private, ".".join(texts).split(".")):
                yield source.fault(node, f"{part} is a private name of another object")
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [alias.name for alias in node.names]
            module = getattr(node, "module", None) or ""
            parts = [part for name in (module, *names) for part in name.split(".")]
            for part in filter(_is_private, parts):
                yield source.fault(node, f"{part} is a private name of another module")


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC


def check_patches(source: Source) -> Iterator[Fault]:
    """Yield each patch of a module or an object of the packages."""
    imported = set(_imported(source.tree))
    made = imported | set(_made(source.tree, imported))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _is_patch(node.func):
            targets = [*node.args[:1], *(key.value for key in node.keywords if key.arg == "target")]
            patched = [target for target in targets if _belongs(target, made)]
        else:
            patched = [target for target in _assigned(node) if _belongs(target, imported)]
        for target in patched:
            yield source.fault(node, f"{ast.unparse(target)} belongs to the package: do not patch")


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a file has imported from the packages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                module = getattr(node, "module", None) or alias.name
                if module.partition(".")[0] in PACKAGES:
                    yield alias.asname or alias.name.partition(".")[0]


def _made(tree: ast.Module, imported: set[str]) -> Iterator[str]:
    """Yield the variables whose value is looked up or made by an imported name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _names(node.value) & imported:
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _is_patch(function: ast.expr) -> bool:
    # `setattr`, `monkeypatch.setattr`, `mock.patch` and `mock.patch.object`.
    parts = ast.unparse(function).split(".")
    return parts[-1] in {"setattr", "delattr", "setitem", "delitem"} or "patch" in parts


def _belongs(target: ast.expr, names: set[str]) -> bool:
    if isinstance(target, ast.Constant):
        return str(target.value).partition(".")[0] in PACKAGES
    return bool(_names(target) & names)


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _assigned(node: ast.AST) -> list[ast.expr]:
    """Return the attributes and items that a statement sets or deletes."""
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return [each for each in targets if isinstance(each, ast.Attribute | ast.Subscript)]


def check_sleeps(source: Source) -> Iterator[Fault]:
    """Yield each sleep that is not one turn of the event loop, by any name."""
    sleeps = {
        alias.asname or alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "sleep"
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node) != "asyncio.sleep(0)":
            function = ast.unparse(node.func)
            # Nobody can set the event of `Event().wait(1)`.
            waits = function.endswith("Event().wait") and (node.args or node.keywords)
            if function in sleeps or function.endswith(".sleep") or waits:
                yield source.fault(node, "a test that sleeps: wait for an event or turn a clock")


def check_cycles(package: str) -> Iterator[Fault]:
    """Yield an import cycle of a package, imports for types alone included."""
    graph = grimp.build_graph(package, cache_dir=None)
    found = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        yield Fault(package, f"an import cycle: {' <- '.join(error.args[1])}")


def main(root: Path) -> int:
    """Write every fault; return how the process ends."""
    faults = [*check(root), *check_cycles("sse_pipeline")]
    for fault in faults:
        print(f"{fault.place}: {fault.sentence}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
