"""Ask a running sample desk one question over HTTP, as a customer's browser would; standard library only."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request

TIME_TO_ANSWER = 60.0  # seconds from starting `understudy demo`, the promise of the README


def call(url: str, body: dict[str, object] | None = None, token: str | None = None) -> dict[str, object]:
    """One JSON request."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - the address is ours
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        parsed: dict[str, object] = json.load(answer)
    return parsed


def main(server: str) -> int:
    """Wait for the server, ask, wait for the answer; 0 when it came in time."""
    started = time.monotonic()
    conversation: dict[str, object] | None = None
    while time.monotonic() - started < TIME_TO_ANSWER:
        try:
            if conversation is None:
                call(f"{server}/health/ready")
                conversation = call(f"{server}/v1/conversations", {})
                print(f"ready after {time.monotonic() - started:.1f} s")
                message = {"client_id": "smoke-1", "text": "How do I return something?"}
                call(f"{server}/v1/conversations/{conversation['id']}/messages", message, str(conversation["token"]))
            snapshot = call(f"{server}/v1/conversations/{conversation['id']}", token=str(conversation["token"]))
            messages = snapshot["messages"]
            assert isinstance(messages, list)
            replies = [message for message in messages if message["role"] == "bot"]
            if replies:
                print(f"answered after {time.monotonic() - started:.1f} s:", replies[0]["text"][:200])
                return 0
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.5)
    print(f"no answer within {TIME_TO_ANSWER:.0f} s", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
