'use strict';
// What a request holds in one run: the payload in every field, or in one of them while the others are harmless.

const HARMLESS = 'alice';
const EMPTY = { body: 'json', place: 'query', only: '', alone: true }; // a request without fields

/**
 * Plans of runs: which field holds the payload (`only`, without the others where `alone`; else all), how the body is
 * written, and where the address has it.
 */
function plansOf(used, names) {
  const ways = [{ body: 'json', place: 'query' }];
  if (used.rawBody) ways.push({ body: 'form', place: 'query' }, { body: 'raw', place: 'query' });
  if (used.rawUrl) ways.push({ body: 'json', place: 'path' }, { body: 'json', place: 'encoded' });
  if (used.deep) ways.push({ body: 'json', place: 'query', nested: true });
  if (!names.length) return ways;
  const simple = ways.filter((way) => way.body !== 'raw' && way.place === 'query' && !way.nested);
  return names.flatMap((only) =>
    simple.flatMap((way) => [
      { ...way, only },
      { ...way, only, alone: true },
    ]),
  );
}

const encoded = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);

class Filling {
  constructor(payload, plan, facts, used) {
    Object.assign(this, { payload, plan, facts, used });
  }

  value(name) {
    if (this.plan.nested) return Object.fromEntries(this.facts.names.map((inner) => [inner, this.payload.value]));
    if (this.payload.fields && Object.hasOwn(this.payload.fields, name)) return this.payload.fields[name];
    return this.plan.only && this.plan.only !== name ? HARMLESS : this.payload.value;
  }

  text(name) {
    const value = this.plan.nested ? this.payload.value : this.value(name);
    return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  /** JSON of all fields; a payload that is the whole body stands for itself. */
  json() {
    if (this.payload.whole) return JSON.stringify(this.payload.value);
    return `{${this.names()
      .map((name) => `${JSON.stringify(name)}:${JSON.stringify(this.value(name))}`)
      .join(',')}}`;
  }

  form() {
    return this.names()
      .map((name) => `${name}=${encoded(this.text(name))}`)
      .join('&');
  }

  names() {
    const { only, alone } = this.plan;
    if (!alone) return this.facts.names;
    return only ? [only] : [];
  }

  /** The body as it comes over the wire. */
  body() {
    const { body } = this.plan;
    if (body === 'json') return this.json();
    if (body === 'form') return this.form();
    return typeof this.payload.value === 'string' ? this.payload.value : JSON.stringify(this.payload.value);
  }

  /** The address as it comes over the wire, with a path that the program knows, or made of the payload. */
  url(path) {
    const prefix = path.replace(/\/+$/, '');
    const value = this.plan.only ? HARMLESS : this.text('');
    if (this.plan.place === 'path') return `${prefix}/${value.replace(/^\//, '')}`;
    if (this.plan.place === 'encoded') return `${prefix}/${encoded(value)}`;
    return `${prefix || '/'}?${this.form()}`;
  }
}

module.exports = { plansOf, Filling, EMPTY };
