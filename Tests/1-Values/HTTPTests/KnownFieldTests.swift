import Bytes
import HTTP
import Testing

/// Names of header fields that are recognised as they are parsed.
struct KnownFieldTests {
    static let names: [(name: String, known: KnownField)] = [
        ("host", .host), ("connection", .connection), ("content-length", .contentLength),
        ("transfer-encoding", .transferEncoding), ("expect", .expect), ("x-forwarded-for", .forwardedFor),
        ("user-agent", .userAgent), ("authorization", .authorization), ("origin", .origin),
        ("traceparent", .traceparent), ("tracestate", .tracestate), ("accept", .accept),
        ("content-type", .contentType), ("content-encoding", .contentEncoding),
        ("mcp-protocol-version", .mcpProtocolVersion), ("mcp-session-id", .mcpSessionID),
        ("mcp-method", .mcpMethod), ("mcp-name", .mcpName), ("x-amzn-requestid", .lambdaRequestID),
        ("x-amz-executed-version", .executedVersion), ("x-amz-function-error", .functionError),
        ("x-amz-log-result", .logResult),
    ]

    private static func known(_ name: [UInt8]) -> KnownField {
        var fields = HeaderFields()
        // The name is between other bytes, so that a read past its end would show.
        let bytes = [UInt8](repeating: 0x61, count: 9) + name + [UInt8](repeating: 0x61, count: 9)
        return fields.append(name: 9..<9 + name.count, value: 0..<0, in: bytes.span)
    }

    @Test(arguments: names)
    func `a known name is recognised in any case`(_ name: String, _ known: KnownField) {
        #expect(Self.known(Array(name.utf8)) == known)
        #expect(Self.known(Array(name.uppercased().utf8)) == known)
        #expect(
            Self.known(Array(name.utf8.enumerated().map { $0 % 2 == 0 ? $1 : $1 & ($1 > 96 ? 0xDF : 0xFF) }))
                == known
        )
    }

    @Test(arguments: names)
    func `a name with one other token character isn't recognised`(
        _ name: String,
        _ known: KnownField
    ) {
        let bytes = Array(name.utf8)
        let tokens = (UInt8(0)...127).filter { byte in
            Array("!#$%&'*+-.^_`|~".utf8).contains(byte) || byte &- 48 < 10 || (byte | 0x20) &- 97 < 26
        }
        for place in bytes.indices {
            for byte in tokens
            where byte | 0x20 != bytes[place] | 0x20 || (byte | 0x20) &- 97 >= 26 && byte != bytes[place] {
                var other = bytes
                other[place] = byte
                #expect(Self.known(other) == .other)
            }
        }
        #expect(Self.known(Array(bytes.dropLast())) == .other)
        #expect(Self.known(bytes + [0x61]) == .other)
    }

    @Test func `known and other fields are found, always the first of several`() {
        let bytes = Array("Accept: a\r\nHost: b\r\nACCEPT: c\r\nX-Other: d\r\n".utf8)
        var fields = HeaderFields()
        #expect(!fields.contains(.accept) && fields.first(.accept) == nil)
        fields.append(name: 0..<6, value: 8..<9, in: bytes.span)
        fields.append(name: 11..<15, value: 17..<18, in: bytes.span)
        #expect(!fields.isRepeated(.accept))
        fields.append(name: 20..<26, value: 28..<29, in: bytes.span)
        fields.append(name: 31..<38, value: 40..<41, in: bytes.span)
        #expect(fields.first(.accept) == 8..<9)
        #expect(fields.first(.host) == 17..<18)
        #expect(fields.first("x-other", in: bytes.span) == 40..<41)
        #expect(fields.isRepeated(.accept) && !fields.isRepeated(.host))
        #expect(fields.contains(.host) && !fields.contains(.origin))
        fields.removeAll()
        #expect(!fields.contains(.host) && !fields.isRepeated(.accept) && fields.all.isEmpty)
    }

    @Test func `each known field is found after any number of others`() {
        for count in [0, 1, 28, 29, 30, 31, 60, 99] {
            for (name, known) in Self.names {
                var bytes = Array("x".utf8)
                var fields = HeaderFields()
                for _ in 0..<count { fields.append(name: 0..<1, value: 0..<1, in: bytes.span) }
                bytes += Array(name.utf8)
                fields.append(name: 1..<bytes.count, value: 0..<0, in: bytes.span)
                fields.append(name: 0..<1, value: 0..<1, in: bytes.span)
                #expect(fields.first(known) == 0..<0)
                let others = Self.names.filter { $0.known != known }
                #expect(others.allSatisfy { fields.first($0.known) == nil && !fields.contains($0.known) })
                #expect(!fields.isRepeated(known))
            }
        }
    }
}
