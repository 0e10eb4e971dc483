/* What the files of external agents share. */
#ifndef MC_AGENT_EXTERNAL_EXTERNAL_PRIVATE_H
#define MC_AGENT_EXTERNAL_EXTERNAL_PRIVATE_H

#include "agent/external/declared.h"
#include "agent/external/external.h"
#include "base/account.h"
#include "base/scratch.h"

#define MC_EXTERNAL__REQUEST_PROTOCOL "io.choria.mcorpc.external.v1.rpc_request"
#define MC_EXTERNAL__ACTIVATION_PROTOCOL \
    "io.choria.mcorpc.external.v1.activation_request"

/* Names of the files that are exchanged. */
#define MC_EXTERNAL__REQUEST_FILE "request.json"
#define MC_EXTERNAL__REPLY_FILE "reply.json"
#define MC_EXTERNAL__CONFIG_FILE "config"
#define MC_EXTERNAL__FACTS_FILE "facts.json"
/* Those of agents in Ruby, which are no JSON. */
#define MC_EXTERNAL__RUBY_REQUEST_FILE "request"
#define MC_EXTERNAL__RUBY_REPLY_FILE "reply"

enum
{
    MC_EXTERNAL__BAD = 1, /* the words are in error */
};

enum mc_external__kind
{
    MC_EXTERNAL__CHORIA,
    MC_EXTERNAL__DECLARED,
    MC_EXTERNAL__RUBY,
};

struct mc_external__agent
{
    struct mc_agent_ops ops;
    const struct mc_externals_spec *spec;
    const struct mc_ddl *ddl;
    enum mc_external__kind kind;
    const char *program; /* Choria's: its path; Ruby's: the interpreter */
    const char *script;  /* Ruby's: our host program */
    const char *file;    /* Ruby's: the agent */
    const struct mc_declared *commands; /* the others: one for each action */
    size_t commands_count;
    const struct mc_account *account; /* NULL: who we are */
    struct mc_bytes settings;         /* "key = value" lines */
    bool wanted; /* what the settings say, where it has no rule of its own */
    bool active;
};

/* One start of a program: its files, argument list and environment. */
struct mc_external__job
{
    const struct mc_external__agent *agent;
    const char *program;  /* absolute */
    const char *script;   /* its first argument, or NULL */
    const char *protocol; /* Choria's third argument; NULL for the others */
    const char *action;   /* for the log; NULL when it is not for a request */
    struct mc_bytes request;
    unsigned timeout_ms;
    struct mc_arena *arena;
    struct mc_scratch *scratch;
};

/* The name of the reply file of an agent.
 * Returns a constant. Never blocks. */
const char *mc_external__reply_file(const struct mc_external__agent *agent);

/* Put the files into a new folder and start the program on a loop.
 * job: complete but for its scratch, which is set when this succeeds.
 * fn, user: as mc_child_start().   error: what failed.
 * Returns 0; -errno. Blocks on the disk. */
int mc_external__start(struct mc_external__job *job, struct mc_loop *loop,
                       mc_child_fn *fn, void *user, struct mc_child **ret_child,
                       struct mc_error *error) MC_MUST_USE;

/* Remove its folder, with a word in the log when that is not possible.
 * Returns nothing. Blocks on the disk. */
void mc_external__clean(struct mc_external__job *job);

/* Write what the program printed to the log.
 * result: borrowed.
 * Returns nothing. Blocks as long as the log does. */
void mc_external__log_output(const struct mc_external__job *job,
                             const struct mc_child_result *result);

/* How a program ended that did not exit with 0 or any code, in words.
 * Returns false, error untouched, when it exited. Never blocks. */
bool mc_external__ended_badly(const struct mc_child_result *result,
                              struct mc_error *error);

/* What a reply says. */
struct mc_external__reply
{
    int64_t status;
    const char *message;         /* or NULL */
    const struct mc_value *data; /* hash with text keys, or NULL */
};

