// Requests and responses as node has them, and what all frameworks read from a request.
const modules = {};
const { EventEmitter } = real('node:events');
const { METHODS } = real('node:http');
const verbs = [...METHODS.map((one) => one.toLowerCase()).filter((one) => /^[a-z]+$/.test(one)), 'all'];

class Incoming extends EventEmitter {
  constructor(method, path) {
    super();
    const url = world.filling.url(path);
    const headers = {};
    for (const name of world.filling.names()) headers[name.toLowerCase()] = world.filling.text(name);
    const host = world.filling.payload.hosts ? world.filling.text('host') : 'site.example';
    Object.assign(headers, { host, 'content-type': 'application/json' });
    const { used } = world;
    Object.assign(this, { method, encoding: null, httpVersion: '1.1', socket: { remoteAddress: '192.0.2.7' } });
    this.connection = this.socket;
    this.headers = new Proxy(headers, {
      get: (target, name) => {
        if (world.filling.names().includes(name)) used.names.add(name);
        return target[name];
      },
    });
    Object.defineProperty(this, 'url', {
      get: () => ((used.rawUrl = this.raw), this.written ?? url),
      set: (written) => (this.written = written),
    });
    this.raw = true;
  }

  on(name, run) {
    super.on(name, run);
    if (['data', 'end', 'readable'].includes(name) && !this.flowing) {
      this.flowing = true;
      world.used.rawBody = true;
      setImmediate(() => this.flow());
    }
    return this;
  }

  flow() {
    try {
      const bytes = Buffer.from(world.filling.body());
      this.emit('data', this.encoding ? bytes.toString(this.encoding) : bytes);
      this.emit('end');
      this.emit('close');
    } catch (error) {
      world.failed(error);
    }
  }

  setEncoding(encoding) {
    this.encoding = encoding;
    return this;
  }

  pipe(target) {
    this.on('data', (chunk) => target.write(chunk));
    this.on('end', () => target.end());
    return target;
  }

  async *[Symbol.asyncIterator]() {
    world.used.rawBody = true;
    const bytes = Buffer.from(world.filling.body());
    yield this.encoding ? bytes.toString(this.encoding) : bytes;
  }

  destroy() {}
  resume() {}
}

class Outgoing extends EventEmitter {
  constructor() {
    super();
    Object.assign(this, { statusCode: 200, fields: {}, parts: [], headersSent: false, finished: false, locals: {} });
    world.done.push(() => this.tell());
  }

  setHeader(name, value) {
    for (const one of [].concat(value)) world.event('header', String(one), { name: String(name) });
    this.fields[String(name).toLowerCase()] = value;
    return this;
  }

  getHeader(name) {
    return this.fields[name.toLowerCase()];
  }

  hasHeader(name) {
    return name.toLowerCase() in this.fields;
  }

  removeHeader(name) {
    delete this.fields[name.toLowerCase()];
  }

  writeHead(status, reason, fields) {
    this.statusCode = status;
    const given = typeof reason === 'object' ? reason : fields;
    for (const [name, value] of Object.entries(given || {})) this.setHeader(name, value);
    return this;
  }

  write(part) {
    if (part !== undefined && part !== null && !this.finished) this.parts.push(String(part));
    return true;
  }

  end(part) {
    if (typeof part !== 'function') this.write(part);
    this.finished = this.headersSent = this.writableEnded = true;
    setImmediate(() => this.emit('finish'));
    return this;
  }

  get statusMessage() {
    return '';
  }

  /** Once the response is whole, a client reads it: as HTML where it is called so, or not called at all. */
  tell() {
    const type = String(this.fields['content-type'] ?? 'text/html');
    const text = this.parts.join('');
    if (/html|xhtml|svg/.test(type)) world.event('html', text);
    world.event('response', text, { status: this.statusCode, type });
    if (this.fields.location !== undefined) world.event('redirect', String(this.fields.location));
    world.event('headers', this.fields);
  }
}

const header = (request, name) => {
  const lower = name.toLowerCase();
  if (world.filling.names().some((one) => one.toLowerCase() === lower)) return textOfHeader(name, lower, request);
  return request.headers[lower];
};

function textOfHeader(name, lower, request) {
  const known = world.filling.names().find((one) => one.toLowerCase() === lower);
  return ['host', 'content-type'].includes(lower) && !world.filling.payload.hosts
    ? request.headers[lower]
    : world.text(known);
}

const uploaded = () => ({
  originalname: world.text('originalname'),
  filename: 'f3a1',
  path: '/tmp/uploads/f3a1',
  mimetype: world.text('mimetype'),
  size: 12,
  buffer: Buffer.from('upload'),
  fieldname: 'file',
  name: world.text('name'),
  mv: (to, done) => {
    world.event('path', to, { call: 'mv' });
    if (done) done(null);
    return Promise.resolve();
  },
});

const concrete = (path) => (typeof path === 'string' ? path.replace(/\/?[:*(].*$/, '') || '/' : '/');

function paramsOf(path) {
  const found = {};
  const names = typeof path === 'string' ? path.match(/:(\w+)/g) || [] : [];
  for (const name of names) found[name.slice(1)] = world.text(name.slice(1));
  if (typeof path !== 'string' || path.includes('*')) found[0] = found['*'] = world.text('0');
  return world.watched(found);
}

const flat = (steps) => steps.flat(9).map((one) => (typeof one === 'function' ? one : () => {}));
const last = (items) => (typeof items.at(-1) === 'function' ? items.at(-1) : undefined);
/** The address that a server listens at: none is all of them. */
const hostOf = (all) =>
  typeof all[0] === 'object' && all[0] ? all[0].host : all.slice(1).find((one) => typeof one === 'string');
const pass = () => (request, reply, next) => next();

const rawText = () => {
  world.used.rawBody = true;
  return world.filling.body();
};

// What a session holds is told once the request is answered.
function freshSession() {
  const session = {};
  const calls = {
    save: (done) => done && done(null),
    destroy: (done) => done && done(null),
    reload: (done) => done && done(null),
    regenerate: (done) => {
      world.event('regenerated', '');
      done(null);
    },
    touch() {},
    set: (name, value) => (session[name] = value),
    get: (name) => session[name],
    id: 'sid-1',
  };
  for (const [name, value] of Object.entries(calls))
    Object.defineProperty(session, name, { get: () => value, set() {} });
  session.cookie = {};
  world.done.push(() => {
    const held = Object.fromEntries(Object.entries(session).filter(([, value]) => typeof value !== 'function'));
    world.event('session', held);
  });
  return session;
}

modules['messages'] = () => ({
  Incoming,
  Outgoing,
  verbs,
  METHODS,
  header,
  uploaded,
  concrete,
  paramsOf,
  flat,
  last,
  hostOf,
  pass,
  rawText,
  freshSession,
});

return { modules };
