/* Which collectives there are and who is in them; see collectives.h. */
#include "cmd/collectives.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_COLUMNS 30

/* One node in one collective. */
struct member
{
    const char *collective;
    const char *node;
    size_t at; /* of its arrival */
};

struct group
{
    const char *name;
    const struct member *members;
    size_t count;
};

static int by_collective(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    int order = strcmp(left->collective, right->collective);

    return order ? order : (left->at > right->at) - (left->at < right->at);
}

static int by_size(const void *a, const void *b)
{
    const struct group *left = a;
    const struct group *right = b;

    return left->count == right->count ? strcmp(left->name, right->name)
                                       : (left->count > right->count) * 2 - 1;
}

/* All members, sorted. */
static struct member *members(struct mc_cmd *cmd, size_t *ret_count)
{
    const struct mc_client_reply *reply;
    size_t room = 1;
    size_t count = 0;

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        room += mc_value_count(mc_value_get_name(reply->data, "collectives"));
    }
    struct member *all = mc_arena_array(cmd->arena, room, sizeof(*all));
    for (size_t i = 0; all && (reply = mc_call_reply(cmd->call, i)); i++) {
        const struct mc_value *list = mc_value_get_name(reply->data, "collectives");
        bool well = reply->status == 0 && mc_value_is(list, MC_ARRAY);
        for (size_t k = 0; well && k < mc_value_count(list); k++) {
            const char *name = mc_value_cstr(mc_value_item(list, k));
            if (name) {
                all[count] = (struct member){name, reply->sender, count};
                count++;
            }
        }
    }
    if (all && count) {
        qsort(all, count, sizeof(*all), by_collective);
    }
    *ret_count = count;
    return all;
}

/* Ask, and put the members into groups, sorted by name. Returns 0; an outcome or
 * -errno. */
static int ask(struct mc_cmd *cmd, struct group **ret_groups, size_t *ret_count)
{
    size_t all = 0;
    size_t count = 0;
    int r = mc_cmd_open(cmd);

    r = r ? r : mc_cmd_call(cmd, "rpcutil", "collective_info");
    r = r ? r : mc_cmd_rpc(cmd, (struct mc_cmd_show){0});
    if (r) {
        return r;
    }
    const struct member *list = members(cmd, &all);
    struct group *groups = mc_arena_array(cmd->arena, all + 1, sizeof(*groups));
    if (!list || !groups) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < all; i++) {
        if (!count || strcmp(groups[count - 1].name, list[i].collective) != 0) {
            groups[count++] = (struct group){list[i].collective, &list[i], 0};
        }
        groups[count - 1].count++;
    }
    *ret_groups = groups;
    *ret_count = count;
    return 0;
}

static void row(struct mc_cmd *cmd, const char *left, const char *right)
{
    mc_out_blanks(&cmd->out, 3);
    mc_out_left(&cmd->out, left, TEXT_COLUMNS);
    mc_out_printf(&cmd->out, " %s\n", right);
}

int mc_collectives_list(struct mc_cmd *cmd)
{
    struct group *groups = NULL;
    size_t count = 0;
    char number[32];

    if (ask(cmd, &groups, &count)) {
        return mc_cmd_fail(cmd);
    }
    if (count) {
        qsort(groups, count, sizeof(*groups), by_size);
    }
    row(cmd, "Collective", "Nodes");
    row(cmd, "==========", "=====");
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(number, sizeof(number), "%zu", groups[i].count);
        row(cmd, groups[i].name, number);
    }
    mc_out_raw(&cmd->out, "\n   ");
    mc_out_right(&cmd->out, "Total nodes:", TEXT_COLUMNS);
    mc_out_printf(&cmd->out, " %zu\n\n", mc_call_stats(cmd->call)->responses);
    return mc_call_exit_code(cmd->call);
}

/* A name between quotes, as DOT reads it. */
static void quoted(FILE *file, const char *text)
{
    (void)fputc('"', file);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            (void)fputc('\\', file);
        }
        (void)fputc(*text == '\n' ? ' ' : *text, file);
    }
    (void)fputc('"', file);
}

static void draw(FILE *file, const struct group *groups, size_t count)
{
    (void)fputs("graph {\n", file);
    for (size_t i = 0; i < count; i++) {
        (void)fputs("   subgraph ", file);
        quoted(file, groups[i].name);
        (void)fputs(" {\n", file);
        for (size_t k = 0; k < groups[i].count; k++) {
            (void)fputs("      ", file);
            quoted(file, groups[i].members[k].node);
            (void)fputs(" -- ", file);
            quoted(file, groups[i].name);
            (void)fputc('\n', file);
        }
        (void)fputs("   }\n", file);
    }
    (void)fputs("}\n", file);
}

int mc_collectives_map(struct mc_cmd *cmd, const char *path)
{
    struct group *groups = NULL;
    size_t count = 0;

    mc_out_raw(&cmd->out, "Retrieving collective info....\n");
    mc_out_flush(&cmd->out);
    if (ask(cmd, &groups, &count)) {
        return mc_cmd_fail(cmd);
    }
    FILE *file = fopen(path, "we");
    if (!file) {
        return mc_cmd_fail_with(cmd, "Cannot write %s: %s", path, strerror(errno));
    }
    draw(file, groups, count);
    bool bad = ferror(file) != 0;
    if (fclose(file) != 0 || bad) {
        return mc_cmd_fail_with(cmd, "Cannot write %s: %s", path, strerror(errno));
    }
    mc_out_printf(&cmd->out, "Graph of %zu nodes has been written to ",
                  mc_call_stats(cmd->call)->responses);
    mc_out_text(&cmd->out, path);
    mc_out_raw(&cmd->out, "\n");
    return mc_call_exit_code(cmd->call);
}
