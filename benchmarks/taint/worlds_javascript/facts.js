'use strict';
// What the source of a program tells the driver: which fields it may read, which words and addresses it knows.

const WORD = /[A-Za-z_$][\w$]*/g;
const STRING = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
const MAGIC = new Set('__proto__ constructor prototype then length toString valueOf hasOwnProperty toJSON'.split(' '));
const SYNTAX = new Set(
  (
    'const let var function return if else for while switch case break default try catch finally throw new typeof async ' +
    'await of in class extends require module exports true false null undefined this super static import export from ' +
    'yield delete void instanceof do continue Object Array String Number Promise Error'
  ).split(' '),
);
// Patterns that are taken apart, and names that are asked for by a literal.
const FIELD = /\{([^{}()]*)\}\s*[=,)]|\.get(?:All)?\(\s*['"]([\w-]+)['"]|\[['"]([\w-]+)['"]\]/g;
const MOST_WORDS = 12; // literals that are tried as harmless values, so that allow-lists let them through
const MOST_PATHS = 5;
const MOST_FIELDS = 10;

function factsOf(files) {
  const source = Object.values(files).join('\n');
  const strings = [...source.matchAll(STRING)].map((found) => found[1] ?? found[2] ?? found[3]);
  const bare = source.replace(/\/\/ .*$/gm, '');
  const dashed = strings.filter((text) => /^[A-Za-z][\w-]{0,40}$/.test(text));
  const words = (bare.match(WORD) || []).filter((word) => !SYNTAX.has(word));
  const fields = unique([...bare.matchAll(FIELD)].flatMap(fieldsOf)).filter((name) => /^[A-Za-z]/.test(name));
  const names = new Set([...dashed, ...words, ...fields].filter((word) => !MAGIC.has(word)));
  return {
    source,
    names: [...names],
    words: unique(strings.filter((text) => /^[A-Za-z][\w-]{0,20}$/.test(text) && !MAGIC.has(text))).slice(
      0,
      MOST_WORDS,
    ),
    fields: fields.filter((name) => names.has(name)).slice(0, MOST_FIELDS),
    hosts: unique(
      [...source.matchAll(/(?:https?:\/\/|['"`]\.?)((?:[\w-]+\.)+[a-z]{2,8})\b/g)].map((found) => found[1]),
    ),
    paths: unique(strings.filter((text) => /^\/[\w./-]*$/.test(text))).slice(0, MOST_PATHS),
    methods: unique([...source.matchAll(/['"](POST|PUT|PATCH|DELETE|GET)['"]/g)].map((found) => found[1])),
    deep: /\b(?:body|query)\??\.\w+\??\.\w+|\{[^{}]*\w+: \{[^{}]*\}[^{}]*\} = /.test(bare),
    isPage: /\b(?:document|window|location|localStorage)\b\s*[.[]/.test(source),
  };
}

/** Names that a pattern takes apart, or that are asked for by a literal. */
function fieldsOf([, pattern, ...literals]) {
  if (pattern === undefined) return literals.filter(Boolean);
  return pattern
    .split(',')
    .map((part) => part.trim().split(/[\s:=]/)[0])
    .filter(Boolean);
}

const unique = (items) => [...new Set(items)];

module.exports = { factsOf };
