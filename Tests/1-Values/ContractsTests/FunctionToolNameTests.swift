import Contracts
import Testing

struct FunctionToolNameTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let function: String
        var prefix = ""
        let tool: String
        var testDescription: String { "\(function) without \(prefix.debugDescription)" }
    }

    @Test(arguments: [
        Row(function: "convert", tool: "convert"),
        Row(function: "customer-info-v2", tool: "customer_info_v2"),
        Row(function: "mcp2-customer-info-v2", prefix: "mcp2-", tool: "customer_info_v2"),
        Row(function: "mcp2-9lives", prefix: "mcp2-", tool: "_9lives"),
        Row(function: "9lives", tool: "_9lives"),
        Row(function: "other", prefix: "mcp2-", tool: "other"),
        Row(function: "mcp2-", prefix: "mcp2-", tool: "mcp2_"),
        Row(function: "convert:live", tool: "convert"),
        Row(function: "function:live", tool: "function"),
        Row(function: "123456789012:function:convert:7", tool: "convert"),
        Row(function: "arn:aws:lambda:eu-central-1:123456789012:function:a-b", prefix: "a-", tool: "b"),
        Row(function: "arn:aws:lambda:eu-central-1:123456789012:function:a-b:$LATEST", tool: "a_b"),
        Row(function: "é", tool: "__"),
        Row(function: "", tool: ""),
    ])
    func `a tool gets the name that AWS's own server derives from its function`(_ row: Row) {
        #expect(FunctionToolName.make(of: row.function, withoutPrefix: row.prefix) == row.tool)
    }
}
