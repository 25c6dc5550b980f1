"""What the gateway doesn't do yet: each scenario with the reason. One that passes must leave this list."""

NO_QUESTIONS = "legacy clients aren't asked for input"

NOT_YET = {
    "tools-call-sampling": NO_QUESTIONS,
    "tools-call-elicitation": NO_QUESTIONS,
    "elicitation-sep1034-defaults": NO_QUESTIONS,
    "elicitation-sep1330-enums": NO_QUESTIONS,
    "server-sse-polling": "the answer of a call can't be taken up again",
}
