"""What the gateway doesn't do yet: each scenario with the reason. One that passes must leave this list."""

NO_QUESTIONS = "legacy clients aren't asked for input"
NO_POLLING = "single resources aren't watched"
NO_STREAMS = "what a function tells before its answer isn't relayed"

NOT_YET = {
    "tools-call-sampling": NO_QUESTIONS,
    "tools-call-elicitation": NO_QUESTIONS,
    "elicitation-sep1034-defaults": NO_QUESTIONS,
    "elicitation-sep1330-enums": NO_QUESTIONS,
    "resources-subscribe": NO_POLLING,
    "resources-unsubscribe": NO_POLLING,
    "tools-call-with-logging": NO_STREAMS,
    "tools-call-with-progress": NO_STREAMS,
    "server-sse-polling": NO_STREAMS,
    "server-stateless-streams": NO_STREAMS,
    "server-stateless-list-changes": NO_STREAMS,
}
