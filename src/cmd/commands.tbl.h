/* The commands of mco, sorted: one line each, one file each. */
COMMAND(completion)
COMMAND(facts)
COMMAND(find)
COMMAND(help)
COMMAND(inventory)
COMMAND(package)
COMMAND(ping)
COMMAND(rpc)
