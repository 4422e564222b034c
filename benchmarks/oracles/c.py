"""What `gcc -S` makes of C functions with equal structure keys: hiredis, libxml2, tree-sitter, gnulib and ours."""

from benchmarks.oracles import NotRun, Verdict, native
from benchmarks.variants.sources import Package

COMPILER = native.Compiler(
    language="c",
    program="gcc",
    code=(
        native.Code(Package("npm", "hiredis", "", "0.5.0"), "package/deps/hiredis/*.c", ("package/deps/hiredis",)),
        native.Code(
            Package("npm", "libxmljs", "", "1.0.11"),
            "package/vendor/libxml2/*.c",
            ("package/vendor/libxml2.config", "package/vendor/libxml2/include", "package/vendor/libxml2"),
        ),
        native.Code(
            Package("npm", "tree-sitter", "", "0.25.0"),
            "package/vendor/tree-sitter/lib/src/*.c",
            ("package/vendor/tree-sitter/lib/include", "package/vendor/tree-sitter/lib/src"),
        ),
        native.Code(Package("apt", "gnulib", ""), "usr/share/gnulib/lib/*.c", ("usr/share/gnulib/lib",)),
    ),
    arguments=("-std=gnu17", "-D_GNU_SOURCE"),
    newest="-std=gnu2x",
)


def judge(limit: int = 60) -> Verdict | NotRun:
    """Compare what has one key, for `limit` seconds, and some more for our seeds."""
    return native.judge(COMPILER, limit)


def disagreements(limit: int = 60) -> list[str]:
    """The pairs that have one key and are not one program; none where there is no compiler."""
    verdict = judge(limit)
    return verdict.disagreements if isinstance(verdict, Verdict) else []


if __name__ == "__main__":
    found = judge()
    print(found, *getattr(found, "disagreements", ()), sep="\n\n")
