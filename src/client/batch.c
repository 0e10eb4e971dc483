/* How many nodes are asked at a time (spec collective.md 3.10, corner case 90).
 *
 * A batched request is always sent by name, so it needs direct addressing, and it needs
 * the replies to know when a batch is done. What the configuration sets as the default
 * gives way to a call that waits for no replies; what was asked for does not. */
#include "client/call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 9

void mc_call__batch_default(struct mc_call *call)
{
    const struct mc_config *config = call->client->config;
    int64_t size = mc_config_int(config, "default_batch_size");
    double pause_s = mc_config_float(config, "default_batch_sleep_time");
    bool sane = pause_s >= 0 && pause_s <= MC_CLIENT_SECONDS_MAX;

    call->batch = size > 0 ? (uint64_t)size : 0;
    call->batch_pause_us = sane ? llround(pause_s * 1e6) : 1000000;
}

int mc_call_batch(struct mc_call *call, const char *size, int64_t pause_ms,
                  struct mc_error *error)
{
    const int64_t most_ms = (int64_t)MC_CLIENT_SECONDS_MAX * 1000;

    if (size) {
        size_t digits = strspn(size, "0123456789");
        bool percent = strcmp(size + digits, "%") == 0;
        bool well = digits && digits <= DIGITS_MAX && (percent || !size[digits]);
        unsigned long number = well ? strtoul(size, NULL, 10) : 0;
        if (!number) {
            mc_error_set(error, "batch_size must be an integer or match a percentage "
                                "string (e.g. '24%%'");
            return MC_CLIENT_USAGE;
        }
        call->batch = number;
        call->batch_percent = percent;
        call->batch_told = true;
    }
    if (pause_ms >= 0) {
        call->batch_pause_us = (pause_ms < most_ms ? pause_ms : most_ms) * 1000;
    }
    return 0;
}

bool mc_call__batched(const struct mc_call *call)
{
    return call->kind != MC_CALL_PING && call->batch && !call->mute;
}

int mc_call__batch_check(const struct mc_call *call, struct mc_error *error)
{
    if (call->batch && !mc_call__can_direct(call) &&
        (call->batch_told || !call->mute)) {
        mc_error_set(error, "Batched requests requires direct addressing");
        return MC_CLIENT_USAGE;
    }
    if (call->batch_told && call->mute) {
        mc_error_set(error, "Cannot bypass result processing for batched requests");
        return MC_CLIENT_USAGE;
    }
    return 0;
}

size_t mc_call__batch_size(const struct mc_call *call)
{
    size_t all = call->targets.count;
    double part = (double)all * ((double)call->batch / 100.0);

    if (!mc_call__batched(call)) {
        return 0;
    }
    if (!call->batch_percent) {
        return (size_t)call->batch;
    }
    return part < (double)all ? (size_t)ceil(part) : all;
}
