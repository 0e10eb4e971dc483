/* Every option of every command, in the order of --help (commands.md 1.2).
 *
 * MC_OPTION(id, section, command, letter, names, argument, type, help)
 * section: REQUIRED, RPC, COMMON, FILTER, or APP for those of one command alone.
 * command: the command that has it, "" for all whose sections include it.
 * letter: 0 or the one-letter form.   names: long forms, separated by |; the last one
 * in the list is shown last.   argument: word for it in the help, "" for none. */

/* clang-format off */
MC_OPTION(list_agents, APP, "completion", 0, "list-agents", "", FLAG,
          "List all agents that have a DDL here")
MC_OPTION(list_actions, APP, "completion", 0, "list-actions", "", FLAG,
          "List the actions of an agent")
MC_OPTION(list_inputs, APP, "completion", 0, "list-inputs", "", FLAG,
          "List the inputs of an action")
MC_OPTION(list_applications, APP, "completion", 0, "list-applications", "", FLAG,
          "List the commands of mco")
MC_OPTION(completion_agent, APP, "completion", 0, "agent", "AGENT", TEXT,
          "The agent whose actions or inputs to list")
MC_OPTION(completion_action, APP, "completion", 0, "action", "ACTION", TEXT,
          "The action whose inputs to list")

MC_OPTION(graph, APP, "ping", 'g', "graph", "", FLAG,
          "Draw how the times are distributed")

MC_OPTION(no_results, APP, "rpc", 0, "no-results|nr", "", FLAG,
          "Send the request and wait for nothing")
MC_OPTION(agent, APP, "rpc", 'a', "agent", "AGENT", TEXT, "The agent to call")
MC_OPTION(action, APP, "rpc", 0, "action", "ACTION", TEXT, "The action to call")
MC_OPTION(json_lines, APP, "rpc", 0, "jsonl", "", FLAG,
          "Write each reply as a line of JSON when it arrives")
MC_OPTION(argument, APP, "rpc", 0, "arg|argument", "ARGUMENT", TEXT,
          "An input of the action, name=value; repeatable")

MC_OPTION(script, APP, "inventory", 0, "script", "SCRIPT", TEXT,
          "Run a report script")
MC_OPTION(report_format, APP, "inventory", 0, "format", "FORMAT", TEXT,
          "Write the report as text, csv, json or html")
MC_OPTION(unsorted, APP, "inventory", 0, "unsorted", "", FLAG,
          "Report each node when it answers, unsorted")
MC_OPTION(list_collectives, APP, "inventory", 0, "list-collectives|collectives|lc", "", FLAG,
          "List all collectives and how many nodes each has")
MC_OPTION(collective_graph, APP, "inventory", 0, "collective-graph|collectives-map|cg|map", "FILE", TEXT,
          "Draw all collectives as a graph")

MC_OPTION(yes, APP, "package", 'y', "yes", "", FLAG,
          "Do not ask before acting on all nodes")
MC_OPTION(version, APP, "package", 0, "version", "VERSION", TEXT,
          "The version to install")

MC_OPTION(file, APP, "filemgr", 'f', "file", "FILE", TEXT, "The file to manage")
MC_OPTION(details, APP, "filemgr", 'd', "details", "", FLAG,
          "Show all that is known about the file")

MC_OPTION(zombies, APP, "process", 'z', "zombies", "", FLAG,
          "Only processes that have ended and were not waited for")
MC_OPTION(user, APP, "process", 'u', "user", "USER", TEXT,
          "Only processes of this user")
MC_OPTION(fields, APP, "process", 0, "fields", "FIELDS", TEXT,
          "The columns: PID, USER, VSZ, COMMAND, TTY, RSS, STATE")
MC_OPTION(silent, APP, "process", 0, "silent", "", FLAG, "Show the summary alone")

MC_OPTION(only_zombies, APP, "pgrep", 'z', "zombie", "", FLAG,
          "Only processes that have ended and were not waited for")

MC_OPTION(plugin_name, APP, "plugin", 'n', "name", "NAME", TEXT, "The plugin's name")
MC_OPTION(language, APP, "plugin", 0, "language", "LANGUAGE", TEXT,
          "Of a new agent: python, shell or ruby")
MC_OPTION(actions, APP, "plugin", 0, "actions", "ACTIONS", TEXT,
          "The actions of a new agent, separated by commas")
MC_OPTION(outputs, APP, "plugin", 0, "outputs", "OUTPUTS", TEXT,
          "The outputs of a new data plugin, separated by commas")
MC_OPTION(plugin_description, APP, "plugin", 0, "description", "DESCRIPTION", TEXT,
          "What the plugin does")
MC_OPTION(author, APP, "plugin", 0, "author", "AUTHOR", TEXT, "Who wrote it")
MC_OPTION(license, APP, "plugin", 0, "license", "LICENSE", TEXT,
          "The license under which it is given away")
MC_OPTION(plugin_version, APP, "plugin", 0, "pluginversion", "VERSION", TEXT,
          "The version of the plugin")
