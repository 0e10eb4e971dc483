# What the house checks share: which files there are, C text without its
# comments and strings, and one way to report.
package House;
use strict;
use warnings;
use Exporter 'import';
use File::Find;
our @EXPORT_OK = qw(files slurp code_only complain finish is_test);

my $complaints = 0;

# Every file below the folders whose name matches, in a stable order.
sub files
{
    my ($pattern, @folders) = @_;
    my @found;
    for my $folder (grep { -e } @folders) {
        find({ no_chdir => 1, wanted => sub { push @found, $_ if -f && /$pattern/ } },
            $folder);
    }
    return sort @found;
}

sub slurp
{
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/ = undef;
    my $text = <$in>;
    return $text // '';
}

# C text with the contents of comments, strings and characters blanked; line
# numbers stay.  With a second argument, comments are kept and only strings go.
sub code_only
{
    my ($text, $keep_comments) = @_;
    my $blank = sub { my ($s) = @_; $s =~ s/[^\n]/ /g; $s };
    $text =~ s{
        ( /\*.*?(?:\*/|\z) )                      # comment
      | ( //[^\n]* )                              # the kind we do not use
      | ( (?<![\w.])'(?:\\.|[^'\\\n])*' )         # character
      | ( "(?:\\.|[^"\\\n])*" )                   # string
    }{
        defined $1 ? ($keep_comments ? $1 : $blank->($1))
      : defined $2 ? $2
      : defined $3 ? "'" . $blank->(substr($3, 1, -1)) . "'"
      : '"' . $blank->(substr($4, 1, -1)) . '"'
    }gsex;
    return $text;
}

sub is_test
{
    my ($file) = @_;
    return $file =~ m{^t/|/(?:test|fuzz)-[^/]*$};
}

sub complain
{
    my ($file, $line, $what) = @_;
    print "$file:$line: $what\n";
    $complaints++;
    return;
}

sub finish
{
    exit($complaints ? 1 : 0);
}

1;
