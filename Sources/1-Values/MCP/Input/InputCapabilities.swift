package import Bytes
import JSON

/// What a target may ask a client for during a call: the capabilities that a client declares and the gateway relays.
///
/// Source: MCP 2026-07-28 schema, `ClientCapabilities`; an `elicitation` without modes means the mode `form` alone.
package struct InputCapabilities: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let form = InputCapabilities(rawValue: 1)
    package static let url = InputCapabilities(rawValue: 1 << 1)
    package static let sampling = InputCapabilities(rawValue: 1 << 2)
    package static let samplingTools = InputCapabilities(rawValue: 1 << 3)
    package static let samplingContext = InputCapabilities(rawValue: 1 << 4)
    package static let roots = InputCapabilities(rawValue: 1 << 5)

    /// The capabilities that a client declares.
    ///
    /// Everything else in the object, such as `extensions`, is left out: the gateway can't relay it.
    /// - Parameter declared: a validated raw object in `bytes`.
    package init(_ declared: Range<Int>, in bytes: Span<UInt8>) {
        self.init()
        // `{}`, which most plain clients send.
        if declared.count == 2 { return }
        func object(_ name: StaticString, of parent: Range<Int>) -> Range<Int>? {
            guard let value = JSON.member(name, of: parent, in: bytes),
                JSON.kind(bytes, at: value) == .object
            else { return nil }
            return value
        }
        if let elicitation = object("elicitation", of: declared) {
            if object("form", of: elicitation) != nil { insert(.form) }
            if object("url", of: elicitation) != nil { insert(.url) }
            if isDisjoint(with: [.form, .url]) { insert(.form) }
        }
        if let sampling = object("sampling", of: declared) {
            insert(.sampling)
            if object("tools", of: sampling) != nil { insert(.samplingTools) }
            if object("context", of: sampling) != nil { insert(.samplingContext) }
        }
        if object("roots", of: declared) != nil { insert(.roots) }
    }

    /// What a legacy client can be asked for: of what it declared in `initialize` that which its revision has.
    ///
    /// Forms are there since 2025-06-18; pages to open, and tools for sampling, since 2025-11-25. Until then `includeContext` of
    /// sampling needed no word of its own. Source: `ClientCapabilities` of the revisions' schemas
    package func legacy(_ version: ProtocolVersion) -> InputCapabilities {
        guard version < .v20251125 else { return self }
        var known = subtracting([.form, .url, .samplingTools])
        if version >= .v20250618, !isDisjoint(with: [.form, .url]) { known.insert(.form) }
        if contains(.sampling) { known.insert(.samplingContext) }
        return known
    }

    /// Appends the capabilities as a `ClientCapabilities` object.
    package func append(to out: inout ByteBuffer) {
        out.append("{")
        if !isDisjoint(with: [.form, .url]) {
            out.append("\"elicitation\":")
            if !contains(.url) {
                out.append("{}")
            } else {
                out.append(contains(.form) ? "{\"form\":{},\"url\":{}}" : "{\"url\":{}}")
            }
        }
        if !isDisjoint(with: [.sampling, .samplingTools, .samplingContext]) {
            JSON.appendKey("sampling", to: &out)
            out.append("{")
            if contains(.samplingContext) { out.append("\"context\":{}") }
            if contains(.samplingTools) {
                JSON.appendKey("tools", to: &out)
                out.append("{}")
            }
            out.append("}")
        }
        if contains(.roots) {
            JSON.appendKey("roots", to: &out)
            out.append("{}")
        }
        out.append("}")
    }

    /// The capabilities in words, such as `elicitation (url), roots`.
    package var words: String {
        var words: [String] = []
        if contains(.form) { words.append("elicitation") }
        if contains(.url) { words.append("elicitation (url)") }
        if contains(.sampling) { words.append("sampling") }
        if contains(.samplingTools) { words.append("sampling (tools)") }
        if contains(.samplingContext) { words.append("sampling (context)") }
        if contains(.roots) { words.append("roots") }
        return words.joined(separator: ", ")
    }
}

extension RPCError {
    /// The answer when a target needs input that the client doesn't declare that it can give.
    /// Source: MCP 2026-07-28 schema, `MissingRequiredClientCapabilityError`
    package static func missingCapabilities(_ missing: InputCapabilities) -> RPCError {
        var data = ByteBuffer(capacity: 128)
        data.append("{\"requiredCapabilities\":")
        missing.append(to: &data)
        data.append("}")
        return RPCError(
            .missingRequiredClientCapability,
            "The target needs input that this request's clientCapabilities don't declare: \(missing.words).",
            data: data
        )
    }
}
