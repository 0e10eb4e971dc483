# The harness that prove runs our tests with: TAP::Harness, and in addition
#  - the totals of all test points in the one form everything else here reads,
#    written to the file that MC_TOTALS_FILE names ("passed failed skipped");
#  - the running tests are ended when prove is interrupted.
#
# A test that dies, breaks its plan or returns non-zero counts as failed, even
# if every point it did print was good.
#
# cmocka says "not ok 2 # SKIP name" for a test that was skipped: TAP knows no
# such thing as a failed skip, so it is read as skipped.
package TotalsParser;
use strict;
use warnings;
use parent 'TAP::Parser';

sub make_result
{
    my ($self, $token) = @_;
    $token->{ok} = 'ok'
        if $token->{type} eq 'test' && ($token->{directive} // '') eq 'SKIP';
    return $self->SUPER::make_result($token);
}

package TotalsHarness;
use strict;
use warnings;
use parent 'TAP::Harness';

sub parser_class
{
    return 'TotalsParser';
}

sub make_parser
{
    my ($self, @rest) = @_;
    my ($parser, $session) = $self->SUPER::make_parser(@rest);
    my $iterator = $parser->_iterator;
    $self->{mc_pids}{"$parser"} = $iterator->{pid} if $iterator && $iterator->{pid};
    my $end = sub {
        kill 'TERM', values %{ $self->{mc_pids} };
        exit 130;
    };
    $SIG{INT} = $SIG{TERM} = $SIG{HUP} = $end;
    return ($parser, $session);
}

sub finish_parser
{
    my ($self, $parser, $session) = @_;
    delete $self->{mc_pids}{"$parser"};
    return $self->SUPER::finish_parser($parser, $session);
}

# Returns (passed, failed, skipped) of one test program.
sub count_one
{
    my ($p) = @_;
    return (0, 0, 1) if defined $p->skip_all && !$p->wait;
    my %todo = map { $_ => 1 } $p->todo;
    my %skip = (%todo, map { $_ => 1 } $p->skipped);
    my $passed = grep { !$skip{$_} } $p->passed;
    my $failed = $p->failed;
    my $missing = ($p->tests_planned // 0) - ($p->tests_run // 0);
    $failed += $missing if $missing > 0;
    $failed = 1 if !$failed && ($p->parse_errors || $p->wait || $p->exit);
    return ($passed, $failed, scalar keys %skip);
}

sub summary
{
    my ($self, $aggregate) = @_;
    $self->SUPER::summary($aggregate);
    my @sum = (0, 0, 0);
    for my $parser ($aggregate->parsers) {
        my @one = count_one($parser);
        $sum[$_] += $one[$_] for 0 .. 2;
    }
    my $file = $ENV{MC_TOTALS_FILE} or return;
    open my $out, '>', $file or die "$file: $!\n";
    print {$out} "@sum\n";
    close $out or die "$file: $!\n";
    return;
}

1;
