import Testing

/// The signatures that botocore 1.43.11 (SigV4Auth) computes for the Invoke call, one row for each shape of it.
struct InvokeVector: Sendable, CustomTestStringConvertible {
    let title: String
    let path: String
    var query = ""
    let host: String
    let region: String
    var token: String?
    /// Sorted by name.
    var fields: [(name: StaticString, value: String)] = []
    let body: String
    let epochSeconds: Int
    let stamp: String
    let signedNames: String
    let signature: String

    var testDescription: String { title }

    static let accessKeyID = "AKIDEXAMPLE"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

    static let all = [
        InvokeVector(
            title: "a plain call",
            path: "/2015-03-31/functions/time/invocations",
            host: "lambda.us-east-1.amazonaws.com",
            region: "us-east-1",
            body: #"{"method":"tools/list"}"#,
            epochSeconds: 1795219200,
            stamp: "20261121T000000Z",
            signedNames: "host;x-amz-date",
            signature: "dceb749b0f72ce94edb069b15ef787bb85dbdec524a011f589f502b9ec314898"
        ),
        InvokeVector(
            title: "no payload",
            path: "/2015-03-31/functions/time/invocations",
            host: "lambda.eu-central-1.amazonaws.com",
            region: "eu-central-1",
            body: "",
            epochSeconds: 1440938160,
            stamp: "20150830T123600Z",
            signedNames: "host;x-amz-date",
            signature: "a65e2eb8296c2c8b60c134ff7aa0796e333eb793709a50d0ab2aeebb8e7ae64c"
        ),
        InvokeVector(
            title: "a qualifier",
            path: "/2015-03-31/functions/time/invocations",
            query: "Qualifier=live",
            host: "lambda.eu-west-1.amazonaws.com",
            region: "eu-west-1",
            body: "{}",
            epochSeconds: 1735689599,
            stamp: "20241231T235959Z",
            signedNames: "host;x-amz-date",
            signature: "0688612c1576110fa8200b576ac1e3919b2d3701f20eb202467ae6ea86132b21"
        ),
        InvokeVector(
            title: "a version",
            path: "/2015-03-31/functions/time/invocations",
            query: "Qualifier=%24LATEST",
            host: "lambda.eu-west-1.amazonaws.com",
            region: "eu-west-1",
            body: "{}",
            epochSeconds: 1735689600,
            stamp: "20250101T000000Z",
            signedNames: "host;x-amz-date",
            signature: "80804ab007f9c1be210062dab9c7095e5f5760e4499d7621777328cdfaec1e99"
        ),
        InvokeVector(
            title: "an ARN",
            path:
                "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af%3Alive/invocations",
            query: "Qualifier=live",
            host: "lambda.us-east-1.amazonaws.com",
            region: "us-east-1",
            body: #"{"a":1}"#,
            epochSeconds: 1795219201,
            stamp: "20261121T000001Z",
            signedNames: "host;x-amz-date",
            signature: "f364a723de4419b806b54e2f07bcb278dfc9f455f6873ec43066f68d905d397b"
        ),
        InvokeVector(
            title: "a temporary credential",
            path: "/2015-03-31/functions/time/invocations",
            host: "lambda.us-east-1.amazonaws.com",
            region: "us-east-1",
            token: "IQoJb3JpZ2luX2VjEPT//////////wEXAMPLE==",
            body: "{}",
            epochSeconds: 1795219200,
            stamp: "20261121T000000Z",
            signedNames: "host;x-amz-date;x-amz-security-token",
            signature: "ec076ecc82725960bb4716cf5dcc3f3ce6703011dce4a21cbc0f8eccd6a7898f"
        ),
        InvokeVector(
            title: "every field that is signed",
            path: "/2015-03-31/functions/f/invocations",
            query: "Qualifier=7",
            host: "lambda.ap-southeast-2.amazonaws.com",
            region: "ap-southeast-2",
            token: "TOKEN",
            fields: [
                ("x-amz-client-context", "eyJjdXN0b20iOnt9fQ=="),
                ("x-amz-invocation-type", "RequestResponse"), ("x-amz-log-type", "Tail"),
                ("x-amz-tenant-id", "blue team"),
            ],
            body: "{}",
            epochSeconds: 1795219200,
            stamp: "20261121T000000Z",
            signedNames:
                "host;x-amz-client-context;x-amz-date;x-amz-invocation-type;x-amz-log-type;x-amz-security-token;x-amz-tenant-id",
            signature: "a4d89f669aa46a1a9f16238525ea76b15ef80b6dd787a99437aa476d981f8edf"
        ),
        InvokeVector(
            title: "fields before the date alone",
            path: "/2015-03-31/functions/f/invocations",
            host: "lambda.us-east-1.amazonaws.com",
            region: "us-east-1",
            fields: [("x-amz-client-context", "e30=")],
            body: "{}",
            epochSeconds: 1795219200,
            stamp: "20261121T000000Z",
            signedNames: "host;x-amz-client-context;x-amz-date",
            signature: "a6954ff265f501f79271e50c5ff50f8c7e942e731d48a2b1eb3bc81475c4145e"
        ),
        InvokeVector(
            title: "fields after the token alone",
            path: "/2015-03-31/functions/f/invocations",
            host: "lambda.us-east-1.amazonaws.com",
            region: "us-east-1",
            token: "T",
            fields: [("x-amz-tenant-id", "a/b")],
            body: "{}",
            epochSeconds: 1795219200,
            stamp: "20261121T000000Z",
            signedNames: "host;x-amz-date;x-amz-security-token;x-amz-tenant-id",
            signature: "0149e8c8d0e37f18d4a7d84b0b10aba526aeb4e799f7ec5a9b28f4cf637c386a"
        ),
        InvokeVector(
            title: "a leap day and text beyond ASCII",
            path: "/2015-03-31/functions/f/invocations",
            host: "lambda.us-gov-west-1.amazonaws.com",
            region: "us-gov-west-1",
            body: #"{"text":"Grüße, 世界"}"#,
            epochSeconds: 1709251199,
            stamp: "20240229T235959Z",
            signedNames: "host;x-amz-date",
            signature: "5c8985b4475ba302d779690c66e9b822572c6c9e19a1536d752846b92dfe4c8d"
        ),
        InvokeVector(
            title: "a local endpoint",
            path: "/2015-03-31/functions/f/invocations",
            host: "127.0.0.1:9001",
            region: "us-east-1",
            body: "{}",
            epochSeconds: 1795219200,
            stamp: "20261121T000000Z",
            signedNames: "host;x-amz-date",
            signature: "7409be64ce42583242568909705094a84f838760b1cbb138b51698d5fa67a275"
        ),
    ]
}
