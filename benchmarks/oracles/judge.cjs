// What V8 makes of each of some sources, and what the compiler of TypeScript sees in it.
//
// Arguments: a file with a JSON list of [text, language], a file to write a JSON list of [emitted, tree] to, and the path
// of `typescript.js` or an empty one. The bytecode of all that compiles goes to the standard output, after a function
// `MARK_n` for each source.
"use strict";
const fs = require("fs");
const v8 = require("v8");
const vm = require("vm");

const [, , cases, results, compiler] = process.argv;
const ts = compiler ? require(compiler) : null;
const names = { javascript: "a.jsx", typescript: "a.ts", tsx: "a.tsx" };

function compiled(text) {
  try {
    return Boolean(new vm.Script(text));
  } catch {
    return false;
  }
}

// The JavaScript of a source, or null.
function emitted(text, language) {
  if (!ts) return text;
  const options = {
    target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, jsx: ts.JsxEmit.React, allowJs: true,
    experimentalDecorators: true, emitDecoratorMetadata: true, removeComments: true,
  };
  const file = ts.createSourceFile(names[language], text, ts.ScriptTarget.ESNext, true);
  if (file.parseDiagnostics.length) return null;
  if (language === "javascript" && compiled(text)) return text;
  return ts.transpileModule(text, { compilerOptions: options, fileName: names[language] }).outputText;
}

const MEMBERS = [
  "isPropertyAssignment", "isMethodDeclaration", "isGetAccessor", "isSetAccessor", "isPropertyDeclaration",
  "isPropertySignature", "isMethodSignature", "isEnumMember",
];
const FIELDS = ["operator", "token", "keywordToken", "isTypeOnly", "isExportEquals"];

// The tree without brackets that group, empty statements, and what JSX makes of blanks.
function tree(node) {
  if (ts.isParenthesizedExpression(node) || ts.isParenthesizedTypeNode(node)) return tree(node.expression || node.type);
  if (ts.isUnionTypeNode(node) && node.types.length === 1) return tree(node.types[0]);
  if (ts.isJsxText(node)) return null;
  const told = [node.kind];
  if (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) {
    const isName = node.parent && MEMBERS.some((is) => ts[is](node.parent)) && node.parent.name === node;
    const text = ts.isIdentifier(node) && !isName ? `@${node.text}` : node.text; // a local's name is known by its `@`
    const raw = ts.isNoSubstitutionTemplateLiteral(node) ? node.rawText.replace(/\r\n?/g, "\n") : null;
    return [isName ? "name" : node.kind, text, raw];
  }
  if (node.text !== undefined && !ts.isSourceFile(node)) told.push((node.rawText ?? node.text).replace(/\r\n?/g, "\n"));
  for (const field of FIELDS) if (typeof node[field] !== "object") told.push(node[field]);
  if (ts.isOptionalChain(node)) told.push("?.");
  if (ts.isVariableDeclarationList(node)) told.push(node.flags & ts.NodeFlags.BlockScoped);
  ts.forEachChild(
    node,
    (child) => void told.push(tree(child)),
    (children) => {
      if (ts.isNewExpression(node) && !children.length) return;
      told.push(children.filter((child) => !ts.isEmptyStatement(child) && !ts.isSemicolonClassElement(child)).map(tree).filter((child) => child !== null));
    },
  );
  return told;
}

function seen(text, language) {
  if (!ts) return null;
  return tree(ts.createSourceFile(names[language], text, ts.ScriptTarget.ESNext, true));
}

v8.setFlagsFromString("--no-lazy");
v8.setFlagsFromString("--no-compilation-cache");
const prepared = JSON.parse(fs.readFileSync(cases, "utf8")).map(([text, language]) => {
  let script = null;
  try {
    script = emitted(text, language);
  } catch {
    script = null;
  }
  return script !== null && compiled(script) ? [script, seen(text, language)] : [null, null];
});
v8.setFlagsFromString("--print-bytecode");
prepared.forEach(([script], at) => {
  compiled(`function MARK_${at}(){}`);
  if (script !== null) compiled(script);
});
compiled("function MARK_END(){}");
v8.setFlagsFromString("--no-print-bytecode");
fs.writeFileSync(results, JSON.stringify(prepared));
