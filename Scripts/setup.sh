# What Scripts/run and Scripts/test share: sourced, not run. Everything it says goes to standard error.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache="$root/.cache"

say() { printf '%s\n' "norfaced: $*" >&2; }
fail() {
    say "$*"
    exit 1
}

# need_packages NAME...: installs those Debian packages that are missing, and prints them first.
need_packages() {
    command -v dpkg-query >/dev/null 2>&1 || {
        say "this is not a Debian system; needed are the equivalents of: $*"
        return 0
    }
    local missing=() name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing Debian packages: ${missing[*]}"
    local root_command=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || fail "please install as root: apt-get install ${missing[*]}"
        root_command=(sudo)
    fi
    "${root_command[@]}" apt-get update -qq >&2 || say "apt-get update failed; going on with the lists there are"
    "${root_command[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >&2 || fail "could not install: ${missing[*]}"
}

# need_swift: stops with a clear message unless Swift 6.2 or newer is there.
need_swift() {
    command -v swift >/dev/null 2>&1 ||
        fail "Swift 6.2 or newer is needed and no 'swift' is on the PATH. Install it from swift.org/install and try again."
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || fail "'swift --version' did not name a version"
    local major=${version%%.*} minor=${version#*.}
    [ "$major" -gt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -ge 2 ]; } ||
        fail "Swift 6.2 or newer is needed; this is $version. Install a newer one from swift.org/install."
}

# How programs are compiled that are handed on: with Swift's runtime in them, and without the folder that they were compiled in, which assertions in C
# name and the linker's identifier is worked out from.
release_options=(-c release --static-swift-stdlib -Xcc "-ffile-prefix-map=$root=/norfaced" -Xlinker --build-id=none)

build_packages=(libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libavdevice-dev libopenblas-dev pkg-config)
fetch_packages=(python3 python3-pip python3-venv)

# install_torch FOLDER: PyTorch into an environment, before what needs it. Plain "torch" brings gigabytes of CUDA; nothing here
# runs on a GPU, so the CPU build is asked for first (found where pip has its wheels or its index), and any build is good.
# NORFACE_TORCH names another requirement.
install_torch() {
    local pip=("$1/bin/pip" install -q --disable-pip-version-check)
    if [ -n "${NORFACE_TORCH:-}" ]; then
        "${pip[@]}" "$NORFACE_TORCH"
        return
    fi
    "${pip[@]}" "torch==2.13.0+cpu" 2>/dev/null || {
        say "pip finds no CPU build of PyTorch here; installing the default one"
        "${pip[@]}" "torch>=2.1"
    }
}

# python_environment NAME REQUIREMENTS: a virtual environment .cache/NAME with what the file lists, made anew when the
# file changes. Prints the path of its Python.
python_environment() {
    local folder="$cache/$1" requirements="$2" stamp
    stamp=$(sha256sum "$requirements" | cut -d ' ' -f 1)
    if [ "$(cat "$folder/.stamp" 2>/dev/null)" != "$stamp" ]; then
        say "making the Python environment $1: $(grep -v '^#' "$requirements" | tr '\n' ' ')"
        rm -rf "$folder"
        python3 -m venv "$folder" >&2 || return 1
        ! grep -q '^-e Training' "$requirements" || install_torch "$folder" >&2 || return 1
        (cd "$root" && "$folder/bin/pip" install -q --disable-pip-version-check -r "$requirements") >&2 || return 1
        echo "$stamp" >"$folder/.stamp"
    fi
    echo "$folder/bin/python"
}
