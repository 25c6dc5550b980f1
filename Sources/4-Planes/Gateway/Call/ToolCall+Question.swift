import EventLoop
import MCP
import Telemetry

/// Calls that are no tool's: they go the same way, from the limits to the record, under the entry that they name.
extension ToolCall {
    /// The first step of one: the entry that it names, and what its function is asked.
    func startQuestion() {
        let resolution = EntryResolution(request, nowMs: endpoint.loop.wallMs, tokens: endpoint.tokens)
        switch resolution.resolve() {
        case .failure(let error): refuseUnresolved(error)
        case .success((let entry, let asked)):
            self.asked = asked
            start(entry, request.state.tools[entry.index])
        }
    }
}
