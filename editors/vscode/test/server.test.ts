// The real `wbcheck server`, spoken to as the extension's client does. WBCHECK names the command, else it is the PATH's.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  type CodeAction,
  CodeActionRequest,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenNotebookDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  NotebookCellKind,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { find } from "../src/find";

const BAD = 'import wandb\n\nrun = wandb.init(name="my_run", project="texts")\nrun.finish()\n';
const PLUGIN = 'raise SystemExit("the plug-in was loaded")\n';

let folder: string;
let server: ChildProcess;
let connection: ProtocolConnection;
let begun: InitializeResult;
let said: PublishDiagnosticsParams[];
let told: () => void;

const uri = (name: string) => pathToFileURL(join(folder, name)).href;

/** Start the server as the extension would. */
async function start(trusted: boolean): Promise<void> {
  const found = find(
    { path: process.env["WBCHECK"] ?? "wbcheck", interpreter: "", args: [], folders: [folder], trusted },
    { platform: process.platform, env: process.env, home: homedir(), isFile: existsSync },
  );
  server = spawn(found.command, [...found.args], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  assert.ok(server.stdout && server.stdin);
  connection = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  said = [];
  told = () => undefined;
  connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
    said.push(params);
    told();
  });
  server.once("exit", () => told());
  connection.listen();
  begun = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: uri(""),
    workspaceFolders: [{ uri: uri(""), name: "work" }],
    initializationOptions: { trusted, wholeProject: false },
    capabilities: { general: { positionEncodings: ["utf-16"] } },
  });
  await connection.sendNotification(InitializedNotification.type, {});
}

/** What is said last of a document, once that holds. */
async function until(address: string, holds: (codes: unknown[]) => boolean): Promise<PublishDiagnosticsParams> {
  for (;;) {
    const last = said.findLast((each) => each.uri === address);
    if (last !== undefined && holds(last.diagnostics.map((each) => each.code))) {
      return last;
    }
    assert.equal(server.exitCode, null, "the server is gone");
    await new Promise<void>((done) => {
      told = done;
    });
  }
}

async function open(name: string, text: string): Promise<void> {
  const textDocument = { uri: uri(name), languageId: "python", version: 1, text };
  await connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbcheck-"));
});

afterEach(async () => {
  await connection.sendRequest(ShutdownRequest.type);
  const over = new Promise((done) => server.once("exit", done));
  await connection.sendNotification(ExitNotification.type);
  assert.equal(await over, 0);
  connection.dispose();
  rmSync(folder, { recursive: true });
});

test("findings come and go, and a fix mends one", async () => {
  await start(true);
  assert.equal(begun.serverInfo?.name, "wbcheck");
  await open("a.py", BAD);
  const { diagnostics } = await until(uri("a.py"), (codes) => codes.includes("WB101"));
  const found = diagnostics.find((each) => each.code === "WB101");
  assert.deepEqual(found?.range.start, { line: 2, character: 23 });
  const asked = { textDocument: { uri: uri("a.py") }, range: found.range };
  const only = ["source.fixAll.wbcheck"];
  const [action] = ((await connection.sendRequest(CodeActionRequest.type, {
    ...asked,
    context: { diagnostics: [], only },
  })) ?? []) as CodeAction[];
  assert.deepEqual(action?.edit?.changes?.[uri("a.py")]?.map((each) => each.newText), ["-"]);
  await connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri: uri("a.py"), version: 2 },
    contentChanges: [{ text: BAD.replace("my_run", "my-run") }],
  });
  await until(uri("a.py"), (codes) => !codes.includes("WB101"));
});

test("plug-ins of a workspace that is not trusted are not loaded", async () => {
  writeFileSync(join(folder, "house.py"), PLUGIN);
  writeFileSync(join(folder, "wbcheck.toml"), 'plugins = ["./house.py"]\n');
  await start(false);
  await open("a.py", BAD);
  await until(uri("a.py"), (codes) => codes.includes("WB101"));
});

test("a notebook's findings lie in its cells", async () => {
  await start(true);
  const cell = `${uri("a.ipynb")}#first`.replace("file:", "vscode-notebook-cell:");
  await connection.sendNotification(DidOpenNotebookDocumentNotification.type, {
    notebookDocument: {
      uri: uri("a.ipynb"),
      notebookType: "jupyter-notebook",
      version: 1,
      cells: [{ kind: NotebookCellKind.Code, document: cell }],
    },
    cellTextDocuments: [{ uri: cell, languageId: "python", version: 1, text: BAD }],
  });
  await until(cell, (codes) => codes.includes("WB101"));
});
