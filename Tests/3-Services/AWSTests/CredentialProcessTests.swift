@testable import AWS
import Bytes
import Calendar
import Crypto
import EventLoop
import Foundation
import SigV4
import System
import TestSupport
import Testing

/// `credential_process`, with real programs.
@Suite(.timeLimit(.minutes(2)))
struct CredentialProcessTests {
    /// The outcome of a chain whose profile runs a shell script.
    private func found(
        _ script: String,
        pace: SourceReader.Pace = .hurried,
        environment: [String: String] = [:]
    ) async throws -> (Result<Credentials, CredentialsError>, String) {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/my program"
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: path))
            let network = AWSNetwork()
            let chain = chain(
                environment.merging(["PATH": "/usr/bin:/bin"]) { $1 },
                files: [
                    "/h/.aws/config":
                        "[default]\ncredential_process=/bin/sh '\(path)' --account \"a b\" $HOME *\n"
                ],
                network: network,
                pace: pace
            )
            let outcome = await chain.found()
            await network.close()
            switch outcome {
            case .success: return (outcome, "")
            case .failure(let error):
                for secret in ["s3cr3t", "hush"] { #expect(!error.description.contains(secret)) }
                return (outcome, error.description)
            }
        }
    }

    static let keys =
        #"{"Version":1,"AccessKeyId":"ASIAPROC","SecretAccessKey":"s3cr3t","SessionToken":"t0ken","#
        + #""Expiration":"2026-11-21T03:00:00+02:00"}"#

    @Test func `a program's keys are used, and its arguments are passed unchanged`() async throws {
        let (outcome, _) = try await found(
            #"[ "$1 $2 $3 $4 $#" = '--account a b $HOME * 4' ] && [ "$X" = y ] && echo '\#(Self.keys)'; echo hush >&2"#,
            environment: ["X": "y"]
        )
        let keys = try outcome.get()
        #expect(keys.signing.accessKeyID == "ASIAPROC" && keys.signing.secret == Secret("s3cr3t"))
        #expect(keys.signing.sessionToken == "t0ken")
        #expect(keys.source == "credential_process of profile 'default'")
        #expect(keys.expiration?.rfc3339 == "2026-11-21T01:00:00Z")
    }

    @Test func `keys without an expiration never expire`() async throws {
        let (outcome, _) = try await found(
            #"echo '{"Version": 1, "AccessKeyId":"AKID","SecretAccessKey":"s3cr3t","Expiration":null}'"#
        )
        #expect(try outcome.get().expiration == nil)
    }

    @Test(arguments: [
        ("exit 3", "it ended with exit status 3"),
        ("echo hush >&2; echo s3cr3t; exit 1", "it ended with exit status 1; what it said isn't shown"),
        ("kill -9 $$", "signal 9 ended it"),
        ("true", "can't be used: it is empty"),
        ("echo s3cr3t", "can't be used: it is not JSON"),
        ("echo '<html>hush</html>'", "can't be used: it is not JSON"),
        (#"echo '{"AccessKeyId":"A","SecretAccessKey":"s3cr3t"}'"#, "its Version is not 1"),
        (#"echo '{"Version":2,"AccessKeyId":"A","SecretAccessKey":"s3cr3t"}'"#, "its Version is not 1"),
        (#"echo '{"Version":"1","AccessKeyId":"A","SecretAccessKey":"s3cr3t"}'"#, "its Version is not 1"),
        (#"echo '{"Version":1,"SecretAccessKey":"s3cr3t"}'"#, "it has no access key id"),
        (
            #"echo '{"Version":1,"AccessKeyId":"A B","SecretAccessKey":"s3cr3t"}'"#,
            "the access key id is not valid"
        ),
        (
            #"echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s3cr3t","Expiration":"2020-01-01T00:00:00Z"}'"#,
            "the keys that it wrote have ended already"
        ),
        ("while :; do echo s3cr3ts3cr3ts3cr3ts3cr3t; done", "it wrote more than 65536 bytes, and was killed"),
    ])
    func `a failing program is named in the error, but its output is not quoted`(
        _ script: String,
        _ expected: String
    )
        async throws
    {
        let (outcome, text) = try await found(script)
        #expect(throws: CredentialsError.self) { _ = try outcome.get() }
        #expect(text.hasPrefix("AWS credentials from credential_process of profile 'default': "))
        #expect(text.contains(expected), "\(text)")
    }

    @Test func `a hanging program is killed at its deadline, with its child processes`() async throws {
        try await withTemporaryDirectory { folder in
            let pace = SourceReader.Pace(processTimeout: .milliseconds(300))
            let (_, text) = try await found("sleep 600 & echo $! > \(folder)/child; sleep 600", pace: pace)
            #expect(text.contains("and was killed: a server can't answer its questions"))
            let child = try String(contentsOfFile: "\(folder)/child", encoding: .utf8)
            let pid = try #require(pid_t(child.trimmingCharacters(in: .whitespacesAndNewlines)))
            // It was killed; the process that reaps it may take a moment.
            while kill(pid, 0) == 0, !isZombie(pid) { await Task.yield() }
        }
    }

    private func isZombie(_ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
            return true
        }
        return status.split(separator: ")").last?.hasPrefix(" Z") == true
    }

    @Test func `a missing program is named in the error`() async throws {
        let network = AWSNetwork()
        let files = ["/h/.aws/config": "[default]\ncredential_process=/nonexistent/x y\n"]
        let outcome = await chain([:], files: files, network: network).found()
        await network.close()
        guard case .failure(let error) = outcome else {
            Issue.record("it was found")
            return
        }
        #expect(error.description.contains("command '/nonexistent/x' was not found"))
    }
}
