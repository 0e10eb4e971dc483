#!/bin/sh
# List the provider folders of a seam, one a line: provider-list.sh SEAM
set -eu
cd "$(dirname "$0")/../src/$1"
for folder in */meson.build; do
    [ -e "$folder" ] && printf '%s\n' "${folder%/meson.build}"
done
exit 0
