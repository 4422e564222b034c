#!/bin/sh
# The first installation, on a host with Python >= 3.11 and gpgv and nothing else (spec/bundle.md, clause 13).
#
#   1. Copy this file from the medium to the host, hash the copy with the host's own tool, and compare with the paper:
#        cp /media/stick/bootstrap/install.sh . && sha256sum install.sh
#   2. sh install.sh [--folder FOLDER] [--config FOLDER] [--python PROGRAM] /media/stick [MEDIUM...] [OPTION...]
#
# It asks for what is on the paper, installs coderev from the wheels on the medium into FOLDER/bootstrap, and hands over
# to `coderev bundle install`, which gets the media and options and verifies everything again.
set -eu
umask 022  # 13.4: others must be able to read what is installed, whoever runs this
LC_ALL=C.UTF-8 export LC_ALL
folder=/opt/coderev python=python3 config=${CODEREV_CONFIG:-}

refuse() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit "${3:-3}"
}
digest() { sha256sum <"$1" | cut -c 1-64; }
ask() { # whatever case and blanks it is typed in
    printf '%s, from the paper: ' "$1" >&2
    IFS= read -r typed || typed=
    [ -t 0 ] || echo >&2 # nobody pressed Enter
    typed=$(printf %s "$typed" | tr -d '[:space:]' | tr '[:upper:]' '[:lower:]')
}
bring() { # copy from the medium, where anybody may exchange bytes between two looks; at most so many bytes
    if [ -L "$1" ] || [ ! -f "$1" ]; then refuse "$1 is no plain file" "take the medium from its source again"; fi
    head -c "$3" <"$1" >"$2"
}

while [ $# -gt 0 ]; do
    case $1 in
    --folder) folder=$2 && shift 2 ;;
    --config) config=$2 && shift 2 ;;
    --python) python=$2 && shift 2 ;;
    -*) refuse "no such option: $1" "see the first lines of this file" 2 ;;
    *) break ;;
    esac
done
medium=${1:-}
[ -n "$medium" ] || refuse "no medium was named" "name the folder it is mounted on" 2
[ -d "$medium/bootstrap" ] || refuse "$medium is no medium of a bundle" "name the folder it is mounted on" 2
case $folder in /*) ;; *) refuse "$folder is not an absolute path" "name the whole path" 2 ;; esac
if [ -e "$folder/current" ] || [ -L "$folder/current" ]; then # 13.5
    refuse "$folder/current is there, so coderev is installed here" "use \`coderev update apply\`" 2
fi
for program in gpgv sha256sum; do # 13.1
    command -v "$program" >/dev/null || refuse "$program is missing" "install it from the host's own distribution" 4
done
"$python" -I -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    refuse "$python is no Python 3.11 or newer with venv" "name one with --python" 4

own=$folder/bootstrap
mkdir -p "$folder"
rm -rf "$own" # of an attempt that was broken off
mkdir -m 700 "$own" "$own/wheels" "$own/temporary"
finished=
trap '[ -n "$finished" ] || rm -rf "$own"' EXIT
trap 'exit 130' INT TERM HUP

bring "$medium/bootstrap/wheels.lock" "$own/wheels.lock" 4000000
ask 'SHA-256 of bootstrap/wheels.lock'
[ "$typed" = "$(digest "$own/wheels.lock")" ] || # 13.3: before anything of a wheel runs
    refuse "the lock is not the one on the paper" "compare once more; otherwise use nothing of this medium"
ask 'SHA-256 of the TUF root'
root=$typed
ask 'OpenPGP fingerprint'
fingerprint=$typed
ask 'least seq'
least=$typed

pip=
for wheel in "$medium"/bootstrap/wheels/*.whl; do
    copy=$own/wheels/${wheel##*/}
    bring "$wheel" "$copy" 2000000000
    hash=$(digest "$copy")
    grep -q -F -e "--hash=sha256:$hash" "$own/wheels.lock" || # 13.3
        refuse "$wheel is not in the lock" "use nothing of this medium; keep it for the security officer"
    if grep -q -x -e "# pip --hash=sha256:$hash" "$own/wheels.lock"; then pip=$copy; fi
done
[ -n "$pip" ] || refuse "the medium has no wheel of pip" "copy bootstrap/wheels again, whole"

run() { env -i PATH="$PATH" LC_ALL="$LC_ALL" HOME="$own/temporary" TMPDIR="$own/temporary" PIP_CONFIG_FILE=/dev/null "$@"; }
run "$python" -I -m venv --without-pip "$own/venv" # 13.4: neither a network nor ensurepip
run "$own/venv/bin/python" -I "$pip/pip" --isolated --quiet --disable-pip-version-check install --no-cache-dir \
    --no-index --no-deps --only-binary :all: --find-links "$own/wheels" --require-hashes -r "$own/wheels.lock"
rm -rf "$own/wheels" "$own/temporary"
chmod 755 "$own"
named=$(run "$own/venv/bin/python" -I -c 'import sys, pathlib, coderev.settings as settings
print(settings.load(pathlib.Path(sys.argv[1]) if sys.argv[1] else None).settings.bundle.folder)' "$config")
[ "$named" = "$folder" ] || # 13.5: what was looked at for `current` is where the command installs
    refuse "coderev.yaml installs into $named, and this was called for $folder" "give \`--folder $named\`" 2
finished=yes
[ -z "$config" ] || set -- --config "$config" "$@"
exec "$own/venv/bin/coderev" bundle install --root "$root" --fingerprint "$fingerprint" --least-seq "$least" "$@" # 13.6
