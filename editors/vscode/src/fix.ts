// The command that makes all safe fixes in the file that is looked at.

import * as vscode from "vscode";

const KIND = "source.fixAll.wbcheck";

/** Ask the server for the action and do it; say so where there is nothing to do. */
export async function fixAll(): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document === undefined) {
    return;
  }
  const all = new vscode.Range(0, 0, document.lineCount, 0);
  const offered = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    document.uri,
    all,
    KIND,
  );
  const edit = offered?.find((action) => action.kind?.value === KIND)?.edit;
  if (edit === undefined) {
    void vscode.window.showInformationMessage("wbcheck: there is nothing here that has a safe fix.");
  } else if (!(await vscode.workspace.applyEdit(edit))) {
    void vscode.window.showErrorMessage("wbcheck: the fixes could not be made, as the text has changed meanwhile.");
  }
}
