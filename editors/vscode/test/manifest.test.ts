// package.json says what the code does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { desk } from "./editor";
import { read } from "../src/settings";
import { activate, deactivate } from "../src/extension";

const ROOT = process.cwd();
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

test("the settings are those that are read, with the same defaults", () => {
  desk.reset();
  const said = Object.entries<{ default: unknown }>(manifest.contributes.configuration.properties);
  const defaults = Object.fromEntries(said.map(([name, each]) => [name.replace("wbcheck.", ""), each.default]));
  delete defaults["trace.server"]; // the client reads it
  assert.deepEqual(defaults, { ...read() });
});

test("settings that name what is run are restricted to workspaces that are trusted", () => {
  const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.deepEqual(restrictedConfigurations, ["wbcheck.path", "wbcheck.interpreter", "wbcheck.args"]);
});

test("the commands are those that are there", async () => {
  desk.reset();
  desk.settings["enable"] = false;
  const context = { subscriptions: [] as { dispose(): void }[] };
  await activate(context as never);
  const said = manifest.contributes.commands.map((each: { command: string }) => each.command);
  assert.deepEqual(said, [...desk.commands.keys()]);
  await deactivate();
  for (const each of context.subscriptions) {
    each.dispose();
  }
});

test("it has the version of wbcheck", () => {
  const source = readFileSync(join(ROOT, "..", "..", "wbcheck", "__init__.py"), "utf8");
  assert.equal(manifest.version, /__version__ = "([^"]+)"/.exec(source)?.[1]);
});
