'use strict';
// What text means to those who read it: tokens of SQL, shells, HTML, JavaScript, XPath, LDAP, and queries of documents.

const MARK = /zqx/i;

/** Pieces of text by patterns in order; what none takes is a piece of one character of kind `other`. */
function pieces(text, patterns) {
  const found = [];
  for (let at = 0; at < text.length;) {
    let taken = null;
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match && match[0]) {
        taken = { kind, text: match[0] };
        break;
      }
    }
    taken = taken || { kind: 'other', text: text[at] };
    found.push(taken);
    at += taken.text.length;
  }
  return found;
}

const SPACE = ['space', /\s+/y];
const ANSI = [
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['literal', /'(?:[^']|'')*(?:'|$)/y],
  ['literal', /"(?:[^"]|"")*(?:"|$)/y],
  ['literal', /`(?:[^`]|``)*(?:`|$)/y],
  ['word', /[A-Za-z_][\w$]*/y],
  SPACE,
];
const BACKSLASHED = [
  ['comment', /--[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['literal', /'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)/y],
  ['literal', /"(?:[^"\\]|\\[\s\S]|"")*(?:"|$)/y],
  ['literal', /`(?:[^`]|``)*(?:`|$)/y],
  ['word', /[A-Za-z_][\w$]*/y],
  SPACE,
];

/** A word of the payload that stands outside of literals and comments of a statement. */
const sqlWord = (text, dialect) => marked(pieces(text, dialect === 'mysql' ? BACKSLASHED : ANSI), 'word');

const XPATH = [['literal', /'[^']*(?:'|$)|"[^"]*(?:"|$)/y], ['word', /[A-Za-z_][\w.-]*/y], SPACE];
const xpathWord = (text) => marked(pieces(text, XPATH), 'word');

const marked = (found, kind) => found.some((one) => one.kind === kind && MARK.test(one.text));

const SCRIPT = [
  ['comment', /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['literal', /'(?:[^'\\\n]|\\[\s\S])*(?:'|(?=\n)|$)|"(?:[^"\\\n]|\\[\s\S])*(?:"|(?=\n)|$)/y],
  ['template', /`(?:[^`\\]|\\[\s\S])*(?:`|$)/y],
  ['word', /[A-Za-z_$][\w$]*/y],
  SPACE,
];

/** A call of the payload in a script, outside of its texts; a hole of a template is inside of none. */
function scriptCalls(text) {
  const found = pieces(text, SCRIPT).filter((one) => one.kind !== 'space' && one.kind !== 'comment');
  return found.some((one, place) => {
    if (one.kind === 'template') return holes(one.text).some(scriptCalls);
    return one.kind === 'word' && one.text === 'zqx' && ['(', '`'].includes(found[place + 1]?.text[0]);
  });
}

const holes = (text) => [...text.matchAll(/\$\{([^}]*)\}/g)].map((found) => found[1]);

/** Whether a shell would run the payload as a command: at a command's place, or inside of a substitution. */
function shellRuns(text) {
  let quote = '';
  let start = true;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at];
    if (quote === "'") {
      if (mark === "'") quote = '';
      continue;
    }
    if (mark === '\\') {
      at += 1;
      start = false;
      continue;
    }
    if (mark === '`' || (mark === '$' && text[at + 1] === '(')) {
      const inner = text.slice(at + (mark === '`' ? 1 : 2));
      if (/^\s*zqx/.test(inner)) return true;
      start = false;
      continue;
    }
    if (mark === '"' || (mark === "'" && !quote)) {
      quote = quote === mark ? '' : mark;
      start = false;
      continue;
    }
    if (quote) continue;
    if (';|&\n('.includes(mark)) {
      start = true;
      continue;
    }
    if (/\s/.test(mark)) continue;
    if (start && text.startsWith('zqx', at)) return true;
    start = false;
  }
  return false;
}

