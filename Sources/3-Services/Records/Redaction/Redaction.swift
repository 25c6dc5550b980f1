import Bytes
import JSON
import Text

/// One pass over one value: reads, decides and writes at once. See `Redactor`.
struct Redaction {
    /// Why a pass ends before its input: the room is used up, or the input ends, or isn't JSON.
    struct End: Error {}

    /// How deep texts that are JSON may be nested in each other; a deeper one is taken out.
    private static let embeddingMax = 4
    /// The bytes at the end of a cut text that may be the beginning of something secret.
    static let uncertainBytes = 64

    let redactor: Redactor
    let bytesMax: Int
    /// How many texts this document is nested in.
    private let embedding: Int
    /// How deep values may be within each other, those of texts together.
    let depthMax: Int
    var out = ByteBuffer()
    /// Whether the value's end was read, whatever follows it.
    private var isEnded = false
    /// Whether all of the input was read, and is sound JSON.
    private(set) var isWhole = false
    /// Whether something was taken out.
    var isRedacted = false
    /// The closing brackets of what is open, the innermost last.
    var open: [UInt8] = []
    private var isCut = false

    init(_ redactor: Redactor, bytesMax: Int, embedding: Int = 0, depthMax: Int = JSON.depthMax) {
        self.redactor = redactor
        self.bytesMax = bytesMax
        self.embedding = embedding
        self.depthMax = depthMax
    }

    mutating func write(_ bytes: Span<UInt8>, isCut: Bool) {
        var at = 0
        self.isCut = isCut
        do throws(End) {
            try writeValue(bytes, &at, Place(alive: redactor.pointers.start, depth: 0, isSecret: false))
            isEnded = true
            guard JSON.skipSpace(bytes, from: at, to: bytes.count) == bytes.count else { throw End() }
            isWhole = true
        } catch {
            close()
        }
    }

    /// The place of a value.
    private struct Place {
        /// The pointers that lead here or further.
        var alive: PointerSet.Alive
        /// How many names lead here from where those pointers begin.
        var depth: Int
        /// Whether its name says that it's secret.
        var isSecret: Bool
        /// Whether further pointers begin here: at a result's `structuredContent`.
        var beginsAnew = false
    }

    /// Writes the mark for what is missing, and all closing brackets.
    private mutating func close() {
        // Room for this was held back all the time.
        if let bracket = open.last {
            if out.bytes.last == UInt8(ascii: ":") {
                out.append("\"…\"")
            } else {
                if out.bytes.last != UInt8(ascii: ",") { JSON.appendSeparator(to: &out) }
                out.append(bracket == UInt8(ascii: "}") ? "\"…\":\"…\"" : "\"…\"")
            }
        } else if out.bytes.isEmpty {
            out.append("\"…\"")
        }
        while let bracket = open.popLast() { out.append(bracket) }
    }

    private mutating func writeValue(_ bytes: Span<UInt8>, _ at: inout Int, _ place: Place) throws(End) {
        at = JSON.skipSpace(bytes, from: at, to: bytes.count)
        guard at < bytes.count else { throw End() }
        if place.isSecret || redactor.pointers.ends(place.alive, depth: place.depth) {
            return try redact(bytes, &at)
        }
        var place = place
        if place.beginsAnew {
            place.alive = redactor.pointers.start
            place.depth = 0
        }
        switch JSON.kind(bytes, at: at..<bytes.count) {
        case .object: try writeObject(bytes, &at, place)
        case .array: try writeArray(bytes, &at, place)
        case .string: try writeString(bytes, &at)
        case .number:
            let value = try skip(bytes, &at)
            // A number at the end of cut input may have further digits.
            guard value.upperBound < bytes.count || open.isEmpty && !isCut else { throw End() }
            if redactor.scan.finds(in: bytes.extracting(value)) {
                try put("\"[redacted]\"")
                isRedacted = true
            } else {
                try put(bytes.extracting(value))
            }
        case .true, .false, .null:
            let value = try skip(bytes, &at)
            try put(bytes.extracting(value))
        }
    }

    /// Puts the mark in a value's place, whatever the value is, also when its end is missing.
    private mutating func redact(_ bytes: Span<UInt8>, _ at: inout Int) throws(End) {
        try put("\"[redacted]\"")
        isRedacted = true
        _ = try skip(bytes, &at)
    }

