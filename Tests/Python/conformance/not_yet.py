"""What the gateway doesn't do yet: each scenario with the reason. One that passes must leave this list."""

NOT_YET = {}
