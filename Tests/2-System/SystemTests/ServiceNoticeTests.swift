import Foundation
import System
import Testing
import TestSupport

/// The notices that a service manager receives. The socket is a real one, as systemd's is.
struct ServiceNoticeTests {
    private func check(_ socket: NoticeSocket) throws {
        let notice = try #require(ServiceNotice(environment: ["NOTIFY_SOCKET": socket.name]))
        notice.ready("serving")
        #expect(socket.next() == "READY=1\nSTATUS=serving")
        notice.reloading()
        let lines = try #require(socket.next()).split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let moment = lines.first { $0.hasPrefix("MONOTONIC_USEC=") }?.dropFirst("MONOTONIC_USEC=".count)
        #expect(try #require(moment.flatMap { Int64($0) }) > 0)
        notice.stopping("draining")
        #expect(socket.next() == "STOPPING=1\nSTATUS=draining")
        #expect(socket.next() == nil)
    }

    @Test func `a socket in the file system receives notices of the start, a reload and the end`() throws {
        try withTemporaryDirectory { folder in try check(NoticeSocket("\(folder)/notify")) }
    }

    @Test func `a socket with an abstract name receives the same notices`() throws {
        try check(NoticeSocket("@mcp-gateway-test-\(UUID().uuidString)"))
    }

    @Test(arguments: [nil, "", "notify", "vsock:2:1234"] as [String?])
    func `without a path or an abstract name as the socket there are no notices`(name: String?) {
        let environment = name.map { ["NOTIFY_SOCKET": $0] } ?? [:]
        #expect(ServiceNotice(environment: environment) == nil)
    }

    @Test(arguments: ["/", "/nowhere/notify", "@" + String(repeating: "n", count: 200)])
    func `a socket that can't be reached does no harm`(name: String) throws {
        try #require(ServiceNotice(environment: ["NOTIFY_SOCKET": name])).ready("serving")
    }
}
