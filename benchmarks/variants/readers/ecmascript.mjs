// Reads JSON lines {id, source, typescript, options?}; writes, for each, either the text that Prettier makes of it
// under the options, or what Babel reads in it: the tree without places, comments, brackets and the names of locals.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const { parse } = require("@babel/parser");
const traverse = require("@babel/traverse").default;
const prettier = require("prettier");

const SKIPPED = new Set([
  "start", "end", "loc", "range", "extra", "leadingComments", "trailingComments", "innerComments", "comments",
  "tokens", "errors", "shorthand", "importKind", "interpreter",
]);

// what is no error of syntax, or one only because a method stands outside its class
const FORGIVEN = new Set(["VarRedeclaration", "InvalidPrivateFieldResolution", "DuplicateConstructor", "DuplicateExport"]);

function tree(source, typescript) {
  const plugins = typescript ? ["typescript", "decorators-legacy"] : ["jsx"];
  const options = { sourceType: "unambiguous", errorRecovery: true, allowReturnOutsideFunction: true, plugins };
  const file = parse(source, options);
  const refused = file.errors.find((error) => !FORGIVEN.has(error.reasonCode));
  if (refused) throw refused;
  return file;
}

// the number of each local of a function, in the order of its declaration; the file's own names stay
function locals(file) {
  const numbers = new Map();
  traverse(file, {
    Scope({ scope }) {
      if (scope.path.isProgram()) return;
      for (const binding of Object.values(scope.bindings)) {
        if (binding.kind === "local" && binding.path.isFunctionDeclaration()) continue;
        const index = new Set(numbers.values()).size;
        const nodes = [binding.identifier, ...binding.referencePaths.map((path) => path.node)];
        for (const violation of binding.constantViolations) {
          const named = violation.getBindingIdentifiers ? violation.getBindingIdentifiers(true) : {};
          for (const node of named[binding.identifier.name] ?? []) nodes.push(node);
          violation.traverse({
            Identifier(path) {
              if (path.node.name === binding.identifier.name && path.isLVal()) nodes.push(path.node);
            },
          });
        }
        for (const node of nodes) if (node.type === "Identifier") numbers.set(node, index);
      }
    },
  });
  return numbers;
}

function normal(node, numbers) {
  if (Array.isArray(node)) return node.filter((each) => each?.type !== "EmptyStatement").map((each) => normal(each, numbers));
  if (node === null || typeof node !== "object") return typeof node === "bigint" ? String(node) : node;
  if (node.type === "Identifier" && numbers.has(node)) {
    return { local: numbers.get(node), annotation: normal(node.typeAnnotation ?? null, numbers), optional: node.optional };
  }
  const said = {};
  for (const [key, value] of Object.entries(node)) {
    if (SKIPPED.has(key) || value === undefined) continue;
    said[key] = normal(value, numbers);
  }
  if (node.key && node.computed !== true) said.key = node.key.name ?? node.key.value ?? said.key;
  if (node.type === "TSParenthesizedType") return normal(node.typeAnnotation, numbers);
  return said;
}

async function answer({ id, source, typescript, options }) {
  try {
    if (options) {
      const parser = typescript ? "babel-ts" : "babel";
      return { id, text: await prettier.format(source, { parser, ...options }) };
    }
    const file = tree(source, typescript);
    let numbers = new Map();
    try { numbers = locals(file); } catch { /* a name declared twice: the names stay as they are */ }
    return { id, text: JSON.stringify(normal(file.program, numbers)) };
  } catch (error) {
    return { id, error: String(error.message).split("\n")[0] };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
}
