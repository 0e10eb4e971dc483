/* What the thread (worker.c) and the loop's side (mailbox.c) share. */
#ifndef MC_CONNECTOR_NATS_WORKER_PRIVATE_H
#define MC_CONNECTOR_NATS_WORKER_PRIVATE_H

#include "connector/nats/worker.h"
#include <pthread.h>

struct event;

/* Received bytes that may wait for the loop before the thread stops reading. */
#define MC_NATS_INBOX_BYTES_MAX ((size_t)16 * 1024 * 1024)
/* Texts about the link that may wait for the loop; later ones are dropped. */
#define MC_NATS_NOTES_MAX 64
/* What is handed to the library before its own buffer has been written. */
#define MC_NATS_FEED_BYTES ((size_t)1024 * 1024)
/* What a message counts besides its body, so that empty ones fill a queue too. */
#define MC_NATS_MESSAGE_BYTES ((size_t)256)

/* Messages that were told, but not yet handed back to the library. */
#define MC_NATS_SPENT_MAX 8
#define MC_NATS_SPENT_BYTES_MAX ((size_t)64 * 1024)

/* Threads that were lost in the library before the connector gives up. */
#define MC_NATS_LOST_MAX 256
/* More than an attempt may take by its own limit, before its thread is cancelled. */
#define MC_NATS_GRACE_US ((int64_t)1000000)

/* How often the thread is looked after while it has no connection. */
#define MC_NATS_WATCH_MS 1000

struct mc_nats_letter /* to the broker */
{
    struct mc_nats_letter *next;
    char *subject;
    char *reply_to;
    char *body;
    size_t len;
    int64_t until_us; /* monotonic */
};

struct mc_nats_note /* to the loop: a message, or a change of the link */
{
    struct mc_nats_note *next;
    natsMsg *message;
    enum mc_link_state state;
    char *text;
};

struct mc_nats_subject
{
    struct mc_nats_subject *next;
    char *subject;
    bool wanted;
    natsSubscription *subscription; /* of the present connection */
};

struct mc_nats_worker
{
    /* Set before the thread starts. */
    struct mc_nats_settings *settings;
    const struct mc_connector_spec *spec; /* for the loop's side only */
    int bell;                             /* eventfd: wakes the thread */

    pthread_mutex_t mutex; /* for all from here to the next comment */
    pthread_cond_t ended;
    unsigned refs; /* the loop's side, the thread, each connection of the library */
    struct event *wake; /* wakes the loop; NULL when the loop's side has left */
    bool stopped;       /* the thread shall end */
    bool finishing;     /* … when all is sent */
    bool done;          /* it has ended */
    bool offered;       /* the thread has ended, the loop shall drive the connection */
    bool looking;       /* the loop is about to empty the inbox anyway */
    bool lost;          /* … because it was cancelled, see mailbox.c */
    pthread_t thread;
    int64_t attempt_us; /* when the present attempt to connect began, or 0 */
    int fd;             /* the socket, or -1 */
    struct mc_nats_letter *outbox_first;
    struct mc_nats_letter *outbox_last;
    size_t outbox_bytes;
    struct mc_nats_note *inbox_first;
    struct mc_nats_note *inbox_last;
    size_t inbox_bytes;
    unsigned inbox_notes; /* without messages */
    struct mc_nats_subject *subjects;
    bool subjects_changed;
    int64_t body_bytes_max; /* of the broker; 0 when not known */
    size_t buffered_bytes;  /* in the library */

    /* The loop's side only. */
    struct mc_timer *watchdog; /* runs while there is no connection */
    bool cancelled;
    bool joinable; /* the thread that was started last can be waited for */
    unsigned lost_count;
    struct mc_nats_note *spent; /* told; see mc_nats__throw_away() */
    unsigned spent_count;
    size_t spent_bytes;
    bool driving;   /* took what was offered; all these are set then */
    bool in_look;   /* mc_nats__look() is on the stack: it drives at its end */
    bool writing;   /* writable is waited for */
    bool looked_at; /* the first byte was */
    struct event *readable;
    struct event *writable;
    struct mc_timer *pulse; /* when the next ping is due */

