#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes a folder with a Debian in it that has a real Blender, a screen without a monitor (Xvfb, software OpenGL) and a
# Python with torch for the fits. Needs root on Debian; does nothing where it was done before. About 500 MB to
# download, 2.5 GB on disk, 2 to 4 minutes.
#
#     make_blender.sh SUITE ROOT     SUITE: a release of Debian, as tools/blenders.toml names it
set -euo pipefail
suite=${1:?usage: make_blender.sh SUITE ROOT}
root=${2:?usage: make_blender.sh SUITE ROOT}
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
# python3-cattr: from 5.2 on Blender's extensions want it, and no dependency brings it.
packages="blender python3-numpy python3-requests python3-zstandard python3-cattr python3-venv python3-torch python3-scipy
    libopenblas0-pthread xvfb xauth libgl1 libegl1 libgl1-mesa-dri imagemagick fonts-dejavu-core"

stamp=$({ echo "$suite"; cat "$here/make_blender.sh" "$here/python.txt"; } | sha256sum)
if [[ -f $root/made-from && $(cat "$root/made-from") == "$stamp" ]]; then
    exit 0
fi

mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -1 | tr -d ' ' || true)
mirror=${mirror%/}
[[ -n $mirror ]] || { echo "make_blender.sh: apt's sources name no Debian mirror" >&2; exit 2; }
if ! command -v debootstrap >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
fi

# A half-made folder is made anew. Nothing is mounted in it: run.sh mounts in a namespace of its own.
rm -rf --one-file-system "$root"
mkdir -p "$root"
debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
    { tail -20 "$root.log" >&2; exit 1; }
# Valid-Until: a mirror that stands still for some days serves as well; signatures stay checked.
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nCheck-Valid-Until: no\nSigned-By: %s\n' \
    "$mirror" "$suite" /usr/share/keyrings/debian-archive-keyring.gpg >"$root/etc/apt/sources.list.d/debian.sources"
rm -f "$root/etc/apt/sources.list"
printf 'Acquire::Languages "none";\nAPT::Install-Recommends "false";\n' >"$root/etc/apt/apt.conf.d/99small"
printf 'force-unsafe-io\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\n' >"$root/etc/dpkg/dpkg.cfg.d/99small"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no service starts in there
chmod +x "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/resolv.conf"

mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
{
    chroot "$root" apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -qq $packages
    chroot "$root" apt-get clean
} >>"$root.log" 2>&1 || { tail -20 "$root.log" >&2; exit 1; }

# Torch and scipy are Debian's; the rest comes as wheels, for the Python that is in there.
mkdir "$root/opt/wheels"
version=$(chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$project/.venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --python-version "$version" --dest "$root/opt/wheels" -r "$here/python.txt" 2>>"$root.log"
chroot "$root" python3 -m venv --system-site-packages /opt/fitting
chroot "$root" /opt/fitting/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index \
    --find-links /opt/wheels -r /dev/stdin <"$here/python.txt"

echo "$stamp" >"$root/made-from"
