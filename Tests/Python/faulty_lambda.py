"""A Lambda endpoint on which everything goes wrong: the function's name says what. See FAULTS.

  faulty_lambda.py

Prints "ready URL" and serves until its stdin ends. Every function lists one tool, `look`; the fault comes at calls. GET /credentials
is a container's credentials endpoint, whose session token is another one each time. GET /requests is how many calls each function
has got since the last time it was asked.
"""

import asyncio
import json
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

PAGE = b"<html><head><title>Bad Gateway</title></head><body><h1>It went wrong</h1></body></html>"
REASONS = {200: "OK", 307: "Temporary Redirect", 403: "Forbidden", 404: "Not Found", 413: "Too Large", 429: "Too Many Requests"}
requests, tokens = Counter(), []


def answer(status, body=b"", *fields, kind="application/json"):
    """An HTTP response, its length said rightly."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", "x-amzn-RequestId: 6d1e8a4e-0000-4000-8000-3f2d6f0a7c11"]
    head += [f"Content-Type: {kind}"] if kind else []
    head += [*fields, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


def wrapped(result):
    return {"statusCode": 200, "body": json.dumps(result)}


def fine(*fields, kind="application/json"):
    return answer(200, wrapped({"content": [{"type": "text", "text": "fine"}]}), *fields, kind=kind)


def refusal(status, code, message, *fields, **more):
    return answer(status, {"Type": "User", "message": message, **more}, f"x-amzn-ErrorType: {code}", *fields)


def page(status):
    return answer(status, PAGE, kind="text/html")


def skewed(ahead, request):
    """Refused, as AWS does, unless the request was signed by a clock that is `ahead` of ours."""
    now = datetime.now(timezone.utc) + timedelta(hours=ahead)
    signed = datetime.strptime(request["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    if abs(now - signed) < timedelta(minutes=5):
        return fine()
    message = f"Signature expired: {request['x-amz-date']} is now earlier than {now:%Y%m%dT%H%M%SZ}"
    return refusal(403, "InvalidSignatureException", message, f"Date: {format_datetime(now, usegmt=True)}")


def expired(request, times):
    """Refused as long as the session token is one of the first `times` that were given out."""
    if request["x-amz-security-token"] not in tokens[:times]:
        return fine()
    return refusal(403, "ExpiredTokenException", "The security token included in the request is expired")


def echo(request):
    """Refused with all that was sent, as AWS does with the canonical request."""
    sent = "\n".join(f"{name}:{value}" for name, value in request.items())
    return refusal(403, "InvalidSignatureException", f"The Canonical String for this request should have been\n'{sent}'")


class Cut(bytes):
    """What the connection ends after."""


class Held(bytes):
    """What nothing follows, while the connection stays."""


# By function: the bytes to answer, or a function that makes them from the request's header fields.
FAULTS = {
    "fine": fine(),
    "text-plain": fine(kind="text/plain"),
    "no-type": fine(kind=None),
    "page-200": page(200),
    "page-502": page(502),
    "page-503": page(503),
    "page-504": page(504),
    "empty-503": answer(503, kind=None),
    "redirect": answer(307, b"", "Location: http://169.254.169.254/latest/meta-data/"),
    "xml-403": answer(403, b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", kind="text/xml"),
    "gzip": fine("Content-Encoding: gzip"),
    "packed": answer(200, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "Content-Encoding: gzip"),
    "truncated": Cut(answer(200, wrapped({"content": []}))[:-9]),
    "truncated-chunks": Cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{"),
    "truncated-head": Cut(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "closed": Cut(),
    "no-http": Cut(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "two-lengths": Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "huge-head": Held(b"HTTP/1.1 200 OK\r\nX-Fill: " + b"x" * 200_000 + b"\r\nContent-Length: 2\r\n\r\n{}"),
    "huge-length": Held(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{"),
    "huge-body": Held(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + 9 * (b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
    ),
    "throttled": refusal(429, "TooManyRequestsException", "Rate Exceeded.", "Retry-After: 1", Reason="CallerRateLimitExceeded"),
    "missing": refusal(404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:missing"),
    "denied": refusal(403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/gateway is not authorized"),
    "too-large": refusal(413, "RequestEntityTooLargeException", "Request must be smaller than 6291456 bytes"),
    "service": refusal(500, "ServiceException", "An error occurred and the request cannot be processed."),
    "no-subnet": refusal(502, "SubnetIPAddressLimitReachedException", "no addresses left in subnet-0a1b2c"),
    "late-clock": lambda request: skewed(1, request),
    "mad-clock": lambda request: skewed(2 * requests["mad-clock"], request),
    "expired-once": lambda request: expired(request, 1),
    "expired-always": lambda request: expired(request, 1_000_000),
    "echo": echo,
    "silent": Held(),
    "half": Held(answer(200, wrapped({"content": []}))[:-9]),
    "dripping": None,
}


async def serve(reader, writer):
    try:
        while request := await read(reader):
            await respond(request, writer)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def read(reader):
    """The next request's path, fields and body; None when the connection has ended."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    line, *fields = head.split("\r\n")[:-2]
    fields = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    return line.split(" ")[1], fields, await reader.readexactly(int(fields.get("content-length", 0)))


async def respond(request, writer):
    path, fields, body = request
    if path == "/credentials":
        tokens.append(f"session-token-{len(tokens)}")
        keys = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "a-secret-of-aws", "Token": tokens[-1]}
        return writer.write(answer(200, {**keys, "Expiration": "2099-01-01T00:00:00Z"}))
    if path == "/requests":
        writer.write(answer(200, dict(requests)))
        return requests.clear()
    name = path.split("/")[3]
    if json.loads(body).get("method") == "tools/list":
        return writer.write(answer(200, wrapped({"tools": [{"name": "look", "inputSchema": {"type": "object"}}]})))
    requests[name] += 1
    fault = FAULTS[name]
    if fault is None:
        return await drip(writer)
    data = fault(fields) if callable(fault) else fault
    writer.write(data)
    await writer.drain()
    if isinstance(data, Held):
        await asyncio.Event().wait()
    if isinstance(data, Cut):
        raise ConnectionError


async def drip(writer):
    """An answer that never stops coming, a byte at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("ready http://127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