    /* Who owns the connection only: the thread, or the loop while it drives. */
    natsConnection *connection;
    const struct mc_nats_server *server;
    char address[MC_NATS_ADDRESS_BYTES]; /* which of its addresses */
    size_t server_next;
    unsigned address_turn; /* moves on with each failure */
    bool want_write;
    bool detached;     /* the library has closed the connection */
    bool half_closed;  /* we have said that we send no more */
    unsigned failures; /* since the last good connection */
    int64_t ping_us;   /* when the next ping is due */
    bool ping_open;    /* nothing was read since the last one */
    bool broken;       /* the server does not answer */
    bool secured;      /* it is TLS, though the settings do not say so */
    int64_t since_us;  /* when the connection was made */
};

/* Tell the loop.
 * state, text: the event; text is copied; may be NULL.
 * Returns nothing; without memory, or when too many wait, the event is lost. */
void mc_nats__note(struct mc_nats_worker *worker, enum mc_link_state state,
                   const char *text);

/* Hand a message to the loop.
 * message: owned by the inbox from now on. The mutex is held.
 * Returns nothing. */
void mc_nats__deliver(struct mc_nats_worker *worker, natsMsg *message);

/* Take one letter.
 * Returns a letter that the caller frees (mc_nats__letter_free), or NULL. */
struct mc_nats_letter *mc_nats__letter_take(struct mc_nats_worker *worker);

/* Free a letter. */
void mc_nats__letter_free(struct mc_nats_letter *letter);

/* Take what is oldest in the inbox. The mutex is held.
 * Returns a note that the caller frees (mc_nats__note_free), or NULL. */
struct mc_nats_note *mc_nats__note_take(struct mc_nats_worker *worker);

/* Free a note. */
void mc_nats__note_free(struct mc_nats_note *note);

/* Free the notes that were told. The library has a thread of its own that frees
 * messages, and wakes it for the first one: for a few together that costs little, for
 * each one as much as all else that a small message costs. So they are collected. */
void mc_nats__throw_away(struct mc_nats_worker *worker);

/* Tell the user what is in the inbox: the callback of worker->wake.
 * user: the worker. */
void mc_nats__look(int fd, short what, void *user);

/* Wake the thread. */
void mc_nats__ring(struct mc_nats_worker *worker);

/* One more, one less user of the worker; the last one frees it. */
void mc_nats__ref(struct mc_nats_worker *worker);
/* See mc_nats__ref(). */
void mc_nats__unref(struct mc_nats_worker *worker);

/* The thread; see worker.c.
 * arg: the worker, with a reference that the thread gives back.
 * Returns NULL. */
void *mc_nats__run(void *arg);

/* Start the thread that owns the connection from now on, or makes one.
 * Returns 0; -errno. Never blocks. */
int mc_nats__thread_start(struct mc_nats_worker *worker);

/* On the loop: take over what a thread offers, and do what is due. */
void mc_nats__drive(struct mc_nats_worker *worker);

/* On the loop: let a thread go on with a connection that was offered. */
void mc_nats__give_back(struct mc_nats_worker *worker);

/* As owner: make and end subscriptions as wanted. */
void mc_nats__follow_subjects(struct mc_nats_worker *worker);

/* As owner: write what is in the outbox, as much as goes. */
void mc_nats__send_letters(struct mc_nats_worker *worker);

/* As owner: put what the library has received into the inbox. */
void mc_nats__collect(struct mc_nats_worker *worker);

/* As owner: see that the server lives.
 * Returns when to call again, in milliseconds; -1 when it does not answer. Blocks for a
 * millisecond when a ping is due. */
int mc_nats__keep_alive(struct mc_nats_worker *worker);

/* As owner: end the connection, and tell. Blocks for at most half a second. */
void mc_nats__disconnect(struct mc_nats_worker *worker);

/* On the thread: whether it shall end.
 * Returns true when nothing is left to do. Never blocks. */
bool mc_nats__stopped(struct mc_nats_worker *worker);

/* On the thread: be woken only by what rings from now on. */
void mc_nats__bell_reset(struct mc_nats_worker *worker);

/* On the thread: how long to wait after the failures so far.
 * Returns milliseconds, with jitter. Never blocks. */
int64_t mc_nats__delay_ms(const struct mc_nats_worker *worker);

/* On the thread: wait.
 * ms: milliseconds; shorter when the thread shall end. Blocks. */
void mc_nats__pause(struct mc_nats_worker *worker, int64_t ms);

/* On the thread: try one server, tell how that went, wait when it failed.
 * worker: its connection is set afterwards, or NULL. Blocks. */
void mc_nats__connect(struct mc_nats_worker *worker);

#endif
