/// The name of a tool that is named after its function.
///
/// The prefix that many functions have in common is left out; every character but a letter, digit or underscore becomes
/// an underscore, and one is put before a leading digit: `mcp2-9lives` is `_9lives`.
/// Source: awslabs.lambda-tool-mcp-server, `create_lambda_tool`
package enum FunctionToolName {
    /// - Parameters:
    ///   - function: a name, a partial ARN or an ARN, with a qualifier or without.
    ///   - prefix: what is left out at the name's beginning, unless nothing else would be left.
    package static func make(of function: String, withoutPrefix prefix: String = "") -> String {
        var name = bare(function)
        if name.hasPrefix(prefix), name.utf8.count > prefix.utf8.count {
            name = name.dropFirst(prefix.count)
        }
        var tool = String(decoding: name.utf8.map { isWord($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        if let first = tool.utf8.first, first &- 0x30 < 10 { tool = "_" + tool }
        return tool
    }

    /// The function's own name.
    private static func bare(_ function: String) -> Substring {
        let parts = function.split(separator: ":", omittingEmptySubsequences: false)
        // arn:aws:lambda:REGION:ACCOUNT:function:NAME, ACCOUNT:function:NAME, NAME
        if let marker = parts.firstIndex(of: "function"), marker + 1 < parts.count, marker == 1 || marker == 5
        {
            return parts[marker + 1]
        }
        return parts.first ?? ""
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_")
    }
}
