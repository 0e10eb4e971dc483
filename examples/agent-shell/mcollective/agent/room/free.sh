#!/bin/sh
# room#free: free.sh REQUESTFILE REPLYFILE. The path has been checked by the DDL and holds
# no quotes and no blanks, so that grep and sed are enough to read it. The inputs of the
# DDL stand first; what a caller sends besides them is not checked.
path=$(grep -o '"path" *: *"[^"]*"' "$1" | sed -n '1s/.*"\([^"]*\)"$/\1/p')
df -Pm -- "$path" | awk 'NR == 2 {
    sub(/%/, "", $5)
    printf "{\"megabytes\": %d, \"used\": %d}\n", $4, $5
}' >"$2"
if ! [ -s "$2" ]; then
    echo "$path is on no file system that can be read" >&2
    exit 1
fi
echo "looked at $path"
