"""Scripts as they go out: joined, small, the same program."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from chatbot.api.site.bundling import Packer, PackingError
from chatbot.api.site.pages import web_folder

FILES = {
    "main.js": '// What it is.\nimport { double } from "./sums.js";\nimport { name } from "../shared/names.js";\n'
    "const three = 3;\n"
    "export class Main {\n  #number = double(three);\n"
    "  get n() { return this.#number + name + this.#last(' #last .#ab'); }\n"
    "  #last(text) { return #number in this ? text : ''; }\n}\n",
    "sums.js": "/** @param {number} n */\nexport function double(n) { return count * n; }\nconst count = 2;\n",
    "names.js": "export const one = 1; // another folder has a file of this name\n",
    "../shared/names.js": 'import { mark } from "./marks.js";\nconst count = mark; // as in sums.js\n'
    'export const name = count + "/* kept */ // kept";\n',
    "../shared/marks.js": 'import { one } from "../widget/names.js";\nexport const mark = one - 1;\n',
    "other.js": "// Another language.\nexport default { hello: `a\n  b` };\n",
}


@pytest.fixture
def folder(tmp_path):
    for name in ("widget", "shared"):
        (tmp_path / name).mkdir()
    for name, text in FILES.items():
        (tmp_path / "widget" / name).write_text(text, "utf-8")
    return tmp_path / "widget"


@pytest.mark.skipif(not shutil.which("node") and not os.environ.get("CI"), reason="Node is not installed")
def test_a_joined_module_does_what_its_files_did(folder, tmp_path):
    packer = Packer(folder)
    for name in ("main.js", "other.js"):
        packed = packer.pack(name)
        assert packed is not None
        assert b"What it is" not in packed.plain
        assert b"@param" not in packed.plain
        assert b"#number" not in packed.plain
        (tmp_path / f"{name}.mjs").write_bytes(packed.plain)
    code = (
        'import { Main } from "./main.js.mjs"; import other from "./other.js.mjs";'
        "console.log(new Main().n, JSON.stringify(other));"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.stdout.strip() == '60/* kept */ // kept #last .#ab {"hello":"a\\n  b"}', done.stderr


@pytest.mark.skipif(not shutil.which("node") and not os.environ.get("CI"), reason="Node is not installed")
def test_what_a_page_loads_later_takes_from_its_start_what_that_has(folder, tmp_path):
    (folder / "sub").mkdir()
    (folder / "sub" / "page.js").write_text(
        'import { name } from "../../shared/names.js";\nimport { twice } from "../twice.js";\n'
        'import { Marked } from "../marked.js";\n'
        "export const isOne = (thing) => thing instanceof Marked && twice(name);\n",
        "utf-8",
    )
    (folder / "marked.js").write_text("export class Marked {}\n", "utf-8")
    (folder / "twice.js").write_text("export function twice(words) { return words + words; }\n", "utf-8")
    (folder / "start.js").write_text(
        'import { name } from "../shared/names.js";\nimport { Marked } from "./marked.js";\n'
        'export const told = async () => name + (await import("./sub/page.js")).isOne(new Marked());\n',
        "utf-8",
    )
    packer = Packer(folder, "start.js")
    for name in ("start.js", "sub/page.js"):
        file = tmp_path / "out" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(packer.pack(name).plain)
    assert b"class Marked" not in (tmp_path / "out/sub/page.js").read_bytes()
    (tmp_path / "out" / "package.json").write_text('{"type": "module"}', "utf-8")
    code = 'import("./start.js").then(async (start) => console.log(await start.told()));'
    done = subprocess.run(["node", "-e", code], capture_output=True, text=True, cwd=tmp_path / "out", check=False)
    assert done.stdout.strip() == "0/* kept */ // kept0/* kept */ // kept0/* kept */ // kept", done.stderr
    before = packer.pack("sub/page.js")
    os.utime(folder / "marked.js", ns=(2**62, 2**62))
    assert packer.pack("sub/page.js") is not before, "which modules the start has may have changed"


def test_what_is_taken_apart_stays_behind_what_it_is_taken_from(folder):
    code = (
        "export async function head(f) {\n  const one = f();\n  const { two } = await f({ one });\n  return two;\n}\n"
    )
    (folder / "head.js").write_text(code, "utf-8")
    small = Packer(folder).pack("head.js").plain.decode()
    assert small.index("=e()") < small.index("await e(")
    (folder / "head.js").write_text(code.replace("const one", "let one"), "utf-8")
    with pytest.raises(PackingError, match="turn this round or drop it"):
        Packer(folder).pack("head.js")

    (folder / "head.js").write_text("export function head(a, b) {\n  return void (a || b());\n}\n", "utf-8")
    with pytest.raises(PackingError, match="turn this round or drop it"):
        Packer(folder).pack("head.js")


def test_a_changed_file_is_packed_again(folder):
    packer = Packer(folder)
    before = packer.pack("main.js")
    assert packer.pack("main.js") is before
    other = packer.pack("other.js")
    names = folder.parent / "shared" / "names.js"
    names.write_text('export const name = "other";\n', "utf-8")
    os.utime(names, ns=(2**62, 2**62))
    assert packer.pack("other.js") is other
    after = packer.pack("main.js")
    assert before is not None
    assert after is not None
    assert before.etag != after.etag
    assert packer.pack("nothing.js") is None
    assert packer.pack("../shared/names.js") is None, "only this folder's scripts are entries"


@pytest.mark.parametrize(
    "line",
    [
        'import * as all from "./names.js";',
        'import { name as other } from "./names.js";',
        "export { count };",
        'import "./names.js";',
        'import { name } from "../../../shared/names.js";',
        "export default class {}",
    ],
)
def test_what_cannot_be_joined_is_told(folder, line):
    (folder / "sums.js").write_text(f"{line}\nexport function double(n) {{ return n; }}\n", "utf-8")
    if line.startswith("export default"):  # understood, but no neighbour could ask for it by that name
        (folder / "main.js").write_text('import other from "./sums.js";\n', "utf-8")
    with pytest.raises(PackingError, match=r"cannot join"):
        Packer(folder).pack("main.js")


@pytest.mark.parametrize("line", ["const here = import.meta.url;", 'const more = () => import("./other.js");'])
def test_an_address_relative_to_another_folder_is_told(folder, line):
    names = folder.parent / "shared" / "names.js"
    names.write_text(f'{line}\nexport const name = "";\n', "utf-8")
    with pytest.raises(PackingError, match=r"relative to widget/"):
        Packer(folder).pack("main.js")
    names.write_text(f'/** {line} */\nexport const name = "";\n', "utf-8")  # a type named in a comment is none
    assert Packer(folder).pack("main.js")


@pytest.mark.parametrize("name", ["double", "three", "Main"])
def test_a_name_that_two_modules_have_is_told(folder, name):
    names = folder.parent / "shared" / "names.js"
    names.write_text(f"export const name = 1;\nexport const {name} = 2;\n", "utf-8")
    with pytest.raises(PackingError, match=f"both have a name `{name}`"):
        Packer(folder).pack("main.js")


def test_modules_that_need_each_other_are_told(folder):
    (folder.parent / "shared" / "names.js").write_text(
        'import { Main } from "../widget/main.js";\nexport const name = Main;\n', "utf-8"
    )
    with pytest.raises(PackingError, match="imports itself"):
        Packer(folder).pack("main.js")


async def test_goes_out_compressed_to_whoever_can_read_it(desk):
    plain = await desk.client.get("/widget/chat.js", headers={"Accept-Encoding": "identity"})
    zipped = await desk.client.get("/widget/chat.js", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert zipped.text == plain.text  # the client has unpacked it
    assert "Accept-Encoding" in zipped.headers["vary"]
    style = await desk.client.get("/console/console.css", headers={"Accept-Encoding": "gzip"})
    assert style.headers["content-encoding"] == "gzip"
    assert style.headers["content-type"].startswith("text/css")
    assert "access-control-allow-origin" not in style.headers
    assert (await desk.client.get("/console/%2e%2e/docs/docs.css")).status_code == 404


@pytest.mark.parametrize(("page", "start"), [("widget", None), ("console", "console.js")])
@pytest.mark.skipif(not shutil.which("node") and not os.environ.get("CI"), reason="Node is not installed")
def test_every_packed_script_can_be_read(tmp_path, page, start):
    folder = web_folder() / page
    packer = Packer(folder, start)
    for path in folder.rglob("*.js"):
        name = path.relative_to(folder).as_posix()
        packed = packer.pack(name)
        assert packed is not None or (start and name != start), "only the start may have it in itself"
        if packed is not None:
            (tmp_path / f"{name.replace('/', '-')}.mjs").write_bytes(packed.plain)
    for made in sorted(tmp_path.glob("*.mjs")):
        read = subprocess.run(["node", "--check", made], capture_output=True, text=True, check=False)
        assert read.returncode == 0, read.stderr
