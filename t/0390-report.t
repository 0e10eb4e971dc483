#!/bin/sh
# Report scripts (commands.md 1.11): both of the text of 2010 as they stand there, what
# real scripts use, every format, and what is said about wrong ones.
# shellcheck disable=SC2034,SC2016 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
node() # NAME: with facts that hold blanks, from standard input
{
    fleet_node "$1" '' 'apache common'
    mc_proc_end "$(fleet_pid "$1")"
    cat >"$FLEET/$1/facts.yaml"
    fleet_start "$1"
}
for n in 1 2 3 4 5 6; do
    node "web$n.my.net" <<YAML
---
serialnumber: KKxxx${n}H
productname: IBM eServer BladeCenter HS20 -[8832M1X]-
customer: rip
lsbdistdescription: CentOS release 5.5 (Final) for the 2010s
processor0: Intel(R) Xeon(R) CPU           L542$n
memory: "3.75"
YAML
done
# A node of somebody else: no facts that the scripts want, and texts that look like code.
node evil.my.net <<'YAML'
---
serialnumber: '#{raise 1}"]; system "id"; ["'
productname: '@<<< ~~ ^* %s %n <b>&"x"'
customer: "=cmd|x,\e[31mred"
YAML
fleet_wait || exit 1

# The nodes are taken from lists: a search by broadcast would always last its whole time.
for n in 1 2 3 4 5 6; do
    echo "web$n.my.net"
done >web
echo evil.my.net | cat web - >all

report() # SCRIPT [OPTION...]
{
    script=$1
    shift
    mco inventory --script "$script" "$@"
}

# Who does not answer is waited for: meanwhile the other cases run.
printf 'web1.my.net\ngone.my.net\n' >some
report "$MC_TOP/examples/reports/hardware.mc" --nodes some -t 10 >some.out 2>some.err &
some=$!

# --- the two scripts of 2010 ------------------------------------------------

cp "$MC_TOP/examples/reports/hardware.mc" "$MC_TOP/examples/reports/nodes.mc" .
test_case 'the first script: a line for each node' '
    exits 0 report hardware.mc --nodes web >out &&
    for n in 1 2 3 4 5 6; do
        printf "web$n.my.net:\t\tKKxxx${n}H\t\tIBM eServer BladeCenter HS20 -[8832M1X]-\n"
    done | same - out'
test_case 'called as mc-inventory' '
    exits 0 "$MC_BIN/mc-inventory" --config "$FLEET_CONFIG" --script hardware.mc \
        -I web1.my.net >out && is "$(wc -l <out)" 1 && has out web1.my.net:'
cat >wanted <<'EOT'

            Node Report DATE

Hostname:         Customer:     Distribution:
-------------------------------------------------------------------------

web1.my.net       rip           CentOS release 5.5 (Final) for
                                Intel(R) Xeon(R) CPU           L5421

web2.my.net       rip           CentOS release 5.5 (Final) for
                                Intel(R) Xeon(R) CPU           L5422

web3.my.net       rip           CentOS release 5.5 (Final) for
                                Intel(R) Xeon(R) CPU           L5423

web4.my.net       rip           CentOS release 5.5 (Final) for
                                Intel(R) Xeon(R) CPU           L5424

web5.my.net       rip           CentOS release 5.5 (Final) for
                                Intel(R) Xeon(R) CPU           L5425
<FF>
            Node Report DATE

Hostname:         Customer:     Distribution:
-------------------------------------------------------------------------

web6.my.net       rip           CentOS release 5.5 (Final) for
                                Intel(R) Xeon(R) CPU           L5426
EOT
test_case 'the second script: pages of 20 lines, which are 5 nodes' '
    exits 0 report nodes.mc --nodes web >out &&
    perl -pe "s/\f/<FF>/; s/[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [-+]\d{4}$/DATE/" out |
        same wanted -'
test_case 'a value that is missing leaves its place empty' '
    exits 0 report nodes.mc -I evil.my.net >out && matches out "^evil\.my\.net      " &&
    is "$(wc -l <out)" 8'

# --- what real scripts use --------------------------------------------------

