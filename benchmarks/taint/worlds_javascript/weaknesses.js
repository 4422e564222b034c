'use strict';
// For each weakness: harmless values, hostile ones, the kinds of events that are its sinks, and what is harmful there.
// `harm` gives what became structure, or nothing. Every hostile value carries the mark `zqx`.

const path = require('node:path').posix;
const vm = require('node:vm');
const structures = require('./structures');
const { FURTHER } = require('./further');

const { MARK } = structures;
const PLAIN = ['alice', '7', 'Alice B'];
const HERE = '/srv/app';
const SITE = 'https://site.example/dir/page';

const values =
  (...list) =>
  () =>
    list.map((value) => ({ value }));

const SQL_TEXTS = values(
  "x' OR zqx=zqx -- ",
  'x" OR zqx=zqx -- ',
  '1 OR zqx=1',
  '1) OR (zqx=1',
  "x') OR (zqx=zqx) -- ",
  "x\\' OR zqx=zqx -- ",
  'id; DROP TABLE zqx -- ',
  'x` OR zqx -- ',
  "%' OR zqx=zqx -- ",
  "'; DELETE FROM zqx; -- ",
  'zqx DESC, zqx',
  '1 UNION SELECT zqx FROM zqx',
  'x%27 OR zqx=zqx -- ',
  '(SELECT zqx)',
);
const SQL = () => [...SQL_TEXTS(), { value: { 'zqx = 1, status': 'x', id: 'x' }, whole: true }];
const SHELL = values(
  '; zqx',
  'x; zqx',
  '| zqx',
  'x && zqx',
  '$(zqx)',
  '`zqx`',
  "'; zqx; '",
  '"; zqx; "',
  'x\nzqx',
  "x' && zqx && '",
  '\\"; zqx; #',
  "\\'; zqx; #",
  'zqx',
  '&zqx&',
  'x%3B zqx',
  '${IFS};zqx',
);
const MARKUP = values(
  '<zqx>',
  '1<zqx>',
  '<script>zqx()</script>',
  '"><zqx>',
  "'><zqx>",
  '" zqx="1',
  "' zqx='1",
  ' zqx=1 ',
  'x onload=zqx()',
  '</script><zqx>',
  '</title><zqx>',
  '</textarea><zqx>',
  "';zqx();//",
  '";zqx();//',
  "'-zqx()-'",
  '"-zqx()-"',
  '1;zqx()',
  'javascript:zqx()',
  ' JaVaScRiPt:zqx()',
  "\\';zqx();//",
  '\\";zqx();//',
  '${zqx()}',
  'java\tscript:zqx()',
  '%3Czqx%3E',
  '&lt;zqx&gt;',
  '--><zqx>',
  '<<b>zqx><zqx>',
  '<img src=x onerror=zqx()>',
  "');zqx();//",
  '`;zqx();//',
  '\u003czqx\u003e',
);
const CODE = values(
  'zqx()',
  '1;zqx()',
  "';zqx();'",
  '";zqx();"',
  "'+zqx()+'",
  '"+zqx()+"',
  "');zqx();('",
  '1);zqx();(1',
  '${zqx()}',
  '`;zqx();`',
  '`+zqx()+`',
  ')+zqx()+(',
  ';zqx();//',
  "';zqx();//",
  '";zqx();//',
  '"]+zqx()+["',
  '1+zqx()',
  "'];zqx();//",
  "');zqx();//",
  '");zqx();//',
  '};zqx();{',
  '\nzqx()',
  "\\';zqx();//",
  '[zqx()]',
);
const LDAP = values('*', '*)(zqx=*', 'x)(|(zqx=*', 'zqx*', 'x)(zqx=1', '*)(&(zqx=*', 'zqx)(!(zqx=1)');
const DN = values('x,ou=zqx', 'x+cn=zqx', 'x;ou=zqx');
const XPATH = values(
  "' or zqx='",
  '" or zqx="',
  '1 or zqx',
  "'] | //zqx | //a['",
  '"] | //zqx | //a["',
  '1] | //zqx',
  '\'" or zqx or "',
  "\"' or zqx or '",
  "x') or zqx('",
  '//zqx',
  "' or zqx or '",
  'zqx::*',
);

// --- paths

