#!/bin/sh
# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
# A Vivado that answers -version like the stand-in, writes every other call down in $WATCHED_CALLS, and does nothing: for tests that nothing
# reaches Vivado.
if [ "$1" = "-version" ]; then
    echo "Vivado v2024.2 (64-bit) SIMULATED"
    echo "SW Build 5239630 on Fri Nov 08 22:34:34 MST 2024"
    exit 0
fi
echo "$@" >>"$WATCHED_CALLS"
exit 1
