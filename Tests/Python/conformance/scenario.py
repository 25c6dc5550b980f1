"""What a scenario is: a demand of the official conformance suite, under its name there, and the versions it applies to."""

from dataclasses import dataclass
from typing import Callable

V03, V06, V11, V07 = VERSIONS = ("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")

# What of a target a scenario needs: nothing but the gateway; that it serves tools; that whole JSON-RPC messages reach it, for
# prompts, resources and input; that its functions can say something before their answer; that this is heard while they run.
GATEWAY, TOOLS, MESSAGES, TOLD, STREAM = NEEDS = ("gateway", "tools", "messages", "told", "stream")


@dataclass
class Scenario:
    name: str
    versions: tuple
    needs: str
    scored: tuple
    function: Callable

    def __post_init__(self):
        assert set(self.scored) <= set(self.versions), self.name


scenarios: list[Scenario] = []


def scenario(name, *versions, needs=GATEWAY, scored=None):
    """Enters `function(caller)`. `scored` has the versions in which the official suite counts it; without it, all."""

    def enter(function):
        scenarios.append(Scenario(name, versions, needs, versions if scored is None else scored, function))
        return function

    return enter


class Unmet(Exception):
    """A demand without which the scenario can't go on."""
