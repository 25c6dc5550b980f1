import Foundation
import TestSupport

/// The programs that the tests run, and their environment.
enum Programs {
    /// The repository's folder.
    static let root = Repository.root.path

    /// The gateway's binary, which is built beside the tests.
    static var gateway: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let path = (tests as NSString).deletingLastPathComponent + "/mcp-gateway"
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw Program.Failure(description: "no \(path): run swift build --build-tests")
            }
            return path
        }
    }

    /// The Python of `.venv`, or of the folder that GATEWAY_VENV names.
    static var python: String {
        get throws {
            let folder = ProcessInfo.processInfo.environment["GATEWAY_VENV"] ?? "\(root)/.venv"
            let path = "\(folder)/bin/python"
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw Program.Failure(description: "no \(path): run scripts/setup")
            }
            return path
        }
    }

    /// The Python of `.venv-mcp1`, or of the folder that GATEWAY_VENV_MCP1 names; it has version 1 of the MCP client.
    static var pythonOfOldClient: String {
        get throws {
            let folder = ProcessInfo.processInfo.environment["GATEWAY_VENV_MCP1"] ?? "\(root)/.venv-mcp1"
            let path = "\(folder)/bin/python"
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw Program.Failure(description: "no \(path): run scripts/setup")
            }
            return path
        }
    }

    /// An environment without the developer's own AWS account, proxies or settings.
    static let environment: [String: String] = {
        var kept = ["AWS_EC2_METADATA_DISABLED": "true"]  // so that nothing waits for an instance's metadata
        for name in ["PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"] {
            kept[name] = ProcessInfo.processInfo.environment[name]
        }
        return kept
    }()
}
