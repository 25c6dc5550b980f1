import Bytes
import JSON
package import Policy
import Text

/// Turns raw JSON into what may be kept of it: valid JSON of a bounded length, without anything secret.
///
/// Members that a pointer names, members with a name that says so, and texts and numbers that look secret become
/// `"[redacted]"`; what is left out for want of room, or because the input ends early, is shown by `"…"`. Texts that are JSON
/// themselves, as results of tools often are, are treated as JSON. Linear in the input. Immutable: any thread.
package struct Redactor: Sendable {
    /// The most bytes that are kept of one value.
    package static let bytesMax = 4096

    let pointers: PointerSet
    let scan: SecretScan
    /// Whether only the gateway's own keys are taken out.
    let keepsAll: Bool

    /// - Parameter settings: of a target that keeps arguments.
    package init(_ settings: RecordingSettings) {
        keepsAll = settings.arguments == .full
        pointers = PointerSet(keepsAll ? [] : settings.redact)
        scan = keepsAll ? .ownKeys : SecretScan(names: pointers.lastNames)
    }

    /// What may be kept of a value.
    /// - Parameters:
    ///   - isCut: whether only its beginning is there. Input that turns out not to be JSON is treated alike.
    ///   - bytesMax: the most bytes of the result, 256 or more.
    package func kept(_ bytes: Span<UInt8>, isCut: Bool, bytesMax: Int = Redactor.bytesMax) -> String {
        var run = Redaction(self, bytesMax: max(bytesMax, 256))
        run.write(bytes, isCut: isCut)
        return run.out.text
    }
}

/// JSON pointers with `*`, matched all at once while a document is walked: a bit for each that leads on from a place.
struct PointerSet: Sendable {
    /// The pointers that match the path so far.
    typealias Alive = UInt128

    /// The member of a result that holds its JSON. Source: MCP, CallToolResult
    static let structured = "structuredContent"

    private let tokens: [[String]]

    init(_ pointers: [String]) {
        let given = pointers.prefix(RecordingSettings.pointersMax).map { JSONPointer.tokens($0) }
        // Pointers begin anew at a result's `structuredContent`, also those that were written from the result's root.
        let shorter = given.filter { $0.count > 1 && $0[0] == Self.structured }.map { Array($0.dropFirst()) }
        tokens = given + shorter
    }

    var isEmpty: Bool { tokens.isEmpty }

    /// The pointers that match at the root of a document: all of them.
    var start: Alive { ~(~Alive(0) << Alive(tokens.count)) }

    /// The last names in the pointers, which texts may call the values by.
    var lastNames: [String] {
        tokens.compactMap { tokens in tokens.last { $0 != "*" && JSONPointer.index($0) == nil } }
    }

    /// The pointers that lead on to a member.
    /// - Parameter depth: of the object: how many names lead to it from where the pointers begin.
    func following(_ alive: Alive, _ name: JSONName, in bytes: Span<UInt8>, depth: Int) -> Alive {
        matching(alive, depth) { $0 == "*" || name.equals(utf8: $0.utf8.span, in: bytes) }
    }

    /// The pointers that lead on to an element.
    func following(_ alive: Alive, index: Int, depth: Int) -> Alive {
        matching(alive, depth) { $0 == "*" || JSONPointer.index($0) == index }
    }

    /// Whether one of them ends at this depth.
    func ends(_ alive: Alive, depth: Int) -> Bool {
        var rest = alive
        while rest != 0 {
            if tokens[rest.trailingZeroBitCount].count == depth { return true }
            rest &= rest - 1
        }
        return false
    }

    private func matching(_ alive: Alive, _ depth: Int, _ leadsOn: (String) -> Bool) -> Alive {
        var (rest, found) = (alive, Alive(0))
        while rest != 0 {
            let pointer = rest.trailingZeroBitCount
            if depth < tokens[pointer].count, leadsOn(tokens[pointer][depth]) { found |= 1 << Alive(pointer) }
            rest &= rest - 1
        }
        return found
    }
}
