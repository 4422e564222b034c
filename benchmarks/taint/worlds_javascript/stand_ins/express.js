// Express and its middleware: an entry is one request to one route, through what was installed before.
const modules = {};
const {
  Incoming,
  Outgoing,
  verbs,
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
} = world.fill('messages');

class Reply extends Outgoing {
  constructor(request) {
    super();
    this.req = request;
    this.app = { locals: {}, get() {} };
  }

  status(code) {
    this.statusCode = code;
    return this;
  }

  set(name, value) {
    if (typeof name === 'object') for (const [one, text] of Object.entries(name)) this.setHeader(one, text);
    else this.setHeader(name, value);
    return this;
  }

  header(name, value) {
    return this.set(name, value);
  }

  get(name) {
    return this.getHeader(name);
  }

  append(name, value) {
    return this.setHeader(name, value);
  }

  vary() {
    return this;
  }

  type(name) {
    const known = {
      html: 'text/html',
      text: 'text/plain',
      txt: 'text/plain',
      json: 'application/json',
      xml: 'text/xml',
    };
    return this.setHeader('content-type', name.includes('/') ? name : known[name] || `application/${name}`);
  }

  contentType(name) {
    return this.type(name);
  }

  send(body) {
    if (typeof body === 'number' && !this.parts.length) body = String(body);
    if (Buffer.isBuffer(body)) {
      if (!this.hasHeader('content-type')) this.type('application/octet-stream');
    } else if (typeof body === 'object' && body !== null) return this.json(body);
    return this.end(body === null ? '' : body);
  }

  json(body) {
    if (!this.hasHeader('content-type')) this.type('json');
    world.event('json', body);
    return this.end(JSON.stringify(body));
  }

  jsonp(body) {
    return this.json(body);
  }

  sendStatus(code) {
    this.statusCode = code;
    return this.type('text').end(String(code));
  }

  location(url) {
    return this.setHeader('location', url === 'back' ? this.req.headers.referer || '/' : url);
  }

  redirect(status, url) {
    this.statusCode = typeof status === 'number' ? status : 302;
    this.location(typeof status === 'number' ? url : status);
    return this.type('text').end('redirecting');
  }

  cookie(name, value, options = {}) {
    world.event('cookie', String(value), { name, options });
    return this;
  }

  clearCookie() {
    return this;
  }

  attachment(name) {
    return this.setHeader('content-disposition', `attachment; filename="${name || ''}"`);
  }

  /** `send` refuses dots in a path without a root, and what leaves the root. */
  sendFile(name, options, done) {
    const { root } = typeof options === 'object' && options ? options : {};
    return this.deliver(name, root, typeof options === 'function' ? options : done);
  }

  deliver(name, root, done) {
    const path = real('node:path').posix;
    const climbs = root
      ? !`${path.join(root, name)}/`.startsWith(path.join(root, '/'))
      : /(?:^|\/)\.\.(?:\/|$)/.test(name);
    if (climbs || (!root && !path.isAbsolute(name))) {
      this.statusCode = 403;
      const error = new Error('Forbidden');
      if (done) done(error);
      else this.end();
      return this;
    }
    world.event('path', root ? path.join(root, name) : name, { call: 'sendFile' });
    this.type('application/octet-stream').end('file');
    if (done) done();
    return this;
  }

  sendfile(...all) {
    return this.sendFile(...all);
  }

  download(name, as, options, done) {
    const path = real('node:path').posix;
    const given = [as, options, done];
    const { root } = given.find((one) => typeof one === 'object' && one) || {};
    const run = given.find((one) => typeof one === 'function');
    return this.deliver(root ? name : path.resolve('/srv/app', name), root, run);
  }

  render(view, values, done) {
    world.event('view', view, { values });
    const callback = typeof values === 'function' ? values : done;
    if (callback) callback(null, 'rendered');
    else this.end('rendered');
  }

  format(choices) {
    (choices.html || choices.default || Object.values(choices)[0])(this.req, this);
    return this;
  }

  links() {
    return this;
  }

  setPreviewData() {
    return this;
  }
}

