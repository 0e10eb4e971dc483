/* Results of a call as text for people, or as JSON (commands.md 1.6). */
#ifndef MC_DISPLAY_REPORT_H
#define MC_DISPLAY_REPORT_H

#include "display/out.h"

/* Which replies are shown. */
struct mc_report_options
{
    bool verbose;
    enum mc_show show;   /* which replies */
    bool summarize;      /* with the aggregates */
    const char *caption; /* of the verbose statistics, or NULL for "rpc stats" */
};

/* The blocks of all replies, host by host, as the DDL wants them.
 * call: has run.
 * Returns nothing. Blocks when the stream does. */
void mc_report_replies(struct mc_out *out, const struct mc_call *call,
                       const struct mc_report_options *options);

/* The block of one reply; see mc_report_replies(). */
void mc_report_reply(struct mc_out *out, const struct mc_call *call,
                     const struct mc_client_reply *reply,
                     const struct mc_report_options *options);

/* Summaries, figures, and who did not answer.
 * call: has run.
 * Returns nothing. Blocks when the stream does. */
void mc_report_statistics(struct mc_out *out, const struct mc_call *call,
                          const struct mc_report_options *options);

/* Who did not answer, and who did unasked; nothing when there is none; see
 * mc_report_statistics(). */
void mc_report_silent(struct mc_out *out, const struct mc_call *call);

/* The figures as the first release shows them (commands.md 1.20), and who did not answer.
 * call: has run.   caption: of the long form, NULL for the short one.
 * Returns nothing. Blocks when the stream does. */
void mc_report_discovered(struct mc_out *out, const struct mc_call *call,
                          const char *caption);

/* At which nodes the request was not carried out, by end and reason; nothing when there
 * is none. Those that were silent are not among them (mc_report_silent()).
 * call: has run.   all: all names and reasons, not only the first.
 * Returns nothing. Blocks when the stream does. */
void mc_report_ends(struct mc_out *out, const struct mc_call *call, bool all);

/* All replies as one JSON array and a line end: indented on a terminal, else one line.
 * Data that no JSON can be made of (too deep, too large) is null.
 * call: has run.
 * Returns 0; -ENOMEM. Blocks when the stream does. */
int mc_report_json(struct mc_out *out, const struct mc_call *call) MC_MUST_USE;

/* The parts of mc_report_json(): the opening bracket, …
 * Returns nothing. Blocks when the stream does. */
void mc_report_json_begin(struct mc_out *out);
/* … the replies, … see mc_report_json(). */
int mc_report_json_replies(struct mc_out *out, const struct mc_call *call) MC_MUST_USE;
/* … and the closing bracket; see mc_report_json_begin(). */
void mc_report_json_end(struct mc_out *out);

/* JSON lines (doc/rfc/0006): the record with which a stream begins.
 * Returns 0; -ENOMEM. Blocks when the stream does. */
int mc_report_json_request(struct mc_out *out, const char *agent, const char *action)
    MC_MUST_USE;

/* One reply as a line; it is handed on to the system at once.
 * Returns 0; -ENOMEM. Blocks when the stream does. */
int mc_report_json_line(struct mc_out *out, const struct mc_client_reply *reply)
    MC_MUST_USE;

/* A record for each node of which there is no reply record: its end.
 * call: has run.
 * Returns 0; -ENOMEM. Blocks when the stream does. */
int mc_report_json_noreplies(struct mc_out *out, const struct mc_call *call)
    MC_MUST_USE;

/* The record with which a stream ends: figures, and who did not answer.
 * call: has run.
 * Returns 0; -ENOMEM. Blocks when the stream does. */
int mc_report_json_summary(struct mc_out *out, const struct mc_call *call) MC_MUST_USE;

/* Names in columns: width of the longest, at least 30; as many as 90 columns take.
 * names: count of them, in the order to be shown.
 * Returns nothing. Blocks when the stream does. */
void mc_report_grid(struct mc_out *out, const char *const *names, size_t count);

/* A time of this place as Ruby prints it: "2026-11-22 07:30:02 +0000".
 * ret_text: NUL-terminated.
 * Returns nothing. Never blocks. */
void mc_report_time(int64_t time_s, char ret_text[32]);

#endif
