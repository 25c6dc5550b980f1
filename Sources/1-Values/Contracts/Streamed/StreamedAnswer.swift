import Bytes
import JSON

/// Cuts JSON-RPC messages out of what a function streams, as it comes: server-sent events, or JSON values one behind the
/// other, whichever the stream begins as. What is neither is collected, and read at its end as an answer that wasn't streamed.
///
/// Linear in the bytes, however they are cut. Holds what was appended and not asked for yet, and at most two messages: the one
/// that is coming, and an answer. After a throw, nothing more can be read.
package struct StreamedAnswer: Sendable {
    package enum Item: Sendable, Equatable {
        case notification(StreamedMessage)
        /// A request to the client. It can't be answered: a function hears nothing while it runs.
        case request(StreamedMessage)
    }

    /// How the stream is read.
    private enum Form: Sendable {
        /// An HTTP response has begun, whose prelude says what its body is.
        case prelude
        /// Too little has come. Then it is `else`, unless its first bytes say what it is.
        case undecided(else: Fallback)
        case events
        case values
        case whole
    }

    private enum Fallback: Sendable { case events, whole }

    private let contract: Contract
    private let id: Int
    private let messageBytesMax: Int
    private var form: Form
    /// What was appended; read up to `position`.
    private var input = ByteBuffer()
    private var position = 0
    private var prelude = StreamedPrelude()
    private var events = StreamedEvents()
    private var values = StreamedValues()
    private var whole = ByteBuffer()
    /// The elements of an array that are still to be read.
    private var batch: StreamedBatch?
    /// Whether there was any message.
    private var hasMessages = false
    private var outcome = Outcome.none
    private var failure: ContractError?

    /// The best that has come of an answer.
    private enum Outcome: Sendable {
        case none
        /// A response to another request, whose id is written so.
        case foreign(id: String)
        /// A response without an id.
        case nameless([UInt8])
        /// The first value, which is no message: an answer in another form, if it stays the only value.
        case other([UInt8])
        /// The response.
        case answer([UInt8])
    }

    /// - Parameters:
    ///   - id: the id of the request.
    ///   - messageBytesMax: the most bytes of one message.
    package init(_ contract: Contract, id: Int, messageBytesMax: Int) {
        self.contract = contract
        self.id = id
        self.messageBytesMax = messageBytesMax
        form = !contract.carriesStreams ? .whole : contract.isHTTP ? .prelude : .undecided(else: .whole)
    }

    /// Takes the next bytes: a copy, and nothing more.
    package mutating func append(_ bytes: Span<UInt8>) {
        if failure == nil, !hasAnswer { input.append(bytes) }
    }

    /// The next message that is complete, of those that come before the answer; nil when there is none yet.
    ///
    /// Ask until it is nil after each append: what was appended is dropped then.
    /// - Throws: `.tooLarge` for a message over the bound, `.badAnswer` for what can't be messages.
    package mutating func next() throws(ContractError) -> Item? {
        if let failure { throw failure }
        do throws(ContractError) {
            while !hasAnswer {
                if let item = try nextOfBatch() { return item }
                guard !hasAnswer, let text = try nextText() else { break }
                if let item = try take(text) { return item }
            }
        } catch {
            failure = error
            outcome = .none
            prelude = StreamedPrelude()
            drop()
            throw error
        }
        // After the answer, nothing matters.
        if hasAnswer { drop() }
        return nil
    }

    /// How many bytes are held now.
    package var heldBytes: Int {
        let held: Int
        switch outcome {
        case .nameless(let bytes), .other(let bytes), .answer(let bytes): held = bytes.count
        case .none, .foreign: held = 0
        }
        return held + input.count - position + prelude.heldBytes + events.begun.count + values.begun.count
            + whole.count + (batch?.bytes.count ?? 0)
    }

    private var hasAnswer: Bool {
        if case .answer = outcome { true } else { false }
    }

    /// Forgets all but the prelude and the outcome.
    private mutating func drop() {
        input = ByteBuffer()
        position = 0
        events = StreamedEvents()
        values = StreamedValues()
        whole = ByteBuffer()
        batch = nil
    }
}

// MARK: Texts

