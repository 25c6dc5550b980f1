import Config
import Control
import EventLoop
import JSON
import Store

struct TargetTest: Command {
    static let usage = Usage(
        path: ["target", "test"],
        summary: "Asks a target for its tools and shows what came; the catalog stays as it is.",
        operands: [.init(name: "name", summary: "the target")],
        options: [.local],
        example: "mcp-gateway target test time"
    )

    let name: String
    let isLocal: Bool

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        isLocal = words.flag("--local")
    }

    private struct Outcome: Sendable {
        let result: Result<ToolListing, ToolSourceError>
        let durationMs: Int
    }

    func run(_ session: Session) throws -> Int32 {
        let name = try Store::TargetName(name)
        let isLocal = isLocal
        let outcome = try session.withStore { store, config in
            let target = try store.readBlocking { reading throws(StoreError) in try reading.target(name) }
            return try session.withNetwork { loop, transport in
                let inquiry = ToolInquiry(
                    source: try session.makeSource(config, loop, transport, isLocal: isLocal),
                    timeout: config.refresh.timeout,
                    toolNameMax: config.defaults.toolNameMax
                )
                let start = ContinuousClock.now
                let result: Result<ToolListing, ToolSourceError>
                do throws(ToolSourceError) {
                    result = .success(try await inquiry.list(target.spec))
                } catch {
                    result = .failure(error)
                }
                let took = start.duration(to: .now)
                return Outcome(result: result, durationMs: Int(took.nanoseconds / 1_000_000))
            }
        }
        switch outcome.result {
        case .failure(let error):
            let json = json(name, nil, outcome.durationMs, error: error.description)
            if session.format == .json { session.answer(json, text: "") }
            throw CommandFailure("target \(name) failed after \(outcome.durationMs) ms: \(error)")
        case .success(let listing):
            session.answer(
                json(name, listing, outcome.durationMs, error: nil),
                text: text(name, listing, outcome.durationMs)
            )
            return 0
        }
    }

    private func json(_ name: Store::TargetName, _ listing: ToolListing?, _ durationMs: Int, error: String?)
        -> JSONValue
    {
        [
            "name": .string(name.text),
            "ok": .bool(error == nil),
            "durationMs": .int(durationMs),
            "pages": .int(listing?.pageCount ?? 0),
            "tools": .array((listing?.tools ?? []).map { .string($0.name) }),
            "refused": .array((listing?.refused ?? []).map { $0.json }),
            "error": .optional(error),
        ]
    }

    private func text(_ name: Store::TargetName, _ listing: ToolListing, _ durationMs: Int) -> String {
        let pages = listing.pageCount == 1 ? "1 page" : "\(listing.pageCount) pages"
        var text =
            "target \(name) answered in \(durationMs) ms: \(listing.tools.count) \(listing.tools.count == 1 ? "tool" : "tools") on \(pages)\n"
        for tool in listing.tools { text += "  \(safe(tool.name))\n" }
        for tool in listing.refused { text += "  refused: \(safe(tool.name)): \(safe(tool.reason))\n" }
        return text
    }
}
