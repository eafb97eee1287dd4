// Which wbcheck is started.

import assert from "node:assert/strict";
import { test } from "node:test";
import { find, type Machine, NotFound, type Wish } from "../src/find";

const WISH: Wish = { path: "", interpreter: "", args: [], folders: ["/work"], trusted: true };

function machine(files: string[], more: Partial<Machine> = {}): Machine {
  return {
    platform: "linux",
    env: { PATH: "/usr/local/bin:/usr/bin" },
    home: "/home/me",
    isFile: (file) => files.includes(file),
    ...more,
  };
}

const EVERYWHERE = [
  "/opt/wbcheck",
  "/opt/py/bin/python",
  "/envs/ml/bin/wbcheck",
  "/work/.venv/bin/wbcheck",
  "/usr/bin/wbcheck",
];

test("the nearest one is taken: settings, interpreter, environment of the workspace, PATH", () => {
  const all = { ...WISH, path: "/opt/wbcheck", interpreter: "/opt/py/bin/python", active: "/envs/ml/bin/python" };
  const here = machine(EVERYWHERE);
  assert.deepEqual(find(all, here), { command: "/opt/wbcheck", args: ["server"], source: "the setting wbcheck.path" });
  assert.deepEqual(find({ ...all, path: "" }, here), {
    command: "/opt/py/bin/python",
    args: ["-P", "-m", "wbcheck", "server"],
    source: "the setting wbcheck.interpreter",
  });
  assert.equal(find({ ...all, path: "", interpreter: "" }, here).command, "/envs/ml/bin/wbcheck");
  assert.equal(find(WISH, here).command, "/work/.venv/bin/wbcheck");
  assert.equal(find(WISH, machine(["/usr/bin/wbcheck"])).command, "/usr/bin/wbcheck");
});

test("an interpreter without wbcheck is passed over", () => {
  const wish = { ...WISH, active: "/envs/other/bin/python" };
  assert.equal(find(wish, machine(EVERYWHERE)).source, ".venv of the workspace");
});

test("every folder of the workspace is searched, in their order", () => {
  const wish = { ...WISH, folders: ["/one", "/two"] };
  const here = machine(["/two/.venv/bin/wbcheck", "/one/venv/bin/wbcheck"]);
  assert.equal(find(wish, here).command, "/one/venv/bin/wbcheck");
});

test("nothing of a workspace that is not trusted is run", () => {
  const wish = { ...WISH, active: "/work/.venv/bin/python", trusted: false };
  assert.deepEqual(find(wish, machine(EVERYWHERE)), {
    command: "/usr/bin/wbcheck",
    args: ["server", "--untrusted"],
    source: "the PATH",
  });
  const inside = machine(["/work/bin/wbcheck", "bin/wbcheck", "wbcheck"], { env: { PATH: "/work/bin:bin::." } });
  assert.throws(() => find(wish, inside), /not trusted/);
  assert.throws(() => find({ ...wish, path: "wbcheck" }, inside), NotFound);
});

test("a folder beside the workspace is not in it", () => {
  const here = machine(["/work-tools/wbcheck", "/..work/wbcheck"], { env: { PATH: "/work-tools" } });
  assert.equal(find({ ...WISH, trusted: false }, here).command, "/work-tools/wbcheck");
});

test("a setting is a word of the PATH, a path, or has variables in it", () => {
  const files = ["/usr/bin/wbcheck-next", "/work/tools/wbcheck", "/home/me/bin/wbcheck", "/envs/x/bin/wbcheck"];
  const here = machine(files, { env: { PATH: "/usr/bin", ENVS: "/envs" } });
  const command = (path: string) => find({ ...WISH, path }, here).command;
  assert.equal(command("wbcheck-next"), "/usr/bin/wbcheck-next");
  assert.equal(command("tools/wbcheck"), "/work/tools/wbcheck");
  assert.equal(command("${workspaceFolder}/tools/wbcheck"), "/work/tools/wbcheck");
  assert.equal(command("~/bin/wbcheck"), "/home/me/bin/wbcheck");
  assert.equal(command("${env:ENVS}/x/bin/wbcheck"), "/envs/x/bin/wbcheck");
});

test("what is set and not there is told, and nothing else is taken in its place", () => {
  assert.throws(() => find({ ...WISH, path: "/gone/wbcheck" }, machine(EVERYWHERE)), {
    message: 'wbcheck.path is "/gone/wbcheck", and there is no such file.',
  });
  assert.throws(() => find({ ...WISH, interpreter: "python9" }, machine(EVERYWHERE)), {
    message: 'wbcheck.interpreter is "python9", and there is no such file on the PATH.',
  });
  assert.throws(() => find(WISH, machine([])), /pip install 'wbcheck\[lsp\]'/);
});

test("more arguments follow", () => {
  const wish = { ...WISH, args: ["--untrusted"] };
  assert.deepEqual(find(wish, machine(EVERYWHERE)).args, ["server", "--untrusted"]);
});

test("Windows has its own names and folders", () => {
  const here = machine(["C:\\work\\.venv\\Scripts\\wbcheck.exe", "C:\\Python\\Scripts\\wbcheck.exe"], {
    platform: "win32",
    env: { Path: "C:\\Python\\Scripts;C:\\Windows" },
  });
  const wish = { ...WISH, folders: ["C:\\work"] };
  assert.equal(find(wish, here).command, "C:\\work\\.venv\\Scripts\\wbcheck.exe");
  assert.equal(find({ ...wish, trusted: false }, here).command, "C:\\Python\\Scripts\\wbcheck.exe");
  assert.equal(
    find({ ...wish, active: "C:\\Python\\python.exe" }, here).command,
    "C:\\Python\\Scripts\\wbcheck.exe",
  );
});
