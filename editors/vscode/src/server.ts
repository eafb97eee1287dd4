// The server's life: started, stopped and started anew, one at a time.

import { statSync } from "node:fs";
import { homedir } from "node:os";
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";
import { type Found, find, type Machine, NotFound } from "./find";
import { activeInterpreter } from "./python";
import { read, type Settings } from "./settings";

/** What the server reads: code, notebooks by their cells, and what sets variables. */
export const DOCUMENTS: NonNullable<LanguageClientOptions["documentSelector"]> = [
  ...["python", "yaml", "shellscript", "dockerfile", "makefile"].map((language) => ({ scheme: "file", language })),
  { scheme: "file", pattern: "**/{.env,.env.*,*.env,*.slurm,*.sbatch,MLproject,justfile}" },
  { notebook: { scheme: "file", notebookType: "jupyter-notebook" }, language: "python" },
];

const MACHINE: Machine = {
  platform: process.platform,
  env: process.env,
  home: homedir(),
  isFile: (file) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false,
};

export class Server {
  private client: LanguageClient | undefined;
  private work: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(
    private readonly output: vscode.LogOutputChannel,
    private readonly machine: Machine = MACHINE,
  ) {}

  /** Stop what runs and start what is set now. Wishes that come while one is granted become one. */
  restart(): Promise<void> {
    const mine = ++this.waiting;
    return this.after(async () => {
      if (mine === this.waiting) {
        await this.end();
        await this.begin();
      }
    });
  }

  stop(): Promise<void> {
    this.waiting += 1;
    return this.after(() => this.end());
  }

  private after(job: () => Promise<void>): Promise<void> {
    this.work = this.work.then(job).catch((error: unknown) => this.complain(error));
    return this.work;
  }

  private async begin(): Promise<void> {
    const set = read();
    if (!set.enable) {
      this.output.info("wbcheck is turned off by the setting wbcheck.enable");
      return;
    }
    const found = await this.find(set);
    this.output.info(`${[found.command, ...found.args].join(" ")} (from ${found.source})`);
    const client = new LanguageClient("wbcheck", "wbcheck", run(found), this.options(set));
    this.client = client;
    await client.start();
  }

  private async end(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.output.warn(`the server did not end in an orderly way: ${String(error)}`);
    }
  }

  private async find(set: Settings): Promise<Found> {
    const trusted = vscode.workspace.isTrusted;
    const active = trusted && !set.path && !set.interpreter ? await activeInterpreter() : undefined;
    return find({ ...set, folders: folders(), active, trusted }, this.machine);
  }

  private options(set: Settings): LanguageClientOptions {
    return {
      documentSelector: DOCUMENTS,
      outputChannel: this.output,
      initializationOptions: { trusted: vscode.workspace.isTrusted, wholeProject: set.wholeProject },
    };
  }

  private complain(error: unknown): void {
    const words = error instanceof NotFound ? error.message : `The wbcheck server could not be started: ${String(error)}`;
    this.output.error(words);
    const show = "Show Output";
    void vscode.window.showErrorMessage(words, show).then((chosen) => {
      if (chosen === show) {
        this.output.show();
      }
    });
  }
}

function run(found: Found): ServerOptions {
  const cwd = folders()[0];
  return { command: found.command, args: [...found.args], ...(cwd === undefined ? {} : { options: { cwd } }) };
}

function folders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
}
