import Glibc
package import Store
import System

/// Identifies the servers that share a store, by machine and process.
package enum ServerProcess {
    /// `host:pid` of this process.
    package static var own: String { "\(host):\(getpid())" }

    /// The machine's name. Source: proc(5), /proc/sys/kernel/hostname
    package static var host: String {
        let bytes = (try? Files.read("/proc/sys/kernel/hostname", bytesMax: 256)) ?? []
        return String(decoding: bytes.prefix { $0 > 32 && $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }

    /// Whether the server was a process of this machine and has ended. A server on another machine may be running.
    package static func hasEnded(_ place: ServerPlace) -> Bool {
        place.host == host && !Files.exists("/proc/\(place.process)/stat")
    }

    /// Whether the server runs on this machine, and its process number doesn't belong to another program by now.
    package static func runsHere(_ place: ServerPlace) -> Bool {
        guard place.host == host, place.process > 0, place.process != Int(getpid()) else { return false }
        // The file name of the program, cut to 15 bytes. Source: proc(5), comm
        let own = try? Files.read("/proc/self/comm", bytesMax: 64)
        let other = try? Files.read("/proc/\(place.process)/comm", bytesMax: 64)
        return other != nil && own == other
    }
}
