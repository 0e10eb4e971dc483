/* Heartbeats: two periods and when bytes went last. */
#include "connector/stomp/beats.h"

#include <stdlib.h>
#include <string.h>

/* A server may ask for any number; a period beyond this is none. */
#define PERIOD_MS_MAX 86400000ul

static int64_t agree(unsigned long mine_ms, unsigned long theirs_ms)
{
    if (mine_ms == 0 || theirs_ms == 0 || theirs_ms > PERIOD_MS_MAX) {
        return 0;
    }
    return (int64_t)(mine_ms > theirs_ms ? mine_ms : theirs_ms) * 1000;
}

void mc_stomp_beats_init(struct mc_stomp_beats *beats, unsigned interval_s,
                         const char *header, unsigned fails_max, int64_t now_us)
{
    char *end = NULL;

    *beats = (struct mc_stomp_beats){.fails_max = fails_max,
                                     .sent_us = now_us,
                                     .received_us = now_us,
                                     .window_us = now_us};
    if (!header || interval_s == 0) {
        return;
    }
    unsigned long sends = strtoul(header, &end, 10);
    if (end == header || *end != ',') {
        return;
    }
    unsigned long wants = strtoul(end + 1, &end, 10);
    beats->send_us = agree(interval_s * 1000ul + 500, wants);
    beats->receive_us = agree(interval_s * 1000ul - 500, sends);
}

void mc_stomp_beats_sent(struct mc_stomp_beats *beats, int64_t now_us)
{
    beats->sent_us = now_us;
}

void mc_stomp_beats_received(struct mc_stomp_beats *beats, int64_t now_us)
{
    beats->received_us = now_us;
}

static void count_silence(struct mc_stomp_beats *beats, int64_t now_us)
{
    if (now_us - beats->window_us < beats->receive_us) {
        return;
    }
    beats->fails = beats->received_us > beats->window_us ? 0 : beats->fails + 1;
    beats->window_us = now_us;
}

int mc_stomp_beats_due(struct mc_stomp_beats *beats, int64_t now_us,
                       int64_t *ret_next_us)
{
    int64_t quiet_us = beats->send_us / 5 * 4;
    int64_t next_us = 0;
    int result = 0;

    if (beats->receive_us) {
        count_silence(beats, now_us);
        if (beats->fails_max && beats->fails >= beats->fails_max) {
            return MC_STOMP_BEAT_LOST;
        }
        next_us = beats->window_us + beats->receive_us - now_us;
    }
    if (beats->send_us) {
        if (now_us - beats->sent_us >= quiet_us) {
            beats->sent_us = now_us;
            result = MC_STOMP_BEAT_SEND;
        }
        int64_t send_next_us = beats->sent_us + quiet_us - now_us;
        next_us = next_us && next_us < send_next_us ? next_us : send_next_us;
    }
    *ret_next_us = next_us;
    return result;
}