extension StreamedAnswer {
    /// The next text that should be a message; nil when the bytes are used up.
    private mutating func nextText() throws(ContractError) -> [UInt8]? {
        if let text = try readText(input.bytes) { return text }
        if case .undecided = form {
            // What stays are a few bytes, behind white space.
            input.bytes.removeFirst(position)
        } else {
            input.removeAll()
        }
        position = 0
        return nil
    }

    /// Moves on in `input`, up to the end of a text or of the bytes.
    private mutating func readText(_ input: [UInt8]) throws(ContractError) -> [UInt8]? {
        let bytes = input.span
        if case .prelude = form { readPrelude(bytes) }
        if case .undecided(let fallback) = form { decide(bytes, fallback) }
        switch form {
        case .prelude, .undecided: return nil
        case .events:
            let text = events.next(bytes, &position)
            try checkSize(max(events.begun.count, text?.count ?? 0))
            return text
        case .values:
            if values.begun.bytes.isEmpty { try findValue(bytes) }
            let text = values.next(bytes, &position)
            try checkSize(max(values.begun.count, text?.count ?? 0))
            return text
        case .whole:
            whole.append(bytes.extracting(position..<bytes.count))
            position = bytes.count
            try checkSize(whole.count)
            return nil
        }
    }

    private func checkSize(_ count: Int) throws(ContractError) {
        guard count > messageBytesMax else { return }
        throw .tooLarge(
            "a message in what it streams has more than \(messageBytesMax) bytes, the limit that "
                + "defaults.stream_message_bytes_max sets"
        )
    }

    private mutating func readPrelude(_ bytes: Span<UInt8>) {
        switch prelude.read(bytes, &position) {
        case .incomplete: break
        case .none:
            whole.append(contentsOf: prelude.takeBytes())
            form = .whole
        case .body(.events): form = .undecided(else: .events)
        case .body(.values): form = .undecided(else: .whole)
        case .body(.whole): form = .whole
        }
    }

    /// Lets the first bytes decide, as servers label their answers wrongly now and then.
    private mutating func decide(_ bytes: Span<UInt8>, _ fallback: Fallback) {
        position = JSON.skipSpace(bytes, from: position, to: bytes.count)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let come = min(bytes.count - position, mark.count)
        if come > 0, bytes.equals(position..<position + come, mark.span.extracting(first: come)) {
            guard come == mark.count else { return }
            position = JSON.skipSpace(bytes, from: position + come, to: bytes.count)
        }
        guard position < bytes.count else { return }
        if Self.opensValue(bytes[position]) {
            form = .values
        } else if let begins = StreamedEvents.begin(bytes, at: position) {
            form = begins || fallback == .events ? .events : .whole
        }
    }

    /// Moves to the bracket that opens the next value.
    private mutating func findValue(_ bytes: Span<UInt8>) throws(ContractError) {
        position = JSON.skipSpace(bytes, from: position, to: bytes.count)
        guard position < bytes.count, !Self.opensValue(bytes[position]) else { return }
        throw .badAnswer(
            "what it streams isn't a JSON-RPC message from some place on, which begins "
                + excerpt(bytes, position..<bytes.count)
        )
    }

    private static func opensValue(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
    }
}

// MARK: Messages

extension StreamedAnswer {
    /// The next notification or request of the array that is being read.
    private mutating func nextOfBatch() throws(ContractError) -> Item? {
        while !hasAnswer, let element = batch?.next() {
            if let item = try take(object: element) { return item }
        }
        batch = nil
        return nil
    }

    /// Reads a text that should be a message, or an array of them.
    private mutating func take(_ text: [UInt8]) throws(ContractError) -> Item? {
        if case .other(let bytes) = outcome { throw Self.notAMessage(bytes) }
        let bytes = text.span
        let start = JSON.skipSpace(bytes, from: 0, to: bytes.count)
        guard start < bytes.count, bytes[start] == UInt8(ascii: "[") else {
            return try take(object: text)
        }
        do throws(JSONError) {
            batch = try StreamedBatch(text)
        } catch {
            throw Self.malformed(error, text)
        }
        guard batch == nil else { return nil }
        try takeOther(text)
        return nil
    }

