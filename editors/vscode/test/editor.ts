// Stands for the module `vscode` in tests: as much of it as the extension uses, and what was done to it.

export type Listener<T> = (event: T) => void;

class Emitter<T> {
  private readonly listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>): { dispose(): void } => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire(event: T): void {
    for (const listener of this.listeners) {
      listener(event);
    }
  }
}

export class Range {
  constructor(
    readonly startLine: number,
    readonly startCharacter: number,
    readonly endLine: number,
    readonly endCharacter: number,
  ) {}
}

const changed = new Emitter<{ affectsConfiguration(section: string): boolean }>();
const granted = new Emitter<void>();
const selected = new Emitter<void>();

/** What a test sets, and what the extension did. */
export const desk = {
  settings: {} as Record<string, unknown>,
  interpreter: undefined as string | undefined,
  errors: [] as string[],
  remarks: [] as string[],
  lines: [] as string[],
  shown: 0,
  button: undefined as string | undefined,
  commands: new Map<string, () => unknown>(),
  executed: [] as unknown[][],
  offered: undefined as unknown,
  applied: [] as unknown[],
  applies: true,
  reset(): void {
    Object.assign(this, { settings: {}, interpreter: undefined, errors: [], remarks: [], lines: [], shown: 0 });
    Object.assign(this, { button: undefined, executed: [], offered: undefined, applied: [], applies: true });
    this.commands.clear();
    Object.assign(workspace, { isTrusted: true, workspaceFolders: undefined });
    window.activeTextEditor = undefined;
  },
  set(name: string, value: unknown): void {
    this.settings[name] = value;
    changed.fire({ affectsConfiguration: (section) => section === `wbcheck.${name}` });
  },
  trust(): void {
    workspace.isTrusted = true;
    granted.fire();
  },
  select(interpreter: string): void {
    this.interpreter = interpreter;
    selected.fire();
  },
};

export const workspace = {
  isTrusted: true,
  workspaceFolders: undefined as { uri: { fsPath: string } }[] | undefined,
  getConfiguration: (section: string) => ({
    get: <T>(name: string, otherwise: T): T =>
      section === "wbcheck" && name in desk.settings ? (desk.settings[name] as T) : otherwise,
  }),
  onDidChangeConfiguration: changed.event,
  onDidGrantWorkspaceTrust: granted.event,
  applyEdit: async (edit: unknown) => {
    desk.applied.push(edit);
    return desk.applies;
  },
};

export const window = {
  activeTextEditor: undefined as { document: { uri: string; lineCount: number } } | undefined,
  createOutputChannel: () => ({
    info: (line: string) => desk.lines.push(line),
    warn: (line: string) => desk.lines.push(line),
    error: (line: string) => desk.lines.push(line),
    show: () => {
      desk.shown += 1;
    },
    dispose: () => undefined,
  }),
  showErrorMessage: async (words: string) => {
    desk.errors.push(words);
    return desk.button;
  },
  showInformationMessage: async (words: string) => {
    desk.remarks.push(words);
    return undefined;
  },
};

export const commands = {
  registerCommand: (name: string, work: () => unknown) => {
    desk.commands.set(name, work);
    return { dispose: () => desk.commands.delete(name) };
  },
  executeCommand: async (...asked: unknown[]) => {
    desk.executed.push(asked);
    return desk.offered;
  },
};

export const extensions = {
  getExtension: (id: string) =>
    id === "ms-python.python" && desk.interpreter !== undefined
      ? {
          isActive: false,
          activate: async () => ({
            environments: {
              getActiveEnvironmentPath: () => ({ path: desk.interpreter }),
              resolveEnvironment: async (environment: { path: string }) => ({
                executable: { uri: { fsPath: environment.path } },
              }),
              onDidChangeActiveEnvironmentPath: selected.event,
            },
          }),
        }
      : undefined,
};