/** Folders that harmless requests use: of a path that holds the request's word, what stands before it. */
function bases(known) {
  return [
    ...new Set(
      known.benign
        .filter((event) => event.kind === 'path')
        .map((event) => {
          const whole = path.resolve(HERE, event.value);
          const parts = whole.split('/');
          const first = parts.findIndex(
            (part) => typeof event.benign === 'string' && part.includes(path.basename(event.benign)),
          );
          return first > 0 ? parts.slice(0, first).join('/') || '/' : path.dirname(whole);
        }),
    ),
  ];
}

function traversals(known) {
  const beside = bases(known).map((base) => path.basename(base));
  const climbs = [
    '../../../../../../etc/zqx',
    '/etc/zqx',
    '..%2f..%2f..%2f..%2fetc%2fzqx',
    '....//....//....//....//etc/zqx',
    '%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/zqx',
    '%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fzqx',
    '..%252f..%252f..%252fetc%252fzqx',
    'a/../../../../../etc/zqx',
    './../../../../etc/zqx',
    '../zqx',
    '../../zqx',
    Buffer.from('../../../../etc/zqx').toString('base64'),
    '../../../../etc/zqx.txt',
    'zqx.txt/../../../../../zqx.png',
    '//etc/zqx',
  ];
  const siblings = beside.filter(Boolean).flatMap((name) => [`../${name}-zqx/secret`, `..%2f${name}-zqx%2fsecret`]);
  const absolute = bases(known).flatMap((base) => [`${base}-zqx/secret`, `${base}/../zqx`, `${base}/../../../etc/zqx`]);
  return [...climbs, ...siblings, ...absolute].map((value) => ({ value }));
}

function outside(event, known) {
  const whole = path.resolve(HERE, event.value);
  if (!MARK.test(whole)) return null;
  return bases(known).some((base) => whole.startsWith(base === '/' ? '/' : `${base}/`)) ? null : whole;
}

// --- addresses

const addresses = (known) => {
  const { hosts } = known.facts;
  const forged = hosts.flatMap((host) => [
    `https://${host}.zqx.example/`,
    `https://${host}@zqx.example/`,
    `https://zqx.example/${host}`,
    `https://zqx.example/?${host}`,
    `https://zqx.example/#https://${host}/`,
    `https://zqx${host}.zqx.example/`,
    `zqx.example/.${host}`,
    `zqx.example#.${host}`,
    `//zqx.example/${host}`,
    `https://zqx.example\\@${host}/`,
  ]);
  const plain = [
    'https://zqx.example/',
    'http://zqx.example/x',
    '//zqx.example/',
    '/\\zqx.example/',
    '\\\\zqx.example',
    '///zqx.example',
    '/\t/zqx.example',
    '@zqx.example/',
    '.zqx.example/',
    'zqx.example',
    'zqx.example/',
    'zqx.example/#',
    'zqx.example#',
    ':pw@zqx.example/',
    '/zqx.example',
    'HTTPS://zqx.example',
    'https://user@zqx.example/',
    '%2f%2fzqx.example',
    'https%3A%2F%2Fzqx.example',
    'javascript:zqx()',
    'https:zqx.example',
    ' //zqx.example',
    Buffer.from('https://zqx.example/').toString('base64'),
    '/a//zqx.example',
    '/.//zqx.example',
    '/x/..//zqx.example',
    'https:///zqx.example',
    '\\/zqx.example',
    '/%2f/zqx.example',
    '/%5czqx.example',
    './/zqx.example',
    'http:/\\zqx.example',
    'zqx.example:80/',
  ];
  return [...plain, ...forged].map((value) => ({ value, hosts: true }));
};

const foreign = (host) => host === 'zqx.example' || host.endsWith('.zqx.example');

function leads(event) {
  try {
    const url = new URL(event.value, SITE);
    if (url.protocol === 'javascript:') return structures.scriptLink(event.value) ? event.value : null;
    return foreign(url.hostname) ? url.href : null;
  } catch {
    return null;
  }
}

function asks(event) {
  try {
    return foreign(new URL(event.value).hostname) ? event.value : null;
  } catch {
    return null;
  }
}

// --- code

/** Code of the payload counts where the whole can be compiled, as a script or as the body of a function. */
function compiles(text) {
  for (const whole of [text, `(async function () {${text}\n})`, `(${text}\n)`]) {
    try {
      void new vm.Script(whole);
      return true;
    } catch {
      // the next way of reading it
    }
  }
  return false;
}

const parts = (event) => event.value.split('\n').concat(event.value);
const runs = (event) =>
  parts(event).some((text) => structures.scriptCalls(text) && compiles(text)) ? event.value : null;

