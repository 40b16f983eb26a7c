#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Drives the built extension in real Blenders with a window, by simulated mouse and keyboard; pictures in out/window/.
#
#     run.sh [DRIVE ...]     the files in drives/, by name; without, those that tools/blenders.toml names
#     run.sh --prepare       make the places that Blenders live in, and drive nothing
#
# AIM_WINDOW_ROOT: where Blenders are kept between runs, a folder each (default: ~/.cache/aim-faces/blenders).
# AIM_WINDOW_BLENDERS: those to drive, such as "5.2" (default: all of tools/blenders.toml).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "make test-window: needs root on Debian, to make a place with a Blender that has a window" >&2
    exit 2
fi
# In a namespace of its own, so that what is mounted below is gone with this script, however it ends.
if [[ -z ${AIM_WINDOW_MOUNTS:-} ]]; then
    AIM_WINDOW_MOUNTS=own exec unshare --mount --propagation private bash "$here/run.sh" "$@"
fi

places=${AIM_WINDOW_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/aim-faces/blenders}
mkdir -p "$places"
exec 9>"$places/lock"
flock 9
[[ ${1:-} == --prepare ]] || .venv/bin/python tools/build.py

# Sets `why` to what keeps a place from being driven, or to nothing.
prepare() {
    local name=$1 root=$2 suite=$3 there
    why=
    if ! bash "$here/make_blender.sh" "$suite" "$root"; then
        why="Debian $suite could not be had with what a drive needs"
        return
    fi
    mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
    mountpoint -q "$root/dev" || mount --bind /dev "$root/dev"
    mountpoint -q "$root/dev/shm" || mount --bind /dev/shm "$root/dev/shm"
    there=$(chroot "$root" blender --version | sed -n 's/^Blender \([0-9]*\.[0-9]*\).*/\1/p' || true)
    [[ $there == "$name" ]] || why="Debian $suite has Blender ${there:-that does not start} now, not $name"
}

status=0
missed=()
found=()
while read -r name suite moves drives; do
    [[ " ${AIM_WINDOW_BLENDERS:-$name} " == *" $name "* ]] || continue
    prepare "$name" "$places/$suite" "$suite"
    if [[ -z $why ]]; then
        asked=${*:-$drives}
        found+=("$places/$suite:$name:${asked// /,}")
        continue
    fi
    missed+=("Blender $name: $why")
    [[ $moves == moves ]] || status=1
done < <(.venv/bin/python tools/blenders.py windows)
if ((${#found[@]})) && [[ ${1:-} != --prepare ]]; then
    .venv/bin/python "$here/run_drives.py" "${found[@]}" </dev/null || status=1
fi
for line in "${missed[@]}"; do
    echo "!!!!! NOT DRIVEN WITH A WINDOW: $line" >&2
done
exit $status
