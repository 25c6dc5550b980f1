import Foundation

/// A forward and CONNECT proxy in Python, which sends everything to one port of this machine whatever host was asked
/// for, and notes the heads it saw.
package final class TestProxy {
    private let process = Process()
    private let output = Pipe()
    /// The proxy ends with its input, so that it never outlives the test process; Swift's threads block SIGTERM, and
    /// children inherit that.
    private let input = Pipe()
    package let port: Int

    /// `refusal` is a status to answer CONNECT with instead of opening a tunnel.
    package init(toPort origin: Int, refusal: Int? = nil) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-u", "-c", script, String(origin), refusal.map(String.init) ?? ""]
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte.first != 10 { line += byte }
        guard let number = Int(String(decoding: line, as: UTF8.self)) else {
            throw ProxyFailure(description: "the proxy did not start; the tests need python3")
        }
        port = number
    }

    /// Ends the proxy and returns the heads it received, in order, each as its lines.
    package func stop() throws -> [[String]] {
        try input.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return try text.split(separator: 10).map { try JSONDecoder().decode([String].self, from: $0) }
    }
}

package struct ProxyFailure: Error, CustomStringConvertible {
    package let description: String
}

private let script = """
    import json, os, socket, sys, threading

    origin, refusal = int(sys.argv[1]), sys.argv[2]

    def read_head(sock):
        data = b""
        while b"\\r\\n\\r\\n" not in data:
            part = sock.recv(65536)
            if not part:
                return None, b""
            data += part
        head, rest = data.split(b"\\r\\n\\r\\n", 1)
        lines = head.decode("latin-1").split("\\r\\n")
        print(json.dumps(lines), flush=True)
        return lines, rest

    def pump(source, target):
        try:
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve(client):
        lines, rest = read_head(client)
        if lines is None:
            return
        method, target, version = lines[0].split(" ")
        if method == "CONNECT" and refusal:
            client.sendall(f"HTTP/1.1 {refusal} No\\r\\nContent-Length: 0\\r\\n\\r\\n".encode())
            client.close()
            return
        upstream = socket.create_connection(("127.0.0.1", origin))
        if method == "CONNECT":
            client.sendall(b"HTTP/1.1 200 Connection established\\r\\n\\r\\n")
        else:
            path = "/" + target.split("/", 3)[3]
            fields = [line for line in lines[1:] if not line.lower().startswith("proxy-")]
            head = "\\r\\n".join([f"{method} {path} {version}", *fields, "Connection: close", "", ""])
            upstream.sendall(head.encode("latin-1"))
        upstream.sendall(rest)
        threading.Thread(target=pump, args=(client, upstream), daemon=True).start()
        pump(upstream, client)
        client.close()

    def end_with_input():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_input, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
    """
