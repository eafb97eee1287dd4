// The extension in an editor that is made up: what it starts, ends and says.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import type { ExtensionContext } from "vscode";
import { activate, deactivate } from "../src/extension";
import { ended, started, trouble } from "./client";
import { desk, window, workspace } from "./editor";

let folder: string;
let context: { subscriptions: { dispose(): void }[] };

/** A file that could be run. */
function program(...parts: string[]): string {
  const file = join(folder, ...parts);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, "");
  chmodSync(file, 0o755);
  return file;
}

/** Let everything that was begun come to its end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise((done) => setImmediate(done));
  }
}

async function open(): Promise<void> {
  context = { subscriptions: [] };
  await activate(context as unknown as ExtensionContext);
  await settled();
}

beforeEach(() => {
  desk.reset();
  folder = mkdtempSync(join(tmpdir(), "wbcheck-"));
  workspace.workspaceFolders = [{ uri: { fsPath: folder } }];
  started.length = ended.length = 0;
});

afterEach(async () => {
  await deactivate();
  for (const each of context.subscriptions) {
    each.dispose();
  }
  rmSync(folder, { recursive: true });
});

test("the environment of the workspace is started, in its folder", async () => {
  const command = program(".venv", "bin", "wbcheck");
  await open();
  assert.deepEqual(
    started.map((each) => each.run),
    [{ command, args: ["server"], options: { cwd: folder } }],
  );
  assert.deepEqual(started[0]?.options.initializationOptions, { trusted: true, wholeProject: true });
  assert.match(desk.lines.join("\n"), /from \.venv of the workspace/);
  await deactivate();
  assert.equal(ended.length, 1);
});

test("another interpreter is another server", async () => {
  const first = program("one", "bin", "wbcheck");
  const second = program("two", "bin", "wbcheck");
  desk.interpreter = join(folder, "one", "bin", "python");
  await open();
  desk.select(join(folder, "two", "bin", "python"));
  await settled();
  assert.deepEqual(
    started.map((each) => each.run.command),
    [first, second],
  );
  assert.equal(ended.length, 1);
});

test("a setting that changes starts the server anew, many at once do it once, others do not", async () => {
  program(".venv", "bin", "wbcheck");
  await open();
  desk.set("wholeProject", false);
  desk.set("args", ["--untrusted"]);
  await settled();
  assert.equal(started.length, 2);
  assert.equal(ended.length, 1);
  assert.deepEqual(started[1]?.run.args, ["server", "--untrusted"]);
  assert.deepEqual(started[1]?.options.initializationOptions, { trusted: true, wholeProject: false });
  desk.set("trace.server", "verbose");
  await settled();
  assert.equal(started.length, 2);
});

test("turned off nothing runs, and turned on it runs again", async () => {
  program(".venv", "bin", "wbcheck");
  desk.settings["enable"] = false;
  await open();
  assert.equal(started.length, 0);
  desk.set("enable", true);
  await settled();
  assert.equal(started.length, 1);
  desk.set("enable", false);
  await settled();
  assert.equal(ended.length, 1);
  assert.deepEqual(desk.errors, []);
});

test("a workspace that is not trusted runs nothing of its own until it is", async () => {
  const own = program(".venv", "bin", "wbcheck");
  const mine = mkdtempSync(join(tmpdir(), "wbcheck-mine-"));
  const other = join(mine, "wbcheck");
  writeFileSync(other, "");
  desk.settings["path"] = other; // of the person: VS Code does not hand out what such a workspace sets
  desk.interpreter = join(folder, ".venv", "bin", "python");
  workspace.isTrusted = false;
  await open();
  assert.deepEqual(started[0]?.run.args, ["server", "--untrusted"]);
  assert.deepEqual(started[0]?.options.initializationOptions, { trusted: false, wholeProject: true });
  desk.settings["path"] = "";
  desk.trust();
  await settled();
  assert.equal(started[1]?.run.command, own);
  assert.deepEqual(started[1]?.options.initializationOptions, { trusted: true, wholeProject: true });
  rmSync(mine, { recursive: true });
});

test("what is not there is told, and the button shows the output", async () => {
  desk.settings["path"] = "/gone/wbcheck";
  desk.button = "Show Output";
  await open();
  assert.deepEqual(desk.errors, ['wbcheck.path is "/gone/wbcheck", and there is no such file.']);
  assert.equal(desk.shown, 1);
  program(".venv", "bin", "wbcheck");
  desk.set("path", "");
  await settled();
  assert.equal(started.length, 1);
});

test("a server that does not start is told, and can be started again", async () => {
  program(".venv", "bin", "wbcheck");
  trouble.next = new Error("it has no pygls");
  await open();
  assert.deepEqual(desk.errors, ["The wbcheck server could not be started: Error: it has no pygls"]);
  await desk.commands.get("wbcheck.restart")?.();
  assert.equal(started.length, 1);
});

test("all safe fixes are made by the server's action", async () => {
  program(".venv", "bin", "wbcheck");
  await open();
  const fixAll = desk.commands.get("wbcheck.fixAll");
  await fixAll?.();
  assert.equal(desk.executed.length, 0, "nothing is looked at");
  window.activeTextEditor = { document: { uri: "file:///a.py", lineCount: 9 } };
  desk.offered = [];
  await fixAll?.();
  assert.equal(desk.remarks.length, 1);
  const [name, uri, , kind] = desk.executed[0] ?? [];
  assert.deepEqual([name, uri, kind], ["vscode.executeCodeActionProvider", "file:///a.py", "source.fixAll.wbcheck"]);
  desk.offered = [{ kind: { value: "source.fixAll.wbcheck" }, edit: "the edit" }];
  await fixAll?.();
  assert.deepEqual(desk.applied, ["the edit"]);
  desk.applies = false;
  await fixAll?.();
  assert.equal(desk.errors.length, 1);
});

test("the output is shown when it is asked for", async () => {
  program(".venv", "bin", "wbcheck");
  await open();
  desk.commands.get("wbcheck.showOutput")?.();
  assert.equal(desk.shown, 1);
});
