#!/bin/sh
# One report script, run by both clients over nodes of both makes: the same lines.
. "$(dirname "$0")/lib.sh"

# same_lines NAME SCRIPT: one result
same_lines()
{
    for make in ruby ours; do
        mc_mco "$make" "$mci_dir/client.cfg" inventory --script "$2" >"$mci_dir/$make" 2>&1
        sort -o "$mci_dir/$make" "$mci_dir/$make"
    done
    if [ "$(wc -l <"$mci_dir/ours")" -eq 3 ] && diff "$mci_dir/ruby" "$mci_dir/ours" \
        >"$mci_dir/diff"; then
        mci_ok "$1"
    else
        mci_not_ok "$1" "$(cat "$mci_dir/diff" "$mci_dir/ours")"
    fi
}

mci_begin
cat >"$mci_dir/language.mc" <<'EOT'
$prefix = 'of '
def short(name) name.split('.').first end
inventory do
  format "%-12s|%5s|%05d|%.1f|%6.2f|%x|%e|%g|%p|%%|%+d|%-6.2s|%s|%s|%s"
  fields {
    [ short(identity).upcase, facts['serialnumber'][0..2], "42", facts["mem"],
      facts["mem"].to_f * 2, 255, 12345.678, 0.5, nil, 7, classes.sort.join(","),
      classes.sort * "+", facts["none"], identity =~ /^(\w)/ ? "#{$prefix}#{$1}" : 0,
      facts["productname"].gsub(/[aeiou]/) { |c| c.upcase }.sub("-", ": ") ]
  }
end
EOT
mc_rabbitmq_start mixed || exit 1
mc_site_init "$mci_dir/site" rabbitmq "$MC_RABBITMQ_PORT" psk || exit 1
mc_client_cfg "$mci_dir/client.cfg" mixed
for name in alpha beta; do
    mc_node_start ours $name.example.net mixed 'serialnumber=KK01H productname=x-server mem=1.25' \
        'common apache'
done
mc_node_start ruby gamma.example.net mixed 'serialnumber=KK02H productname=blade mem=3' common
mc_fleet_wait ours "$mci_dir/client.cfg" 3 60
same_lines 'the script of 2010' "$MC_TOP/examples/reports/hardware.mc"
same_lines 'formats and expressions' "$mci_dir/language.mc"
mc_nodes_stop
mci_done
