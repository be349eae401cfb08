"""MiniStack behind a guard: `python guarded_ministack.py`, configured by the environment as MiniStack itself is.

MiniStack lets every web page read its answers, takes any host name, the key `test` for the account's root, and any
signature. The guard stands before it in the same process, on the same port, so that there is no way around it.

What the functions log is copied into the file `FUNCTIONS_LOG` as it comes. MiniStack keeps a stream for each call, for as long
as it runs: to ask its API for news of them took more and more, also when nothing happened. And it waits for the lines of a call
for some milliseconds only: on a busy machine, the last one appears with the next call of that worker, or never.
"""

import hashlib
import hmac
import json
import os
import re
from datetime import datetime, timezone
from threading import Lock
from urllib.parse import parse_qsl, quote
from uuid import uuid4

from ministack import app as ministack
from ministack.core import lambda_runtime
from ministack.core.iam_evaluator import ResolvedCredential, resolve_credential
from ministack.services import lambda_svc

PORT = os.environ["GATEWAY_PORT"]
HOSTS = {f"127.0.0.1:{PORT}", f"localhost:{PORT}"}
ROOT_KEY = os.environ["AWS_ACCESS_KEY_ID"]
ACCOUNT = "000000000000"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})"
)
serve = ministack.app
keep_log = lambda_svc._emit_lambda_logs
log_lock = Lock()
functions_log = open(os.environ["FUNCTIONS_LOG"], "a", encoding="utf-8")


def is_call_of_api(path):
    return path.startswith("/restapis/") and "/_user_request_" in path


def refusal_of_page(headers):
    """What a browser says on behalf of a page, or a name that somebody else's server gave this address."""
    if headers.get("host", "") not in HOSTS:
        return "The local cloud answers to 127.0.0.1 and localhost only"
    if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
        return "The local cloud answers no web page"
    return None


def access_key(headers, query):
    found = re.search(r"Credential=([^/,\s]+)/", headers.get("authorization", ""))
    if found:
        return found.group(1)
    presigned = dict(parse_qsl(query)).get("X-Amz-Credential", "")
    return presigned.split("/", 1)[0]


def refusal_of_key(path, headers, query):
    """MiniStack takes `test`, no key and the number of an account for its root; only the key of this run is."""
    key = access_key(headers, query)
    if key == "":
        # Without a caller: whether it is up, its own settings, and the API, which refuses unsigned calls itself.
        return None if path.startswith("/_ministack/") or is_call_of_api(path) else "The call is not signed"
    guessable = key == "test" or re.fullmatch(r"\d{12}", key)
    return "The access key is not of this run" if guessable and key != ROOT_KEY else None


def digest(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def is_signed_right(scope, headers, query, body):
    """Computes the signature again as API Gateway does: the path encoded twice, the query sorted, the body as it came."""
    parts = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if not parts:
        return True  # Not signed, or not so: the API refuses it.
    key, day, region, service, signed, signature = parts.groups()
    caller = resolve_credential(key, ACCOUNT)
    if not isinstance(caller, ResolvedCredential):
        return True  # Nobody's key: the API refuses it.
    pairs = sorted((quote(n, safe="-_.~"), quote(v, safe="-_.~")) for n, v in parse_qsl(query, keep_blank_values=True))
    names = signed.split(";")
    canonical = [
        scope["method"],
        quote(scope["raw_path"].decode("latin-1"), safe="/-_.~"),
        "&".join(f"{name}={value}" for name, value in pairs),
        *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in names),
        "",
        signed,
        hashlib.sha256(body).hexdigest(),
    ]
    hashed = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", headers.get("x-amz-date", ""), f"{day}/{region}/{service}/aws4_request", hashed]
    )
    secret = f"AWS4{caller.secret_access_key}".encode()
    signing_key = digest(digest(digest(digest(secret, day), region), service), "aws4_request")
    wanted = hmac.new(signing_key, to_sign.encode(), hashlib.sha256).hexdigest()
    # What the signature must cover, so that it cannot be used for another call.
    covers = {"host", "x-amz-date"} <= set(names) and ("x-amz-security-token" in names) == ("x-amz-security-token" in headers)
    return covers and hmac.compare_digest(wanted, signature)


async def read(receive):
    body, more = b"", True
    while more:
        event = await receive()
        if event["type"] != "http.request":
            break
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body


def replay(body, receive):
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again():
        return left.pop() if left else await receive()

    return again


async def refuse(send, message, code=None):
    # As the stack's own gateway response has it, so that a caller sees what it would see on AWS.
    request_id = str(uuid4())
    error = {
        "message": message,
        "type": "OAuthException",
        "code": code or 10,
        "error_data": {"details": message},
        "fbtrace_id": request_id,
    }
    body = json.dumps({"error": error}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def guarded(scope, receive, send):
    if scope["type"] == "lifespan":
        return await serve(scope, receive, send)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope.get("query_string", b"").decode("latin-1")
    if scope["type"] == "websocket":
        return  # No part of the service: the handshake ends with an error.
    refused = refusal_of_page(headers) or refusal_of_key(scope["path"], headers, query)
    if refused:
        return await refuse(send, refused)
    if not is_call_of_api(scope["path"]):
        return await serve(scope, receive, without_sharing(send))
    body = await read(receive)
    if not is_signed_right(scope, headers, query, body):
        return await refuse(send, "The AWS signature of the request does not match", 104)
    await serve(scope, replay(body, receive), without_sharing(send))


def without_sharing(send):
    """Takes away what MiniStack says to browsers: that any page may read the answer."""

    async def sent(event):
        if event["type"] == "http.response.start":
            kept = [one for one in event["headers"] if not bytes(one[0]).lower().startswith(b"access-control-")]
            event = {**event, "headers": kept}
        await send(event)

    return sent


def copy_lines(function_name, lines):
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # Without what CloudFormation puts around it, in which any digits may be.
    named = re.match(r".*-Functions([A-Za-z]+)Fun", function_name)
    name = named[1] if named else "another"
    # Functions log side by side.
    with log_lock:
        functions_log.write("".join(f"{now} {name} {line}\n" for line in lines))
        functions_log.flush()


def is_of_function(line):
    """Whether a function wrote the line itself: each of theirs is JSON."""
    return line.startswith("{")


def read_and_copy(worker):
    """In place of the thread that reads what a worker writes."""
    try:
        for line in worker._proc.stderr:
            text = line.rstrip("\n")
            if is_of_function(text):
                copy_lines(worker.func_name, [text])
            worker._stderr_queue.put(text)
    except (OSError, ValueError):
        pass  # The worker is gone.


def keep_and_copy_log(function, request_id, text, error, duration_ms, **more):
    keep_log(function, request_id, text, error, duration_ms, **more)
    others = [line for line in text.splitlines() if not is_of_function(line)]
    name = function.get("config", function)["FunctionName"]
    copy_lines(name, [*others, f"END RequestId: {request_id} Duration: {duration_ms} ms"])


lambda_runtime.Worker._read_stderr = read_and_copy
lambda_svc._emit_lambda_logs = keep_and_copy_log
ministack.app = guarded
ministack.main()
