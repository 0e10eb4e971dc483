/* Every configuration key: MC_CONFIG_KEY(key, type, default, meaning).
 *
 * The default is written as in a file; NULL means "none". NAME is a text that is made
 * lower case, for provider names. The parser, the documentation and get_config_item
 * read this table (spec collective.md 4.2, commands.md 1.3). Keys that begin with
 * "plugin." belong to the providers and are not listed here. */
MC_CONFIG_KEY(main_collective, TEXT, NULL,
              "the collective used when none is named; the first of collectives")
MC_CONFIG_KEY(collectives, LIST, "mcollective",
              "the collectives this node belongs to, separated by commas")
MC_CONFIG_KEY(identity, TEXT, NULL,
              "the name of this machine in the collective; the host name")
MC_CONFIG_KEY(connector, NAME, "activemq",
              "how brokers are spoken to: activemq, rabbitmq, nats")
MC_CONFIG_KEY(securityprovider, NAME, "psk",
              "how messages are sealed: psk, ssl, aes_security")
MC_CONFIG_KEY(direct_addressing, BOOL, "true",
              "whether single nodes are addressed by a destination of their own")
MC_CONFIG_KEY(direct_addressing_threshold, INT, "10",
              "up to this many nodes are addressed directly by a client")
MC_CONFIG_KEY(ttl, INT, "60", "seconds that a message stays valid")
MC_CONFIG_KEY(
    factsource, NAME, "native",
    "where facts come from: native, yaml, facter; yaml when plugin.yaml is set")
MC_CONFIG_KEY(fact_cache_time, INT, "300", "seconds that facts are kept")
MC_CONFIG_KEY(classesfile, TEXT, "/var/lib/puppet/state/classes.txt",
              "the file that lists the configuration management classes, one a line")
MC_CONFIG_KEY(registration, NAME, "agentlist",
              "what a node registers itself with: agentlist, meta")
MC_CONFIG_KEY(registerinterval, INT, "0",
              "seconds between two registrations; 0 turns them off")
MC_CONFIG_KEY(registration_splay, BOOL, "false",
              "wait a random part of the interval before the first registration")
MC_CONFIG_KEY(registration_collective, TEXT, NULL,
              "the collective that registrations go to; the main one")
MC_CONFIG_KEY(rpcaudit, BOOL, "false", "whether each request is audited")
MC_CONFIG_KEY(rpcauditprovider, NAME, "",
              "who writes the audit: logfile, centralrpclog")
MC_CONFIG_KEY(rpcauthorization, BOOL, "false", "whether each request is authorized")
MC_CONFIG_KEY(rpcauthprovider, NAME, "", "who decides about it: action_policy")
MC_CONFIG_KEY(activate_agents, BOOL, "true",
              "whether agents are active unless plugin.AGENT.activate_agent says so")
MC_CONFIG_KEY(soft_shutdown, BOOL, "false",
              "whether running actions are waited for at the end")
MC_CONFIG_KEY(
    soft_shutdown_timeout, INT, NULL,
    "seconds to wait at most; without it as long as the actions take; 0 or less "
    "does not wait")
MC_CONFIG_KEY(daemonize, BOOL, "false", "whether the daemon goes to the background")
MC_CONFIG_KEY(logger_type, NAME, "file", "file, syslog or console")
MC_CONFIG_KEY(logfile, TEXT, NULL, "the log file; without it the log is the console")
MC_CONFIG_KEY(loglevel, NAME, "info", "debug, info, warn, error or fatal")
MC_CONFIG_KEY(logfacility, NAME, "user", "the syslog facility")
MC_CONFIG_KEY(keeplogs, INT, "5", "how many log files are kept, with the current one")
MC_CONFIG_KEY(max_log_size, INT, "2097152", "bytes after which the log is rotated")
MC_CONFIG_KEY(libdir, PATHS, NULL,
              "folders with plugins, absolute, separated by colons; the last is "
              "searched first")
MC_CONFIG_KEY(ssl_cipher, TEXT, "aes-256-cbc", "the cipher of aes_security")
MC_CONFIG_KEY(color, BOOL, "true",
              "colours on the console; when not set, only on a terminal")
MC_CONFIG_KEY(rpclimitmethod, NAME, "first",
              "how a client picks a part of the nodes: first or random")
MC_CONFIG_KEY(publish_timeout, INT, "2", "seconds a client may need to send a request")
MC_CONFIG_KEY(threaded, BOOL, "false", "accepted; this client always receives at once")
MC_CONFIG_KEY(discovery_timeout, INT, NULL, "seconds a client looks for nodes")
MC_CONFIG_KEY(connection_timeout, INT, NULL, "seconds a client tries to connect")
MC_CONFIG_KEY(default_discovery_method, TEXT, "mc", "how a client finds nodes")
MC_CONFIG_KEY(default_discovery_options, ACCUMULATE, NULL,
              "options of the discovery method, one a line")
MC_CONFIG_KEY(default_batch_size, INT, "0",
              "nodes addressed at a time by a client; 0 means all")
MC_CONFIG_KEY(default_batch_sleep_time, FLOAT, "1", "seconds between two batches")
MC_CONFIG_KEY(topicprefix, DEPRECATED, NULL, "ignored, of release 0.4.8")
MC_CONFIG_KEY(topicsep, DEPRECATED, NULL, "ignored, of release 0.4.8")
MC_CONFIG_KEY(queueprefix, DEPRECATED, NULL, "ignored, of old releases")
MC_CONFIG_KEY(rpchelptemplate, DEPRECATED, NULL, "ignored, of old releases")
MC_CONFIG_KEY(helptemplatedir, DEPRECATED, NULL, "ignored, of old releases")
