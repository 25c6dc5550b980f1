import Foundation
import JSON

/// The tools of functions, which a test changes while the functions serve.
final class Shelf: @unchecked Sendable {  // guarded by `lock`
    private let lock = NSLock()
    /// [function][tool] → its description.
    private var tools: [String: [String: String]]

    init(_ tools: [String: [String: String]]) { self.tools = tools }

    subscript(function: String, tool: String) -> String? {
        get { lock.withLock { tools[function]?[tool] } }
        set { lock.withLock { tools[function]?[tool] = newValue } }
    }

    /// An answer for `FakeLambda.with`; a call is answered with the tool's own name.
    func answer(_ call: FakeLambda.Call) -> String {
        guard call.isList else {
            return FakeLambda.text(call.event["params"]?["name"]?.stringValue ?? "")
        }
        let list = lock.withLock { tools[call.function] ?? [:] }.sorted { $0.key < $1.key }
        return FakeLambda.tools(described: list.map { ($0.key, $0.value) })
    }
}
