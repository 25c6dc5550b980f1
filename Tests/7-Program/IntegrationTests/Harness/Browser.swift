import Bytes
import HTTP
import HTTPServer
import JSON
import TestSupport

/// A web page in Chromium, without a screen: what its script reports is what a user's browser would let it see.
struct Browser: Sendable {
    /// The port of the pages, on `127.0.0.1` and on `localhost`, which is another origin to a browser.
    let port: Int
    private let pages: Pages

    /// The script that the next page runs, and its report.
    ///
    /// `@unchecked`: each value is set before the page that reads it is opened.
    private final class Pages: @unchecked Sendable {
        var script = ""
        var report: JSONValue?
        var reported = Latch()
    }

    /// Runs `body` while a server serves the pages.
    static func with<T: Sendable>(_ body: (Browser) async throws -> T) async throws -> T {
        let pages = Pages()
        return try await withServer(handler: { exchange in
            let request = exchange.request
            if request.head.method == .post {
                pages.report = try? JSONValue(parsing: request.bytes.span, in: request.body)
                exchange.respond(.text(200, "thanks\n"))
                pages.reported.open()
            } else {
                let html = "<!doctype html><meta charset=utf-8><script type=module>\(pages.script)</script>"
                exchange.respond(Response(status: 200, contentType: .html, body: ByteBuffer(html)))
            }
        }) { port, _ in try await body(Browser(port: port, pages: pages)) }
    }

    func origin(_ host: String) -> String { "http://\(host):\(port)" }

    /// Opens a page whose script is the body of an `async` function; the function's value is the report. If the script
    /// throws, the report is the error's text.
    func open(from host: String, script: String) async throws -> JSONValue {
        pages.script = """
            let report
            try { report = await (async () => { \(script) })() } catch (error) { report = String(error) }
            await fetch("/report", { method: "POST", body: JSON.stringify(report) })
            """
        pages.report = nil
        pages.reported = Latch()
        return try await withTemporaryDirectory { profile in
            let program = try Program(
                [
                    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--no-first-run", "--no-proxy-server", "--disable-background-networking",
                    "--disable-component-update", "--user-data-dir=\(profile)", "\(origin(host))/",
                ],
                environment: Programs.environment.merging(["HOME": profile]) { $1 },
                folder: profile
            )
            let isReported = await pages.reported.wait(seconds: 60)
            let output = program.current
            await program.stop()
            guard isReported, let report = pages.report else {
                let missing = output.status == 127 ? "chromium is missing: run scripts/setup\n" : ""
                throw Program.Failure(description: "\(missing)the page did not report\n\(output.err)")
            }
            return report
        }
    }
}
