package import Bytes
import JSON

/// What a target asks for in place of a result, taken apart: a legacy client is asked for each part by a request of its own.
///
/// Source: MCP 2026-07-28, "Multi Round-Trip Requests"; MCP 2025-11-25, "Elicitation", "Sampling", "Roots"
package struct InputQuestions: Sendable {
    /// The most bytes of all keys of one result together, with their quotes and escapes: they are kept until the client has
    /// answered.
    package static let keyBytesMax = 65_536

    /// One thing that the target asks for.
    private struct Question {
        /// The key of its answer, a raw string with its quotes.
        let key: Range<Int>
        /// Raw.
        let method: Range<Int>
        /// A raw object; nil when there are none.
        let params: Range<Int>?
        let isPage: Bool
    }

    /// What a client must declare to be asked all this.
    package let needed: InputCapabilities
    /// The target's `requestState`, a raw string with its quotes; empty when it has none.
    package let state: [UInt8]
    private let bytes: [UInt8]
    private let questions: [Question]

    /// - Parameter result: a raw object in `bytes`.
    /// - Throws: why a client can't be asked.
    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(ToolResultFault) {
        if let number = JSON.overlongNumber(bytes, in: result) { throw .overlongNumber(length: number.count) }
        var own = ByteBuffer(capacity: result.count)
        own.append(bytes.extracting(result))
        if JSON.loneSurrogate(own.bytes.span, in: 0..<own.count) != nil {
            JSON.replaceLoneSurrogates(in: &own.bytes)
        }
        // Between the members of JSON a line break is white space; inside a string there is none.
        for index in own.bytes.indices where own.bytes[index] == 10 || own.bytes[index] == 13 {
            own.bytes[index] = UInt8(ascii: " ")
        }
        let held = own.bytes
        let text = held.span
        let whole = 0..<held.count
        needed = try InputRequests(of: AnswerWriter.tree(of: whole, text)).needed
        func present(_ name: StaticString, of object: Range<Int>) -> Range<Int>? {
            JSON.member(name, of: object, in: text).flatMap { JSON.kind(text, at: $0) == .null ? nil : $0 }
        }
        let state = present("requestState", of: whole)
        if let state, state.count > AnswerWriter.stateBytesMax {
            throw .badInputRequest(
                "requestState has \(state.count) bytes, and at most \(AnswerWriter.stateBytesMax) can be kept"
            )
        }
        self.state = state.map { Array(held[$0]) } ?? []
        let requests = present("inputRequests", of: whole).map { AnswerWriter.members(of: $0, text) } ?? []
        questions = requests.map { request in
            let params = present("params", of: request.value)
            let mode = params.flatMap { present("mode", of: $0) }.flatMap { JSONName(text, at: $0) }
            return Question(
                key: request.key.lowerBound - 1..<request.key.upperBound + 1,
                method: present("method", of: request.value) ?? 0..<0,
                params: params,
                isPage: mode?.equals("url", in: text) == true
            )
        }
        let keyBytes = questions.reduce(0) { $0 + $1.key.count }
        guard keyBytes <= Self.keyBytesMax else {
            throw .badInputRequest(
                "the keys of inputRequests have \(keyBytes) bytes, and at most \(Self.keyBytesMax) can be kept"
            )
        }
        self.bytes = held
    }

    /// How many things are asked for; 0 when the target only wants to be called again.
    package var count: Int { questions.count }

    /// The keys of the answers, raw strings with their quotes.
    package var keys: [[UInt8]] { questions.map { Array(bytes[$0.key]) } }

    /// What the question is, in words, such as `elicitation/create`.
    package func method(of index: Int) -> String {
        JSON.string(bytes.span, at: questions[index].method) ?? ""
    }

    /// Appends the request to the client, on one line. `params` keep their bytes.
    ///
    /// A page to open has an `elicitationId` in the legacy era alone: where the target gives none, it is the request's id.
    /// - Parameter id: of `[A-Za-z0-9-]`.
    package func appendRequest(_ index: Int, id: String, to out: inout ByteBuffer) {
        let question = questions[index]
        let text = bytes.span
        out.append("{\"jsonrpc\":\"2.0\",\"id\":\"")
        out.append(id)
        out.append("\",\"method\":")
        out.append(text.extracting(question.method))
        if let params = question.params {
            out.append(",\"params\":")
            if question.isPage, JSON.member("elicitationId", of: params, in: text) == nil {
                // The object has members: `mode` is one.
                out.append(text.extracting(params.lowerBound..<params.upperBound - 1))
                out.append(",\"elicitationId\":\"")
                out.append(id)
                out.append("\"}")
            } else {
                out.append(text.extracting(params))
            }
        }
        out.append("}")
    }

    /// Appends the notification that a request has become pointless.
    /// - Parameters:
    ///   - id: of `[A-Za-z0-9-]`.
    ///   - reason: as it may stand in a JSON string.
    package static func appendCancellation(of id: String, _ reason: StaticString, to out: inout ByteBuffer) {
        out.append(
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\""
        )
        out.append(id)
        out.append("\",\"reason\":\"")
        out.append(reason)
        out.append("\"}}")
    }

    /// The object `inputResponses`.
    /// - Parameter answers: for each of `keys` the client's result, a raw object.
    package static func responses(_ keys: [[UInt8]], _ answers: [[UInt8]]) -> [UInt8] {
        var out = ByteBuffer(capacity: zip(keys, answers).reduce(2) { $0 + $1.0.count + $1.1.count + 2 })
        out.append("{")
        for (key, answer) in zip(keys, answers) {
            JSON.appendSeparator(to: &out)
            out.append(contentsOf: key)
            out.append(":")
            out.append(contentsOf: answer)
        }
        out.append("}")
        return out.bytes
    }
}
