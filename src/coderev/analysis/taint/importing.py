"""What an import brings in: a file of the project, which is loaded then, else something of the library."""

from coderev.analysis.taint.form import Import
from coderev.analysis.taint.members import read
from coderev.analysis.taint.memory import put
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.value import Library, ModuleSite, Object, Value, at, named


def bring_in(run: Run, node: Import) -> None:
    """An import: a file of the project, else something of the library."""
    from coderev.analysis.taint.statements import assign_name

    path = _import_path(run, node)
    if path is not None and path != run.file.path:
        run.project.load(path)
    if node.name == "*":
        _bring_all(run, node, path)
        return
    if path is None:
        value = _of_library(run, node)
    elif node.name is None and node.binds_root:
        value = _rooted(run, node, path)
    elif node.name is None:
        value = run.project.exported_script(run.project.files[path], "") if run.file.is_script else at(ModuleSite(path))
    else:
        value = run.project.exported(path, node.name)
    assign_name(run, node.alias, value)


def _rooted(run: Run, node: Import, path: str) -> Value:
    """`import a.b.c` binds `a`: the file of that package, or where it has none something that holds `b`."""
    parts = node.module.split(".")
    value = at(ModuleSite(path))
    for count in range(len(parts) - 1, 0, -1):
        outer = run.project.python(".".join(parts[:count]), run.file.path, 0)
        if outer is not None:
            value = at(ModuleSite(outer))
            continue
        site = Object((run.file.path, "package", *parts[:count]), "module")
        run.now.put(site, parts[count], value)
        value = at(site)
    return value


def _import_path(run: Run, node: Import) -> str | None:
    if run.file.is_script:
        return run.project.script(node.module, run.file.path)
    module = node.module
    if node.name not in (None, "*"):
        inner = run.project.python(f"{module}.{node.name}" if module else str(node.name), run.file.path, node.level)
        outer = run.project.python(module, run.file.path, node.level) if module else None
        if inner is not None and (outer is None or outer.endswith("__init__.py")):
            has = outer is not None and run.project.binds(outer, node.name)
            return outer if has else None
        return outer
    return run.project.python(module, run.file.path, node.level)


def _bring_all(run: Run, node: Import, path: str | None) -> None:
    from coderev.analysis.taint.statements import assign_name

    if path is None:
        run.project.shared.note("stars", run.file.path, (*run.project.stars(run.file.path), node.module))
        return
    if run.file.is_script:  # `export * from`
        for site in run.project.exported_script(run.project.files[path], "").sites:
            for key, value in run.project.shared.cells(site).items():
                if key != "default":
                    put(run, run.file.exports, key, value)
        return
    for name, value in run.project.shared.cells(run.project.files[path].frame).items():
        if isinstance(name, str) and not name.startswith("_"):
            assign_name(run, name, value)


def _of_library(run: Run, node: Import) -> Value:
    module = node.module.removeprefix("node:")
    if not run.file.is_script and node.name is not None:
        inner = run.project.python(f"{module}.{node.name}" if module else node.name, run.file.path, node.level)
        if inner is not None:
            run.project.load(inner)
            return at(ModuleSite(inner))
    if node.name is None or node.name == "default":
        return named(module.partition(".")[0] if node.binds_root else module)
    return read(run, Library(module), node.name, node)