# gives NAME EXPRESSION TEXT: the expression, as a field of %s, prints the text
gives()
{
    printf '$global = %s\ninventory do\n  format "%%s"\n  fields { [%s] }\nend\n' \
        "'glob'" "$1" >one.mc
    exits 0 report one.mc -I web1.my.net >out && is "$(cat out)" "$2"
}
while IFS='	' read -r expression text; do
    [ -n "$expression" ] || continue
    test_case "$(printf %s "$expression" | tr '\\' /)" 'gives "$expression" "$text"'
done <<'EOT'
"a\tb\\\"#{identity.upcase}"	a	b\"WEB1.MY.NET
'#{x}\n'	#{x}\n
facts['customer'] + "-" + facts["customer"]	rip-rip
facts["none"] || "unknown"	unknown
facts["none"]	
classes.size	2
classes.length * classes.count	4
classes.sort.join(",")	apache,common
classes.include?("apache") ? "yes" : "no"	yes
agents.include?("rpcutil") && agents.first < agents.last	true
classes[1]	common
classes * "+"	apache+common
identity.split(".")[0]	web1
" a ".strip.upcase.downcase	a
"12abc".to_i + facts["memory"].to_f	15.75
%w[x y z].map { |w| w * 2 }.join(" ")	xx yy zz
$global	glob
format("%03d", 7)	007
sprintf("%-5s|%+d", "ab", 5)	ab   |+5
identity =~ /^(\w+?)(\d)\./ ? "#{$2} of #{$1}" : "-"	1 of web
facts["processor0"].gsub(/\s+/, " ").sub("(R)", "")	Intel Xeon(R) CPU L5421
facts["productname"][/\[(.*)\]/, 1]	8832M1X
facts["productname"].scan(/[A-Z]{3}/).inspect	["IBM"]
facts.keys.sort.first(2).inspect	["customer", "lsbdistdescription"]
(facts["memory"].to_f * 1024).round	3840
Time.at(0).utc.strftime("%Y")	1970
[3, 1, 2].sort.reverse.select { |x| x > 1 }.inspect	[3, 2]
case identity when /^web/ then "web" else "other" end	web
EOT

# fills FORMAT FIELDS TEXT
fills()
{
    printf 'inventory do\n  format %s\n  fields { [ %s ] }\nend\n' "$1" "$2" >one.mc
    exits 0 report one.mc -I web1.my.net >out && is "$(cat out)" "$3"
}
while IFS='|' read -r format fields text; do
    test_case "$(printf %s "format $format of $fields" | tr '\\' /)" 'fills "$format" "$fields" "$text"'
done <<'EOT'
"%-8s:%8s:%.2s"|"ab", "cd", "efg"|ab      :      cd:ef
"%-6s:%4s:"|"größe", "日本"|größe :  日本:
"%d %5i %05d %+d % d"|"42", 7, -3, 4, 5|42     7 -0003 +4  5
"%f %.2f %8.3f %e %g"|1, "3.14159", 2.5, 12345.678, 0.5|1.000000 3.14    2.500 1.234568e+04 0.5
"%.1f %+.1f %06.1f %-7.1f: % .0f %G"|1.25, 0.75, -2.5, 3, 7, 1e-9|1.2 +0.8 -002.5 3.0    :  7 1E-09
"%x %o %c %p %%"|255, 8, "c", nil|ff 10 c nil %
"%s%s"|nil, "x", "ignored"|x
"%2$s %1$s"|"a", "b"|b a
"%*d"|5, 42|   42
EOT

cat >docs.mc <<'EOT'
# here-documents of all kinds, and a method
def short(name) name.split('.').first end
puts "Begin"
inventory {
  format <<-'F'.strip
    %s %s
    F
  fields do
    text = <<~T
      of #{facts["customer"]}
        deep
    T
    [ short(identity), text.gsub("\n", "/") ]
  end
}
puts "End"
EOT
test_case 'here-documents, do and end, braces, methods, puts' '
    exits 0 report docs.mc -I web1.my.net >out &&
    printf "Begin\nweb1 of rip/  deep/\nEnd\n" | same - out'
test_case 'two reports in one script' '
    cat hardware.mc nodes.mc >both.mc && exits 0 report both.mc -I web2.my.net >out &&
    has out "KKxxx2H" && has out "Node Report"'

cat >numbers.mc <<'EOT'
$count = 0
formatted_inventory do
    page_heading <<TOP
# a comment
Page @> @<<<
page, time.strftime("%Y")
TOP
    page_body <<BODY