MC_OPTION(url, APP, "plugin", 0, "url", "URL", TEXT, "Where to read more about it")
MC_OPTION(plugin_timeout, APP, "plugin", 0, "timeout", "SECONDS", NUMBER,
          "How long an action of a new agent may take")
MC_OPTION(format, APP, "plugin", 0, "format", "FORMAT", TEXT,
          "Packages to build: deb, rpm, or ospackage for those of this system")
MC_OPTION(revision, APP, "plugin", 0, "revision", "REVISION", TEXT,
          "The revision of the packages, 1 by default")
MC_OPTION(iteration, APP, "plugin", 0, "iteration", "REVISION", TEXT,
          "Another name of --revision, of old releases")
MC_OPTION(vendor, APP, "plugin", 0, "vendor", "VENDOR", TEXT,
          "Who gives the packages away; the author by default")
MC_OPTION(pluginpath, APP, "plugin", 0, "pluginpath", "PATH", TEXT,
          "The folder to which the packages install")
MC_OPTION(mcname, APP, "plugin", 0, "mcname", "NAME", TEXT,
          "What the packages are for: marionette or mcollective")
MC_OPTION(mcversion, APP, "plugin", 0, "mcversion", "VERSION", TEXT,
          "The least version of that")
MC_OPTION(dependency, APP, "plugin", 0, "dependency", "NAME", TEXT,
          "A package that is needed too, perhaps as debian::NAME; repeatable")
MC_OPTION(preinstall, APP, "plugin", 0, "preinstall", "SCRIPT", TEXT,
          "Run this before the files are installed")
MC_OPTION(postinstall, APP, "plugin", 0, "postinstall", "SCRIPT", TEXT,
          "Run this after the files were installed")
MC_OPTION(keep_artifacts, APP, "plugin", 0, "keep-artifacts", "", FLAG,
          "Keep the folder in which the packages were put together")

MC_OPTION(call_agent, APP, "call-agent", 'a', "agent", "AGENT", TEXT, "The agent to call")
MC_OPTION(call_argument, APP, "call-agent", 0, "arg|argument", "ARGUMENT", TEXT,
          "The text to send to it")

MC_OPTION(controller_argument, APP, "controller", 0, "arg|argument", "ARGUMENT", TEXT,
          "The agent to reload")

MC_OPTION(puppet_force, APP, "puppet", 'f', "force", "", FLAG,
          "Begin at once, without a random wait")
MC_OPTION(puppet_server, APP, "puppet", 0, "server", "SERVER", TEXT,
          "Another Puppet server, where nodes allow that")
MC_OPTION(puppet_tags, APP, "puppet", 0, "tags|tag", "TAG", TEXT,
          "Only resources with this tag; repeatable")
MC_OPTION(puppet_noop, APP, "puppet", 0, "noop", "", FLAG,
          "Tell what would be changed, change nothing")
MC_OPTION(puppet_no_noop, APP, "puppet", 0, "no-noop", "", FLAG,
          "Change things also where Puppet is set not to")
MC_OPTION(puppet_environment, APP, "puppet", 0, "environment", "NAME", TEXT,
          "Another environment")
MC_OPTION(puppet_splay, APP, "puppet", 0, "splay", "", FLAG,
          "Begin after a random time")
MC_OPTION(puppet_no_splay, APP, "puppet", 0, "no-splay", "", FLAG,
          "Begin at once")
MC_OPTION(puppet_splaylimit, APP, "puppet", 0, "splaylimit", "SECONDS", NUMBER,
          "The longest random time")
MC_OPTION(puppet_cached, APP, "puppet", 0, "use_cached_catalog", "", FLAG,
          "Apply the catalog of the last run again")
MC_OPTION(puppet_no_cached, APP, "puppet", 0, "no-use_cached_catalog", "", FLAG,
          "Get a new catalog")
MC_OPTION(puppet_schedules, APP, "puppet", 0, "ignoreschedules", "", FLAG,
          "Apply also what is not due")
MC_OPTION(puppet_rerun, APP, "puppet", 0, "rerun", "SECONDS", NUMBER,
          "Run all again and again, each time for so long at the least")
MC_OPTION(puppet_resume, APP, "puppet", 0, "resume", "FILE", TEXT,
          "Note there which nodes are done, and go on from that")

MC_OPTION(puppetd_force, APP, "puppetd", 'f', "force", "", FLAG,
          "Begin at once, without a random wait")
MC_OPTION(puppetd_inclusive, APP, "puppetd", 0, "inclusive", "", FLAG,
          "Start one more while as many run as may")

MC_OPTION(commander_interval, APP, "puppetcommander", 'i', "interval", "MINUTES", REAL,
          "In which all nodes have a run; 30")
MC_OPTION(commander_concurrency, APP, "puppetcommander", 'm', "max-concurrent", "COUNT", NUMBER,
          "How many nodes may run at a time; 4")
