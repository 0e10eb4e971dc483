/* Every event: MC_EVENT(id, level, sentence). One line here and one use is all that a
 * new event needs. */
MC_EVENT(request_done, MC_LEVEL_INFO, "request finished")
MC_EVENT(message_dropped, MC_LEVEL_WARN, "message dropped")
MC_EVENT(message_filtered, MC_LEVEL_DEBUG, "message not for this node")
MC_EVENT(connector_up, MC_LEVEL_INFO, "connected to the broker")
MC_EVENT(connector_down, MC_LEVEL_WARN, "connection to the broker lost")
MC_EVENT(connector_retry, MC_LEVEL_WARN, "cannot reach the broker, will try again")
MC_EVENT(connector_error, MC_LEVEL_ERROR, "the broker reports an error")
MC_EVENT(agent_loaded, MC_LEVEL_INFO, "agent loaded")
MC_EVENT(agent_skipped, MC_LEVEL_WARN, "agent not loaded")
MC_EVENT(agent_doubtful, MC_LEVEL_WARN, "the DDL of an agent looks wrong")
MC_EVENT(external_output, MC_LEVEL_INFO, "a program of an agent writes")
MC_EVENT(external_errors, MC_LEVEL_ERROR, "a program of an agent complains")
MC_EVENT(external_reply, MC_LEVEL_WARN, "a program of an agent gave no usable reply")
MC_EVENT(external_left, MC_LEVEL_WARN, "a program of an agent left too many files")
MC_EVENT(facts_failed, MC_LEVEL_ERROR, "facts could not be loaded, the last ones stay")
MC_EVENT(classes_failed, MC_LEVEL_WARN,
         "the classes file cannot be read, no class fits")
MC_EVENT(node_started, MC_LEVEL_INFO, "node started")
MC_EVENT(node_stopping, MC_LEVEL_INFO, "node stopping")
MC_EVENT(stop_waits, MC_LEVEL_INFO,
         "taking no more requests, waiting for running actions")
MC_EVENT(stop_late, MC_LEVEL_WARN,
         "soft_shutdown_timeout reached, ending what is still running")
MC_EVENT(audit_failed, MC_LEVEL_ERROR, "a request could not be audited, it runs")
MC_EVENT(audit_lost, MC_LEVEL_ERROR,
         "records of the audit did not reach the central log")
MC_EVENT(registration_sent, MC_LEVEL_DEBUG, "registered")
MC_EVENT(registration_failed, MC_LEVEL_WARN, "could not register, will try again")
MC_EVENT(registration_elsewhere, MC_LEVEL_WARN, "registering in the main collective")
MC_EVENT(nrpe_doubtful, MC_LEVEL_WARN, "something in the files of NRPE cannot be used")
MC_EVENT(policy_doubtful, MC_LEVEL_WARN, "a file of the authorization looks wrong")
