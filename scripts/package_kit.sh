#!/usr/bin/env bash
# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# A kit as an update bundle of RAUC or SWUpdate: a recipe to copy from, run by a test. See docs/packaging.md.
#
#   scripts/package_kit.sh rauc KIT OUT.raucb --cert CERT.pem --key KEY.pem --compatible BOARD [--allow-simulated]
#   scripts/package_kit.sh swu  KIT OUT.swu   --cert CERT.pem --key KEY.pem --compatible BOARD [--allow-simulated]
#
# KIT is a directory or archive with the format `fpga-manager`. Needs dfxkit (DFXKIT names it), dpkg-deb, openssl, and rauc and mksquashfs, or
# cpio. The same kit gives the same content; the signatures hold the time that they were made.
set -euo pipefail

usage() { sed -n '7,8s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 3 ] || usage
kind=$1 kit=$2 out=$3; shift 3
cert='' key='' compatible='' simulated=no
while [ $# -gt 0 ]; do
    case $1 in
        --cert) cert=$2; shift 2 ;;
        --key) key=$2; shift 2 ;;
        --compatible) compatible=$2; shift 2 ;;
        --allow-simulated) simulated=yes; shift ;;
        *) usage ;;
    esac
done
[ -n "$cert" ] && [ -n "$key" ] && [ -n "$compatible" ] || usage
dfxkit=${DFXKIT:-dfxkit}
case $compatible in *[!A-Za-z0-9._-]*) echo "error: --compatible holds letters, digits and ._- only" >&2; exit 2 ;; esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only a whole kit leaves, and what the stand-in made only when that is asked for.
"$dfxkit" kit verify "$kit" --message-format json > "$work/verify.json" || { "$dfxkit" kit verify "$kit" >&2; exit 4; }
"$dfxkit" kit inspect "$kit" --message-format json > "$work/kit.json"
field() { python3 -c 'import json,sys; v=json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."): v=v[k]
print(v)' "$work/kit.json" "$1"; }
if [ "$(field simulated)" = True ] && [ "$simulated" = no ]; then
    echo "error: $kit is SIMULATED: its images configure no device (--allow-simulated packs it for a trial)" >&2
    exit 4
fi
version=$(field project.version)
case $version in *[!A-Za-z0-9._+~-]*) echo "error: version \"$version\" does not fit into a manifest" >&2; exit 1 ;; esac

# The tree of the Debian package: images and overlays below /lib/firmware, dfx-mgr's tree below /lib/firmware/xilinx.
"$dfxkit" kit deb "$kit" --output "$work/kit.deb" --maintainer "nobody <nobody@example.invalid>" > /dev/null 2> "$work/deb.log" || { cat "$work/deb.log" >&2; exit 1; }
mkdir "$work/tree" "$work/bundle"
dpkg-deb -x "$work/kit.deb" "$work/tree"

case $kind in
    rauc)
        # One squashfs for a slot that is mounted read-only at /lib/firmware, or merged there.
        # The kit's own description goes along, for whoever asks on the target what is there.
        for doc in "$work"/tree/usr/share/doc/*/; do
            cp "$doc"kit.json "$doc"SHA256SUMS "$(find "$work/tree/lib/firmware" -mindepth 1 -maxdepth 1 -type d ! -name xilinx | head -n 1)"
        done
        mksquashfs "$work/tree/lib/firmware" "$work/bundle/kit.squashfs" -all-root -all-time 0 -mkfs-time 0 -noappend -quiet > /dev/null
        cat > "$work/bundle/manifest.raucm" <<MANIFEST
[update]
compatible=$compatible
version=$version

[bundle]
format=verity

[image.firmware]
filename=kit.squashfs
MANIFEST
        rm -f "$out"
        rauc bundle --cert="$cert" --key="$key" "$work/bundle" "$out" > "$work/rauc.log" 2>&1 || { cat "$work/rauc.log" >&2; exit 3; }
        ;;
    swu)
        tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$work/tree" -czf "$work/bundle/kit.tar.gz" lib
        sum=$(sha256sum "$work/bundle/kit.tar.gz" | cut -d' ' -f1)
        cat > "$work/bundle/sw-description" <<DESCRIPTION
software =
{
    version = "$version";
    $compatible = {
        hardware-compatibility: [ "#RE:.*" ];
        files: (
            {
                filename = "kit.tar.gz";
                type = "archive";
                path = "/";
                sha256 = "$sum";
            }
        );
    }
}
DESCRIPTION
        openssl cms -sign -in "$work/bundle/sw-description" -out "$work/bundle/sw-description.sig" -signer "$cert" -inkey "$key" \
            -outform DER -nosmimecap -binary
        # swupdate reads the stream in this order.
        (cd "$work/bundle" && printf '%s\n' sw-description sw-description.sig kit.tar.gz | cpio --quiet -o -H crc) > "$out"
        ;;
    *) usage ;;
esac
echo "$out"
