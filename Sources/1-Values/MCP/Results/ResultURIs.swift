package import Bytes
import JSON

/// Rewrites the URIs of resources inside results: links, embedded resources and contents.
package enum ResultURIs {
    /// The result with other URIs; nil when none changes.
    ///
    /// All else keeps its bytes. Linear in the result; what isn't as a result must be stays for whoever checks it.
    /// - Parameters:
    ///   - result: a raw object in `bytes`, which is sound JSON.
    ///   - method: what it answers.
    ///   - expose: what agents are to see of a URI.
    package static func rewritten(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        of method: MCPMethod,
        _ expose: (String) -> String
    ) -> ByteBuffer? {
        var places: [(place: Range<Int>, uri: String)] = []
        for value in values(result, bytes, method) {
            guard let uri = JSON.string(bytes, at: value) else { continue }
            let exposed = expose(uri)
            if !exposed.utf8.elementsEqual(uri.utf8) { places.append((value, exposed)) }
        }
        guard !places.isEmpty else { return nil }
        var out = ByteBuffer(capacity: result.count + places.count * 80)
        var start = result.lowerBound
        for (place, uri) in places.sorted(by: { $0.place.lowerBound < $1.place.lowerBound }) {
            out.append(bytes.extracting(start..<place.lowerBound))
            JSON.appendString(uri, to: &out)
            start = place.upperBound
        }
        out.append(bytes.extracting(start..<result.upperBound))
        return out
    }

    /// Where the URIs are.
    private static func values(
        _ result: Range<Int>,
        _ bytes: Span<UInt8>,
        _ method: MCPMethod
    ) -> [Range<Int>] {
        switch method {
        case .toolsCall: return elements("content", result, bytes).compactMap { uri(ofBlock: $0, bytes) }
        case .promptsGet:
            return elements("messages", result, bytes).compactMap { message in
                member("content", message, bytes).flatMap { uri(ofBlock: $0, bytes) }
            }
        case .resourcesRead:
            return elements("contents", result, bytes).compactMap { member("uri", $0, bytes) }
        default: return []
        }
    }

    private static func uri(ofBlock block: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int>? {
        guard let type = member("type", block, bytes) else { return nil }
        if bytes.equals(type, #""resource_link""#) { return member("uri", block, bytes) }
        guard bytes.equals(type, #""resource""#) else { return nil }
        return member("resource", block, bytes).flatMap { member("uri", $0, bytes) }
    }

    private static func elements(
        _ name: StaticString,
        _ object: Range<Int>,
        _ bytes: Span<UInt8>
    ) -> [Range<Int>] {
        member(name, object, bytes).flatMap { AnswerWriter.elements(of: $0, bytes) } ?? []
    }

    private static func member(
        _ name: StaticString,
        _ object: Range<Int>,
        _ bytes: Span<UInt8>
    ) -> Range<Int>? {
        JSON.kind(bytes, at: object) == .object ? JSON.member(name, of: object, in: bytes) : nil
    }
}
