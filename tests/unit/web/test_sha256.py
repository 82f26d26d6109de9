"""The pages' own SHA-256 gives what everybody's gives, however the bytes come."""

import hashlib
import json
import random
import subprocess

from tests.support.machine import Needs
from tests.unit.web.test_catalogues import WEB

SCRIPT = WEB / "static" / "sha256.js"
RUN = """
require(process.argv[1]);
const wanted = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(wanted.map(([text, step]) => {
  const bytes = new Uint8Array(Buffer.from(text, "hex")), sum = new Sha256();
  for (let at = 0; at < bytes.length; at += step) sum.update(bytes.subarray(at, at + step));
  return sum.hex();
})));
"""
KNOWN = {
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    b"a" * 1_000_000: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
}


def test_the_pages_hash_as_the_server_does(needs: Needs) -> None:
    node = needs.program("node", "apt-get install nodejs")
    chance = random.Random(7)
    lengths = [*range(50, 70), 119, 120, 127, 128, 129, 100_003]
    contents = [*KNOWN, *(chance.randbytes(length) for length in lengths)]
    steps = [chance.choice((1, 63, 64, 65, 4096)) for _ in contents]
    asked = json.dumps([[c.hex(), step] for c, step in zip(contents, steps, strict=True)])
    done = subprocess.run(
        [str(node), "-e", RUN, str(SCRIPT)],
        input=asked.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    found = json.loads(done.stdout)
    assert found[: len(KNOWN)] == list(KNOWN.values())
    assert found == [hashlib.sha256(content).hexdigest() for content in contents]
