"""agent.py in the legacy era (initialize, offering 2025-11-25): agent_legacy.py URL [KEY]. See agent.py --help."""

import agent

agent.main("legacy")