// --- markup

const BROWSER = {
  html: (event) => structures.htmlRuns(event.value),
  href: (event) => (structures.scriptLink(event.value) ? event.value : null),
  redirect: (event) => (structures.scriptLink(event.value) ? event.value : null),
  code: runs,
  script: (event) => leads(event),
};

// --- objects

const OBJECTS = () => {
  const texts = [
    '{"zqx":"_$$ND_FUNC$$_function (){zqx()}()"}',
    '{"name":"_$$ND_FUNC$$_function (){zqx()}()"}',
    '{"zqx":"\\u005f$$ND_FUNC$$_function (){zqx()}()"}',
    '!!js/function "function () { zqx() }"',
    'name: !!js/function "function () { zqx() }"',
    '{zqx: (function () { zqx() })()}',
    '{"root":"_CRYO_REF_0","references":[{"contents":{},"value":"_CRYO_FUNCTION_function () { zqx() }"}]}',
    '{"zqx":{"__js_function":"function () { zqx() }"}}',
  ];
  const coded = texts.flatMap((text) => [
    text,
    Buffer.from(text).toString('base64'),
    encodeURIComponent(text),
    Buffer.from(text).toString('hex'),
  ]);
  const whole = [{ zqx: { __js_function: 'function () { zqx() }' } }, { zqx: '_$$ND_FUNC$$_function (){zqx()}()' }];
  return [
    ...coded.map((value) => ({ value })),
    ...whole.map((value) => ({ value })),
    ...whole.map((value) => ({ value, whole: true })),
  ];
};

const EXTERNAL = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY zqx SYSTEM "file:///etc/passwd">]><a>&zqx;</a>';
const XML = () => [
  { value: EXTERNAL },
  { value: Buffer.from(EXTERNAL).toString('base64') },
  { value: encodeURIComponent(EXTERNAL) },
];

const POLLUTION = () => {
  const own = (text) => JSON.parse(text);
  const nested = [
    '{"__proto__":{"zqx":1}}',
    '{"constructor":{"prototype":{"zqx":1}}}',
    '{"a":{"__proto__":{"zqx":1}}}',
    '{"a":{"b":{"__proto__":{"zqx":1}}}}',
    '{"a":{"constructor":{"prototype":{"zqx":1}}}}',
    '[{"__proto__":{"zqx":1}}]',
    '{"__proto__.zqx":1}',
    '{"constructor.prototype.zqx":1}',
    '{"__proto__[zqx]":1}',
  ];
  const words = [
    '__proto__',
    'constructor',
    '__proto__.zqx',
    'constructor.prototype.zqx',
    'a.__proto__.zqx',
    '__proto__[zqx]',
    '__proto__/zqx',
    '/__proto__/zqx',
    'constructor/prototype/zqx',
    '__proto__:zqx',
    '__proto__.zqx=1',
    '__proto__[zqx]=1',
    'a.constructor.prototype.zqx',
    '__proto__.zqx:1',
    '__proto__=zqx',
    'constructor[prototype][zqx]',
    '__proto__-zqx',
    '__proto____zqx',
    '__proto__,zqx',
  ];
  const lists = [
    ['__proto__', 'zqx'],
    ['constructor', 'prototype', 'zqx'],
    [['__proto__'], 'zqx'],
  ];
  return [
    ...nested.map((text) => ({ value: own(text), whole: true })),
    ...nested.map((text) => ({ value: own(text) })),
    ...nested.map((text) => ({ value: text })),
    ...words.map((value) => ({ value })),
    ...lists.map((value) => ({ value })),
    { value: '__proto__.zqx=1', whole: true },
    { value: [{ path: '__proto__.zqx', value: 1, key: '__proto__' }], whole: true },
    { value: [{ op: 'add', path: '/__proto__/zqx', value: 1 }], whole: true },
    { value: [{ op: 'add', path: '/__proto__/zqx', value: 1 }] },
  ];
};

