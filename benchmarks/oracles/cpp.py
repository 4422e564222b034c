"""What `g++ -S` makes of C++ functions with equal structure keys: those of LevelDB, LibSass, and our own."""

from benchmarks.oracles import NotRun, Verdict, native
from benchmarks.variants.sources import Package

COMPILER = native.Compiler(
    language="cpp",
    program="g++",
    code=(
        native.Code(
            Package("npm", "leveldown", "", "6.1.1"),
            "package/deps/leveldb/leveldb-1.20/*/*.cc",
            ("package/deps/leveldb/leveldb-1.20", "package/deps/leveldb/leveldb-1.20/include"),
        ),
        native.Code(
            Package("npm", "node-sass", "", "9.0.0"),
            "package/src/libsass/src/*.cpp",
            ("package/src/libsass/include", "package/src/libsass/src"),
        ),
    ),
    arguments=("-std=gnu++17", "-D_GNU_SOURCE", "-DLEVELDB_PLATFORM_POSIX", "-DOS_LINUX", "-DHAVE_CONFIG_H"),
    newest="-std=gnu++20",
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
