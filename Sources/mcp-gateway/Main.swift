import Config
import EventLoop
import Files
import Policy
import Server
import Store

@main
enum Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        var file: String?
        if let at = arguments.firstIndex(of: "--config"), at + 1 < arguments.count {
            file = arguments[at + 1]
        }
        do {
            let loaded = try GatewayConfig.load(file: file, environment: Files.environment())
            switch arguments.first {
            case "serve": exit(ServeCommand.run(loaded, local: arguments.contains("--local")))
            case "bootstrap":
                let store = try Store.open(path: loaded.config.store.path)
                let name = try TenantName("demo")
                _ = try? store.writeBlocking { w throws(StoreError) in try w.createTenant(name, title: nil) }
                let key = try store.writeBlocking { w throws(StoreError) in
                    try w.issueKey(for: name, name: nil, expiresAtMs: nil, allow: [])
                }
                print(key.key.text)
                store.close()
            default: print("?")
            }
        } catch {
            print(error)
        }
    }
}

import Glibc
