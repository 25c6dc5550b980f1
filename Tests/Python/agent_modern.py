"""agent.py in the modern era (2026-07-28): agent_modern.py URL [KEY]. See agent.py --help."""

import agent

agent.main("modern")
