'use strict';
// The further weaknesses: flows with fewer payloads, and calls whose arguments are wrong by themselves.

const path = require('node:path').posix;
const structures = require('./structures');

const { MARK } = structures;
const PLAIN = ['alice', '7'];
const flow = (kinds, payloads, harm, more = {}) => ({
  benign: PLAIN,
  kinds,
  payloads: () => payloads.map((one) => (one && one.value !== undefined ? one : { value: one })),
  harm,
  ...more,
});

/** A weakness of what a call is given: harmless requests show it. */
const given = (kinds, harm) => ({ benign: PLAIN, kinds, payloads: () => PLAIN.map((value) => ({ value })), harm });

const text = (value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const marked = ({ value }) => MARK.test(text(value)) && value;

// --- flows

const END_OF_OPTIONS = new Set(['--', '--end-of-options']);
function option({ value }) {
  const end = value.findIndex((word) => END_OF_OPTIONS.has(word));
  return value.find((word, place) => /^-+\w*zqx/.test(word) && (end < 0 || place < end));
}

const LINES = ['x\nzqx', 'x\r\nzqx', 'x\rzqx', 'x%0d%0azqx'];
const line = ({ value }) => /[\r\n]zqx/.test(text(value)) && value;

const SECRETS = [
  'password',
  'passwd',
  'pin',
  'token',
  'secret',
  'card',
  'cvc',
  'ssn',
  'iban',
  'passphrase',
  'authorization',
];
const secret = { value: 'alice', fields: Object.fromEntries(SECRETS.map((name) => [name, 'zqx-4711-secret'])) };

const cells = ({ value, type }) =>
  /csv|tab-separated|excel/.test(type ?? 'csv')
    ? value.split(/[,;\t\r\n]/).find((cell) => /^\s*"?[=+@-].*zqx/.test(cell))
    : null;

/** A tag or an attribute of the payload in a document, outside of quotes and of character data. */
function markup({ value, kind, type }) {
  if (kind === 'response' && !/xml/.test(type)) return null;
  const bare = text(value).replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '');
  const tags = bare.match(/<\/?[\w:-]+(?:[^<>"']|"[^"]*"|'[^']*')*>/g) || [];
  return tags.map((tag) => tag.replace(/"[^"]*"|'[^']*'/g, '""')).find((tag) => MARK.test(tag));
}

const NESTED = '<!DOCTYPE a [<!ENTITY a "zqx"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>';

// --- calls

const GUESSED = 0.7310254816; // what the stand-in of Math.random gives
const GUESSES = new RegExp([10, 16, 36].map((radix) => GUESSED.toString(radix).slice(2, 7)).join('|'));
const WEAK_HASH = /^(?:md5|sha1|md4|ripemd)/i;
const WEAK_CIPHER = /^(?:des|rc4|rc2|bf|idea)|-ecb$/i;
const held = (key) => (Buffer.isBuffer(key) ? key.toString() : typeof key === 'string' ? key : null);
const literal = (value, known) => typeof value === 'string' && value.length > 2 && known.facts.source.includes(value);

const untrusted = ({ value, options, name, kind }) => {
  const tls = kind === 'tls' || kind === 'config' ? [].concat(value) : kind === 'request' ? [options] : [];
  if (kind === 'env') return name === 'NODE_TLS_REJECT_UNAUTHORIZED' && value === '0' && name;
  return (
    tls
      .filter(Boolean)
      .flatMap((one) => [one, one.tls, one.ssl, one.tlsOptions])
      .find((one) => one && one.rejectUnauthorized === false) && 'rejectUnauthorized: false'
  );
};
const unnamed = ({ value, options, kind }) => {
  const check = (kind === 'request' ? options : value)?.checkServerIdentity;
  return (
    typeof check === 'function' &&
    check('zqx.example', { subject: { CN: 'other.example' } }) === undefined &&
    'checkServerIdentity accepts'
  );
};

function keyOf({ value, call, all, kind }) {
  if (kind === 'token') return held(all[1]);
  return ['createHmac', 'createCipheriv', 'createDecipheriv'].includes(call) ? held(all[1]) : null;
}

/** A cookie that lacks what it should have; a session's is configured where the session is. */
const cookie =
  (wrong) =>
  ({ kind, value, options = {}, written }) => {
    if (written) return null;
    const settings = kind === 'session-config' ? (value.cookie ?? value) : options;
    return wrong(settings) ? JSON.stringify(settings) : null;
  };

const password = ({ value }) => {
  const find = (held) =>
    Object.entries(held ?? {}).find(([name, one]) => /pass|secret|pwd/i.test(name) && typeof one === 'string');
  return []
    .concat(value)
    .flatMap((one) =>
      one && typeof one === 'object'
        ? [find(one)?.[1]]
        : typeof one === 'string'
          ? [/\/\/[^:/@]+:([^@]+)@/.exec(one)?.[1]]
          : [],
    )
    .filter(Boolean);
};

/** Two events of one run, in order. */
const after = (first, second, wrong) => (event, known, payload, events) => {
  if (event.kind !== second) return null;
  const place = events.indexOf(event);
  const before = events.slice(0, place).filter((one) => one.kind === first);
  return wrong(before, event) ? text(event.value) : null;
};

const climbs = ['../../../../etc/zqx', '/etc/zqx', '/etc/zqx.txt', 'file:///etc/zqx'];
const iv = (known) =>
  known.benign.filter((one) => one.call === 'createCipheriv').map((one) => held(one.all[2]) ?? String(one.all[2]));
const loose = (mode) => (typeof mode === 'string' ? parseInt(mode, 8) : mode) & 0o022;

/** A field of the payload in JSON, or a parameter of it in an address, that the program did not write. */
function field({ kind, value, body }) {
  if (kind === 'request') {
    const url = URL.canParse(value) ? new URL(value) : null;
    return (
      (url?.searchParams.has('zqx') && value) || (typeof body === 'string' && field({ kind: 'sent', value: body }))
    );
  }
  try {
    return JSON.parse(value).zqx !== undefined && value;
  } catch {
    return null;
  }
}

const FORGED = { value: 'https://zqx.example', forged: true, hosts: true };
const CHANGES = /^\s*(?:update|insert|delete)/i;

const LATER = {
  'CWE-489': given(['debug'], ({ value }) => value),
  'CWE-116': flow(
    ['response', 'request', 'sent', 'written'],
    ['x","zqx":"1', 'x&zqx=1', '1,"zqx":1', 'x#&zqx=1'],
    field,
  ),
  'CWE-352': flow(['sql'], [FORGED], ({ value }) => CHANGES.test(value) && value),
  'CWE-494': given(['code'], ({ value }) => /^answer/.test(value) && value),
  'CWE-522': flow(
    ['token', 'json', 'request', 'mail'],
    [secret],
    ({ kind, value, all }) => MARK.test(text(kind === 'token' ? all[0] : value)) && text(value),
  ),
  'CWE-640': flow(
    ['mail'],
    [{ value: 'zqx.example', hosts: true }],
    ({ value }) => /\/\/zqx\.example/.test(text(value)) && value,
  ),
  'CWE-807': flow(
    ['response'],
    ['admin', 'true', '1', 'yes', '127.0.0.1'],
    ({ value }) => /classified/.test(value) && value,
  ),
};

const FURTHER = {
  'CWE-73': flow(['path'], climbs, ({ value }) => /^\/etc\/zqx/.test(path.resolve('/srv/app/data', value)) && value),
  'CWE-88': flow(['argv'], ['--zqx', '-zqx', '--zqx=1', 'zqx', '-ozqx'], option),
  'CWE-91': flow(
    ['response', 'written', 'sent', 'parsed', 'request'],
    ['<zqx/>', '</a><zqx>', '"><zqx/>', 'x" zqx="1', ']]><zqx/>'],
    (event) => (event.kind === 'request' ? event.body && markup({ ...event, value: event.body }) : markup(event)),
  ),
  'CWE-93': flow(['written', 'mail'], LINES, line),
  'CWE-117': flow(['log'], LINES, line),
  'CWE-134': flow(['format'], ['zqx%s', '%o zqx%d'], ({ value }) => /zqx%/.test(value) && value),
  'CWE-209': flow(['response'], [{ value: 'alice', fails: true }], ({ value }) => /zqx-internal/.test(value) && value),
  'CWE-295': given(['tls', 'env', 'config', 'request'], untrusted),
  'CWE-297': given(['tls', 'request'], unnamed),
  'CWE-312': flow(['cookie', 'kept', 'written'], [secret], marked),
  'CWE-319': flow(
    ['request'],
    [secret],
    (event) =>
      /^(?:http|ws|ftp):\/\/(?!localhost|127\.0\.0\.1)/.test(event.value) &&
      MARK.test(text(event.body) + event.value) &&
      event.value,
  ),
  'CWE-321': given(['crypto', 'token'], (event, known) => literal(keyOf(event), known) && keyOf(event)),
  'CWE-326': given(
    ['crypto'],
    ({ call, all }) =>
      call === 'generateKeyPairSync' &&
      (all[1].modulusLength < 2048 || /^(?:secp1\d\d|prime192)/.test(all[1].namedCurve ?? '')) &&
      JSON.stringify(all[1]),
  ),
  'CWE-327': given(
    ['crypto'],
    ({ call, value }) => /^create(?:De|C)ipher/i.test(call) && WEAK_CIPHER.test(value) && value,
  ),
  'CWE-328': given(
    ['crypto'],
    ({ call, value }) => /^create(?:Hash|Hmac)$/.test(call) && WEAK_HASH.test(value) && value,
  ),
  'CWE-338': given(
    ['cookie', 'response', 'sql', 'json', 'mail'],
    ({ value, values }) => GUESSES.test(text(value) + text(values)) && value,
  ),
  'CWE-346': flow(['kept', 'code', 'html'], ['zqx', '<zqx>', 'zqx()'], marked),
  'CWE-347': given(
    ['token'],
    ({ call, all }, known) =>
      (call === 'decode'
        ? !known.benign.some((one) => one.call === 'verify')
        : call === 'verify' && (!all[1] || [].concat(all[2]?.algorithms ?? []).includes('none'))) && call,
  ),
  'CWE-367': given(
    ['checked', 'path'],
    after('checked', 'path', (before, { value }) => before.some((one) => one.value === value)),
  ),
  'CWE-377': given(
    ['path', 'opened'],
    ({ value, options, flags, second, call }) =>
      call !== 'mkdtemp' &&
      value.startsWith('/tmp/') &&
      !/x1y2z3|[0-9a-f]{16}/.test(value) &&
      !/x/.test(String(options?.flag ?? options?.flags ?? flags ?? (typeof second === 'string' ? second : ''))) &&
      value,
  ),
  'CWE-384': given(
    ['regenerated', 'session'],
    after(
      'regenerated',
      'session',
      (before, { value }) => ('user' in value || 'userId' in value || 'uid' in value) && !before.length,
    ),
  ),
  'CWE-409': given(['inflate'], ({ options, value }) => !(options.maxOutputLength > 0) && value),
  'CWE-427': flow(['environment'], ['/tmp/zqx', 'zqx'], ({ value }) =>
    ['PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'NODE_OPTIONS', 'NODE_PATH'].find((name) => MARK.test(value[name] ?? '')),
  ),
  'CWE-434': flow(
    ['path', 'upload'],
    ['zqx.php', 'zqx.html', 'zqx.png.js', 'zqx.svg.html', 'zqx.PHP', 'text/html'],
    ({ value }) => /\.(?:php|html|js)$/i.test(value) && value,
  ),
  'CWE-470': flow(['module'], ['zqx', '../zqx', './zqx'], marked),
  'CWE-532': flow(['log'], [secret], marked),
  'CWE-598': flow(['request', 'redirect'], [secret], marked),
  'CWE-614': given(
    ['cookie', 'session-config'],
    cookie((settings) => settings.secure !== true),
  ),
  'CWE-732': given(
    ['mode', 'written', 'opened', 'path'],
    ({ kind, value, call, options, second }) =>
      (kind === 'mode'
        ? value.call !== 'umask' && loose(value.mode)
        : (options?.mode !== undefined && loose(options.mode)) ||
          (call === 'mkdir' && typeof second === 'number' && loose(second))) && 'anybody may write',
  ),
  'CWE-759': given(
    ['crypto'],
    ({ call, all }, known) =>
      ['pbkdf2Sync', 'scryptSync', 'pbkdf2', 'scrypt'].includes(call) &&
      (held(all[1]) === '' || literal(held(all[1]), known)) &&
      `salt ${text(all[1])}`,
  ),
  'CWE-770': flow(['size', 'wait'], ['99999999', '1e9'], ({ value }) => value > 5e6 && value),
  'CWE-776': { benign: ['<a/>'], kinds: ['growth'], payloads: () => [{ value: NESTED }], harm: ({ value }) => value },
  'CWE-798': given(['config'], (event, known) => password(event).find((one) => literal(one, known))),
  'CWE-843': {
    ...flow(
      ['html', 'path', 'shell'],
      [
        { value: ['<zqx>'] },
        { value: ['../../../../../../etc/zqx'] },
        { value: ['; zqx'] },
        { value: ['x', '<zqx>'] },
        { value: { length: 1, x: '<zqx>' } },
      ],
      ({ kind, value }) =>
        kind === 'html'
          ? structures.htmlRuns(value)
          : kind === 'shell'
            ? structures.shellRuns(value) && value
            : /^\/etc\/zqx/.test(path.resolve(value)) && value,
    ),
  },
  'CWE-915': {
    benign: PLAIN,
    kinds: ['assigned'],
    payloads: () => [
      { value: { name: 'alice', email: 'a@site.example', isAdmin: true, role: 'zqx', owner: 'zqx' }, whole: true },
    ],
    harm: ({ value }) =>
      ['isAdmin', 'role', 'owner'].find(
        (name) =>
          Object.hasOwn(value?.$set ?? value ?? {}, name) && /zqx|true/.test(String((value.$set ?? value)[name])),
      ),
  },
  'CWE-916': given(
    ['crypto'],
    ({ call, all }) =>
      ((call === 'bcrypt.hash' && all[1] < 10) ||
        (/^pbkdf2/.test(call) && all[2] < 100000) ||
        (/^scrypt/.test(call) && all[3]?.N < 16384)) &&
      call,
  ),
  'CWE-942': flow(
    ['cors', 'header'],
    ['https://zqx.example'],
    ({ kind, value, name }) =>
      (kind === 'cors'
        ? value.credentials && [true, 'https://zqx.example'].includes(value.origin)
        : /allow-origin/i.test(name) && /zqx/.test(value)) && text(value),
  ),
  'CWE-1004': given(
    ['cookie', 'session-config'],
    cookie((settings) => settings.httpOnly === false || (settings.httpOnly === undefined && !settings.session)),
  ),
  'CWE-1204': given(
    ['crypto'],
    ({ call, all }, known) =>
      call === 'createCipheriv' &&
      iv(known).length > 1 &&
      iv(known).every((one) => one === iv(known)[0]) &&
      text(held(all[2])),
  ),
  'CWE-1236': flow(['response', 'written'], ['=zqx()', '+zqx', '-zqx', '@zqx', '"=zqx()', 'x\n=zqx()', 'x\r=zqx()', 'x,=zqx()'], cells),
  'CWE-1275': given(
    ['cookie', 'session-config'],
    cookie((settings) => !/^(?:lax|strict)$/i.test(String(settings.sameSite === true ? 'strict' : settings.sameSite))),
  ),
  'CWE-1327': given(
    ['listen'],
    ({ value }) => (value === undefined || value === '0.0.0.0' || value === '::') && 'all addresses',
  ),
  'CWE-1333': flow(
    ['pattern'],
    ['(zqx+)+$', '^(zqx|zqx)*$'],
    ({ value }) => /\(zqx[+|]/.test(value.replace(/\\./g, '')) && value,
  ),
  'CWE-1336': flow(
    ['template'],
    ['{{zqx}}', '<%= zqx %>', '#{zqx}', '${zqx}', '{{= zqx }}'],
    ({ value }) => /(?:\{\{=?|<%[=-]|#\{)\s*zqx/.test(value) && value,
  ),
};
Object.assign(FURTHER, LATER);
FURTHER['CWE-330'] = FURTHER['CWE-338'];

module.exports = { FURTHER };
