import Contracts
import EventLoop
import JSON
import MCP
import Policy

/// What is offered to one caller, composed from the targets in its view.
extension AgentEndpoint {
    /// Bytes of all instructions together: they stand in every prompt of the caller's model.
    private static let instructionsBytesMax = 16 * 1024

    /// The capabilities and the instructions that the caller's view calls for. Linear in the caller's entries.
    func offer(to caller: Caller) -> ServerOffer {
        let snapshot = caller.state.snapshot
        let lists = snapshot.visibleLists(for: caller.principal, nowMs: loop.wallMs)
        var instructions = caller.state.settings.identity.instructions
        let texts = snapshot.visibleEntries(of: .instructions, for: caller.principal, nowMs: loop.wallMs)
        for position in texts {
            let entry = snapshot.tools[position]
            guard let text = (try? JSONValue(parsing: entry.definition.span))?["instructions"]?.stringValue
            else { continue }  // checked when it entered the catalog
            let part = Self.marked(text, of: snapshot.targets[entry.target].name)
            let whole = instructions.map { "\($0)\n\n\(part)" } ?? part
            guard whole.utf8.count <= Self.instructionsBytesMax else { break }
            instructions = whole
        }
        return ServerOffer(
            lists,
            instructions: instructions,
            tellsChanges: streamBounds.settings.offersStreams,
            watchesResources: watches != nil,
            relaysLogs: relaysLogs(to: caller)
        )
    }

    /// Whether the caller sees anything of a target whose functions can send log messages.
    private func relaysLogs(to caller: Caller) -> Bool {
        let snapshot = caller.state.snapshot
        guard snapshot.targets.contains(where: \.canTell) else { return false }
        return [CatalogKind.tool, .prompt, .resource, .template].contains { kind in
            snapshot.visibleEntries(of: kind, for: caller.principal, nowMs: loop.wallMs).contains {
                snapshot.targets[snapshot.tools[$0].target].canTell
            }
        }
    }

    /// A target's own words say whose they are, so that none passes for the gateway's.
    private static func marked(_ text: String, of target: String) -> String {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
            "> \($0)"
        }
        return "The target \(target) says of its tools and prompts, which begin with \(target)___:\n"
            + lines.joined(separator: "\n")
    }
}

extension TargetEntry {
    /// Whether its functions have a way to say something before their answer: they stream, or their answer's body may be a
    /// stream of events.
    fileprivate var canTell: Bool { invoke.streaming || contract.isHTTP }
}