const TAG = /<(\/?)([a-z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>?|<!--[\s\S]*?(?:-->|$)/gi;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)(?:"|$)|'([^']*)(?:'|$)|([^\s"'>]+)))?/g;
const LINKS = new Set(['href', 'src', 'action', 'formaction', 'xlink:href', 'data']);
const DEEPEST = 3; // documents in attributes of documents

/** What of the payload a browser takes for markup or for a script; null for nothing. */
function htmlRuns(text, depth = 0) {
  let script = null;
  let from = 0;
  for (const tag of text.matchAll(TAG)) {
    if (script !== null) {
      if (tag[1] !== '/' || tag[2].toLowerCase() !== script) continue;
      if (script === 'script' && scriptCalls(text.slice(from, tag.index))) return text.slice(from, tag.index);
      script = null;
      continue;
    }
    if (!tag[2]) continue;
    if (MARK.test(tag[2])) return tag[0];
    if (tag[1]) continue;
    const found = attributesRun(tag[3], depth);
    if (found) return found;
    if (['script', 'style', 'textarea', 'title'].includes(tag[2].toLowerCase())) {
      script = tag[2].toLowerCase();
      from = tag.index + tag[0].length;
    }
  }
  if (script === 'script' && scriptCalls(text.slice(from))) return text.slice(from);
  return null;
}

function attributesRun(text, depth) {
  for (const [whole, name, ...values] of text.matchAll(ATTRIBUTE)) {
    const value = decoded(values.find((one) => one !== undefined) ?? '');
    if (MARK.test(name)) return whole;
    if (/^on/i.test(name) && scriptCalls(value)) return whole;
    if (LINKS.has(name.toLowerCase()) && scriptLink(value)) return whole;
    if (name.toLowerCase() === 'srcdoc' && depth < DEEPEST && htmlRuns(value, depth + 1)) return whole;
  }
  return null;
}

const scriptLink = (url) =>
  /^\s*javascript:/i.test(url.replace(/[\t\n\r]/g, '')) && scriptCalls(unwritten(url).replace(/^\s*javascript:/i, ''));
const unwritten = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const decoded = (text) =>
  text
    .replace(/&#x([0-9a-f]+);?/gi, (all, code) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/&#(\d+);?/g, (all, code) => String.fromCodePoint(Number(code)))
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');

/** A filter without its values: what stays is its structure. */
const ldapShape = (text) =>
  text
    .replace(/=((?:[^()*\\]|\\[0-9a-f]{2})*)/gi, '=')
    .replace(/\*(?:[^()*\\]|\\[0-9a-f]{2})+/gi, '*')
    .replace(/\\[0-9a-f]{2}/gi, '');
const dnShape = (text) => text.replace(/\\(?:[0-9a-f]{2}|[\s\S])/gi, '').replace(/=[^,+;]*/g, '=');

const LITERAL = new Set([
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$set',
  '$group',
  '$project',
  '$sort',
  '$limit',
]);

/** Paths to operators of a query, to `every` one or to those that hold text of the payload; comparisons end a path. */
function operators(query, every = false, path = '', found = []) {
  if (typeof query !== 'object' || query === null) return found;
  for (const [key, value] of Object.entries(query)) {
    const here = `${path}/${Array.isArray(query) ? '' : key}`;
    const list = Array.isArray(value) && !Array.isArray(query) && !key.startsWith('$');
    if (key === '$eq' || list) continue; // compared as they are
    if (key === '$where' || key === '$function' || key === '$expr') {
      if (
        typeof value === 'string' ? scriptCalls(`(${value})`) || scriptCalls(value) : MARK.test(JSON.stringify(value))
      )
        found.push(`${here} runs`);
    } else if (key === '$regex') {
      if (every || MARK.test(String(value))) found.push(here);
    } else if (LITERAL.has(key)) {
      // compared with as it is, whatever is in it
      if (every || MARK.test(JSON.stringify(value) ?? '')) found.push(here);
    } else {
      operators(value, every, here, found);
    }
  }
  return found;
}

module.exports = {
  MARK,
  sqlWord,
  xpathWord,
  scriptCalls,
  shellRuns,
  htmlRuns,
  scriptLink,
  ldapShape,
  dnShape,
  operators,
  pieces,
  SCRIPT,
};