@> @<<<<<<<< @##.## @>>>>>>>>
$count += 1, identity, facts["memory"], classes.join(", ")
~~ ^<<<<<<<<<<<<
facts["lsbdistdescription"]
BODY
end
EOT
cat >wanted <<EOT
Page  1 $(date +%Y)
 1 web1.my.n   3.75 apache, c
   CentOS
   release 5.5
   (Final) for
   the 2010s
 2 web2.my.n   3.75 apache, c
   CentOS
   release 5.5
   (Final) for
   the 2010s
EOT
test_case 'numbers, repeated lines, page and time; 40 lines without page_length' '
    exits 0 report numbers.mc -I web1.my.net -I web2.my.net >out && same wanted out'
test_case 'no heading: the body alone, no form feed' '
    printf "formatted_inventory do\n page_length 2\n page_body <<B\n@<<<<<<<<<<\nidentity\nB\nend\n" >one.mc &&
    exits 0 report one.mc --nodes web >out && is "$(tr "\n" "," <out)" \
        "web1.my.net,web2.my.net,web3.my.net,web4.my.net,web5.my.net,web6.my.net,"'

# --- CSV, JSON, HTML --------------------------------------------------------

test_case 'CSV as RFC 4180 has it' '
    exits 0 report hardware.mc --format csv -I web1.my.net -I evil.my.net >out &&
    printf "%s\r\n" "identity,serialnumber,productname" \
        "evil.my.net,\"#{raise 1}\"\"]; system \"\"id\"\"; [\"\"\",\"@<<< ~~ ^* %s %n <b>&\"\"x\"\"\"" \
        "web1.my.net,KKxxx1H,IBM eServer BladeCenter HS20 -[8832M1X]-" | same - out'
test_case 'JSON: an array of objects' '
    exits 0 report hardware.mc --format json --nodes all >out && perl -MJSON::PP -e "
        local \$/; my \$all = decode_json(<STDIN>); die if @\$all != 7;
        print \"\$_->{identity} \$_->{serialnumber}\n\" for @\$all[0, 1];" <out >names &&
    has names "evil.my.net #{raise 1}\"]; system \"id\"; [\"" && has names "web1.my.net KKxxx1H"'
test_case '-j is --format json' '
    report hardware.mc -j --nodes all >other && same out other'
test_case 'HTML: one page, everything escaped' '
    exits 0 report hardware.mc --format html --nodes all >out && has out "&lt;b&gt;&amp;&quot;x&quot;" &&
    lacks out "<b>" && has out "<th scope=\"col\">serialnumber</th>" &&
    has out "<th scope=\"row\">web1.my.net</th>" && has out "</html>" && has out "<html lang=\"en\">" &&
    ! grep -E "(src|href)=" out'
test_case '$headings names the columns' '
    { echo "\$headings = [\"Host\", \"Serial, no\"]"; cat hardware.mc; } >named.mc &&
    exits 0 report named.mc --format csv -I web1.my.net >out &&
    is "$(head -n 1 out | tr -d "\r")" "Host,\"Serial, no\",field 3"'
test_case 'nobody: still a document' '
    exits 1 report hardware.mc --format json -F none=x --dt 1 >out 2>err && is "$(tr -d "\n" <out)" "[]" &&
    has err "did not discover any nodes" &&
    exits 1 report hardware.mc --format csv -F none=x --dt 1 >out 2>err &&
    is "$(tr -d "\r" <out)" "identity,serialnumber,productname"'
test_case 'what the script prints does not spoil the document' '
    exits 0 report docs.mc --format csv -I web1.my.net >out 2>err && lacks out Begin && has err Begin'
test_case 'an unknown format' '
    exits 1 report hardware.mc --format xml 2>err &&
    has err "--format has to be one of text, csv, json or html"'
test_case 'pages have one format' '
    exits 1 report nodes.mc --format csv 2>err && has err "csv, json and html are for inventory"'

# --- order, filters, silence ------------------------------------------------

test_case 'sorted by name; --unsorted as they come' '
    exits 0 report hardware.mc --nodes all >out && cut -d: -f1 out >names && sort -c names &&
    exits 0 report hardware.mc --nodes all --unsorted >other && sort other >sorted && sort out | same - sorted'
cat >again.mc <<'EOT'
begin
  inventory do
    format "%s"
    fields { [raise("no")] }
  end
