#!/bin/sh
# room#free: free.sh REQUESTFILE REPLYFILE. The request has been checked by the DDL, so
# the path holds no quotes and no blanks, and sed is enough to read it.
path=$(sed -n 's/.*"path" *: *"\([^"]*\)".*/\1/p' "$1")
df -Pm -- "$path" | awk 'NR == 2 {
    sub(/%/, "", $5)
    printf "{\"megabytes\": %d, \"used\": %d}\n", $4, $5
}' >"$2"
if ! [ -s "$2" ]; then
    echo "$path is on no file system that can be read" >&2
    exit 1
fi
echo "looked at $path"