function expressRequest(method, path) {
  const request = new Incoming(method, concrete(path));
  const query = world.fields();
  const parsed = world.fields();
  const cookies = world.fields({ text: true });
  Object.assign(request, {
    query,
    body: parsed,
    cookies,
    signedCookies: cookies,
    params: paramsOf(path),
    baseUrl: '',
    originalUrl: world.filling.url(concrete(path)),
    ip: '192.0.2.7',
    ips: [],
    protocol: 'https',
    secure: true,
    xhr: false,
    hostname: world.text('host'),
    subdomains: [],
    route: { path },
    app: { get() {}, locals: {} },
    get: (name) => (name.toLowerCase() === 'referrer' ? header(request, 'referer') : header(request, name)),
    param: (name) => request.params[name] ?? parsed[name] ?? query[name],
    is: () => 'json',
    accepts: (...kinds) => [].concat(...kinds)[0],
    acceptsLanguages: (one) => one,
    file: uploaded(),
    files: [uploaded()],
    flash() {},
    isAuthenticated: () => true,
    csrfToken: () => 'token',
    logout: (done) => done && done(),
  });
  request.header = request.get;
  Object.defineProperty(request, 'path', { get: () => request.url.split('?')[0] });
  return request;
}

/** Run steps one after the other, each calling the next; one with four parameters takes errors. */
async function chain(steps, request, reply, at = 0, error = undefined) {
  for (let place = at; place < steps.length; place += 1) {
    const step = steps[place];
    if ((step.length === 4) !== Boolean(error)) continue;
    const outcome = await stepped(step, request, reply, error);
    if (outcome.stop) return;
    error = outcome.error;
  }
  if (error) {
    world.failed(error);
    world.event('uncaught', String(error && error.message));
  }
}

function stepped(step, request, reply, error) {
  return new Promise((resolve) => {
    const next = (problem) => resolve(problem && problem !== 'route' ? { error: problem } : {});
    const failed = (problem) => resolve({ error: problem ?? new Error('thrown') });
    let result;
    try {
      result = error ? step(error, request, reply, next) : step(request, reply, next);
    } catch (problem) {
      failed(problem);
      return;
    }
    Promise.resolve(result).then(async () => {
      await world.settle();
      resolve({ stop: true });
    }, failed);
  });
}

function router(isApp) {
  const made = (request, reply, next) => next();
  Object.assign(made, { steps: [], params: {}, settings: {}, locals: {}, parents: [], isRouter: true });
  const above = (parent, count) => [
    ...parent.parents.flatMap(([one, number]) => above(one, number)),
    ...parent.steps.slice(0, count),
  ];
  const below = (parent, count) => [
    ...parent.steps.slice(count),
    ...parent.parents.flatMap(([one, number]) => below(one, number)),
  ];
  made.use = (path, ...steps) => {
    const given = typeof path === 'string' || path instanceof RegExp ? steps : [path, ...steps];
    for (const step of given.flat(9)) {
      if (step && step.isRouter) step.parents.push([made, made.steps.length]);
      else made.steps.push(step);
    }
    return made;
  };
  const add = (verb, path, steps) => {
    const method = verb === 'all' ? 'GET' : verb.toUpperCase();
    const count = made.steps.length;
    world.routed = true;
    for (const one of [].concat(path)) {
      world.entries.push(() => {
        const request = expressRequest(method, one);
        const reply = new Reply(request);
        Object.assign(request, { res: reply });
        const guards = Object.entries(made.params).filter(([name]) => name in request.params);
        const asked = guards.map(
          ([name, run]) =>
            (req, res, next) =>
              run(req, res, next, req.params[name], name),
        );
        return chain([...above(made, count), ...asked, ...flat(steps), ...below(made, count)], request, reply);
      });
    }
    return made;
  };
  for (const verb of verbs) made[verb] = (path, ...steps) => add(verb, path, steps);
  const set = made.get;
  made.get = (path, ...steps) => (steps.length ? set(path, ...steps) : made.settings[path]);
  made.route = (path) => {
    const route = {};
    for (const verb of verbs) route[verb] = (...steps) => (add(verb, path, steps), route);
    return route;
  };
  made.param = (name, run) => ((made.params[name] = run), made);
  if (isApp) {
    world.routed = false;
    world.entries.push(() => {
      if (world.routed || !made.steps.length) return undefined;
      const request = expressRequest(world.facts.methods[0] || 'GET', '/');
      return chain(made.steps, request, new Reply(request));
    });
    Object.assign(made, {
      set: (name, value) => (
        world.event('config', [name, value], { call: 'app.set' }),
        (made.settings[name] = value),
        made
      ),
      enable: (name) => made.set(name, true),
      disable: (name) => made.set(name, false),
      engine: () => made,
      enabled: (name) => Boolean(made.settings[name]),
      listen: (...all) => (
        world.event('listen', hostOf(all)),
        last(all)?.(),
        { close() {}, on() {}, address: () => ({}) }
      ),
      on: () => made,
    });
  }
  return made;
}

