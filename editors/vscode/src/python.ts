// The interpreter that the Python extension has selected, where that extension is installed.

import * as vscode from "vscode";

interface Environments {
  getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
  resolveEnvironment(environment: { readonly path: string }): Promise<
    { readonly executable: { readonly uri?: vscode.Uri } } | undefined
  >;
  readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
}

async function environments(): Promise<Environments | undefined> {
  const extension = vscode.extensions.getExtension<{ environments?: Environments }>("ms-python.python");
  if (extension === undefined) {
    return undefined;
  }
  try {
    return (extension.isActive ? extension.exports : await extension.activate())?.environments;
  } catch {
    return undefined; // that it does not start is for it to say
  }
}

/** The absolute path of the interpreter that is selected for the first folder. */
export async function activeInterpreter(): Promise<string | undefined> {
  const known = await environments();
  if (known === undefined) {
    return undefined;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const resolved = await known.resolveEnvironment(known.getActiveEnvironmentPath(folder));
  return resolved?.executable.uri?.fsPath;
}

/** Have something done when another interpreter is selected. */
export async function onInterpreter(changed: () => void): Promise<vscode.Disposable | undefined> {
  return (await environments())?.onDidChangeActiveEnvironmentPath(changed);
}
