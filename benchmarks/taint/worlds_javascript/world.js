'use strict';
// One program in a context of its own: its modules, the stand-ins before real ones, and what reached the sinks.

const vm = require('node:vm');
const fs = require('node:fs');
const path = require('node:path');
const { Filling } = require('./requests');

const ROUNDS = 12; // turns of the event loop that a run may still need after its handlers returned
const REAL = new Set(
  'path url querystring util crypto events string_decoder assert buffer zlib os stream timers stream/promises'.split(
    ' ',
  ),
);
const BROKEN = /is not a function|is not a constructor|is not defined|no stand-in|Cannot read properties of undefined/;
const WRAP = ['(function (require, module, exports, __filename, __dirname, __default, jsx) {', '\n})'];
const STAND_INS = new Map(); // module name → the script with its factory; a file of stand_ins has a map of them
const HOST = {
  // what a bare context lacks and node has
  Buffer,
  URL,
  URLSearchParams,
  TextEncoder,
  TextDecoder,
  AbortController,
  AbortSignal,
  structuredClone,
  atob,
  btoa,
  queueMicrotask,
  setImmediate,
  Event,
  EventTarget,
  Headers,
  FormData,
  process,
};
const PROTOTYPES = ['Object', 'Array', 'Function'];

for (const file of fs.readdirSync(path.join(__dirname, 'stand_ins'))) {
  const text = fs.readFileSync(path.join(__dirname, 'stand_ins', file), 'utf8');
  const script = new vm.Script(`(function (world, real, {${Object.keys(HOST)}}) {${text}\n})`, { filename: file });
  for (const found of text.matchAll(/^modules\['([^']+)'\] =/gm)) STAND_INS.set(found[1], script);
}

class World {
  static current = null;

  constructor(files, facts, weakness) {
    this.facts = facts;
    this.weakness = weakness;
    this.faults = new Set();
    this.runs = 0;
    this.evaluated = new WeakSet(); // errors of text that a program evaluated
    this.reached = false;
    this.scripts = new Map();
    for (const [name, text] of Object.entries(files)) {
      this.scripts.set(name, new vm.Script(WRAP[0] + text + WRAP[1], { filename: name }));
    }
    this.entry = [...this.scripts.keys()].find((name) => /^app\.\w+$/.test(name)) ?? this.scripts.keys().next().value;
    this.context = vm.createContext({}, { codeGeneration: { strings: true, wasm: false } });
    this.shape = PROTOTYPES.map((name) => [vm.runInContext(`${name}.prototype`, this.context), name]);
    this.shape = this.shape.map(([prototype, name]) => [prototype, name, Object.getOwnPropertyDescriptors(prototype)]);
    this.shape.push([Object.prototype, 'Object', Object.getOwnPropertyDescriptors(Object.prototype)]);
    this.parse = vm.runInContext('JSON.parse', this.context);
    this.inContext = new Map();
  }

  /** Run the program once: load it, drive every entry, wait until nothing moves. */
  async run(payload, plan) {
    this.runs += 1;
    this.said = String(payload.value).split(/\W+/);
    World.current = this;
    this.used = { names: new Set(), rawBody: false, rawUrl: false };
    this.filling = new Filling(payload, plan, this.facts, this.used);
    this.events = [];
    this.entries = [];
    this.listeners = [];
    this.done = [];
    this.modules = new Map();
    this.standIns = new Map();
    this.fill('globals');
    try {
      const loaded = this.load(this.entry);
      await loaded.ready;
      await this.settle();
      await this.drive(loaded.exports);
    } catch (error) {
      this.failed(error);
    }
    await this.settle();
    for (const finish of this.done) finish();
    this.comparePrototypes();
    return { events: this.events, used: this.used };
  }

  async settle() {
    for (let round = 0; round < ROUNDS; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async drive(exported) {
    if (!this.entries.length && !this.listeners.length) this.fill('next').enter(exported);
    if (!this.entries.length && !this.listeners.length && !this.facts.isPage && !this.events.length) {
      this.faults.add('the program has no entry');
    }
    for (const entry of this.entries) await this.tried(entry);
    for (const listener of this.listeners.splice(0)) await this.tried(listener);
  }

  async tried(entry) {
    try {
      await entry();
      await this.settle();
    } catch (error) {
      this.failed(error);
    }
  }

  /** What a call to the outside fails with, in runs in which everything fails; it tells of the inside. */
  failing(where) {
    if (!this.filling.payload.fails) return null;
    const made = vm.runInContext('(text) => Object.assign(new Error(text), { code: "EFAILED" })', this.context);
    return made(`${where} zqx-internal:5432 at /srv/app/lib/pool.js`);
  }

  event(kind, value, more = {}) {
    this.events.push({ kind, value, ...more });
  }

  /** Errors that say that a stand-in is missing are faults of the case; any other belongs to the program. */
  failed(error) {
    const text = String((error && error.message) || error);
    const structured =
      this.filling.plan.nested || this.filling.plan.alone || typeof this.filling.payload.value === 'object';
    const [, unknown] = /^(\w+) is not defined/.exec(text) || [];
    if (BROKEN.test(text) && !structured && !this.evaluated.has(error) && !this.said.includes(unknown))
      this.faults.add(text);
    this.event('failed', text, { error });
  }

  /** Fields as a program gets them from a parser of JSON or forms; which ones it reads is noted. */
  fields({ text = false } = {}) {
    const parsed = this.parse(this.filling.json());
    if (text) for (const name of Object.keys(parsed)) parsed[name] = this.flat(parsed[name]);
    return this.watched(parsed);
  }

  flat(value) {
    return typeof value === 'object' && value !== null ? '[object Object]' : String(value);
  }

  watched(object) {
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return object;
    const { names } = this.used;
    const known = new Set(this.facts.names);
    return new Proxy(object, {
      get(target, name) {
        if (known.has(name)) names.add(name);
        return target[name];
      },
    });
  }

  text(name) {
    if (this.facts.names.includes(name)) this.used.names.add(name);
    return this.filling.names().includes(name) || !this.filling.plan.alone ? this.filling.text(name) : undefined;
  }

  load(name) {
    if (this.modules.has(name)) return this.modules.get(name);
    const module = vm.runInContext('({ exports: {} })', this.context);
    this.modules.set(name, module);
    const body = this.scripts.get(name).runInContext(this.context);
    const folder = path.posix.dirname(path.posix.join('/srv/app', name));
    const jsx = (...all) => this.standIn('react').createElement(...all);
    const required = (wanted) => this.require(wanted, name);
    body(required, module, module.exports, path.posix.join('/srv/app', name), folder, interop, jsx);
    return module;
  }

  require(wanted, from) {
    if (this.weakness.kinds.includes('module') && !this.knows(wanted, from)) {
      this.event('module', wanted);
      return {};
    }
    if (wanted.startsWith('.')) return this.load(this.resolve(wanted, from)).exports;
    return this.standIn(wanted.replace(/^node:/, ''));
  }

  knows(wanted, from) {
    const name = wanted.replace(/^node:/, '');
    return STAND_INS.has(name) || REAL.has(name) || this.scripts.has(this.place(wanted, from));
  }

  place(wanted, from) {
    try {
      return this.resolve(wanted, from);
    } catch {
      return null;
    }
  }

  resolve(wanted, from) {
    const base = path.posix.join(path.posix.dirname(from), wanted);
    const ends = ['', '.js', '.ts', '.mjs', '.cjs', '.jsx', '.tsx', '/index.js', '/index.ts'];
    const found = ends.map((end) => base + end).find((name) => this.scripts.has(name));
    const written = base.replace(/\.js$/, '.ts');
    if (found || this.scripts.has(written)) return found || written;
    throw new Error(`no stand-in for ${wanted}`);
  }

  standIn(name) {
    const found = STAND_INS.get(name);
    if (!found && REAL.has(name)) return require(name);
    if (!found) throw new Error(`no stand-in for ${name}`);
    return this.fill(name, found);
  }

  fill(name, script = STAND_INS.get(name)) {
    if (!this.standIns.has(script)) {
      if (!this.inContext.has(script)) this.inContext.set(script, script.runInContext(this.context));
      this.standIns.set(script, this.inContext.get(script)(this, require, HOST));
    }
    const made = this.standIns.get(script);
    if (!made.cache) made.cache = new Map();
    if (!made.cache.has(name)) made.cache.set(name, made.modules[name]());
    return made.cache.get(name);
  }

  /** Whatever was added to a prototype is told and taken away again. */
  comparePrototypes() {
    for (const [prototype, name, before] of this.shape) {
      for (const key of Reflect.ownKeys(prototype)) {
        if (Object.hasOwn(before, key)) continue;
        this.event('prototype', `${name}.prototype.${String(key)}`);
        delete prototype[key];
      }
      for (const key of Reflect.ownKeys(before)) {
        const now = Object.getOwnPropertyDescriptor(prototype, key);
        if (now && now.value === before[key].value && now.get === before[key].get) continue;
        this.event('prototype', `${name}.prototype.${String(key)}`);
        Object.defineProperty(prototype, key, before[key]);
      }
    }
  }
}

const interop = (loaded) => (loaded && loaded.__esModule && 'default' in loaded ? loaded.default : loaded);

module.exports = { World };
