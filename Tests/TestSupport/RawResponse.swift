/// One response as it was on the wire.
package struct RawResponse: Sendable {
    package let status: Int
    /// The status line and the fields, without the empty line.
    package let head: String
    /// Chunks are put together.
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of the first field of that name.
    package func field(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { continue }
            return String(parts[1].drop { $0 == " " })
        }
        return nil
    }

    /// The response at the start of `bytes` and where it ends; nil when it is not complete.
    static func read(_ bytes: [UInt8], toHead: Bool, isEnd: Bool) -> (RawResponse, Int)? {
        guard let headEnd = firstEmptyLine(bytes) else { return nil }
        let head = String(decoding: bytes[..<headEnd], as: UTF8.self)
        let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
        let start = headEnd + 4
        let response = RawResponse(status: status, head: head, body: [])
        if toHead || status < 200 || status == 204 || status == 304 { return (response, start) }
        if response.field("transfer-encoding") == "chunked" {
            guard let (body, end) = chunks(bytes, from: start) else { return nil }
            return (RawResponse(status: status, head: head, body: body), end)
        }
        guard let length = response.field("content-length").flatMap({ Int($0) }) else {
            return isEnd
                ? (RawResponse(status: status, head: head, body: Array(bytes[start...])), bytes.count) : nil
        }
        guard bytes.count >= start + length else { return nil }
        return (
            RawResponse(status: status, head: head, body: Array(bytes[start..<start + length])),
            start + length
        )
    }

    private static func firstEmptyLine(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...bytes.count - 4 where bytes[index] == 13 {
            if bytes[index..<index + 4].elementsEqual([13, 10, 13, 10]) { return index }
        }
        return nil
    }

    /// Just enough for what the server sends: no extensions, no trailers.
    private static func chunks(_ bytes: [UInt8], from start: Int) -> ([UInt8], Int)? {
        var body: [UInt8] = []
        var position = start
        while let line = bytes[position...].firstIndex(of: 13) {
            guard let size = Int(String(decoding: bytes[position..<line], as: UTF8.self), radix: 16) else {
                return nil
            }
            guard bytes.count >= line + 2 + size + 2 else { return nil }
            body += bytes[line + 2..<line + 2 + size]
            position = line + 2 + size + 2
            if size == 0 { return (body, position) }
        }
        return nil
    }
}