    private mutating func take(object text: [UInt8]) throws(ContractError) -> Item? {
        let envelope: StreamedEnvelope
        do throws(JSONError) {
            envelope = try StreamedEnvelope(text.span)
        } catch {
            if error.reason == .notAnObject, (try? JSON.validate(text.span)) != nil {
                try takeOther(text)
                return nil
            }
            throw Self.malformed(error, text)
        }
        switch envelope.kind {
        case .other:
            try takeOther(text)
            return nil
        case .notification(let method):
            hasMessages = true
            return .notification(try StreamedMessage(text, method: method, params: envelope.params))
        case .request(let method):
            hasMessages = true
            return .request(try StreamedMessage(text, method: method, params: envelope.params))
        case .response(let other):
            hasMessages = true
            take(response: text, id: other)
            return nil
        }
    }

    private mutating func take(response: [UInt8], id other: Range<Int>?) {
        let bytes = response.span
        guard let other else {
            if case .nameless = outcome { return }
            return outcome = .nameless(response)
        }
        if JSON.int(bytes, at: other) == id || JSON.string(bytes, at: other) == String(id) {
            outcome = .answer(response)
        } else if case .none = outcome {
            outcome = .foreign(id: excerpt(bytes, other))
        }
    }

    /// Keeps a first value that is no message.
    private mutating func takeOther(_ text: [UInt8]) throws(ContractError) {
        guard !hasMessages else { throw Self.notAMessage(text) }
        outcome = .other(text)
    }

    private static func notAMessage(_ text: [UInt8]) -> ContractError {
        .badAnswer(
            "a value in what it streams isn't a JSON-RPC message; it begins \(excerpt(text.span, 0..<text.count))"
        )
    }

    private static func malformed(_ error: JSONError, _ text: [UInt8]) -> ContractError {
        .badAnswer(
            "a message in what it streams is not valid JSON: \(error.reason.description) at byte \(error.offset) of "
                + "\(text.count); it begins \(excerpt(text.span, 0..<text.count))"
        )
    }
}

// MARK: The end

extension StreamedAnswer {
    /// What the function answered, after its stream has ended in order. Nothing can be read after that.
    /// - Parameters:
    ///   - http: the exchange that the request was made from.
    ///   - isQuestion: it was no tool's call, so that its result is left as it is.
    package mutating func finish(
        over http: HTTPExchange = HTTPExchange(),
        isQuestion: Bool = false
    ) -> HTTPReading {
        do throws(ContractError) {
            while try next() != nil {}
            let bytes = try answerBytes()
            let payload = 0..<bytes.count
            if contract.isHTTP {
                return HTTPEventContract.readCall(
                    bytes,
                    payload: payload,
                    id: id,
                    over: http,
                    isQuestion: isQuestion
                )
            }
            return HTTPReading(
                isQuestion
                    ? contract.readAnswer(bytes, payload: payload)
                    : contract.readCallAnswer(bytes, payload: payload)
            )
        } catch {
            return HTTPReading(CallAnswer(unusable: error))
        }
    }

    /// The answer's bytes, as a function that doesn't stream returns them.
    private mutating func answerBytes() throws(ContractError) -> [UInt8] {
        // The last event may lack its empty line.
        if case .events = form, !hasAnswer {
            let rest = events.takeBegun()
            if !rest.isEmpty { _ = try take(rest) }
            while try nextOfBatch() != nil {}
        }
        switch form {
        case .prelude: return prelude.takeBytes()
        case .undecided, .whole:
            whole.append(input.bytes, position..<input.count)
            return prelude.appending(exchange(&whole, with: ByteBuffer()).bytes)
        case .events, .values: break
        }
        let rest = hasAnswer ? [] : values.takeBegun()
        switch outcome {
        case .answer(let bytes): return prelude.appending(bytes)
        case .none where !rest.isEmpty && !hasMessages: return prelude.appending(rest)
        case _ where !rest.isEmpty:
            throw .badAnswer(
                "what it streams ends inside a message, which begins \(excerpt(rest.span, 0..<rest.count))"
            )
        case .other(let bytes), .nameless(let bytes): return prelude.appending(bytes)
        case .foreign(let other):
            throw .badAnswer(
                "it streams no JSON-RPC response to the request, whose id is \(id); there is one to the id \(other)"
            )
        case .none: throw withoutResponse
        }
    }

    private var withoutResponse: ContractError {
        .badAnswer("what it streams ends without a JSON-RPC response")
    }
}