MC_OPTION(commander_randomize, APP, "puppetcommander", 0, "randomize", "", FLAG,
          "In a random order, not that of their names")
MC_OPTION(commander_logfile, APP, "puppetcommander", 'l', "logfile", "FILE", TEXT,
          "Write the log there")
MC_OPTION(commander_settings, APP, "puppetcommander", 0, "settings", "FILE", TEXT,
          "Read these settings")
MC_OPTION(commander_dry, APP, "puppetcommander", 'n', "dry-run", "", FLAG,
          "Tell what would be done, start nothing")
MC_OPTION(commander_once, APP, "puppetcommander", 0, "once", "", FLAG,
          "End when all nodes have had their turn")

MC_OPTION(service_yes, APP, "service", 'y', "yes", "", FLAG,
          "Do not ask before acting on all nodes")

MC_OPTION(nettest_yes, APP, "nettest", 'y', "yes", "", FLAG,
          "Do not ask before testing from all nodes")

MC_OPTION(no_progress, RPC, "", 0, "np|no-progress", "", FLAG,
          "Show no progress bar")
MC_OPTION(one, RPC, "", '1', "one", "", FLAG, "Ask only one of the discovered nodes")
MC_OPTION(batch, RPC, "", 0, "batch", "SIZE", SIZE,
          "Ask so many nodes at a time, a number or percentage")
MC_OPTION(batch_sleep, RPC, "", 0, "batch-sleep", "SECONDS", REAL,
          "Time between batches")
MC_OPTION(limit_seed, RPC, "", 0, "limit-seed", "NUMBER", NUMBER,
          "Pick the same random nodes again")
MC_OPTION(limit, RPC, "", 0, "limit-nodes|ln|limit", "COUNT", TEXT,
          "Ask only so many nodes, a number or percentage")
MC_OPTION(json, RPC, "", 'j', "json", "", FLAG, "Write the replies as JSON")
MC_OPTION(display, RPC, "", 0, "display", "MODE", TEXT,
          "Which replies to show: ok, failed or all")

MC_OPTION(config, REQUIRED, "", 'c', "config", "FILE", TEXT,
          "The configuration file")
MC_OPTION(verbose, REQUIRED, "", 'v', "verbose", "", FLAG, "Show more")
MC_OPTION(help, REQUIRED, "", 'h', "help", "", FLAG, "Show this text")

MC_OPTION(target, COMMON, "", 'T', "target", "COLLECTIVE", TEXT,
          "Ask the nodes of this collective")
MC_OPTION(discovery_timeout, COMMON, "", 0, "dt|discovery-timeout", "SECONDS", NUMBER,
          "How long to discover nodes")
MC_OPTION(timeout, COMMON, "", 't', "timeout", "SECONDS", NUMBER,
          "How long to wait for replies")
MC_OPTION(quiet, COMMON, "", 'q', "quiet", "", FLAG, "Show less")
MC_OPTION(ttl, COMMON, "", 0, "ttl", "TTL", NUMBER,
          "Seconds for which the request is valid")
MC_OPTION(reply_to, COMMON, "", 0, "reply-to", "TARGET", TEXT,
          "Send the replies elsewhere")
MC_OPTION(method, COMMON, "", 0, "dm|disc-method", "METHOD", TEXT,
          "How to discover nodes: mc, flatfile, stdin or external")
MC_OPTION(method_option, COMMON, "", 0, "do|disc-option", "OPTION", TEXT,
          "An option of the discovery method; repeatable")
MC_OPTION(nodes, COMMON, "", 0, "nodes", "FILE", TEXT,
          "Ask the nodes that a file lists")
MC_OPTION(publish_timeout, COMMON, "", 0, "publish_timeout", "TIMEOUT", NUMBER,
          "How long sending may take")
MC_OPTION(threaded, COMMON, "", 0, "threaded", "", FLAG,
          "Accepted; sending and receiving always overlap")
MC_OPTION(sort, COMMON, "", 0, "sort", "", FLAG, "Sort the replies by host")
MC_OPTION(connection_timeout, COMMON, "", 0, "connection-timeout", "TIMEOUT", NUMBER,
          "How long connecting to the broker may take")

MC_OPTION(with, FILTER, "", 'W', "with", "FILTER", TEXT,
          "Nodes with all of these facts and classes")
MC_OPTION(select, FILTER, "", 'S', "select", "FILTER", TEXT,
          "Nodes that an expression selects")
MC_OPTION(with_fact, FILTER, "", 'F', "wf|with-fact", "fact=val", TEXT,
          "Nodes with this fact")
MC_OPTION(with_class, FILTER, "", 'C', "wc|with-class", "CLASS", TEXT,
          "Nodes with this class")
MC_OPTION(with_agent, FILTER, "", 'A', "wa|with-agent", "AGENT", TEXT,
          "Nodes with this agent")
MC_OPTION(with_identity, FILTER, "", 'I', "wi|with-identity", "IDENT", TEXT,
          "The node of this name")
/* clang-format on */
