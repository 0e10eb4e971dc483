#!/bin/sh
# Print the C file with the provider table of a seam: provider-table.sh SEAM NAME...
# Each folder src/SEAM/NAME that holds a meson.build defines mc_SEAM_NAME.
set -eu
seam=$1
shift
printf '/* Made at build time from the folders below src/%s. */\n' "$seam"
printf '#include "%s/%s.h"\n\n' "$seam" "$seam"
for name in "$@"; do
    printf 'extern const struct mc_%s_ops mc_%s_%s;\n' "$seam" "$seam" "$name"
done
printf '\nconst struct mc_%s_ops *const mc_%s_providers[] = {\n' "$seam" "$seam"
for name in "$@"; do
    printf '    &mc_%s_%s,\n' "$seam" "$name"
done
printf '    NULL,\n};\n'
