// Stands for `vscode-languageclient/node` in tests: notes which servers were started and ended.

export interface Start {
  readonly run: { command: string; args: string[]; options?: { cwd: string } };
  readonly options: { initializationOptions: unknown; documentSelector: unknown };
}

export const started: Start[] = [];
export const ended: Start[] = [];
/** Set it, and the next server does not start. */
export const trouble: { next: Error | undefined } = { next: undefined };

export class LanguageClient {
  private readonly start_: Start;

  constructor(_id: string, _name: string, run: Start["run"], options: Start["options"]) {
    this.start_ = { run, options };
  }

  async start(): Promise<void> {
    const { next } = trouble;
    trouble.next = undefined;
    await new Promise((done) => setImmediate(done));
    if (next !== undefined) {
      throw next;
    }
    started.push(this.start_);
  }

  async dispose(): Promise<void> {
    await new Promise((done) => setImmediate(done));
    ended.push(this.start_);
  }
}
