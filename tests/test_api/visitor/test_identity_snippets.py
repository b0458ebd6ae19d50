"""What docs/identity.md tells other servers to write, run as it stands: our server takes what it makes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.service.visitors import inbox_keys
from chatbot.service.visitors.identity import Algorithm
from tests.test_api.visitor.test_identity import new_key, server

PAGE = Path(__file__).resolve().parents[3] / "docs/identity.md"
NAME = 'Ada "Zoë" O\'Neill/日本'  # what JSON and base64url may trip over
SECRET = "the secret of another chat, taken along"
# Language: program, ending, what stands before a snippet, what prints its result.
LANGUAGES = {
    "python": (
        sys.executable,
        "py",
        "from types import SimpleNamespace as User\nKID, SECRET, user = {kid}, {secret}, User(id={id}, name={name})\n",
        "\nprint({made})",
    ),
    "js": (
        "node",
        "mjs",
        "const [KID, SECRET, user] = [{kid}, {secret}, {{ id: {id}, name: {name} }}];\n",
        "\nconsole.log({made});",
    ),
    "php": (
        "php",
        "php",
        "<?php\n[$kid, $secret, $user] = [{kid}, {secret}, (object) ['id' => {id}, 'name' => {name}]];\n",
        "\necho ${made};",
    ),
}


def snippet(language: str, naming: str) -> str:
    """The one block of the page in this language that makes something of that name."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (found,) = [block for block in blocks if re.search(rf"^(?:const |\$)?{naming} = ", block, re.MULTILINE)]
    return found


async def made_by(language: str, made: str, folder: Path, **given: str) -> str:
    program, ending, before, after = LANGUAGES[language]
    if shutil.which(program) is None:
        if os.environ.get("UNDERSTUDY_CI") and program != "node":  # as everywhere, Node may be missing
            pytest.fail(f"{program} is not installed.")
        pytest.skip(f"{program} is not installed.")
    known = {name: json.dumps(value, ensure_ascii=False) for name, value in given.items()}
    file = folder / f"snippet.{ending}"
    file.write_text(before.format(**known) + snippet(language, made) + after.format(made=made), "utf-8")
    run = await asyncio.to_thread(
        subprocess.run, [program, str(file)], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_token_is_believed(desk, tmp_path, language):
    kid, secret = await new_key(desk)
    given = {"kid": kid, "secret": secret, "id": "ada-7", "name": NAME}
    token = await made_by(language, "token", tmp_path, **given)
    answer = await desk.client.post("/v1/visitor", json={"token": token})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["verified"], answer.json()["name"]) == (True, NAME)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_hash_is_believed(desk, tmp_path, language):
    run = server(desk)
    async with run.database.write() as session:
        overlap = timedelta(hours=1)
        await inbox_keys.rotate_key(
            session, "default", Algorithm.USER_HASH, run.encryptor, run.clock, overlap=overlap, given=SECRET
        )
    made = await made_by(language, "user_hash", tmp_path, kid="", secret=SECRET, id="ada-7", name=NAME)
    proof = {"user_id": "ada-7", "user_hash": made}
    assert (await desk.client.post("/v1/visitor", json=proof)).status_code == 200
    assert (await desk.client.post("/v1/visitor", json={**proof, "user_id": "grace"})).status_code == 401