modules['express-parts'] = () => ({ Reply, expressRequest, chain });
modules['express'] = () => {
  const textual = (convert) => () => (request, reply, next) => {
    request.body = convert(rawText());
    next();
  };
  const express = () => router(true);
  return Object.assign(express, {
    Router: () => router(false),
    json: pass,
    urlencoded: pass,
    static: (root, options) => {
      world.event('config', [root, options], { call: 'express.static' });
      return pass();
    },
    text: textual((text) => text),
    raw: textual((text) => Buffer.from(text)),
    application: {},
    request: {},
    response: {},
  });
};

modules['body-parser'] = () => {
  const { json, urlencoded, text, raw } = world.standIn('express');
  return { json, urlencoded, text, raw };
};
modules['express-xml-bodyparser'] = () => pass;
modules['cookie-parser'] = () => pass;
modules['helmet'] = () => (options) => (world.event('config', [options], { call: 'helmet' }), pass());
modules['cors'] = () => (options) => {
  world.event('cors', options ?? { origin: '*' });
  return async (request, reply, next) => {
    if (options && typeof options.origin === 'function') {
      options.origin('https://zqx.example', (error, ok) =>
        world.event('cors', { ...options, origin: !error && ok ? true : 'none' }),
      );
    }
    next();
  };
};
modules['errorhandler'] = () => () => (world.event('debug', 'errorhandler'), pass());
modules['morgan'] = () => pass;
modules['compression'] = () => pass;
modules['method-override'] = () => pass;
modules['connect-flash'] = () => pass;
modules['express-rate-limit'] = () => (options) => (world.event('config', [options], { call: 'rateLimit' }), pass());
modules['csurf'] = () => () => (request, reply, next) =>
  next(world.filling.payload.forged ? Object.assign(new Error('invalid csrf token'), { status: 403 }) : undefined);
modules['multer'] = () => {
  const multer = (options = {}) => {
    world.event('config', [options], { call: 'multer' });
    const accept = () => (request, reply, next) => {
      const stored = () => stores(options, request, next);
      if (!options.fileFilter) return stored();
      return options.fileFilter(request, request.file, (error, ok) =>
        error || !ok ? next(error ?? undefined) : stored(),
      );
    };
    return { single: accept, array: accept, any: accept, none: pass, fields: accept };
  };
  const stores = ({ storage }, request, next) => {
    if (!storage || !storage.filename) return next();
    return storage.filename(request, request.file, (error, name) => {
      if (!error) world.event('upload', String(name));
      request.file.filename = name;
      next(error ?? undefined);
    });
  };
  return Object.assign(multer, { diskStorage: (options) => options, memoryStorage: () => ({}) });
};

// --- sessions

const sessions = (options) => {
  world.event('session-config', options || {});
  return (request, reply, next) => {
    request.session = request.session || freshSession();
    request.sessionID = 'sid-1';
    next();
  };
};
modules['express-session'] = () => Object.assign(sessions, { MemoryStore: class {}, Store: class {} });
modules['cookie-session'] = () => sessions;
modules['iron-session'] = () => ({
  getIronSession: async () => freshSession(),
  withIronSessionApiRoute: (run) => (req, res) => {
    req.session = freshSession();
    return run(req, res);
  },
});

return { modules };
