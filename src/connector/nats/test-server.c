/* See test-server.h. */
#include "connector/nats/test-server.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/memory.h"
#include <arpa/inet.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT_FIRST 24000
#define PORTS 1000

struct nats_server
{
    char folder[64];
    char config[96];
    int port;
    pid_t pid;
};

/* Not one that the kernel gives to clients: while nobody listens there, such a client
 * may be given the very port it calls and so reach itself. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int first = (int)(mc_clock_monotonic_us() % PORTS);

    for (int i = 0; i < PORTS; i++) {
        int port = PORT_FIRST + (first + i) % PORTS;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        address.sin_port = htons((uint16_t)port);
        int r = bind(fd, (struct sockaddr *)&address, sizeof(address));
        close(fd);
        if (r == 0) {
            return port;
        }
    }
    return -1;
}

struct nats_server *nats_server_new(const char *settings)
{
    if (!mc_child_available("nats-server")) {
        return NULL;
    }
    struct nats_server *server = mc_memory_new(sizeof(*server));
    (void)snprintf(server->folder, sizeof(server->folder), "/tmp/mc-nats-XXXXXX");
    if (!mkdtemp(server->folder)) {
        abort();
    }
    server->port = free_port();
    (void)snprintf(server->config, sizeof(server->config), "%s/conf", server->folder);
    FILE *file = fopen(server->config, "w");
    if (!file) {
        abort();
    }
    (void)fprintf(file, "listen: \"127.0.0.1:%d\"\nlog_file: \"%s/log\"\n",
                  server->port, server->folder);
    for (const char *at = settings; *at; at++) {
        if (*at == '%') {
            (void)fputs(server->folder, file);
        } else {
            (void)fputc(*at, file);
        }
    }
    if (ferror(file) || fclose(file) != 0) {
        abort();
    }
    return server;
}

void nats_server_run(struct nats_server *server)
{
    server->pid = fork();
    if (server->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("nats-server", "nats-server", "-c", server->config, (char *)NULL);
        _exit(127);
    }
}

struct nats_server *nats_server_start(const char *settings)
{
    struct nats_server *server = nats_server_new(settings);

    if (server) {
        nats_server_run(server);
    }
    return server;
}

void nats_server_stop(struct nats_server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        (void)waitpid(server->pid, NULL, 0);
        server->pid = 0;
    }
}

int nats_server_port(const struct nats_server *server)
{
    return server->port;
}

const char *nats_server_folder(const struct nats_server *server)
{
    return server->folder;
}

static int remove_one(const char *path, const struct stat *info, int flag,
                      struct FTW *place)
{
    (void)info;
    (void)flag;
    (void)place;
    return remove(path);
}

void nats_server_free(struct nats_server *server)
{
    if (server) {
        nats_server_stop(server);
        (void)nftw(server->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        mc_memory_free(server);
    }
}

int nats_server_shell(const struct nats_server *server, const char *command)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, "sh", server->folder, MC_SOURCE_ROOT,
              (char *)NULL);
        _exit(127);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                : -1;
}
