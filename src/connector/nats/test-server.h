/* For tests: a real nats-server of our own, on a free loopback port. */
#ifndef MC_CONNECTOR_NATS_TEST_SERVER_H
#define MC_CONNECTOR_NATS_TEST_SERVER_H

struct nats_server;

/* A server that is not started yet, or NULL when there is no nats-server on PATH.
 * settings: more lines of its configuration file, in which % stands for its own
 * folder. */
struct nats_server *nats_server_new(const char *settings);

/* Start it; clients wait for it by trying again. */
void nats_server_run(struct nats_server *server);

/* nats_server_new() and nats_server_run(). */
struct nats_server *nats_server_start(const char *settings);

/* End it and wait for that; it may be run again, on the same port. */
void nats_server_stop(struct nats_server *server);

/* Its port, and its folder (removed at the end). */
int nats_server_port(const struct nats_server *server);
/* Its folder. */
const char *nats_server_folder(const struct nats_server *server);

/* End it and remove its folder; may be NULL. */
void nats_server_free(struct nats_server *server);

/* Run a shell command with the folder as $1 and the source root as $2, and wait.
 * Returns its exit code, or -1. */
int nats_server_shell(const struct nats_server *server, const char *command);

#endif
