// What VS Code calls. All that is said of the code comes from `wbcheck server`.

import * as vscode from "vscode";
import { fixAll } from "./fix";
import { onInterpreter } from "./python";
import { Server } from "./server";
import { needsRestart } from "./settings";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("wbcheck", { log: true });
  const own = new Server(output);
  server = own;
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("wbcheck.restart", () => own.restart()),
    vscode.commands.registerCommand("wbcheck.fixAll", fixAll),
    vscode.commands.registerCommand("wbcheck.showOutput", () => output.show()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (needsRestart(change)) {
        void own.restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      void own.restart();
      void follow();
    }),
  );

  async function follow(): Promise<void> {
    const following = await onInterpreter(() => void own.restart());
    if (following !== undefined) {
      context.subscriptions.push(following);
    }
  }

  if (vscode.workspace.isTrusted) {
    void follow();
  }
  await own.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
  server = undefined;
}
