// What is set in the editor, and what of it needs a new server.

import * as vscode from "vscode";

export interface Settings {
  readonly enable: boolean;
  readonly path: string;
  readonly interpreter: string;
  readonly args: readonly string[];
  readonly wholeProject: boolean;
}

const NEEDS_A_SERVER = ["enable", "path", "interpreter", "args", "wholeProject"];

/** The settings that hold now. In a workspace that is not trusted VS Code leaves its own out of those that are restricted. */
export function read(): Settings {
  const set = vscode.workspace.getConfiguration("wbcheck");
  return {
    enable: set.get("enable", true),
    path: set.get("path", "").trim(),
    interpreter: set.get("interpreter", "").trim(),
    args: set.get<string[]>("args", []),
    wholeProject: set.get("wholeProject", true),
  };
}

/** Whether the server must start anew after such a change; the client itself follows `trace.server`. */
export function needsRestart(change: vscode.ConfigurationChangeEvent): boolean {
  return NEEDS_A_SERVER.some((name) => change.affectsConfiguration(`wbcheck.${name}`));
}
