// Libraries that encode, check, template, sign and compare; each does what its document says.
const modules = {};
const crypto = real('node:crypto');
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text) => String(text).replace(/[&<>"']/g, (mark) => ESCAPES[mark]);
const unescaped = (text) =>
  Object.entries(ESCAPES).reduceRight((left, [mark, code]) => left.split(code).join(mark), String(text));
const stripped = (text) => String(text).replace(/<[^>]*>?/g, '');

modules['escape-html'] = () => escaped;
modules['he'] = () => ({ encode: escaped, escape: escaped, decode: unescaped, unescape: unescaped });
modules['html-entities'] = () => ({ encode: escaped, decode: unescaped });
modules['dompurify'] = () => Object.assign(() => ({ sanitize: stripped }), { sanitize: stripped });
modules['isomorphic-dompurify'] = () => ({ sanitize: stripped });
modules['sanitize-html'] = () => stripped;
modules['xss'] = () => Object.assign(stripped, { filterXSS: stripped });
modules['validator'] = () => {
  const matches = (pattern) => (text) => pattern.test(String(text));
  return {
    escape: escaped,
    unescape: unescaped,
    isInt: matches(/^[-+]?\d+$/),
    isNumeric: matches(/^[-+]?\d+(?:\.\d+)?$/),
    isAlpha: matches(/^[a-z]+$/i),
    isAlphanumeric: matches(/^[a-z0-9]+$/i),
    isUUID: matches(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
    isEmail: matches(/^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/),
    isURL: matches(/^(?:https?:\/\/)?[\w.-]+\.[a-z]{2,}(?:[/?#].*)?$/i),
    isIn: (text, list) => list.includes(text),
    isLength: () => true,
    trim: (text) => text.trim(),
    toInt: (text) => parseInt(text, 10),
    isIP: matches(/^\d+\.\d+\.\d+\.\d+$/),
    whitelist: (text, marks) => text.replace(new RegExp(`[^${marks}]+`, 'g'), ''),
    isFQDN: matches(/^(?:[\w-]+\.)+[a-z]{2,}$/i),
    isMongoId: matches(/^[0-9a-f]{24}$/),
    stripLow: (text) => text.replace(/[\0-\x1f\x7f]/g, ''),
  };
};
modules['sanitize-filename'] = () => (name) =>
  String(name)
    .replace(/[/\\?<>:*|"]/g, '')
    .replace(/^\.+$/, '');
modules['lodash'] = () => {
  const walk = (path) =>
    Array.isArray(path)
      ? path
      : String(path)
          .replace(/\[(\w+)\]/g, '.$1')
          .split('.');
  const bad = new Set(['__proto__', 'constructor', 'prototype']);
  const set = (object, path, value) => {
    const keys = walk(path);
    if (keys.some((key) => bad.has(key))) return object;
    let at = object;
    for (const key of keys.slice(0, -1)) at = at[key] = at[key] ?? {};
    at[keys.at(-1)] = value;
    return object;
  };
  const get = (object, path, otherwise) =>
    walk(path).reduce((at, key) => (at === undefined || at === null ? undefined : at[key]), object) ?? otherwise;
  return {
    escape: escaped,
    unescape: unescaped,
    set,
    get,
    pick: (object, ...names) =>
      Object.fromEntries(
        names
          .flat()
          .filter((name) => Object.hasOwn(object, name))
          .map((name) => [name, object[name]]),
      ),
    omit: (object, ...names) =>
      Object.fromEntries(Object.entries(object).filter(([name]) => !names.flat().includes(name))),
    isString: (value) => typeof value === 'string',
    isPlainObject: (value) => typeof value === 'object' && value !== null,
    cloneDeep: (value) => structuredClone(value),
    escapeRegExp: (text) => String(text).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
    trim: (text) => text.trim(),
    toString: String,
    toNumber: Number,
    capitalize: (text) => text,
    defaultTo: (value, other) => value ?? other,
    map: (list, run) => list.map(run),
    template: (text) => template(text),
    merge: (target, ...all) => all.reduce((left, one) => deep(left, one, bad), target),
    isEmpty: (value) => !value || !Object.keys(value).length,
  };
};
const deep = (target, source, bad) => {
  for (const key of Object.keys(source ?? {})) {
    if (bad.has(key)) continue;
    if (typeof source[key] === 'object' && source[key] !== null)
      target[key] = deep(target[key] ?? {}, source[key], bad);
    else target[key] = source[key];
  }
  return target;
};
modules['lodash.escape'] = () => escaped;
modules['escape-string-regexp'] = () => (text) =>
  String(text)
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/-/g, '\\x2d');
modules['qs'] = () => ({
  parse: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringify: (value) => new URLSearchParams(value).toString(),
});
modules['zod'] = () => {
  const check = (run) => {
    const made = {
      run,
      parse: (value) => run(value),
      safeParse: (value) => {
        try {
          return { success: true, data: run(value) };
        } catch (error) {
          return { success: false, error };
        }
      },
    };
    for (const name of ['min', 'max', 'optional', 'strict', 'trim', 'int', 'positive', 'default'])
      made[name] = () => made;
    made.regex = (pattern) => check((value) => (pattern.test(run(value)) ? value : refuse()));
    made.uuid = () => made.regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
    return made;
  };
  const refuse = () => {
    throw Object.assign(new Error('invalid'), { thrown: true });
  };
  const z = {
    string: () => check((value) => (typeof value === 'string' ? value : refuse())),
    number: () => check((value) => (typeof value === 'number' ? value : refuse())),
    enum: (list) => check((value) => (list.includes(value) ? value : refuse())),
    boolean: () => check((value) => (typeof value === 'boolean' ? value : refuse())),
    any: () => check((value) => value),
    unknown: () => check((value) => value),
    object: (shape) =>
      check((value) =>
        Object.fromEntries(Object.entries(shape).map(([name, one]) => [name, one.run((value ?? {})[name])])),
      ),
    coerce: { number: () => check((value) => (Number.isNaN(Number(value)) ? refuse() : Number(value))) },
    array: (one) => check((value) => (Array.isArray(value) ? value.map(one.run) : refuse())),
  };
  return { z, ...z };
};

// --- templates

const template = (text) => (
  world.event('template', String(text)),
  (values = {}) => String(text).replace(/<%=?\s*(\w+)\s*%>/g, (all, name) => escaped(values[name] ?? ''))
);
modules['ejs'] = () => {
  const fill = (text, values = {}) => {
    world.event('template', String(text));
    return String(text).replace(/<%([=-])\s*(\w+)\s*%>/g, (all, kind, name) =>
      kind === '=' ? escaped(values[name] ?? '') : String(values[name] ?? ''),
    );
  };
  return {
    render: fill,
    compile: (text) => (values) => fill(text, values),
    renderFile: async (path) => (world.event('path', String(path), { call: 'renderFile' }), 'rendered'),
  };
};
class SafeString {
  constructor(text) {
    this.text = text;
  }
}
modules['handlebars'] = () => {
  const helpers = {};
  const compile = (text) => {
    world.event('template', String(text));
    return (values = {}) =>
      String(text).replace(/\{\{\{\s*(\w+)\s*\}\}\}|\{\{\s*(\w+)(?: (\w+))?\s*\}\}/g, (all, raw, name, argument) => {
        if (raw) return String(values[raw] ?? '');
        const value = argument ? helpers[name](values[argument]) : (values[name] ?? '');
        return value instanceof SafeString ? value.text : escaped(value);
      });
  };
  return {
    compile,
    SafeString,
    registerHelper: (name, run) => (helpers[name] = run),
    escapeExpression: escaped,
    precompile: (text) => void compile(text),
  };
};
modules['mustache'] = () => ({
  render: (text, values) => {
    world.event('template', String(text));
    return String(text).replace(
      /\{\{\{\s*(\w+)\s*\}\}\}|\{\{&\s*(\w+)\s*\}\}|\{\{\s*(\w+)\s*\}\}/g,
      (all, raw, also, name) => (name ? escaped(values[name] ?? '') : String(values[raw || also] ?? '')),
    );
  },
});
const compiled = () => ({
  compile: (text) => (world.event('template', String(text)), () => 'rendered'),
  render: (text) => (world.event('template', String(text)), 'rendered'),
  renderString: (text) => (world.event('template', String(text)), 'rendered'),
  configure: () => compiled(),
  renderFile: (path) => (world.event('path', String(path), { call: 'renderFile' }), 'rendered'),
});
modules['pug'] = compiled;
modules['nunjucks'] = compiled;
modules['dot'] = () => ({ template: (text) => (world.event('template', String(text)), () => 'rendered') });
modules['marked'] = () => ({ marked: Object.assign((text) => String(text), { parse: String }) });

// --- secrets

modules['crypto'] = () => {
  const told = (call, all) => world.event('crypto', all[0], { call, all });
  const wrapped = {};
  for (const name of [
    'createHash',
    'createHmac',
    'createCipheriv',
    'createDecipheriv',
    'pbkdf2Sync',
    'pbkdf2',
    'scryptSync',
    'randomBytes',
    'randomUUID',
    'randomInt',
    'generateKeyPairSync',
    'createCipher',
    'timingSafeEqual',
    'createSign',
    'createVerify',
    'scrypt',
    'createECDH',
    'createDiffieHellman',
  ]) {
    wrapped[name] = (...all) => {
      told(name, all);
      return Object.hasOwn(crypto, name) && name !== 'generateKeyPairSync' ? crypto[name](...all) : fake();
    };
  }
  return { ...crypto, ...wrapped };
};
const fake = () => ({ update: () => 'aa', final: () => 'bb', publicKey: 'key', privateKey: 'key' });
modules['bcrypt'] = () => ({
  hash: async (text, rounds) => (
    world.event('crypto', 'bcrypt', { call: 'bcrypt.hash', all: [text, rounds] }),
    '$2b$hash'
  ),
  compare: async () => true,
  hashSync: (text, rounds) => (
    world.event('crypto', 'bcrypt', { call: 'bcrypt.hash', all: [text, rounds] }),
    '$2b$hash'
  ),
  compareSync: () => true,
  genSalt: async () => 'salt',
});
modules['bcryptjs'] = () => world.standIn('bcrypt');
modules['argon2'] = () => ({
  hash: async (text, options) => (
    world.event('crypto', 'argon2', { call: 'argon2.hash', all: [text, options] }),
    '$argon2'
  ),
  verify: async () => true,
});
modules['jsonwebtoken'] = () => {
  const claims = { sub: 'known', id: 1, role: 'member' };
  const told = (call, all) => world.event('token', call, { call, all });
  return {
    sign: (...all) => (told('sign', all), 'a.b.c'),
    decode: (...all) => (told('decode', all), claims),
    verify: (...all) => {
      told('verify', all);
      const done = all.find((one) => typeof one === 'function' && one !== all[1]);
      if (done) done(null, claims);
      return claims;
    },
  };
};
modules['uuid'] = () => ({ v4: () => crypto.randomUUID(), v1: () => crypto.randomUUID() });
modules['nanoid'] = () => ({ nanoid: () => crypto.randomBytes(16).toString('hex') });
modules['dotenv'] = () => ({ config() {} });
modules['winston'] = () => {
  const log = (...all) =>
    world.event('log', all.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(' '), {
      structured: all.length === 1 && typeof all[0] === 'object',
    });
  const logger = { info: log, warn: log, error: log, debug: log, log };
  return {
    createLogger: () => logger,
    ...logger,
    format: { json() {}, simple() {}, combine() {} },
    transports: { Console: class {}, File: class {} },
  };
};
modules['pino'] = () => () => world.standIn('winston').createLogger();
modules['passport'] = () => ({
  authenticate: () => (request, reply, next) => ((request.user = { id: 1 }), next()),
  initialize: () => (request, reply, next) => next(),
  session: () => (request, reply, next) => next(),
  use() {},
});
modules['safe-regex'] = () => (text) => !/\([^)]*[+*][^)]*\)[+*]/.test(String(text));
modules['re2'] = () => RegExp;
modules['p-limit'] = () => () => (run) => run();
modules['async-mutex'] = () => ({
  Mutex: class {
    runExclusive(run) {
      return run();
    }
  },
});
modules['adm-zip'] = () =>
  class {
    constructor(source) {
      world.event('archive', source);
    }

    getEntries() {
      return [
        {
          entryName: world.text('entryName'),
          isDirectory: false,
          header: { size: Infinity },
          getData: () => Buffer.from('x'),
        },
      ];
    }

    extractAllTo() {}
  };
modules['json2csv'] = () => ({ parse: (values) => values.map((one) => Object.values(one).join()).join('\n') });

return { modules };
