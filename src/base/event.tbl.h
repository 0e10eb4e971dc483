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
MC_EVENT(facts_failed, MC_LEVEL_ERROR, "facts could not be loaded, the last ones stay")
MC_EVENT(node_started, MC_LEVEL_INFO, "node started")
MC_EVENT(node_stopping, MC_LEVEL_INFO, "node stopping")