    private mutating func writeObject(_ bytes: Span<UInt8>, _ at: inout Int, _ place: Place) throws(End) {
        try begin(UInt8(ascii: "{"), closing: UInt8(ascii: "}"))
        var names = Names()
        var walk = try walking(bytes, at)
        while let name = try next(&walk, bytes) {
            at = walk.position
            var inner = Place(alive: 0, depth: place.depth + 1, isSecret: false)
            inner.alive = redactor.pointers.following(place.alive, name, in: bytes, depth: place.depth)
            let text = name.text(in: bytes)
            if !redactor.keepsAll {
                let start = JSON.skipSpace(bytes, from: at, to: bytes.count)
                let isNumber = start < bytes.count && JSON.kind(bytes, at: start..<bytes.count) == .number
                inner.isSecret = SecretName.isSecret(text.utf8.span, isOfNumber: isNumber)
                inner.beginsAnew = open.count == 1 && embedding == 0 && text == PointerSet.structured
            }
            try putName(text, &names)
            try writeValue(bytes, &at, inner)
            walk.resume(at: at)
        }
        at = walk.position
        end()
    }

    private mutating func writeArray(_ bytes: Span<UInt8>, _ at: inout Int, _ place: Place) throws(End) {
        try begin(UInt8(ascii: "["), closing: UInt8(ascii: "]"))
        at = JSON.skipSpace(bytes, from: at + 1, to: bytes.count)
        var index = 0
        while at < bytes.count, index > 0 || bytes[at] != UInt8(ascii: "]") {
            try separate()
            let alive = redactor.pointers.following(place.alive, index: index, depth: place.depth)
            try writeValue(bytes, &at, Place(alive: alive, depth: place.depth + 1, isSecret: false))
            at = JSON.skipSpace(bytes, from: at, to: bytes.count)
            index += 1
            guard at < bytes.count else { throw End() }
            if bytes[at] == UInt8(ascii: "]") { break }
            guard bytes[at] == UInt8(ascii: ",") else { throw End() }
            at += 1
        }
        guard at < bytes.count else { throw End() }
        at += 1
        end()
    }

    private mutating func writeString(_ bytes: Span<UInt8>, _ at: inout Int) throws(End) {
        let start = at
        do throws(End) {
            let value = try skip(bytes, &at)
            try writeText(bytes, value.lowerBound + 1..<value.upperBound - 1, isOpen: false)
        } catch {
            // Either it didn't fit, and what fits is written; or its end is missing, and its beginning is kept.
            guard at == start else { throw error }
            let end = Self.soundEnd(of: bytes, from: start + 1)
            try writeText(bytes, start + 1..<end, isOpen: true)
            throw error
        }
    }

    /// - Parameter inside: the sound content of a string, without the quotes.
    private mutating func writeText(_ bytes: Span<UInt8>, _ inside: Range<Int>, isOpen: Bool) throws(End) {
        var decoded = ByteBuffer(capacity: inside.count)
        JSON.appendUnescaped(bytes, inside, to: &decoded)
        if let document = try embedded(decoded, isOpen: isOpen) {
            return try putString(document, isOpen: false)
        }
        if redactor.scan.finds(in: decoded.bytes.span) {
            try put("\"[redacted]\"")
            isRedacted = true
            return
        }
        if isOpen { decoded.bytes.removeLast(Self.uncertain(of: decoded.bytes)) }
        try putString(decoded, isOpen: isOpen)
    }

    /// The text to keep for one that is JSON itself, if it is another text; nil when the text is to be checked as
    /// plain text.
    private mutating func embedded(_ text: ByteBuffer, isOpen: Bool) throws(End) -> ByteBuffer? {
        let span = text.bytes.span
        let start = JSON.skipSpace(span, from: 0, to: span.count)
        guard start < span.count else { return nil }
        // A text in quotes often isn't JSON; one in brackets mostly is.
        let isQuoted = span[start] == UInt8(ascii: "\"")
        guard isQuoted || span[start] == UInt8(ascii: "{") || span[start] == UInt8(ascii: "[") else {
            return nil
        }
        guard embedding < Self.embeddingMax else {
            isRedacted = true
            return ByteBuffer("[redacted]")
        }
        // With room for everything: the caller cuts what is too long.
        var inner = Redaction(
            redactor,
            bytesMax: 64 + 4 * span.count,
            embedding: embedding + 1,
            depthMax: depthMax - open.count
        )
        inner.write(span, isCut: isOpen)
        if inner.isWhole {
            guard inner.isRedacted else { return nil }
            isRedacted = true
            return inner.out
        }
        if isOpen, !inner.isEnded {
            isRedacted = isRedacted || inner.isRedacted
            return inner.out
        }
        // It only begins like JSON: pointers can't be followed in it, so nothing is known about it.
        guard !redactor.pointers.isEmpty && !isQuoted || inner.isRedacted else { return nil }
        isRedacted = true
        return ByteBuffer("[redacted]")
    }
}
