/* The commands of mco, sorted: one line each, one file each. */
COMMAND(ping)
COMMAND(rpc)
