#!/bin/sh
# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
# A fake Vivado for tests of the runner and the engine: takes Vivado's command line and runs the "script" as shell, with the nonce
# in $NONCE. It knows nothing of Vivado; what a test wants to happen stands in the test's script.
if [ "$1" = "-version" ]; then
    echo "vivado v2024.2 (64-bit)"
    echo "SW Build 5239630 on Fri Nov 08 22:34:34 MST 2024"
    exit 0
fi
echo "$@" >arguments.txt
script=
while [ $# -gt 1 ]; do
    if [ "$1" = "-source" ]; then script=$2; fi
    shift
done
NONCE=$1
export NONCE
. "./$script"
