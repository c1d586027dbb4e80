#!/bin/sh
# Sets up all that `make play` or `make test` needs on Debian or Ubuntu; a second run finds it done and is quick.
# usage: setup.sh play|test
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-play}

# OpenGL by EGL and GLX, with the software renderer for machines without a graphics card; PortAudio, which plays sound.
packages="libegl1 libgl1 libgl1-mesa-dri libportaudio2"
# Tests open real windows on virtual displays, the console page in a browser, and speak OSC with an independent program.
[ "$purpose" = test ] && packages="$packages xvfb xserver-xorg-core xserver-xorg-video-dummy x11-xserver-utils sway grim libltc11 liblo-tools chromium systemd chrony"
# Lint compiles the shaders, and checks the console page's JavaScript.
[ "$purpose" = test ] && packages="$packages glslang-tools"
if [ "$purpose" = test ] && ! command -v npm >/dev/null; then packages="$packages nodejs npm"; fi
python3 -c 'import ensurepip, venv' 2>/dev/null || packages="$packages python3-venv"

missing=""
if command -v dpkg-query >/dev/null; then
    for package in $packages; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
fi
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then root=""
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root="sudo"
    else
        echo "System packages are missing; install them, then run make again: sudo apt-get install$missing" >&2
        exit 1
    fi
    echo "Installing system packages:$missing"
    $root apt-get update -qq
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; this one is $(python3 --version)" >&2
    exit 1
}
wanted=$(cat pyproject.toml requirements/*.txt tools/setup.sh | cksum)
if [ "$(cat ".venv/$purpose.ready" 2>/dev/null)" != "$wanted" ]; then
    [ -x .venv/bin/python ] || python3 -m venv .venv
    echo "Installing Python packages into .venv (some minutes the first time)"
    # Everything comes from the locks, by hash, and nothing is looked for beside them. torch's build for the CPU alone is
    # taken first, where pip knows a place that has it: by hash alone pip prefers PyPI's, which brings gigabytes of CUDA.
    install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps "$@"; }
    install --require-hashes -r requirements/torch-cpu.txt 2>.venv/torch-cpu.log ||
        echo "PyPI's torch is installed, on Linux with CUDA: $(grep -m 1 ERROR .venv/torch-cpu.log)"
    install --require-hashes -r "requirements/$purpose.txt"
    case $(.venv/bin/python -c 'import importlib.metadata; print(importlib.metadata.version("torch"))') in
    *+*) ;; # another build than PyPI's brings with it what it needs
    *) install --require-hashes -r requirements/cuda.txt ;;
    esac
    install --no-build-isolation -e .
    if .venv/bin/python -m pip check | grep "^installation .* not installed"; then
        echo "The locks lack this; .venv/bin/python tools/lock.py writes them anew" >&2
        exit 1
    fi
    echo "$wanted" >".venv/$purpose.ready"
fi

if [ "$purpose" = test ]; then
    wanted=$(cat tools/javascript/package-lock.json | cksum)
    if [ "$(cat tools/javascript/node_modules/.ready 2>/dev/null)" != "$wanted" ]; then
        echo "Installing the linters of the console page into tools/javascript/node_modules"
        (cd tools/javascript && npm ci --silent --no-audit --no-fund)
        echo "$wanted" >tools/javascript/node_modules/.ready
    fi
fi
