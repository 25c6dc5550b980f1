/// One response, as it came over the wire.
package struct RawResponse: Sendable {
    package let status: Int
    /// The status line and the fields, without the empty line.
    package let head: String
    /// Chunks are joined.
    package fileprivate(set) var body: [UInt8] = []

    package var text: String { String(decoding: body, as: UTF8.self) }

    fileprivate init(head: String) {
        self.head = head
        status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    /// The value of the first field of that name.
    package func field(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { continue }
            return String(parts[1].drop { $0 == " " })
        }
        return nil
    }
}

/// Assembles responses as their bytes arrive. Handles only what the server sends: no chunk extensions, no trailers.
struct ResponseReader {
    private enum Body {
        case unknown, none, length(Int), chunked, untilEnd
    }

    /// Bytes that have arrived and belong to no response yet.
    private(set) var bytes: [UInt8] = []
    private var response: RawResponse?
    private var body = Body.unknown
    private var position = 0

    mutating func append(_ more: ArraySlice<UInt8>) { bytes += more }

    mutating func takeAll() -> [UInt8] {
        defer { self = ResponseReader() }
        return bytes
    }

    /// The next response; nil while it is not complete. `toHead`: the request was HEAD; `isEnd`: no more will arrive.
    mutating func next(toHead: Bool, isEnd: Bool) -> RawResponse? {
        if response == nil { readHead(toHead: toHead) }
        guard response != nil else { return nil }
        switch body {
        case .unknown: return nil
        case .none: break
        case .length(let count):
            guard bytes.count - position >= count else { return nil }
            response?.body = Array(bytes[position..<position + count])
            position += count
        case .chunked:
            guard readChunks() else { return nil }
        case .untilEnd:
            guard isEnd else { return nil }
            response?.body = Array(bytes[position...])
            position = bytes.count
        }
        defer {
            bytes.removeFirst(position)
            (response, body, position) = (nil, .unknown, 0)
        }
        return response
    }

    private mutating func readHead(toHead: Bool) {
        var end = 0
        while end + 4 <= bytes.count, !bytes[end..<end + 4].elementsEqual([13, 10, 13, 10]) { end += 1 }
        guard end + 4 <= bytes.count else { return }
        let response = RawResponse(head: String(decoding: bytes[..<end], as: UTF8.self))
        position = end + 4
        if toHead || response.status < 200 || response.status == 204 || response.status == 304 {
            body = .none
        } else if response.field("transfer-encoding") == "chunked" {
            body = .chunked
        } else if let length = response.field("content-length").flatMap({ Int($0) }) {
            body = .length(length)
        } else {
            body = .untilEnd
        }
        self.response = response
    }

    /// Whether the last chunk has been read.
    private mutating func readChunks() -> Bool {
        while let line = bytes[position...].firstIndex(of: 13) {
            guard let size = Int(String(decoding: bytes[position..<line], as: UTF8.self), radix: 16),
                bytes.count >= line + 4 + size
            else { return false }
            response?.body += bytes[line + 2..<line + 2 + size]
            position = line + 4 + size
            if size == 0 { return true }
        }
        return false
    }
}
