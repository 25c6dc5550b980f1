// Contracts: how a target's function is spoken to. Builds the payload of a list or a call, and reads the
// answer.
//
//   Depends on   MCP (kinds and their methods), JSON, Text, Bytes, Calendar
//   Used by      Gateway (calls), Control (refresh), Config (the words)
//   Start at     Contract, ContractForm, CallAnswer
//
//   MCPWrapper/, JSONRPC/, HTTPEvent/, AgentCore/, Function/   one folder per contract: its payloads, and what is
//   specific
//                                                              to its answers
//   Streamed/                                                  the messages in what a function streams
//   Answer/                                                    what all contracts' answers have in common

/// How a target's function is spoken to. The raw value is the word that operators write.
package enum Contract: String, Sendable, CaseIterable {
    /// `{"method","params"}` in, `{"statusCode","body"}` out, as in AWS's article on wrapping MCP servers.
    case mcpWrapper = "mcp-wrapper"
    /// A JSON-RPC message in, a JSON-RPC message out, as run-mcp-servers-with-aws-lambda speaks it.
    case jsonrpc
    /// AWS AgentCore Gateway's Lambda contract.
    case agentcore
    /// An API Gateway v2 or Function URL event that holds an MCP POST.
    case httpV2 = "http-v2"
    /// An API Gateway v1 event that holds an MCP POST.
    case httpV1 = "http-v1"
    /// Bare arguments in, any JSON out.
    case function
}
