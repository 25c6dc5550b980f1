import AWS
import Bytes
import Calendar
import Crypto
import EventLoop
import SigV4
import Synchronization
import Testing

struct CredentialsTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        var environment: [String: String] = [:]
        var config = ""
        var credentials = ""
        var profile: String?
        var id: String?
        var token: String?
        var source = ""
        var error: String?

        var testDescription: String { what }
    }

    static let blanks = ["\n", "\r", "\r\n", " ", "\t", "\u{A0}", " \r\n\t"]
    static let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
    static let whole = [
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "to/ken==",
    ]

    /// Makes one call with the environment's credentials, to a fake Lambda that checks signatures.
    private func call(_ environment: [String: String]) async throws -> (FakeLambda, LambdaError?) {
        let now = UTCTime(epochSeconds: 1_795_219_200)
        let lambda = FakeLambda([.checked(now)])
        lambda.known = [
            SigningCredential(accessKeyID: "AKIDEXAMPLE", secret: Secret("secret"), sessionToken: "to/ken==")
        ]
        let chain = RefreshingCredentials(environment: AWSEnvironment(environment), readFile: { _ in nil })
        let client = LambdaClient(transport: lambda, credentials: chain, clock: { now })
        do throws(LambdaError) {
            _ = try await client.invoke(try preparedFunction(), payload: ByteBuffer("{}"))
            return (lambda, nil)
        } catch {
            return (lambda, error)
        }
    }

    /// White space as in secrets that were made with `echo`, or that come from files with Windows line ends.
    @Test(arguments: names, blanks)
    func `white space around a variable's value is neither signed nor sent`(
        _ name: String,
        _ blank: String
    ) async throws {
        for value in [Self.whole[name, default: ""] + blank, blank + Self.whole[name, default: ""]] {
            let (lambda, error) = try await call(Self.whole.merging([name: value]) { $1 })
            #expect(error == nil, "\(error?.message ?? "")")
            #expect(lambda.requests.count == 1)
            let head = lambda.lastText.split(separator: "\r\n\r\n").first ?? ""
            #expect(head.split(separator: "\r\n").dropFirst().allSatisfy { $0.contains(": ") })
            #expect(!head.replacing("\r\n", with: "").contains { $0.isNewline || $0 == "\t" })
        }
    }

    @Test(arguments: names, ["\n", "\r", "\r\n", "\t", "\r\nX-Evil: 1\r\n", "\u{1B}"])
    func `with a control character in a value nothing is sent, and the error names only the variable`(
        _ name: String,
        _ bad: String
    ) async throws {
        let value = "some\(bad)thing"
        let (lambda, error) = try await call(Self.whole.merging([name: value]) { $1 })
        #expect(lambda.requests.isEmpty)
        #expect(error?.kind == .noCredentials)
        #expect(error?.message.contains(name) == true)
        #expect(error?.message.contains("some") == false && error?.message.contains("thing") == false)
    }

    @Test(arguments: ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"])
    func `a profile's value that continues on the next line is refused by name`(_ name: String) throws {
        var file = "[default]\n"
        for key in ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"] {
            file += "\(key)=value\(key == name ? "\n X-Evil: 1" : "")\n"
        }
        let settings = try settings(credentials: file)
        #expect(throws: CredentialsError.unusable(name: name, place: "profile 'default'")) {
            _ = try settings.credentials()
        }
    }

    @Test func `a reload that finds no usable key pair keeps the current one and returns the error`()
        async throws
    {
        let found = Locked<Result<Credentials, CredentialsError>>(
            .failure(.none(profile: "default", notes: []))
        )
        let chain = RefreshingCredentials { () throws(CredentialsError) in try found.withLock { $0 }.get() }
        #expect(throws: CredentialsError.self) { _ = try chain.credentials() }
        #expect(await chain.reloadOrKeep() == nil)  // the same failure as before
        let good = Credentials(signing: FakeLambda.credential, source: "test")
        found.withLock { $0 = .success(good) }
        #expect(await chain.reloadOrKeep() == nil)
        let generation = chain.generation
        #expect(try chain.credentials() == good)
        let fault = CredentialsError.unusable(name: "AWS_SESSION_TOKEN", place: "environment")
        found.withLock { $0 = .failure(fault) }
        #expect(await chain.reloadOrKeep() == fault)
        #expect(try chain.credentials() == good && chain.generation == generation)
    }

    static let both = ["AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"]
    static let file = "[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=s\n"

    static let rows = [
        Row(what: "environment", environment: both, id: "AKIDENV", source: "environment"),
        Row(
            what: "environment with a token",
            environment: both.merging(["AWS_SESSION_TOKEN": "t", "AWS_SECURITY_TOKEN": "old"]) { $1 },
            id: "AKIDENV",
            token: "t",
            source: "environment"
        ),
        Row(
            what: "environment with the token's old name",
            environment: both.merging(["AWS_SESSION_TOKEN": "  ", "AWS_SECURITY_TOKEN": "old"]) { $1 },
            id: "AKIDENV",
            token: "old",
            source: "environment"
        ),
        Row(
            what: "environment before file",
            environment: both,
            credentials: file,
            id: "AKIDENV",
            source: "environment"
        ),
        Row(
            what: "blank variables are unset",
            environment: ["AWS_ACCESS_KEY_ID": " ", "AWS_SECRET_ACCESS_KEY": ""],
            credentials: file,
            id: "AKIDFILE",
            source: "profile 'default'"
        ),
        Row(
            what: "key without secret",
            environment: ["AWS_ACCESS_KEY_ID": "AKIDENV"],
            credentials: file,
            error:
                "AWS_ACCESS_KEY_ID is set in the environment, but AWS_SECRET_ACCESS_KEY is not: set both, or neither"
        ),
        Row(
            what: "a named profile beats the environment",
            environment: both,
            credentials: file,
            profile: "default",
            id: "AKIDFILE",
            source: "profile 'default'"
        ),
        Row(
            what: "AWS_PROFILE doesn't",
            environment: both.merging(["AWS_PROFILE": "default"]) { $1 },
            credentials: file,
            id: "AKIDENV",
            source: "environment"
        ),
        Row(
            what: "AWS_PROFILE chooses",
            environment: ["AWS_PROFILE": "dev"],
            config: "[profile dev]\naws_access_key_id=AKIDDEV\naws_secret_access_key=s\naws_session_token=t",
            credentials: file,
            id: "AKIDDEV",
            token: "t",
            source: "profile 'dev'"
        ),
        Row(
            what: "the credentials file wins, key by key",
            config: "[default]\naws_access_key_id=AKIDCONFIG\naws_secret_access_key=s",
            credentials: "[default]\naws_access_key_id=AKIDFILE",
            id: "AKIDFILE",
            source: "profile 'default'"
        ),
        Row(
            what: "a profile that isn't there",
            environment: ["AWS_PROFILE": "nope", "HOME": "/h"],
            credentials: file,
            error: "there is no profile 'nope' in /h/.aws/config or /h/.aws/credentials"
        ),
        Row(
            what: "half a profile",
            credentials: "[default]\naws_secret_access_key=s",
            error:
                "aws_secret_access_key is set in the profile 'default', but aws_access_key_id is not: set both, or neither"
        ),
        Row(
            what: "a role that needs a code",
            config:
                "[profile r]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=default\nmfa_serial=m",
            credentials: file,
            profile: "r",
            error: "profile 'r': mfa_serial asks for a one-time code"
        ),
        Row(
            what: "single sign-on without a session",
            config: "[default]\nsso_session=corp\nsso_account_id=1\n",
            error: "profile 'default': there is no [sso-session corp]"
        ),
        Row(
            what: "a sign-on for people",
            config: "[default]\nlogin_session=x",
            error: "profile 'default': login_session is for people"
        ),
        Row(
            what: "keys before a process",
            config: "[default]\ncredential_process=/bin/x",
            credentials: file,
            id: "AKIDFILE",
            source: "profile 'default'"
        ),
        Row(
            what: "nothing",
            error:
                "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the profile 'default'"
        ),
        Row(
            what: "secret alone",
            environment: ["AWS_SECRET_ACCESS_KEY": "s"],
            error: "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID"
        ),
        Row(
            what: "a container's host that mustn't be asked",
            environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.169.254/x"],
            error: "AWS_CONTAINER_CREDENTIALS_FULL_URI names the host"
        ),
    ]

    @Test(arguments: rows)
    func `the key pair comes from the chain's first source, or the error says what to set`(_ row: Row) throws
    {
        let settings = try settings(
            row.environment.merging(["AWS_EC2_METADATA_DISABLED": "true"]) { $1 },
            config: row.config,
            credentials: row.credentials,
            profile: row.profile
        )
        do throws(CredentialsError) {
            let found = try settings.credentials()
            #expect(found.signing.accessKeyID == row.id)
            #expect(found.signing.secret == Secret("s"))
            #expect(found.signing.sessionToken == row.token)
            #expect(found.source == row.source)
        } catch {
            #expect(row.error.map { error.description.contains($0) } == true, "\(error)")
        }
    }

    @Test func `the expiration of a temporary key pair is read, and a malformed one ignored`() throws {
        let environment = Self.both.merging(["AWS_CREDENTIAL_EXPIRATION": "2026-11-21T00:00:00Z"]) { $1 }
        #expect(try settings(environment).credentials().expiration?.epochSeconds == 1_795_219_200)
        let odd = Self.both.merging(["AWS_CREDENTIAL_EXPIRATION": "tomorrow"]) { $1 }
        #expect(try settings(odd).credentials().expiration == nil)
    }

    @Test func `descriptions and dumps show no secret`() throws {
        let file = "[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=hush-file\n"
        let settings = try settings(
            ["AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "hush-environment"],
            credentials: file
        )
        let found = try settings.credentials()
        var text =
            "\(settings) \(found) \(Profiles.File(path: "p", text: file))" + String(reflecting: settings)
        dump(settings, to: &text)
        dump(found, to: &text)
        #expect(text.contains("AWS_SECRET_ACCESS_KEY") && text.contains("default"))
        #expect(!text.contains("hush"))
    }

    @Test func `a chain reads its files once, and again on reload`() throws {
        let text = Mutex(Self.file)
        let read: FileReader = { path throws(FileFault) in
            path == "/h/.aws/credentials" ? Array(text.withLock { $0 }.utf8) : nil
        }
        let chain = RefreshingCredentials(environment: AWSEnvironment(["HOME": "/h"]), readFile: read)
        #expect(try chain.credentials().signing.accessKeyID == "AKIDFILE")
        text.withLock { $0 = "[default]\naws_access_key_id=AKIDNEW\naws_secret_access_key=s\n" }
        #expect(try chain.credentials().signing.accessKeyID == "AKIDFILE")
        let before = chain.generation
        #expect(chain.reload())
        #expect(chain.generation > before)
        #expect(try chain.credentials().signing.accessKeyID == "AKIDNEW")
        #expect(!chain.reload())
        text.withLock { $0 = "[default\n" }
        #expect(chain.reload())
        #expect(throws: CredentialsError.self) { try chain.credentials() }
        text.withLock { $0 = Self.file }
        #expect(chain.reload())
        #expect(try chain.credentials().signing.accessKeyID == "AKIDFILE")
    }

    @Test func `a file that can't be read is named in the error`() {
        let read: FileReader = { _ throws(FileFault) in throw FileFault(reason: "Permission denied") }
        let chain = RefreshingCredentials(environment: AWSEnvironment(["HOME": "/h"]), readFile: read)
        let error = #expect(throws: CredentialsError.self) { try chain.credentials() }
        #expect(error?.description == "cannot read /h/.aws/config: Permission denied")
    }
}
