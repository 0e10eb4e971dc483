/* mcollectived: one node of the collective. */
#include "daemon/daemon.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"pidfile", required_argument, NULL, 'p'},
    {"daemonize", no_argument, NULL, 'd'},
    {"no-daemonize", no_argument, NULL, 'n'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void print_help(FILE *out)
{
    (void)fputs(
        "Usage: mcollectived [options]\n"
        "\n"
        "    -c, --config FILE       configuration file\n"
        "    -p, --pidfile FILE      write the process id there (detached only)\n"
        "        --daemonize         detach from the terminal\n"
        "        --no-daemonize      stay in the foreground\n"
        "        --version           print the version\n"
        "    -h, --help              print this\n",
        out);
}

int main(int argc, char **argv)
{
    struct mc_daemon_options wanted = {0};
    struct mc_error error = {""};
    int option = 0;

    while ((option = getopt_long(argc, argv, "c:p:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            wanted.config_path = optarg;
            break;
        case 'p':
            wanted.pid_path = optarg;
            break;
        case 'd':
        case 'n':
            wanted.has_daemonize = true;
            wanted.daemonize = option == 'd';
            break;
        case 'V':
            (void)printf("mcollectived %s\n", MC_VERSION);
            return EXIT_SUCCESS;
        case 'h':
            print_help(stdout);
            return EXIT_SUCCESS;
        default:
            print_help(stderr);
            return EXIT_FAILURE;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "mcollectived: unexpected argument '%s'\n", argv[optind]);
        return EXIT_FAILURE;
    }
    if (mc_daemon_run(&wanted, &error) != 0) {
        (void)fprintf(stderr, "mcollectived: %s\n", error.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
