#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Drives the built extension in a real Blender with a window, by simulated mouse and keyboard; pictures in out/window/.
#
#     run.sh [DRIVE ...]     the files in drives/, by name; all when none is named
#
# AIM_WINDOW_ROOT: where Blender is kept between runs (default: ~/.cache/aim-faces/window).
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

root=${AIM_WINDOW_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/aim-faces/window}
mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9

bash "$here/make_blender.sh" "$root"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
mountpoint -q "$root/dev" || mount --bind /dev "$root/dev"
mountpoint -q "$root/dev/shm" || mount --bind /dev/shm "$root/dev/shm"

.venv/bin/python tools/build.py
.venv/bin/python "$here/run_drives.py" "$root" "$@"