const OPERATORS = () => [
  ...[{ $ne: 'zqx' }, { $gt: 'zqx' }, { $regex: 'zqx.*' }, { $in: ['zqx'] }, { $eq: 'zqx' }].map((value) => ({
    value,
  })),
  ...[
    "';zqx();'",
    "' || zqx() || '",
    '1;zqx()',
    '" || zqx() || "',
    'zqx()',
    "'+zqx()+'",
    '{"$ne":"zqx"}',
    '{"$where":"zqx()"}',
    '{"a":{"$gt":"zqx"}}',
  ].map((value) => ({ value })),
  { value: { $where: 'zqx()' }, whole: true },
  { value: { $where: 'zqx()' } },
  { value: { name: { $ne: 'zqx' } }, whole: true },
  { value: [{ $ne: 'zqx' }] },
  { value: { $or: [{ a: { $ne: 'zqx' } }] } },
];

function queried(event, known) {
  const before = new Set(
    known.benign.filter((one) => one.kind === 'nosql').flatMap((one) => structures.operators(one.value, true)),
  );
  return structures.operators(event.value).find((one) => !before.has(one)) ? event.value : null;
}

const TRUSTED = () =>
  ['zqx', 'zqx<\'"$;>', 'zqx\n', { zqx: 'zqx' }, ['zqx']]
    .map((value) => ({ value }))
    .concat([{ value: { zqx: 'zqx', role: 'zqx' }, whole: true }]);

const changed = (event, known, shape) => (known.shapes.has(shape(event)) ? null : event.value);

const ldapShape = (event) => (event.kind === 'dn' ? structures.dnShape : structures.ldapShape)(event.value);

const PRINCIPAL = {
  'CWE-22': { benign: ['alice.txt', 'alice', '7'], payloads: traversals, kinds: ['path'], harm: outside },
  'CWE-78': {
    benign: PLAIN,
    payloads: SHELL,
    kinds: ['shell', 'program', 'argv'],
    harm: ({ kind, value }) =>
      kind === 'shell' ? structures.shellRuns(value) && value : kind === 'program' && MARK.test(value) ? value : null,
  },
  'CWE-79': {
    benign: PLAIN,
    payloads: MARKUP,
    kinds: Object.keys(BROWSER),
    harm: (event) => BROWSER[event.kind](event),
  },
  'CWE-89': {
    benign: PLAIN,
    payloads: SQL,
    kinds: ['sql'],
    harm: ({ value, dialect }) => structures.sqlWord(value, dialect) && value,
  },
  'CWE-90': {
    benign: ['alice', '7', 'staff'],
    payloads: ({ facts }) => [...LDAP(), ...DN(), ...facts.words.map((word) => ({ value: `${word}=*)(zqx` }))],
    kinds: ['ldap', 'dn'],
    shape: ldapShape,
    harm: (event, known) => /\*|zqx/.test(event.value) && changed(event, known, ldapShape),
  },
  'CWE-94': { benign: PLAIN, payloads: CODE, kinds: ['code'], harm: runs },
  'CWE-501': {
    benign: PLAIN,
    payloads: TRUSTED,
    kinds: ['session'],
    harm: ({ value }) => MARK.test(JSON.stringify(value)) && JSON.stringify(value),
  },
  'CWE-502': {
    benign: ['{"name":"alice"}', 'alice'],
    payloads: OBJECTS,
    kinds: ['object', 'deserialised'],
    harm: ({ kind, value }) => kind === 'object' && MARK.test(value) && value,
  },
  'CWE-601': {
    benign: ['/home', 'https://partner.example/x', 'alice'],
    payloads: addresses,
    kinds: ['redirect', 'href'],
    harm: (event) => event.kind === 'redirect' && leads(event),
  },
  'CWE-611': {
    benign: ['<a>alice</a>', 'alice'],
    payloads: XML,
    kinds: ['entity', 'parsed'],
    harm: ({ kind, value }) => kind === 'entity' && value,
  },
  'CWE-643': {
    benign: PLAIN,
    payloads: XPATH,
    kinds: ['xpath'],
    harm: ({ value }) => structures.xpathWord(value) && value,
  },
  'CWE-918': {
    benign: ['alice', '7', 'https://partner.example/x'],
    payloads: addresses,
    kinds: ['request'],
    harm: asks,
  },
  'CWE-943': { benign: ['alice', '7', { a: 'alice' }], payloads: OPERATORS, kinds: ['nosql'], harm: queried },
  'CWE-1321': {
    benign: ['alice', '7', { a: 'alice', b: { c: 'x' } }],
    payloads: POLLUTION,
    kinds: ['prototype'],
    harm: ({ value }) => value,
  },
};

const WEAKNESSES = { ...FURTHER, ...PRINCIPAL, 'CWE-95': PRINCIPAL['CWE-94'] };

module.exports = { WEAKNESSES };