/* Read a reply: Choria's whole one, or the bare data of the others.
 * in: borrowed.   arena: owns what *ret_reply points to.   error: what is wrong.
 * Returns 0; MC_EXTERNAL__BAD. Never blocks. */
int mc_external__read_reply(enum mc_external__kind kind, struct mc_bytes in,
                            struct mc_arena *arena,
                            struct mc_external__reply *ret_reply,
                            struct mc_error *error) MC_MUST_USE;

/* Read an answer to the activation question; arguments as above.
 * Returns 0 and the answer; MC_EXTERNAL__BAD. Never blocks. */
int mc_external__read_activation(struct mc_bytes in, struct mc_arena *arena,
                                 bool *ret_active, struct mc_error *error) MC_MUST_USE;

/* Make the request of a call in the form of a kind.
 * arena: owns *ret_bytes.
 * Returns 0; MC_EXTERNAL__BAD when the inputs are nothing that JSON can hold; -ENOMEM.
 * Never blocks. */
int mc_external__make_request(enum mc_external__kind kind,
                              const struct mc_agent_call *call, struct mc_arena *arena,
                              struct mc_bytes *ret_bytes, struct mc_error *error)
    MC_MUST_USE;

/* Make the activation question; see above. */
int mc_external__make_activation(const char *agent, struct mc_arena *arena,
                                 struct mc_bytes *ret_bytes) MC_MUST_USE;

/* Find the interpreter and our host program for an agent in Ruby, and make it one.
 * file: NAME.rb, trusted.   error: on entry why it is no declaration; why it cannot run.
 * Returns 0; MC_EXTERNAL__BAD; -EINVAL for a setting; -ENOMEM. Blocks on the disk. */
int mc_external__find_ruby(struct mc_external__agent *agent, const char *file,
                           struct mc_arena *arena, struct mc_error *error) MC_MUST_USE;

/* Make the request for the host program.
 * call: or NULL for the activation question.   arena: owns *ret_bytes.
 * Returns 0; MC_EXTERNAL__BAD; -ENOMEM. Never blocks. */
int mc_external__make_ruby(const struct mc_external__agent *agent,
                           const struct mc_agent_call *call, struct mc_arena *arena,
                           struct mc_bytes *ret_bytes, struct mc_error *error)
    MC_MUST_USE;

/* Read its reply, or its answer to the activation question; as the functions above. */
int mc_external__read_ruby(struct mc_bytes in, struct mc_arena *arena,
                           struct mc_external__reply *ret_reply, struct mc_error *error)
    MC_MUST_USE;
/* The answer; error: why it is not active, also when 0 is returned. See above. */
int mc_external__read_ruby_activation(struct mc_bytes in, struct mc_arena *arena,
                                      bool *ret_active, struct mc_error *error)
    MC_MUST_USE;

/* The program of a command: absolute, or in agent/AGENT/ of the plugin folders, the one
 * below mcollective/ first.
 * ret_path: owned by the arena.
 * Returns 0; -ENOENT; -ENOMEM. Blocks on the disk. */
int mc_external__find_command(const char *const *folders, const char *agent,
                              const char *command, struct mc_arena *arena,
                              const char **ret_path) MC_MUST_USE;

/* Whether a program may be run: nobody but root can change it, when we are root.
 * error: why not.
 * Returns 0; MC_EXTERNAL__BAD. Blocks on the disk. */
int mc_external__trust(const char *path, struct mc_error *error) MC_MUST_USE;

/* Run an action; the function of every entry of ops.actions. */
void mc_external__run(void *state, struct mc_agent_call *call);

/* Ask all agents that can answer whether they want to be active; sets their `active`, and
 * tells of those that do not.
 * agents: count of them.   limit_ms: for all together.
 * Returns nothing. Blocks until all have answered or the time is over. */
void mc_external__activate(struct mc_external__agent *const *agents, size_t count,
                           unsigned limit_ms);

#endif
