#!/bin/sh
# room#largest: largest.sh REQUESTFILE REPLYFILE. A failure is an exit code, which becomes
# the status of the reply, and a sentence on standard error.
path=$(grep -o '"path" *: *"[^"]*"' "$1" | sed -n '1s/.*"\([^"]*\)"$/\1/p')
if ! [ -d "$path" ]; then
    echo "$path is no folder" >&2
    exit 4
fi
find "$path" -maxdepth 1 -type f -printf '%s %f\n' | sort -n | tail -n 1 |
    sed 's/["\\]/?/g; s/^\([0-9]*\) \(.*\)/{"bytes": \1, "name": "\2"}/' >"$2"