rescue => e
  puts e.message
end
inventory do
  format "%s"
  fields { [identity] }
end
EOT
for option in --sort --unsorted; do
    test_case "$option: a script that rescues its own error goes on" "
        exits 0 report again.mc $option -I web1.my.net -I web2.my.net >out && sort out | tr '\n' ' ' >line &&
        is \"\$(cat line)\" 'no web1.my.net web2.my.net '"
done
test_case 'filters apply' '
    exits 0 report hardware.mc -F customer=rip -I /[12]/ --dt 20 --limit 2 >out && is "$(wc -l <out)" 2'
wait $some
some=$?
test_case 'who does not answer is named on standard error' '
    cat some.err; is $some 0 && is "$(wc -l <some.out)" 1 && has some.err gone.my.net'
test_case 'on a terminal a node cannot send control bytes' '
    printf "inventory do\n format %s\n fields { [facts[%s]] }\nend\n" "\"%s\"" "\"customer\"" >one.mc &&
    "$MC_TOP/t/lib/tty" 80 "$MC_BIN/mco" inventory --config "$FLEET_CONFIG" --script one.mc \
        -I evil.my.net >out && has out "\\e[31mred"'

# --- what is said about wrong scripts ----------------------------------------

# refuses TEXT WORDS: exit code 1, the words on standard error
refuses()
{
    printf '%b' "$1" >bad.mc
    exits 1 report bad.mc -I web1.my.net >out 2>err && has err "$2"
}
test_case 'no such file' '
    exits 1 report gone.mc 2>err && has err "Could not find script to run: gone.mc"'
test_case 'a folder' 'exits 1 report . 2>err && has err "no regular file" || has err "."'
while IFS='|' read -r text words; do
    [ -n "$text" ] || continue
    test_case "says: $words" 'refuses "$text" "$words"'
done <<'EOT'
\n\ninventory do\n  format "%s"\n  fields { [ }\nend\n|bad.mc:5: this is not Ruby: syntax error
\nraise "my words"\n|bad.mc:2: my words (RuntimeError)
inventory do\n format "%s"\n fields { [ \n  identity.nope ] }\nend\n|bad.mc:4: undefined method 'nope'
inventory do\n fields { [1] }\nend\n|Need to define a format
inventory do\n format "x"\nend\n|Need to define inventory fields
inventory\n|Need to give a block to inventory
formatted_inventory\n|Could not create report: RuntimeError: Need to give a block to formatted_inventory
inventory do\n format "%s %s"\n fields { [1] }\nend\n|too few arguments
inventory do\n format "%d"\n fields { ["x"] }\nend\n|ArgumentError
identity\n|identity is known only inside of fields and page_body
formatted_inventory do\n page_length 3\nend\n|Could not create report: RuntimeError: Need to define page body format
formatted_inventory do\n page_body <<B\n@<< @<<\nidentity\nB\nend\n|Could not create report: FormatException: page_body line 2: malformed format, not enough variables provided.
formatted_inventory do\n page_body "@<<"\nend\n|malformed format, not enough variables provided.
formatted_inventory do\n page_body <<B\n\n@<<\nidentity.nope\nB\nend\n|undefined method 'nope' (bad.mc (page_body):3)
formatted_inventory do\n page_body <<B\n@<<\nidentity +\nB\nend\n|SyntaxError: bad.mc (page_body):2: this is not Ruby
formatted_inventory do\n page_body <<B\n~~ @<<\nidentity\nB\nend\n|Runaway format
formatted_inventory do\n page_length 0\nend\n|page_length must be 1 or more
x = "x"\nwhile true\n x = x + x\nend\n|Out of memory (NoMemoryError)
def a() a end\na\n|stack level too deep
File.read("/etc/passwd")\n|uninitialized constant File (NameError)
`id`\n|bad.mc:1
require "socket"\n|cannot load such file -- socket
EOT

printf 'warn "loop"\nwhile true\nend\n' >loop.mc
"$MC_BIN/mco" inventory --config "$FLEET_CONFIG" --script loop.mc >loop.out 2>&1 &
loop=$!
fleet_file_wait loop.out loop 1 20 >/dev/null
{
    kill -TERM "$loop"
    wait "$loop"
} 2>/dev/null
code=$?
test_case 'an endless loop ends by a signal' 'is "$code" 143'

test_done
