"""An authorization server for the tests, on the loopback: metadata, keys that rotate, and a token for whoever asks.

PyJWT signs, so the gateway is judged by another's reading of the RFCs. Prints its URL. What a test may ask for:

  POST /sign    {"claims": {…}, "alg": "RS256", "headers": {…}, "as": "stranger" | "none" | "public-key"}  →  the token
  POST /rotate  a new key of each kind in place of the old ones
  POST /down    {"down": true}: metadata and keys answer 503
  GET  /fetches how often the keys were fetched
"""

import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ALGORITHMS = {
    "RS256": "rsa", "RS384": "rsa", "RS512": "rsa", "PS256": "rsa", "PS384": "rsa", "PS512": "rsa",
    "ES256": "p256", "ES384": "p384", "EdDSA": "ed25519",
}


class Issuer:
    def __init__(self):
        self.url = ""
        self.generation = 0
        self.down = False
        self.fetches = 0
        self.strangers = self.make()
        self.rotate()

    def rotate(self):
        self.generation += 1
        self.keys = self.make()

    @staticmethod
    def make():
        return {
            "rsa": rsa.generate_private_key(65537, 2048),
            "p256": ec.generate_private_key(ec.SECP256R1()),
            "p384": ec.generate_private_key(ec.SECP384R1()),
            "ed25519": ed25519.Ed25519PrivateKey.generate(),
        }

    def key_set(self):
        keys = []
        for kind, key in self.keys.items():
            algorithm = next(name for name, wanted in ALGORITHMS.items() if wanted == kind)
            jwk = json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key()))
            jwk.pop("key_ops", None)
            keys.append(jwk | {"kid": f"{kind}-{self.generation}", "use": "sig"})
        # Keys that issuers publish too and that must not break a verifier.
        keys.append({"kty": "RSA", "use": "enc", "kid": "encryption", "n": "AQAB", "e": "AQAB"})
        keys.append({"kty": "something-new", "kid": "later"})
        return {"keys": keys}

    def sign(self, wish):
        algorithm = wish.get("alg", "RS256")
        now = int(time.time())
        claims = {"iss": self.url, "iat": now, "exp": now + 300} | wish["claims"]
        claims = {name: value for name, value in claims.items() if value is not None}
        kind = ALGORITHMS.get(algorithm, "rsa")
        headers = {"kid": f"{kind}-{self.generation}", "typ": "at+jwt"} | wish.get("headers", {})
        match wish.get("as"):
            case None:
                return jwt.encode(claims, self.keys[kind], algorithm, headers)
            case "stranger":
                return jwt.encode(claims, self.strangers[kind], algorithm, headers)
            case "none":
                return jwt.encode(claims, None, "none", headers)
            case "public-key":
                # Uses the public key's PEM as an HMAC secret, which PyJWT itself refuses to do.
                pem = self.keys["rsa"].public_key().public_bytes(
                    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
                )
                parts = [encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", **headers}, claims)]
                code = hmac.new(pem, ".".join(parts).encode(), hashlib.sha256).digest()
                return ".".join([*parts, encoded(code)])


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    issuer: Issuer

    def do_GET(self):
        issuer = self.issuer
        if self.path == "/fetches":
            return self.answer(200, str(issuer.fetches))
        if issuer.down:
            return self.answer(503, "down")
        if self.path == "/.well-known/openid-configuration":
            return self.answer(200, json.dumps({"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"}))
        if self.path == "/keys":
            issuer.fetches += 1
            return self.answer(200, json.dumps(issuer.key_set()))
        return self.answer(404, "not here")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}"
        wish = json.loads(body)
        match self.path:
            case "/sign":
                self.answer(200, self.issuer.sign(wish))
            case "/rotate":
                self.issuer.rotate()
                self.answer(200, "rotated")
            case "/down":
                self.issuer.down = wish["down"]
                self.answer(200, "noted")
            case _:
                self.answer(404, "not here")

    def answer(self, status, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def main():
    Handler.issuer = Issuer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.issuer.url = f"http://127.0.0.1:{server.server_port}"
    print(Handler.issuer.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
