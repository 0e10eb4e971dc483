/* A record of the audit as a line of a file, and as what travels to a central log.
 *
 *   [2014-01-08 11:24:15 UTC] reqid=R: reqtime=T caller=C@HOST agent=A action=X data={}
 *
 * (collective.md 4.6). A central log has node=NAME by=CALLERID before reqid: who sent the
 * record. What a caller chose can neither end the line nor stand for another field before
 * data: names are written with blanks and backslashes escaped, data in the form of Ruby's
 * inspect, and mc_record_line() escapes what controls anything. What is too long is cut,
 * and says so: no caller can be too large for a record. */
#ifndef MC_POLICY_RECORD_H
#define MC_POLICY_RECORD_H

#include "base/record.h"
#include "msg/message.h"

/* The agent that keeps the log of a collective, and the prefix of its settings. */
#define MC_POLICY_CENTRAL_AGENT "centralrpclog"

/* What an audit knows of a request; everything is borrowed. */
struct mc_policy_record
{
    const char *node; /* that ran it; NULL: this one */
    const char *by;   /* the caller of that node, when node is set */
    const char *id;
    int64_t time_s; /* of the request */
    const char *caller;
    const char *sender;
    const char *agent;
    const char *action;
    const struct mc_value *data;
};

/* The record of a request.
 * request, rpc: borrowed as long as the record lives.
 * Returns it by value. Never blocks. */
struct mc_policy_record mc_policy_record_of(const struct mc_request *request,
                                            const struct mc_rpc *rpc);

/* Append the line of a record to a file.
 * Returns 0; -errno. Blocks on the disk. */
int mc_policy_record_write(const struct mc_policy_record *record,
                           struct mc_record *file) MC_MUST_USE;

/* A record as it travels (doc/rfc/0007): a hash of Symbols.
 * record: its node and by do not travel.   arena: owns a copy of everything.
 * Returns 0; -ENOMEM when the arena is full. Never blocks. */
int mc_policy_record_to_value(const struct mc_policy_record *record,
                              struct mc_arena *arena, const struct mc_value **ret_value)
    MC_MUST_USE;

/* The data of a record as one text of at most 64 KiB, or words that say it is too large.
 * arena: owns the result.
 * Returns it, or NULL when the arena is full. Never blocks. */
struct mc_value *mc_policy_record_data(const struct mc_policy_record *record,
                                       struct mc_arena *arena);

/* Read a record that has travelled; keys as Symbol, then as String.
 * value: borrowed as long as the record lives.
 * Returns 0; MC_MESSAGE_MALFORMED when something is missing or of another type. Never
 * blocks. */
int mc_policy_record_from_value(const struct mc_value *value,
                                struct mc_policy_record *ret_record) MC_MUST_USE;

#endif
